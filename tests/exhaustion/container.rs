//! A container of 64 MiB with the settings that docs/limits.md names for it, under all at once: nobody is killed, who
//! finds no room is told so, and when it is over all are served.
//!
//! The container is a control group of the kernel's, where one can be made. Invariant: with one or without, the peak
//! of what is resident is held to the bound of every siege.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Barrier;
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::house::House;
use crate::makers;
use crate::support::visitor::{self, Socket};
use crate::support::{Visitor, chat};

const SIZE: usize = 64 << 20;
const DOCUMENT: &str = include_str!("../../docs/limits.md");

const IDLE: usize = 150;
const SOCKETS: usize = 30;
const BODIES: usize = 64;
const BODY: usize = 900_000;
const HALF: usize = 30_000;

/// A control group: of the first kind, which has a tree for memory, or of the second, which has one tree.
struct Container {
    directory: PathBuf,
}

impl Container {
    /// None where the system has no control groups, or lets others alone make them.
    fn new() -> Option<Self> {
        let name = format!("privet-{}", std::process::id());
        let limits = [
            ("/sys/fs/cgroup/memory", ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"], [SIZE, SIZE]),
            ("/sys/fs/cgroup", ["memory.max", "memory.swap.max"], [SIZE, 0]),
        ];
        limits.into_iter().find_map(|(root, files, sizes)| {
            let directory = Path::new(root).join(&name);
            fs::create_dir(&directory).ok()?;
            let container = Self { directory };
            container.write(files[0], sizes[0])?;
            // Without an account of what is swapped out there is no swapping to be forbidden.
            let _ = container.write(files[1], sizes[1]);
            Some(container)
        })
    }

    fn write(&self, file: &str, size: usize) -> Option<()> {
        let file = fs::OpenOptions::new().write(true).open(self.directory.join(file)).ok()?;
        std::io::Write::write_all(&mut &file, size.to_string().as_bytes()).ok()
    }

    /// What a shell says to be in it.
    fn entrance(&self) -> String {
        format!("echo $$ > {}/cgroup.procs", self.directory.display())
    }

    /// How often the kernel killed somebody in it.
    fn kills(&self) -> u64 {
        let told = ["memory.oom_control", "memory.events"]
            .iter()
            .find_map(|file| fs::read_to_string(self.directory.join(file)).ok())
            .unwrap();
        told.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok()).unwrap()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // The kernel takes a moment to see that nobody is in it any more.
        for _ in 0..100 {
            if fs::remove_dir(&self.directory).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The settings as the document has them: the first of its blocks that sets anything.
fn documented() -> &'static str {
    DOCUMENT.split("```toml\n").nth(1).unwrap().split("```").next().unwrap()
}

/// A body of text that there is much to do with, but for its last byte; then that. The status, if there is an answer.
async fn large(visitor: Visitor, all: Arc<Barrier>) -> u16 {
    let words = "jane.doe@example.org 203.0.113.77 lorem ipsum ";
    let body = format!("{{\"text\":\"{}\"}}", words.repeat(BODY / words.len()));
    let request = visitor::request("POST /e\nContent-Type: application/json", &body);
    let (most, last) = request.split_at(request.len() - 1);
    let mut socket = visitor.connect(b"http/1.1").await;
    // Who is refused may be refused before all is said.
    let _ = socket.write_all(most).await;
    all.wait().await;
    let _ = socket.write_all(last).await;
    visitor::read(&mut *socket, false).await.status
}

/// A message whose second half is still to come.
async fn half_said(house: &House) -> Box<dyn Socket> {
    let mut socket = chat::open(&house.plain_visitor()).await.unwrap().into_inner();
    // RFC 6455 §5.2: a text, masked with zeros, its length in eight bytes.
    let head = [&[0x81, 0xff][..], &(2 * HALF as u64).to_be_bytes(), &[0; 4]].concat();
    socket.write_all(&[&head[..], &[b'x'; HALF]].concat()).await.unwrap();
    socket
}

async fn siege(house: &House) {
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        idle.push(house.visitor().connect(b"http/1.1").await);
    }
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        sockets.push(half_said(house).await);
    }
    let all = Arc::new(Barrier::new(BODIES));
    let bodies: Vec<_> =
        (0..BODIES).map(|_| tokio::spawn(large(house.plain_visitor(), Arc::clone(&all)))).collect();
    for (coding, bomb) in [("gzip", makers::gzip(makers::DECODED)), ("br", makers::brotli())] {
        let head = format!("POST /e\nContent-Encoding: {coding}\nContent-Length: {}", bomb.len());
        let status = house.plain_visitor().send(&[visitor::request(&head, ""), bomb]).await.status;
        assert!(matches!(status, 413 | 503), "{coding}: {status}");
    }
    let mut statuses = Vec::new();
    for body in bodies {
        statuses.push(body.await.unwrap());
    }
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert!(house.counted("privet_refusals_total", "reason=\"no_room\"").await > 0);
    // Those who only waited are still there.
    for (number, mut socket) in idle.into_iter().enumerate().step_by(30) {
        socket.write_all(b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n").await.unwrap();
        assert_eq!(visitor::read(&mut *socket, false).await.status, 200, "{number}");
    }
    let mut socket = sockets.pop().unwrap();
    socket.write_all(&[b'x'; HALF]).await.unwrap();
    assert!(socket.read(&mut [0; 16]).await.unwrap() > 0, "the rest of a message was not heard");
}

#[tokio::test]
async fn in_a_container_of_64_mib_who_finds_no_room_is_refused_and_privet_stands() {
    let container = Container::new();
    let entrance = container.as_ref().map_or("true".to_owned(), Container::entrance);
    let chat = chat::route("body = \"64KiB\"").await;
    // However long a busy machine takes for it.
    let patience = "header_read = \"5m\"\nidle = \"5m\"\nbody_read = \"5m\"\nupstream_connect = \"5m\"\n";
    let settings = format!("{}{patience}", documented());
    let house = House::confined("container", &entrance, &settings, &chat).await;
    siege(&house).await;
    for _ in 0..5 {
        assert_eq!(house.plain_visitor().ask("POST /e\nContent-Type: text/plain", "hello").await.status, 200);
    }
    let mut socket = chat::open(&house.plain_visitor()).await.unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("hello"));
    house.stands().await;
    if let Some(container) = &container {
        assert_eq!(container.kills(), 0);
    }
}
