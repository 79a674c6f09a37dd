//! A machine that runs out: of descriptors, of room on a disk, of somebody who reads the log.
//!
//! The program itself under limits of its own; what it cannot do it says, and does again when it can.

use tokio::io::AsyncWriteExt;

use crate::support::{Backend, Program, Visitor, visitor};

fn settings(backend: &Backend, more: &str) -> String {
    format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[server]\nworkers = 1\n{more}\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n",
        backend.url()
    )
}

const ASK: &[u8] = b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n";

#[tokio::test]
async fn without_descriptors_the_next_visitor_waits_and_the_last_is_told() {
    let backend = Backend::start().await;
    let mut program = Program::within("no-descriptors", &settings(&backend, ""), 1, "ulimit -n 32").await;
    let door = Visitor::new(program.addresses[0], false);
    // More than there is room for: the kernel takes them, privet cannot.
    let mut crowd = Vec::new();
    for _ in 0..40 {
        crowd.push(door.connect(b"").await);
    }
    // EMFILE at the listener: said, and the loop takes a breath.
    program.told("cannot accept").await;
    // EMFILE on the way out: who has a place is told.
    crowd[0].write_all(ASK).await.unwrap();
    let answer = visitor::read(&mut *crowd[0], false).await;
    assert_eq!((answer.status, &*answer.text()), (503, "upstream: no connection to be had now\n"));
    assert_eq!(program.told("exchange").await["reason"], "upstream_exhausted");
    assert_eq!(backend.connections(), 0);
    // As soon as somebody leaves, everything goes on.
    crowd.clear();
    assert_eq!(door.ask("GET /e", "").await.status, 200);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_log_that_nobody_can_write_stops_no_request() {
    use std::process::{Command, Stdio};
    // ENOSPC for each line.
    let backend = Backend::start().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("full-log");
    std::fs::create_dir_all(&directory).unwrap();
    let text = settings(&backend, "").replace("127.0.0.1:0", &free.to_string());
    std::fs::write(directory.join("proxy.toml"), text).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_privet"))
        .current_dir(&directory)
        .stdout(Stdio::null())
        .stderr(full)
        .spawn()
        .unwrap();
    super::eventually("it does not listen", || std::net::TcpStream::connect(free).is_ok()).await;
    for _ in 0..5 {
        assert_eq!(Visitor::new(free, false).ask("GET /e", "").await.status, 200);
    }
    let ended = process.try_wait().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(ended, None);
}

#[tokio::test]
async fn a_key_file_that_cannot_be_written_costs_its_memory_and_nothing_else() {
    // A file that may have no byte (RLIMIT_FSIZE) is a full disk. The signal for it is ignored, the error remains.
    let backend = Backend::start().await;
    let keys = "[pseudonyms]\nkeys = \"file:epoch.key\"";
    let limit = "trap '' XFSZ; ulimit -f 0";
    let mut program = Program::within("full-disk", &settings(&backend, keys), 1, limit).await;
    let door = Visitor::new(program.addresses[0], false);
    assert_eq!(door.ask("GET /e?uid=7", "").await.status, 200);
    program.told("the key of pseudonyms cannot be kept in its file").await;
}
