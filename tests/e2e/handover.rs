//! A restart behind sockets that outlive the process, and reloads in between: no request is lost, none is sent twice.
//!
//! The sockets are handed over as systemd hands them (`LISTEN_FDS`); each process accepts on the same one.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::support::{Backend, Program, Visitor, visitor};

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 6000;
/// How many are waiting for the vendor when the process is told to end.
const IN_FLIGHT: usize = 2000;

fn settings(socket: &TcpListener, backend: &Backend) -> String {
    format!(
        "[[listener]]\naddress = \"{}\"\ntls = \"off\"\n[server]\nworkers = 2\n\
         [limits]\ndrain = \"5m\"\nupstream_connect = \"1m\"\nupstream_response = \"5m\"\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n",
        socket.local_addr().unwrap(),
        backend.url()
    )
}

fn event(number: usize) -> Vec<u8> {
    let body = format!("{{\"n\":{number}}}");
    let head = "POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: application/json\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The numbers that reached the vendor, in order.
fn arrived(backend: &Backend) -> Vec<usize> {
    let number = |body: &[u8]| {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        usize::try_from(body["n"].as_u64().unwrap()).unwrap()
    };
    let mut numbers: Vec<_> = backend.requests().iter().map(|request| number(&request.body)).collect();
    numbers.sort_unstable();
    numbers
}

/// Sends one request after the other, on a connection for as long as privet keeps it; every answer must be a good one.
async fn converse(visitor: Visitor, next: Arc<AtomicUsize>, done: Arc<AtomicUsize>) {
    let mut socket = visitor.connect(b"http/1.1").await;
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        if number >= REQUESTS {
            return;
        }
        socket.write_all(&event(number)).await.unwrap();
        let answer = visitor::read(&mut *socket, false).await;
        assert_eq!(answer.status, 200, "request {number}");
        done.fetch_add(1, Ordering::SeqCst);
        // A tenth comes on connections of their own.
        if answer.field("connection") == Some("close") || number.is_multiple_of(10) {
            socket = visitor.connect(b"http/1.1").await;
        }
    }
}

/// Waits for so many answers, for as long as all go on asking.
async fn reached(done: &AtomicUsize, count: usize, visitors: &[JoinHandle<()>]) {
    while done.load(Ordering::SeqCst) < count {
        assert!(!visitors.iter().any(JoinHandle::is_finished), "a request was not answered well");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_and_restarts_under_load_lose_no_request_and_send_none_twice() {
    let backend = Backend::start().await;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = settings(&socket, &backend);
    let mut running = Program::run_at(&socket, "handover-0", &settings).await;
    let visitor = Visitor::new(socket.local_addr().unwrap(), false);
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let visitors: Vec<_> =
        (0..CONNECTIONS).map(|_| tokio::spawn(converse(visitor, next.clone(), done.clone()))).collect();
    for restart in 1..=3 {
        for reload in 1..=5 {
            reached(&done, (restart - 1) * REQUESTS / 4 + reload * REQUESTS / 24, &visitors).await;
            running.signal("HUP");
            running.told("settings reloaded").await;
        }
        // The next one first, or the old one first: whoever comes meanwhile waits at the socket.
        if restart == 2 {
            running.signal("TERM");
            assert_eq!(running.code().await, Some(0));
            running = Program::run_at(&socket, "handover-2", &settings).await;
        } else {
            let new = Program::run_at(&socket, &format!("handover-{restart}"), &settings).await;
            running.signal("TERM");
            assert_eq!(running.code().await, Some(0));
            running = new;
        }
    }
    for visitor in visitors {
        visitor.await.unwrap();
    }
    assert!(arrived(&backend).into_iter().eq(0..REQUESTS), "a request was lost or doubled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_that_wait_for_the_vendor_are_answered_by_the_process_that_was_told_to_end() {
    let go = Arc::new(Semaphore::new(0));
    let going = go.clone();
    let backend = Backend::scripted(move |mut socket: TcpStream, _| {
        let going = going.clone();
        async move {
            going.acquire().await.unwrap().forget();
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        }
    })
    .await;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = settings(&socket, &backend);
    let mut old = Program::run_at(&socket, "handover-old", &settings).await;
    let visitor = Visitor::new(socket.local_addr().unwrap(), false);
    let ask = move |number| async move {
        let mut socket = visitor.connect(b"http/1.1").await;
        socket.write_all(&event(number)).await.unwrap();
        visitor::read(&mut *socket, false).await.status
    };
    let begun: Vec<_> = (0..IN_FLIGHT).map(|number| tokio::spawn(ask(number))).collect();
    while backend.connections() < IN_FLIGHT || backend.requests().len() < IN_FLIGHT {
        assert!(!begun.iter().any(JoinHandle::is_finished), "a request was answered without the vendor");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    old.signal("TERM");
    old.told("stopping").await;
    let _new = Program::run_at(&socket, "handover-new", &settings).await;
    let late = tokio::spawn(ask(IN_FLIGHT));
    while backend.requests().len() <= IN_FLIGHT {
        assert!(!late.is_finished(), "the last request was answered without the vendor");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    go.add_permits(IN_FLIGHT + 1);
    for answer in begun {
        assert_eq!(answer.await.unwrap(), 200);
    }
    assert_eq!(late.await.unwrap(), 200);
    assert_eq!(old.code().await, Some(0));
    assert!(arrived(&backend).into_iter().eq(0..=IN_FLIGHT), "a request was lost or doubled");
}

#[tokio::test]
async fn a_socket_that_no_listener_wants_stops_the_start() {
    let [given, wanted] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let backend = Backend::start().await;
    let settings = settings(&wanted, &backend);
    drop(wanted);
    let (code, told) = Program::ended_at(&given, "handover-unwanted", &settings).await;
    assert_eq!(code, Some(78));
    let address = given.local_addr().unwrap();
    assert!(told.contains(&format!("the socket {address} was handed over, and no listener")), "{told}");
}
