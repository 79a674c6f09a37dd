//! Scripts and styles that are kept: the second visitor's cost the vendor nothing, and nobody is recognized by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::support::visitor::HOME;
use crate::support::{Answer, Backend, Stage, request};

const PATIENCE: Duration = Duration::from_secs(20);
const ROUTE: &str = "policy = \"strict\"\n[[route.rule]]\nselect = \"query:v\"\naction = \"keep\"\n\
    [[route.rule]]\nselect = \"cookie:session\"\naction = \"keep\"\n";
const OTHER: &str = "[[route]]\nname = \"cdn\"\nhost = \"vendor.test\"\npath = \"/cdn/\"\n\
    upstream = \"https://cdn.vendor.example\"\n";
const SCRIPT: &str = "var u=\"https://cdn.vendor.example/a.js\";";
const REWRITTEN: &str = "var u=\"https://vendor.test/cdn/a.js\";";
const FOR_ALL: &str = "Content-Type: text/javascript\r\nCache-Control: public, max-age=600\r\nETag: \"vendor's\"\r\n\
    Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nVary: Accept-Encoding\r\n";

fn said(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{fields}\r\n{body}", body.len())
}

async fn stage(fields: &str, body: &str) -> Stage {
    Stage::before(Backend::answering(said(fields, body)).await, ROUTE, OTHER)
}

/// Two visitors ask for the same; how often the vendor was asked, and what the second got.
async fn twice(stage: &Stage, first: &str, second: &str) -> (usize, Answer) {
    stage.backend.forget();
    stage.visitor().ask(first, "").await;
    let answer = stage.visitor().from([192, 0, 2, 77].into()).ask(second, "").await;
    (stage.backend.requests().len(), answer)
}

#[tokio::test]
async fn a_second_visitors_script_costs_the_vendor_no_request() {
    let stage = stage(FOR_ALL, SCRIPT).await;
    let (asked, answer) = twice(&stage, "GET /a.js?v=1&utm_source=x", "GET /a.js?v=1&email=j").await;
    assert_eq!((asked, answer.status, &*answer.text()), (1, 200, REWRITTEN));
    assert!(answer.field("age").unwrap().parse::<u64>().unwrap() < 60);
    assert_eq!(answer.field("last-modified"), None);
    let (asked, _) = twice(&stage, "GET /a.js?v=2", "GET /a.js?v=3").await;
    assert_eq!(asked, 2, "other targets are other scripts");
}

#[tokio::test]
async fn a_browsers_tag_is_answered_here_and_never_leaves() {
    let stage = stage(FOR_ALL, SCRIPT).await;
    let first = stage.visitor().ask("GET /a.js", "").await;
    assert_eq!(first.field("etag"), None, "the vendor's own tag does not pass");
    let second = stage.visitor().ask("GET /a.js", "").await;
    let tag = second.field("etag").unwrap().to_owned();
    assert!(tag.len() == 34 && !tag.contains("vendor"), "{tag}");
    let unchanged = stage.visitor().ask(&format!("GET /a.js\nIf-None-Match: \"x\", W/{tag}"), "").await;
    assert_eq!((unchanged.status, unchanged.field("etag"), &*unchanged.text()), (304, Some(&*tag), ""));
    assert_eq!(unchanged.field("content-type"), None);
    let changed = stage.visitor().ask("GET /a.js\nIf-None-Match: \"x\"", "").await;
    assert_eq!((changed.status, &*changed.text()), (200, REWRITTEN));
    // Asked for anew, it comes from the vendor, which hears of no tag.
    stage.backend.forget();
    let fields = format!("GET /a.js\nCache-Control: no-cache\nIf-None-Match: {tag}");
    assert_eq!(stage.visitor().ask(&fields, "").await.status, 200);
    assert_eq!(stage.backend.request().field("if-none-match"), None);
}

