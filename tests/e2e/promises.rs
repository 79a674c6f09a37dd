//! What vendors once promised for themselves, kept for every vendor: the design's table, a test for each promise.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use privet::privacy::{Category, Epoch, Key, Pseudonyms, Visits};

use crate::support::{Backend, Privet, Program, Stage, request};

const DATABASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/geo/country.mmdb");

/// A browser's own words, in a head and in a body.
const HEAD: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/148.0.7778.31\nAccept-Language: de-AT\n\
    Content-Type: application/json";

/// A route whose visitors come from where a balancer says.
async fn behind_a_balancer(more: &str) -> Stage {
    let listener = "trusted_proxies = [\"127.0.0.0/8\"]";
    Stage::trusting(Backend::start().await, more, listener)
}

/// The body that reached the vendor of one that was posted.
async fn received(stage: &Stage, head: &str, body: &str) -> String {
    stage.backend.forget();
    let answer = stage.visitor().ask(&format!("POST /e\n{HEAD}\n{head}"), body).await;
    assert_eq!(answer.status, 200);
    stage.backend.request().text()
}

fn lacks(text: &str, words: &[&str]) {
    for word in words {
        assert!(!text.contains(word), "{word} is in {text}");
    }
}

#[tokio::test]
async fn userlike_one_switch_no_unrequested_data_and_what_the_visitor_typed_himself_passes() {
    let stage = Stage::with("policy = \"strict\"").await;
    let sent = r#"{"message":"Where is my parcel?","city":"Vienna","browser":"Chrome","lang":"de-AT","ip":"203.0.113.9"}"#;
    assert_eq!(received(&stage, "", sent).await, r#"{"message":"Where is my parcel?"}"#);
    let heard = String::from_utf8_lossy(&stage.backend.bytes()).into_owned();
    lacks(&heard, &["Chrome", "Vienna", "de-AT", "203.0.113", "127.77"]);
}

#[tokio::test]
async fn clicktale_country_from_the_address_and_then_the_address_is_gone() {
    let geo = format!("[route.actions]\naddress = \"country\"\n[geo]\ndatabase = \"{DATABASE}\"");
    let stage = behind_a_balancer(&geo).await;
    let body =
        received(&stage, "X-Forwarded-For: 203.0.113.42", r#"{"event":"view","ip":"203.0.113.42"}"#).await;
    assert_eq!(body, r#"{"event":"view","ip":"DE"}"#);
    assert_eq!(stage.backend.request().field("x-country-code"), Some("DE"));
    lacks(&String::from_utf8_lossy(&stage.backend.bytes()), &["203.0.113"]);
}

#[tokio::test]
async fn clicktale_one_opt_out_for_everything_and_full_transparency() {
    let stage = Stage::with("on_opt_out = \"block\"").await;
    let page = stage.visitor().ask("GET /.privet/privacy\nAccept: application/json", "").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("\"this_request\""));
    let choice = "POST /.privet/choice\nContent-Type: application/json\nOrigin: https://vendor.test\nSec-Fetch-Site: same-origin";
    let chosen = stage.visitor().ask(choice, r#"{"choice":"off"}"#).await;
    let cookie = chosen.field("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    for path in ["/e", "/chat/w.js", "/replay"] {
        let answer = stage.visitor().ask(&format!("GET {path}\nCookie: {cookie}"), "").await;
        assert!(matches!(answer.status, 200 | 204), "{path}");
    }
    assert!(stage.backend.bytes().is_empty());
}

#[tokio::test]
async fn clicktale_input_not_submitted_is_never_shown_and_its_events_are_counted() {
    let stage = Stage::with("policy = \"balanced\"").await;
    let strokes = ["j", "ja", "jan", "jane"].map(|text| {
        format!(r#"{{"type":3,"data":{{"source":5,"id":7,"text":"{text}","isChecked":false}},"timestamp":1700000000000}}"#)
    });
    let body = received(&stage, "", &format!(r#"{{"events":[{}]}}"#, strokes.join(","))).await;
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    let events = document["events"].as_array().unwrap();
    assert_eq!(events.len(), strokes.len());
    assert!(events.iter().all(|event| event["data"]["text"].as_str().unwrap().chars().all(|c| c == '*')));
}

#[tokio::test]
async fn clicktale_an_id_for_each_site_so_that_nobody_is_followed_across_sites() {
    let sent = r#"{"visitor_id":"8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa","event":"view"}"#;
    let backend = Backend::start().await;
    let url = backend.url();
    let more = format!(
        "vendor = \"posthog\"\nsite = \"one.example\"\n[[route]]\nname = \"two\"\nhost = \"two.test\"\n\
         upstream = \"{url}\"\nvendor = \"posthog\"\nsite = \"two.example\""
    );
    let stage = Stage::before(backend, &more, "");
    let one = received(&stage, "", sent).await;
    assert_eq!(one, received(&stage, "", sent).await);
    stage.backend.forget();
    let text = String::from_utf8(request(&format!("POST /e\n{HEAD}"), sent)).unwrap();
    stage.visitor().send(&[text.replace("Host: vendor.test", "Host: two.test")]).await;
    let two = stage.backend.request().text();
    // Only the site tells the routes apart.
    assert_ne!(one, two);
    assert!([&one, &two].iter().all(|body| body.contains("\"visitor_id\":\"")), "{one} {two}");
    lacks(&(one + &two), &["8f14e45f"]);
}

#[tokio::test]
async fn clickmeter_and_mousestats_the_last_part_of_the_address_is_removed() {
    let stage = behind_a_balancer("policy = \"balanced\"").await;
    let body = received(&stage, "X-Forwarded-For: 203.0.113.42", r#"{"ip":"203.0.113.42"}"#).await;
    assert_eq!(body, r#"{"ip":"203.0.113.0"}"#);
}

#[tokio::test]
async fn clickmeter_raw_data_is_never_in_logs_nor_in_metrics_nor_in_any_file() {
    let backend = Backend::start().await;
    let settings = format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n[admin]\naddress = \"127.0.0.1:0\"\n[[route]]\nname = \"r\"\n\
         host = \"vendor.test\"\nupstream = \"{}\"\n",
        backend.url()
    );
    let mut program = Program::run("promises", &settings, 1).await;
    let operators = program.told("listening for operators").await["listener"].as_str().unwrap().to_owned();
    let visitor = crate::support::Visitor::new(program.addresses[0], true);
    let head = format!("POST /e?email=canary.query@example.org\n{HEAD}\nCookie: id=canary-cookie");
    assert_eq!(visitor.ask(&head, r#"{"email":"canary.body@example.org"}"#).await.status, 200);
    let line = program.told("exchange").await.to_string();
    lacks(&line, &["canary", "127.77.77.77", "Chrome"]);
    let metrics =
        crate::support::Visitor::new(operators.parse().unwrap(), false).ask("GET /metrics", "").await.text();
    assert!(metrics.contains("privet_requests"));
    lacks(&metrics, &["canary", "127.77.77.77"]);
    program.signal("TERM");
    assert_eq!(program.code().await, Some(0));
    lacks(&program.said(), &["canary", "127.77.77.77", "Chrome"]);
    for file in files(program.directory()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        lacks(&text, &["canary", "127.77.77.77"]);
    }
}

/// Every file below a directory.
fn files(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The day of the clock that is handed to the engine turns here.
const TURN: u64 = 20_000 * 24 * 3600;
const ID: &str = "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa";

/// A visitor's stand-in at a moment, by the key of its day and what is remembered of the day before.
fn stand_in(visits: &Arc<Mutex<Visits>>, now: u64) -> String {
    let epoch = Epoch::at(now, Duration::from_hours(24));
    let key = Key::from_bytes([u8::try_from(epoch.number() % 251).unwrap(); 32]);
    Pseudonyms::of(&key, epoch, "one.example", "posthog")
        .recalling(visits, now, Visits::closing(epoch, now))
        .stand_in(Category::VisitorId, ID)
}

fn visits() -> Arc<Mutex<Visits>> {
    Arc::new(Mutex::new(Visits::new(Key::from_bytes([1; 32]), Duration::from_hours(24))))
}

#[test]
fn clickmeter_raw_data_is_gone_after_thirty_minutes() {
    const HALF_HOUR: u64 = 30 * 60;
    let visits = visits();
    let before = stand_in(&visits, TURN - 60);
    let last = TURN - 60 + HALF_HOUR;
    // Remembered for half an hour, and from then on for another: that visit goes on.
    assert_eq!(stand_in(&visits, last), before);
    visits.lock().unwrap().forget(last + HALF_HOUR);
    assert!(!visits.lock().unwrap().is_empty());
    visits.lock().unwrap().forget(last + HALF_HOUR + 1);
    assert!(visits.lock().unwrap().is_empty());
    assert_ne!(stand_in(&visits, last + HALF_HOUR + 1), before);
}

#[tokio::test]
async fn liveperson_opt_out_of_a_chat() {
    let stage = Stage::with("on_opt_out = \"block\"").await;
    let head = format!("POST /chat\n{HEAD}");
    let message = r#"{"message":"hello"}"#;
    assert_eq!(stage.visitor().ask(&format!("{head}\nCookie: privet_choice=off"), message).await.status, 204);
    assert!(stage.backend.bytes().is_empty());
    assert_eq!(stage.visitor().ask(&format!("{head}\nCookie: privet_choice=on"), message).await.status, 200);
    assert_eq!(stage.backend.request().text(), message);
}

#[tokio::test]
async fn liveperson_data_is_kept_for_a_limited_time() {
    // In privet: the key of a stand-in for its epoch, and a visit that goes on for four hours of the next one.
    let visits = visits();
    let before = stand_in(&visits, TURN - 60);
    let rest: Vec<String> = (0..24).map(|ten| stand_in(&visits, TURN + ten * 600)).collect();
    assert!(rest.iter().all(|later| *later == before));
    assert_ne!(stand_in(&visits, TURN + 4 * 3600), before);
    assert_ne!(stand_in(&self::visits(), TURN), stand_in(&self::visits(), TURN - 1));
    // In the browser: a cookie for as long as the settings say.
    let rule = "[[route.rule]]\nselect = \"set-cookie:chat\"\ncategory = \"service\"\nmax_age = \"2h\"";
    let stage = Stage::with(rule).await;
    stage.backend.answer_with(
        "HTTP/1.1 200 OK\r\nSet-Cookie: chat=1; Max-Age=999999999\r\nContent-Length: 2\r\n\r\nok",
    );
    let answer = stage.visitor().ask(&format!("POST /chat\n{HEAD}"), "{}").await;
    assert_eq!(answer.field("set-cookie"), Some("chat=1; SameSite=Lax; Secure; Max-Age=7200"));
}

#[tokio::test]
async fn liveperson_opt_out_of_identifiable_details_in_a_chat() {
    let stage = Stage::with("").await;
    let sent = r#"{"message":"I am at jane.doe@example.org, card 4111 1111 1111 1111"}"#;
    let body = received(&stage, "", sent).await;
    lacks(&body, &["jane.doe", "4111"]);
    assert!(body.contains("I am at "));
}

#[tokio::test]
async fn liveperson_tls_on_every_leg() {
    let vendor = Backend::start().await;
    let leg = |name: &str, upstream: &str, more: &str| {
        format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"{name}\"] }}\n[[route]]\nname = \"r\"\n\
             path = \"/\"\nupstream = \"{upstream}\"\n{more}\n"
        )
    };
    let tls = Privet::start(&leg("localhost", &vendor.url(), ""));
    let url = format!("https://localhost:{}", tls.address().port());
    let unknown = Privet::start(&leg("vendor.test", &url, "allow_private = true"));
    assert_eq!(unknown.visitor().ask(&format!("POST /e\n{HEAD}"), "{}").await.status, 502);
    assert!(vendor.bytes().is_empty());
    let trusted = "allow_private = true\nupstream_ca = \"certs/self-signed-localhost.pem\"";
    let known = Privet::start(&leg("vendor.test", &url, trusted));
    assert_eq!(known.visitor().ask(&format!("POST /e\n{HEAD}"), "{}").await.status, 200);
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn liveperson_strict_separation_of_customers() {
    let (backend, other) = (Backend::start().await, Backend::start().await);
    let rule = "[[route.rule]]\nselect = \"cookie:chat\"\ncategory = \"service\"";
    let more =
        format!("{rule}\n[[route]]\nname = \"other\"\nhost = \"other.test\"\nupstream = \"{}\"", other.url());
    let stage = Stage::before(backend, &more, "");
    let sent = r#"{"visitor_id":"8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa"}"#;
    let head = "Cookie: chat=token-1";
    let ours = received(&stage, head, sent).await;
    let text = String::from_utf8(request(&format!("POST /e\n{HEAD}\n{head}"), sent)).unwrap();
    stage.visitor().send(&[text.replace("Host: vendor.test", "Host: other.test")]).await;
    assert_eq!(stage.backend.request().field("cookie"), Some("chat=token-1"));
    assert_eq!(other.request().field("cookie"), None);
    assert_ne!(ours, other.request().text());
}

#[tokio::test]
async fn mousestats_typed_text_as_asterisks_unless_allowed() {
    let stage = Stage::with("policy = \"balanced\"").await;
    let snapshot = |allow: &str| {
        format!(
            r#"{{"events":[{{"type":2,"timestamp":1700000000000,"data":{{"initialOffset":{{"left":0,"top":0}},"node":{{"type":0,"id":1,"childNodes":[{{"type":2,"id":2,"tagName":"input","attributes":{{"type":"text","value":"my draft"{allow}}},"childNodes":[]}}]}}}}}}]}}"#
        )
    };
    lacks(&received(&stage, "", &snapshot("")).await, &["my draft"]);
    let allowed = received(&stage, "", &snapshot(r#","data-privet-allow":"""#)).await;
    assert!(allowed.contains("my draft"), "{allowed}");
}

#[tokio::test]
async fn mousestats_passwords_never_and_cookies_with_a_capped_lifetime() {
    let stage = Stage::with("[[route.rule]]\nselect = \"set-cookie:chat\"\ncategory = \"service\"").await;
    stage.backend.answer_with(
        "HTTP/1.1 200 OK\r\nSet-Cookie: chat=1; Max-Age=999999999; Domain=vendor.test\r\nContent-Length: 2\r\n\r\nok",
    );
    let answer = stage.visitor().ask(&format!("POST /e\n{HEAD}"), r#"{"password":"hunter2","a":1}"#).await;
    lacks(&stage.backend.request().text(), &["hunter2"]);
    let cookie = answer.field("set-cookie").unwrap().to_owned();
    let age = cookie.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse::<u64>().unwrap();
    assert!(age <= 395 * 24 * 3600, "{cookie}");
    lacks(&cookie, &["Domain"]);
}

#[tokio::test]
async fn mousestats_a_second_visit_does_not_prolong_a_cookie() {
    const RULE: &str = "[[route.rule]]\nselect = \"cookie:id\"\ncategory = \"visitor_id\"\n\
        [[route.rule]]\nselect = \"set-cookie:id\"\ncategory = \"visitor_id\"\nmax_age = \"30d\"";
    let stage = Stage::with(&format!("policy = \"balanced\"\n{RULE}")).await;
    let visit = async |brought: &str, set: &str| {
        stage.backend.forget();
        stage
            .backend
            .answer_with(format!("HTTP/1.1 200 OK\r\nSet-Cookie: {set}\r\nContent-Length: 2\r\n\r\nok"));
        let answer = stage.visitor().ask(&format!("GET /e\n{brought}"), "").await;
        (
            answer.field("set-cookie").map(str::to_owned),
            stage.backend.request().field("cookie").map(str::to_owned),
        )
    };
    let years = |id: &str| format!("id={id}; Expires=Fri, 1-Jan-38 0:0:0 GMT");
    let (first, _) = visit("", &years(ID)).await;
    assert_eq!(first, Some(format!("id={ID}; SameSite=Lax; Secure; Max-Age={}", 30 * 24 * 3600)));
    let brought = format!("Cookie: id={ID}");
    let (same, shown) = visit(&brought, &years(ID)).await;
    assert_eq!(same, None);
    let shown = shown.unwrap();
    lacks(&shown, &[ID]);
    // The vendor knows the visitor by a stand-in, and sets that anew.
    assert_eq!(visit(&brought, &years(shown.trim_start_matches("id="))).await.0, None);
    let (other, _) = visit(&brought, &years("another")).await;
    assert_eq!(other.as_deref(), Some("id=another; SameSite=Lax; Secure"));
    let (gone, _) = visit(&brought, "id=; Expires=Thu, 1-Jan-1970 00:00:01 GMT").await;
    assert_eq!(gone.as_deref(), Some("id=; SameSite=Lax; Secure; Max-Age=0"));
}

#[tokio::test]
async fn mousestats_opt_out_by_link() {
    let stage = Stage::with("on_opt_out = \"block\"").await;
    let answer = stage
        .visitor()
        .ask("GET /page?a=1&privet=off\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", "")
        .await;
    assert_eq!(answer.status, 303);
    assert!(answer.field("set-cookie").unwrap().starts_with("privet_choice=off"));
    assert!(!answer.field("location").unwrap().contains("privet="));
    assert!(stage.backend.bytes().is_empty());
}
