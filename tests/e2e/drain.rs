//! The end: what was begun is finished, nothing new is taken on.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{Backend, Program, Stage, Visitor};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nat last";

/// A backend that answers when it is told to, and tells when it was asked.
async fn waiting() -> (Backend, Arc<Notify>, Arc<Notify>) {
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, going) = (asked.clone(), go.clone());
    let backend = Backend::scripted(move |mut socket, _| {
        let (told, going) = (told.clone(), going.clone());
        async move {
            told.notify_one();
            going.notified().await;
            let _ = socket.write_all(OK).await;
        }
    });
    (backend.await, asked, go)
}

#[tokio::test]
async fn a_request_that_was_begun_is_answered_and_no_other_is_taken_on() {
    let (backend, asked, go) = waiting().await;
    let stage = Stage::before(backend, "policy = \"strict\"", "");
    let visitor = stage.visitor();
    let begun = tokio::spawn(async move { visitor.ask("GET /e", "").await });
    asked.notified().await;
    stage.privet.stop().drain();
    go.notify_one();
    let answer = begun.await.unwrap();
    assert_eq!((answer.status, &*answer.text()), (200, "at last"));
    let address = stage.privet.address();
    stage.privet.ended().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_drain_has_a_limit() {
    let (backend, asked, _) = waiting().await;
    let stage = Stage::before(backend, "policy = \"strict\"", "[limits]\ndrain = \"100ms\"");
    let visitor = stage.visitor();
    let begun = tokio::spawn(async move { visitor.ask("GET /e", "").await });
    asked.notified().await;
    stage.privet.stop().drain();
    stage.privet.ended().await.unwrap();
    assert!(!begun.await.unwrap().whole);
}

#[tokio::test]
async fn the_program_drains_when_told_to_end_and_says_that_all_is_well() {
    let (backend, asked, go) = waiting().await;
    let settings = format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n",
        backend.url()
    );
    let mut program = Program::run("drain", &settings, 1).await;
    let visitor = Visitor::new(program.addresses[0], false);
    let begun = tokio::spawn(async move { visitor.ask("GET /e", "").await });
    asked.notified().await;
    program.signal("TERM");
    program.told("stopping").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    go.notify_one();
    assert_eq!(begun.await.unwrap().text(), "at last");
    assert_eq!(program.code().await, Some(0));
}