#[tokio::test]
async fn what_is_meant_for_one_is_not_kept() {
    let lasting = "Content-Type: text/javascript\r\nCache-Control: max-age=600\r\n";
    for (fields, body) in [
        ("Content-Type: text/javascript\r\n".to_owned(), SCRIPT),
        ("Content-Type: text/javascript\r\nCache-Control: private, max-age=600\r\n".to_owned(), SCRIPT),
        ("Content-Type: application/json\r\nCache-Control: max-age=600\r\n".to_owned(), "{}"),
        (format!("{lasting}Set-Cookie: session=1\r\n"), SCRIPT),
        (format!("{lasting}Vary: User-Agent\r\n"), SCRIPT),
        (lasting.to_owned(), &*format!("var ip='{HOME}'")),
    ] {
        let stage = stage(&fields, body).await;
        assert_eq!(twice(&stage, "GET /a.js", "GET /a.js").await.0, 2, "{fields}");
    }
    // A coarser form of the address is still of who asked.
    let coarse = ROUTE.replace("strict", "balanced");
    for body in [format!("var ip='{HOME}'"), format!("cb({{\"ip\":\"{HOME}\"}})")] {
        let backend = Backend::answering(said(lasting, &body)).await;
        let rule = "[[route.rule]]\nselect = \"response-json:/x\"\naction = \"keep\"\n";
        let stage = Stage::before(backend, &format!("{coarse}{rule}"), OTHER);
        let (asked, second) = twice(&stage, "GET /a.js", "GET /a.js").await;
        assert_eq!((asked, &*second.text()), (2, &*body), "another's address is not this visitor's");
    }
    let stage = stage(lasting, SCRIPT).await;
    assert_eq!(twice(&stage, "GET /a.js\nCookie: session=1", "GET /a.js").await.0, 2);
    assert_eq!(twice(&stage, "GET /b.js", "GET /b.js\nCookie: session=1").await.0, 2);
    assert_eq!(twice(&stage, "HEAD /c.js", "GET /c.js").await.0, 2);
    assert_eq!(twice(&stage, "GET /d.js\nCache-Control: no-store", "GET /d.js").await.0, 2);
}

/// A vendor that answers the first who asks when it is told to, and everybody else at once.
async fn hesitant(fields: &'static str) -> (Stage, Arc<Notify>) {
    let (go, first) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(true)));
    let told = Arc::clone(&go);
    let backend = Backend::scripted(move |mut socket, _| {
        let (told, is_first) = (Arc::clone(&told), first.swap(false, Ordering::SeqCst));
        async move {
            if is_first {
                told.notified().await;
            }
            let _ =
                socket.write_all(said(&format!("Connection: close\r\n{fields}"), SCRIPT).as_bytes()).await;
        }
    });
    (Stage::before(backend.await, ROUTE, OTHER), go)
}

