//! New settings for a running program: whole or not at all, and no connection notices.

use tokio::io::AsyncWriteExt;

use crate::support::{Backend, Program, Visitor, visitor};

fn settings(backend: &Backend) -> String {
    format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n",
        backend.url()
    )
}

#[tokio::test]
async fn new_settings_hold_from_the_next_request_on_even_on_an_open_connection() {
    let (one, two) = (Backend::start().await, Backend::start().await);
    let mut program = Program::run("reload", &settings(&one), 1).await;
    let mut socket = Visitor::new(program.addresses[0], false).connect(b"http/1.1").await;
    let ask = b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n";
    socket.write_all(ask).await.unwrap();
    assert_eq!(visitor::read(&mut *socket, false).await.status, 200);
    program.write(&settings(&two));
    program.signal("HUP");
    program.told("settings reloaded").await;
    // The line may be read a moment before the settings are swapped.
    for _ in 0..100 {
        socket.write_all(ask).await.unwrap();
        assert_eq!(visitor::read(&mut *socket, false).await.status, 200);
        if !two.requests().is_empty() {
            return;
        }
    }
    panic!("the new settings do not hold");
}

#[tokio::test]
async fn bad_settings_change_nothing_and_are_told() {
    let backend = Backend::start().await;
    let mut program = Program::run("reload-bad", &settings(&backend), 1).await;
    let visitor = Visitor::new(program.addresses[0], false);
    assert_eq!(visitor.ask("GET /before", "").await.status, 200);
    program.write("[[listener]]\naddres = 1\n");
    program.signal("HUP");
    program.told("settings not reloaded, the running ones stay").await;
    assert_eq!(visitor.ask("GET /after", "").await.status, 200);
    assert_eq!(backend.requests().len(), 2);
}
