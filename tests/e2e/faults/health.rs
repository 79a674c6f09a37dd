//! Active health checks: what is asked, and what comes of the answers.

use super::{before, eventually, line, two};
use crate::support::Backend;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const SICK: &str = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
const EAGER: &str = "[route.health]\npath = \"/up?deep=1\"\ninterval = \"10ms\"\ntimeout = \"5s\"";

#[tokio::test]
async fn a_check_says_its_path_and_nothing_of_anybody() {
    let backends = two().await;
    let privet = before(&backends.each_ref().map(|backend| backend.url() + "/base"), EAGER, "");
    privet.visitor().ask("GET /e\nCookie: a=b", "").await;
    for backend in &backends {
        let is_check = |request: &crate::support::Received| request.start == "GET /up?deep=1 HTTP/1.1";
        eventually("no check", || backend.requests().iter().any(is_check)).await;
        let check = backend.requests().into_iter().find(is_check).unwrap();
        let expected = format!("GET /up?deep=1 HTTP/1.1\r\nhost: {}\r\naccept: */*\r\n\r\n", backend.address);
        assert_eq!(String::from_utf8(check.raw).unwrap(), expected);
    }
}

#[tokio::test]
async fn an_upstream_that_is_ill_is_not_asked_until_it_is_well() {
    let backends = two().await;
    let counts = format!("{EAGER}\nhealthy_after = 2\nunhealthy_after = 3");
    let privet = before(&[backends[0].url(), backends[1].url()], &counts, "");
    let up = line("upstream_up", &backends[0].url(), "");
    let served = |backend: &Backend| backend.requests().iter().filter(|one| one.start.contains("/e")).count();
    assert_eq!(privet.count(&up), 1, "well until the checks say otherwise");
    backends[0].answer_with(SICK);
    eventually("it still counts as well", || privet.count(&up) == 0).await;
    assert!(privet.count(&line("upstream_checks_total", &backends[0].url(), ",result=\"ill\"")) >= 3);
    let before = served(&backends[0]);
    for _ in 0..6 {
        assert_eq!(privet.visitor().ask("GET /e", "").await.status, 200);
    }
    assert_eq!(served(&backends[0]), before, "an upstream that is ill was asked");
    backends[0].answer_with(OK);
    eventually("it does not come back", || privet.count(&up) == 1).await;
    for _ in 0..4 {
        assert_eq!(privet.visitor().ask("GET /e", "").await.status, 200);
    }
    assert_eq!(served(&backends[0]), before + 2);
}

#[tokio::test]
async fn the_only_upstream_is_asked_though_it_is_ill() {
    let backend = Backend::answering(SICK).await;
    let privet = before(&[backend.url()], &format!("{EAGER}\nunhealthy_after = 1"), "");
    eventually("it counts as well", || privet.count(&line("upstream_up", &backend.url(), "")) == 0).await;
    backend.answer_with("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(privet.visitor().ask("GET /e", "").await.status, 404);
}

#[tokio::test]
async fn a_good_answer_is_the_status_that_was_written() {
    let backend = Backend::answering("HTTP/1.1 401 Who\r\ncontent-length: 0\r\n\r\n").await;
    let privet = before(&[backend.url()], &format!("{EAGER}\nstatus = 401"), "");
    let well = line("upstream_checks_total", &backend.url(), ",result=\"well\"");
    eventually("no good check", || privet.count(&well) >= 2).await;
    assert_eq!(privet.count(&line("upstream_checks_total", &backend.url(), ",result=\"ill\"")), 0);
}

#[tokio::test]
async fn silence_is_no_good_answer() {
    let backend = Backend::scripted(|socket, _| async move {
        std::future::pending::<()>().await;
        drop(socket);
    })
    .await;
    let impatient = EAGER.replace("5s", "50ms");
    let privet = before(&[backend.url()], &format!("{impatient}\nunhealthy_after = 2"), "");
    eventually("it counts as well", || privet.count(&line("upstream_up", &backend.url(), "")) == 0).await;
}