/// Waits until so many requests reached the vendor.
async fn reached(stage: &Stage, count: usize) {
    let waiting = async {
        while stage.backend.requests().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap();
}

#[tokio::test]
async fn visitors_who_ask_at_the_same_time_cost_the_vendor_one_request() {
    let (stage, go) = hesitant(FOR_ALL).await;
    let ask = |_| {
        let visitor = stage.visitor();
        tokio::spawn(async move { visitor.ask("GET /a.js?v=1", "").await })
    };
    let mut asking = vec![ask(0)];
    reached(&stage, 1).await;
    asking.extend((1..5).map(ask));
    // They are on their way here; whoever goes to the vendor after all is counted at the end.
    tokio::time::sleep(Duration::from_millis(300)).await;
    go.notify_one();
    for answer in asking {
        let answer = answer.await.unwrap();
        assert_eq!((answer.status, &*answer.text()), (200, REWRITTEN));
    }
    assert_eq!(stage.backend.requests().len(), 1);
}

#[tokio::test]
async fn who_waited_for_what_is_not_kept_or_for_somebody_who_left_goes_alone() {
    let (stage, go) = hesitant("Content-Type: text/javascript\r\nCache-Control: private\r\n").await;
    let visitor = stage.visitor();
    let first = tokio::spawn(async move { visitor.ask("GET /a\nSec-Fetch-Dest: script", "").await });
    reached(&stage, 1).await;
    let visitor = stage.visitor();
    let second = tokio::spawn(async move { visitor.ask("GET /a\nSec-Fetch-Dest: script", "").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.backend.requests().len(), 1, "the second waits for the first");
    go.notify_one();
    for answer in [first, second] {
        assert_eq!(answer.await.unwrap().text(), REWRITTEN);
    }
    assert_eq!(stage.backend.requests().len(), 2);

    let (stage, _go) = hesitant(FOR_ALL).await;
    let mut leaving = stage.visitor().connect(b"http/1.1").await;
    leaving.write_all(&request("GET /a.js", "")).await.unwrap();
    reached(&stage, 1).await;
    let visitor = stage.visitor();
    let second = tokio::spawn(async move { visitor.ask("GET /a.js", "").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(leaving);
    assert_eq!(timeout(PATIENCE, second).await.unwrap().unwrap().text(), REWRITTEN);
    assert_eq!(stage.backend.requests().len(), 2);
}

#[tokio::test]
async fn what_is_no_script_waits_for_nobody() {
    let (stage, _go) = hesitant(FOR_ALL).await;
    let mut first = stage.visitor().connect(b"http/1.1").await;
    first.write_all(&request("GET /poll", "")).await.unwrap();
    reached(&stage, 1).await;
    assert_eq!(stage.visitor().ask("GET /poll", "").await.text(), REWRITTEN);
}

#[tokio::test]
async fn a_cache_may_be_off() {
    let backend = Backend::answering(said(FOR_ALL, SCRIPT)).await;
    let stage = Stage::before(backend, ROUTE, &format!("{OTHER}[limits]\ncache = 0\n"));
    assert_eq!(twice(&stage, "GET /a.js", "GET /a.js").await.0, 2);
}

#[tokio::test]
async fn what_broke_off_is_not_kept() {
    let stage = stage(FOR_ALL, SCRIPT).await;
    let whole = said(FOR_ALL, SCRIPT);
    let chunk = format!("{:x}\r\n{SCRIPT}\r\nno length", SCRIPT.len());
    stage
        .backend
        .answer_with(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{FOR_ALL}\r\n{chunk}\r\n"));
    let broken = stage.visitor().ask("GET /a.js", "").await;
    assert!(!broken.whole || broken.status == 502);
    stage.backend.answer_with(whole);
    let answer = stage.visitor().ask("GET /a.js", "").await;
    assert_eq!((answer.text(), answer.field("age")), (REWRITTEN.to_owned(), None));
}

/// A visitor who leaves in the middle of a script does not leave half of it to the others.
#[tokio::test]
async fn what_nobody_heard_to_its_end_is_not_kept() {
    let (left, asked) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let leaves = Arc::clone(&left);
    let script = format!("{SCRIPT}{}", "/".repeat(20_000));
    let whole = said(FOR_ALL, &script);
    let backend = Backend::scripted(move |mut socket, _| {
        let (leaves, whole) = (Arc::clone(&leaves), whole.clone());
        let is_first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            let part = if is_first { whole.len() / 2 } else { whole.len() };
            let _ = socket.write_all(&whole.as_bytes()[..part]).await;
            // Until privet hangs up, as it does when its visitor left.
            while matches!(socket.read(&mut [0; 64]).await, Ok(1..)) {}
            leaves.notify_one();
        }
    });
    let stage = Stage::before(backend.await, ROUTE, OTHER);
    let mut socket = stage.visitor().connect(b"http/1.1").await;
    socket.write_all(&request("GET /a.js", "")).await.unwrap();
    assert!(socket.read(&mut [0; 64]).await.unwrap() > 0);
    drop(socket);
    timeout(PATIENCE, left.notified()).await.expect("the vendor is hung up on");
    let next = stage.visitor().ask("GET /a.js", "").await;
    assert_eq!((next.text().len(), next.field("age")), (script.len() - SCRIPT.len() + REWRITTEN.len(), None));
}
