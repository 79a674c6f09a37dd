//! Stand-ins: the same person the same wherever it stands, for one site, one vendor and one epoch; then forgotten.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::{Backend, Privet, Program, Stage, Visitor};

const ID: &str = "0b5c7f2e-9d41-4c33-a1f0-6e2d8b7a9c10";

const EVERYWHERE: &str = "policy = \"strict\"\n\
    [[route.rule]]\nselect = \"header:x-visitor\"\ncategory = \"visitor_id\"\n\
    [[route.rule]]\nselect = \"cookie:visitor\"\ncategory = \"visitor_id\"\n\
    [[route.rule]]\nselect = \"query:visitor\"\ncategory = \"visitor_id\"\n\
    [[route.rule]]\nselect = \"json:/visitor\"\ncategory = \"visitor_id\"\n\
    [[route.rule]]\nselect = \"form:visitor\"\ncategory = \"visitor_id\"\n";

/// What stands in the place of the id in a query.
async fn stand_in(visitor: Visitor, backend: &Backend, host: &str, path: &str) -> String {
    backend.forget();
    let asked = format!("GET {path}?visitor={ID} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert_eq!(visitor.send(&[asked]).await.status, 200);
    let start = backend.request().start;
    start.split("visitor=").nth(1).unwrap().split(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn one_person_has_one_stand_in_in_header_cookie_query_form_and_body() {
    let stage = Stage::with(EVERYWHERE).await;
    let head = format!("POST /e?visitor={ID}\nX-Visitor: {}\nCookie: visitor={ID}", ID.to_uppercase());
    let json = format!("{{\"visitor\":\"{ID}\"}}");
    let typed = format!("{head}\nContent-Type: application/json");
    assert_eq!(stage.visitor().ask(&typed, &json).await.status, 200);
    let form = "POST /e\nContent-Type: application/x-www-form-urlencoded";
    assert_eq!(stage.visitor().ask(form, &format!("visitor=%24device%3A{ID}")).await.status, 200);
    let received = stage.backend.requests();
    let body: Value = serde_json::from_slice(&received[0].body).unwrap();
    let told = body["visitor"].as_str().unwrap();
    assert!(told.len() == ID.len() && told != ID && told.as_bytes()[14] == b'4', "{told}");
    assert!(received[0].start.contains(&format!("?visitor={told} ")), "{}", received[0].start);
    assert_eq!(received[0].field("x-visitor"), Some(&*told.to_uppercase()));
    assert_eq!(received[0].field("cookie"), Some(&*format!("visitor={told}")));
    let form = received[1].text().replace("%24", "$").replace("%3A", ":");
    assert_eq!(form, format!("visitor=$device:{told}"));
}

#[tokio::test]
async fn routes_of_one_site_to_one_vendor_agree_and_two_sites_have_two_stand_ins() {
    let backend = Backend::start().await;
    let route = |name: &str, host: &str, site: &str| {
        format!(
            "[[route]]\nname = \"{name}\"\nhost = \"{host}\"\nsite = \"{site}\"\nvendor = \"matomo\"\n\
             upstream = \"{}\"\n[[route.rule]]\nselect = \"query:visitor\"\ncategory = \"visitor_id\"\n",
            backend.url()
        )
    };
    let privet = Privet::start(&format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\", \"a.shop.test\", \"b.shop.test\", \"a.other.test\"] }}\n\
         [server]\nworkers = 2\n{}{}{}",
        route("one", "a.shop.test", "shop.test"),
        route("two", "b.shop.test", "shop.test"),
        route("three", "a.other.test", "other.test"),
    ));
    let on = |host| stand_in(privet.visitor(), &backend, host, "/e");
    let one = on("a.shop.test").await;
    assert_eq!(on("b.shop.test").await, one);
    assert_ne!(on("a.other.test").await, one);
}

#[tokio::test]
async fn a_token_the_vendor_issued_comes_back_as_it_was_and_to_the_routes_host_alone() {
    let token = "S3ssion.0b5c7f2e9d41.T0k3n";
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\
         Set-Cookie: chat_token={token}; Domain=.vendor.example; Path=/; Max-Age=3600; HttpOnly\r\n\r\nok"
    );
    let rules = "policy = \"strict\"\n[[route.rule]]\nselect = \"cookie:chat_token\"\ncategory = \"service\"\n\
        [[route.rule]]\nselect = \"json:/token\"\ncategory = \"service\"";
    let stage = Stage::before(Backend::answering(answer).await, rules, "");
    let answer = stage.visitor().ask("GET /open", "").await;
    let cookie = answer.field("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("chat_token={token};")), "{cookie}");
    // Without a domain a browser gives it to this very host and to no other.
    assert!(!cookie.to_lowercase().contains("domain") && cookie.contains("Secure"), "{cookie}");
    stage.backend.forget();
    let head = format!("POST /say\nContent-Type: application/json\nCookie: chat_token={token}");
    let body = format!("{{\"token\":\"{token}\"}}");
    assert_eq!(stage.visitor().ask(&head, &body).await.status, 200);
    let received = stage.backend.request();
    assert_eq!(received.field("cookie"), Some(&*format!("chat_token={token}")));
    assert_eq!(received.text(), body);
}

#[tokio::test]
async fn without_a_key_from_the_store_nothing_is_sent() {
    let more = "policy = \"strict\"\n[pseudonyms]\nkeys = \"redis://127.0.0.1:1\"";
    let stage = Stage::before(Backend::start().await, more, "");
    let answer = stage.visitor().ask("GET /e", "").await;
    assert_eq!((answer.status, &*answer.text()), (503, "no key for pseudonyms\n"));
    assert!(stage.backend.bytes().is_empty());
}

fn settings(backend: &Backend, pseudonyms: &str) -> String {
    format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[server]\nworkers = 2\n\
         [pseudonyms]\n{pseudonyms}\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n\
         [[route.rule]]\nselect = \"query:visitor\"\ncategory = \"visitor_id\"\n",
        backend.url()
    )
}

async fn asked(program: &Program, backend: &Backend) -> String {
    stand_in(Visitor::new(program.addresses[0], false), backend, "vendor.test", "/e").await
}

#[tokio::test]
async fn a_key_in_a_file_survives_a_restart() {
    let backend = Backend::start().await;
    let settings = settings(&backend, "epoch = \"300d\"\nkeys = \"file:key\"");
    let mut first = Program::run("keys-restart", &settings, 1).await;
    let told = asked(&first, &backend).await;
    first.signal("TERM");
    assert_eq!(first.code().await, Some(0));
    let second = Program::run("keys-restart", &settings, 1).await;
    assert_eq!(asked(&second, &backend).await, told);
    std::fs::remove_file(second.directory().join("key")).unwrap();
}

/// A key as a process could hold it: raw, as text, and taken in by HMAC, which is as good as the key.
#[cfg(target_os = "linux")]
fn forms(hex: &str) -> Vec<(&'static str, Vec<u8>)> {
    let raw: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let mut forms = vec![("raw", raw.clone()), ("as text", hex.as_bytes().to_vec())];
    for (inner, pad, state) in [("inner", 0x36, "inner state"), ("outer", 0x5c, "outer state")] {
        let mut block = [pad; 64];
        block.iter_mut().zip(&raw).for_each(|(byte, key)| *byte ^= key);
        forms.push((inner, block[..32].to_vec()));
        // The first eight words of SHA-256 (FIPS 180-4, 5.3.3), and what the padded key makes of them.
        let mut words: [u32; 8] = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        sha2::block_api::compress256(&mut words, &[block]);
        forms.push((state, words.iter().flat_map(|word| word.to_ne_bytes()).collect()));
    }
    forms
}

#[cfg(target_os = "linux")]
fn found(memory: &[u8], hex: &str) -> Vec<&'static str> {
    let holds = |form: &[u8]| memchr::memmem::find(memory, form).is_some();
    forms(hex).into_iter().filter(|(_, form)| holds(form)).map(|(name, _)| name).collect()
}

#[cfg(target_os = "linux")]
fn skipped(why: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("skipped: {why}\n").as_bytes());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn after_a_turn_the_old_key_is_not_in_the_process_nor_in_its_file() {
    const EPOCH: u64 = 8;
    let backend = Backend::start().await;
    let settings = settings(&backend, &format!("epoch = \"{EPOCH}s\"\nkeys = \"file:key\""));
    let program = Program::run("keys-turn", &settings, 1).await;
    let within = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % EPOCH;
    // Begin early in an epoch, so that it does not turn between two looks.
    while within() > 1 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let key = || std::fs::read_to_string(program.directory().join("key")).unwrap();
    let hex = |key: &str| key.trim().rsplit(' ').next().unwrap().to_owned();
    let told = asked(&program, &backend).await;
    let old = hex(&key());
    let Some(image) = program.image() else { return skipped("only root looks into a process") };
    assert!(found(&image, &old).contains(&"inner state"), "the key is looked for where it is not");
    while within() < EPOCH - 1 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    while within() < 3 || within() == EPOCH - 1 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_ne!(asked(&program, &backend).await, told);
    assert_ne!(hex(&key()), old);
    assert_eq!(found(&program.image().unwrap(), &old), [""; 0]);
}
