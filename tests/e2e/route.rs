//! Which backend a request reaches: its host's, its path's, or none.

use crate::support::{Backend, Privet, Visitor, request};

/// Three routes, each before a backend of its own.
async fn three() -> (Privet, [Backend; 3]) {
    let backends = [Backend::start().await, Backend::start().await, Backend::start().await];
    let [chat, stats, kept] = [backends[0].url(), backends[1].url(), backends[2].url()];
    let text = format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\", \"chat.test\", \"www.test\"] }}\n[server]\nworkers = 1\n\
         [[route]]\nname = \"chat\"\nhost = \"chat.test\"\nupstream = \"{chat}/base\"\n\
         [[route]]\nname = \"stats\"\nhost = \"www.test\"\npath = \"/stats/\"\nupstream = \"{stats}\"\n\
         [[route]]\nname = \"kept\"\nhost = \"www.test\"\npath = \"/stats/kept/\"\nkeep_path = true\nupstream = \"{kept}\"\n"
    );
    (Privet::start(&text), backends)
}

async fn asks(visitor: Visitor, host: &str, path: &str) -> u16 {
    let text = String::from_utf8(request(&format!("GET {path}"), "")).unwrap();
    visitor.send(&[text.replace("Host: vendor.test", &format!("Host: {host}"))]).await.status
}

fn starts(backend: &Backend) -> Vec<String> {
    backend.requests().into_iter().map(|request| request.start).collect()
}

#[tokio::test]
async fn host_and_path_lead_to_one_backend_each() {
    let (privet, [chat, stats, kept]) = three().await;
    for (host, path) in [
        ("chat.test", "/a?v=1"),
        ("CHAT.test:8443", "/b"),
        ("www.test", "/stats/c"),
        ("www.test", "/stats/"),
        ("www.test", "/stats/kept/d"),
    ] {
        assert_eq!(asks(privet.visitor(), host, path).await, 200, "{host}{path}");
    }
    assert_eq!(starts(&chat), ["GET /base/a?v=1 HTTP/1.1", "GET /base/b HTTP/1.1"]);
    assert_eq!(starts(&stats), ["GET /c HTTP/1.1", "GET / HTTP/1.1"]);
    assert_eq!(starts(&kept), ["GET /stats/kept/d HTTP/1.1"]);
}

#[tokio::test]
async fn what_no_route_names_reaches_nobody() {
    let (privet, backends) = three().await;
    for (host, path, status) in [
        ("other.test", "/a", 421),
        ("chat.test.evil.test", "/a", 421),
        ("www.test", "/", 404),
        ("www.test", "/statistics/a", 404),
        ("www.test", "/stats/../x", 400),
    ] {
        assert_eq!(asks(privet.visitor(), host, path).await, status, "{host}{path}");
    }
    assert!(backends.iter().all(|backend| backend.bytes().is_empty()));
}

#[tokio::test]
async fn a_backend_is_called_by_its_own_name() {
    let (privet, [chat, ..]) = three().await;
    asks(privet.visitor(), "chat.test", "/a").await;
    assert_eq!(chat.request().field("host"), Some(&*chat.address.to_string()));
}
