//! privet's own pages over sockets: they answer for themselves, show what leaves, take a choice from the site's own
//! form alone, and no vendor hears of any of it.

use http::Request;
use serde_json::Value;

use crate::support::{Answer, Backend, Frames, Privet, Stage};

const PAGES: [&str; 3] = ["/.privet/", "/.privet/privacy", "/.privet/opt-out"];
const OWN: &str = "Origin: https://vendor.test\nSec-Fetch-Site: same-origin\nContent-Type: application/x-www-form-urlencoded";

async fn get(stage: &Stage, target: &str, head: &str) -> Answer {
    stage.visitor().ask(&format!("GET {target}\n{head}"), "").await
}

async fn json(stage: &Stage, target: &str, head: &str) -> Value {
    let answer = get(stage, target, &format!("Accept: application/json\n{head}")).await;
    assert_eq!(answer.field("content-type"), Some("application/json"));
    serde_json::from_slice(&answer.message.body).unwrap()
}

/// Sends the form of the opt-out page.
async fn choose(stage: &Stage, choice: &str, head: &str) -> Answer {
    stage.visitor().ask(&format!("POST /.privet/opt-out\n{head}"), &format!("choice={choice}")).await
}

/// The cookie an answer sets, as a browser sends it back.
fn kept(answer: &Answer) -> String {
    format!("Cookie: {}", answer.field("set-cookie").unwrap().split(';').next().unwrap())
}

#[tokio::test]
async fn every_page_answers_over_http_1_and_2_while_the_vendor_is_down() {
    let text = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = { self_signed = [\"vendor.test\"] }\n[server]\nworkers = 1\n\
        [[route]]\nname = \"down\"\nhost = \"vendor.test\"\npath = \"/stats/\"\nupstream = \"http://127.0.0.1:1\"\nvendor = \"matomo\"\n";
    let privet = Privet::start(text);
    for base in ["", "/stats"] {
        for page in PAGES {
            let page = format!("{base}{page}");
            let answer = privet.visitor().ask(&format!("GET {page}"), "").await;
            assert_eq!((answer.status, answer.field("cache-control")), (200, Some("no-store")), "{page}");
            let request = Request::get(format!("https://vendor.test{page}"));
            let request = request.body(Frames::new(b"", 1, None)).unwrap();
            let h2 = privet.visitor().h2().await.send(request).await.unwrap();
            assert_eq!(h2.status, 200);
            assert!(h2.text().contains("Matomo") && answer.text().contains("Matomo"), "{page}");
            let head = privet.visitor().ask(&format!("HEAD {page}"), "").await;
            assert_eq!((head.status, head.text().len()), (200, 0));
        }
    }
}

#[tokio::test]
async fn nothing_below_privets_own_name_reaches_a_vendor() {
    let stage = Stage::with("").await;
    for (request, status, allow) in [
        ("GET /.privet", 308, None),
        ("GET /.privet/privacy?x=1", 200, None),
        ("GET /.privet/other", 404, None),
        ("GET /.privet/privacy/", 404, None),
        ("GET /.privet/opt-out/../privacy", 400, None),
        ("PUT /.privet/other", 405, Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")),
        ("POST /.privet/privacy", 405, Some("GET, HEAD")),
        ("OPTIONS /.privet/opt-out", 405, Some("GET, HEAD, POST")),
    ] {
        let answer = stage.visitor().ask(request, "").await;
        assert_eq!((answer.status, answer.field("allow")), (status, allow), "{request}");
    }
    let long = format!("choice=off&x={}", "y".repeat(10_000));
    assert_eq!(stage.visitor().ask(&format!("POST /.privet/opt-out\n{OWN}"), &long).await.status, 413);
    assert_eq!((stage.backend.connections(), stage.backend.bytes().len()), (0, 0));
}

#[tokio::test]
async fn a_page_loads_nothing_is_framed_by_nobody_and_sets_no_cookie() {
    let stage = Stage::with("").await;
    for page in PAGES {
        let answer = get(&stage, page, "").await;
        let policy = answer.field("content-security-policy").unwrap();
        for directive in
            ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.split("; ").any(|found| found == directive), "{page}: {policy}");
        }
        assert!(policy.contains("style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.field("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.field("set-cookie"), None);
        let text = answer.text();
        for outside in ["<script", "<link", "<img", "src=", "style=", "http://", "https://", "url("] {
            let examples = text.replace("https://search.example/", "").replace("https://shop.example/", "");
            assert!(!examples.contains(outside), "{page} has {outside}");
        }
    }
}

#[tokio::test]
async fn a_no_is_said_by_the_form_obeyed_shown_and_taken_back() {
    let stage = Stage::with("").await;
    assert!(get(&stage, "/.privet/opt-out", "").await.text().contains("value=\"off\""));
    let said = choose(&stage, "off", OWN).await;
    assert_eq!((said.status, said.field("location")), (303, Some("opt-out#state")));
    let no = kept(&said);
    let page = get(&stage, "/.privet/opt-out", &no).await.text();
    assert!(
        page.contains("You have said no.")
            && page.contains("value=\"on\"")
            && !page.contains("value=\"off\"")
    );
    assert!(get(&stage, "/.privet/privacy", &no).await.text().contains("You have said no."));
    assert_eq!(json(&stage, "/.privet/privacy", &no).await["choice"]["state"], "no");
    get(&stage, "/e", &no).await;
    assert_eq!(stage.backend.connections(), 0);
    let yes = kept(&choose(&stage, "on", &format!("{OWN}\n{no}")).await);
    assert!(get(&stage, "/.privet/opt-out", &yes).await.text().contains("You have agreed"));
    assert_eq!(get(&stage, "/e", &yes).await.text(), "ok");
    assert_eq!(stage.backend.connections(), 1);
}

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing_and_one_without_a_choice_neither() {
    let stage = Stage::with("").await;
    for head in [
        "Sec-Fetch-Site: cross-site\nOrigin: https://evil.example",
        "Sec-Fetch-Site: cross-site",
        "Origin: https://evil.example",
        "Origin: https://vendor.test.evil.example",
        "Origin: null",
    ] {
        let answer = choose(&stage, "on", head).await;
        assert_eq!((answer.status, answer.field("set-cookie")), (403, None), "{head}");
        assert!(answer.text().contains("did not come from this page"));
    }
    for choice in ["", "maybe", "off%00"] {
        let answer = choose(&stage, choice, OWN).await;
        assert_eq!((answer.status, answer.field("set-cookie")), (400, None), "{choice}");
    }
}

#[tokio::test]
async fn a_browsers_signal_is_told_with_what_it_means_here() {
    let stage = Stage::with("").await;
    let page = get(&stage, "/.privet/opt-out", "Sec-GPC: 1").await.text();
    assert!(page.contains("Your browser says no for you, by Global Privacy Control."));
    assert!(page.contains("Here it always counts as a no"));
    let page = get(&stage, "/.privet/opt-out", "DNT: 1").await.text();
    assert!(page.contains("by Do Not Track.") && page.contains("unless you choose otherwise above"));
    assert!(page.contains("value=\"on\""));
}

#[tokio::test]
async fn languages_are_spoken_as_browsers_ask_and_as_visitors_pick() {
    let stage = Stage::with("").await;
    for (target, head, tag, title) in [
        ("/.privet/opt-out", "Accept-Language: xx, de-AT;q=0.9, en;q=0.1", "de", "Ihre Wahl"),
        ("/.privet/opt-out", "Accept-Language: nl", "nl", "Jouw keuze"),
        ("/.privet/opt-out?lang=fr", "Accept-Language: nl", "fr", "Votre choix"),
        ("/.privet/opt-out?lang=it", "", "it", "La tua scelta"),
        ("/.privet/opt-out?lang=es", "", "es", "Tu decisión"),
        ("/.privet/opt-out", "", "en", "Your choice"),
    ] {
        let answer = get(&stage, target, head).await;
        assert_eq!(answer.field("content-language"), Some(tag));
        let page = answer.text();
        assert!(
            page.contains(&format!("<html lang=\"{tag}\"")) && page.contains(&format!("<h1>{title}</h1>"))
        );
    }
    let picked = stage.visitor().ask(&format!("POST /.privet/opt-out?lang=fr\n{OWN}"), "choice=off").await;
    assert_eq!(picked.field("location"), Some("opt-out?lang=fr#state"));
}

#[tokio::test]
async fn this_very_request_is_shown_before_and_after_and_escaped() {
    let stage = Stage::with("vendor = \"posthog\"\npolicy = \"cnil\"").await;
    let head = "Cookie: _ga=GA1.1.120483.176722; x=\"><script>alert(1)</script>\nUser-Agent: Kana/1.0\nX-Odd: <b>&amp;";
    let target = "/.privet/privacy?email=jane%40example.org&%3Ci%3E=%3Cu%3E";
    let page = get(&stage, target, head).await.text();
    for part in ["jane@example.org", "GA1.1.120483.176722", "Kana/1.0", "127.77.77.77"] {
        assert!(page.contains(part), "{part}");
    }
    for part in ["<script>", "<i>", "<u>", "<b>&amp;\n", "\"><"] {
        assert!(!page.contains(part) || part == "\"><", "{part}");
    }
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
    let told = json(&stage, target, head).await;
    let rows = told["services"][0]["this_request"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!((&row("email")["fate"], &row("email")["received"]), (&"removed".into(), &Value::Null));
    assert_eq!(row("_ga")["fate"], "removed");
    assert_eq!(row("host")["received"], stage.backend.address.to_string());
    assert_eq!(row("address")["sent"], "127.77.77.77");
    assert_eq!(stage.backend.connections(), 0);
}

/// What is told of a route with these settings.
async fn told(more: &str) -> Value {
    let stage = Stage::with(more).await;
    json(&stage, "/.privet/privacy", "").await["services"][0].clone()
}

#[tokio::test]
async fn the_transparency_page_changes_when_a_rule_changes() {
    let action = |told: &Value, category: &str| {
        let kinds = told["kinds"].as_array().unwrap();
        kinds.iter().find(|kind| kind["category"] == category).unwrap()["action"].clone()
    };
    let strict = told("vendor = \"posthog\"").await;
    assert_eq!((&strict["recipient"], action(&strict, "screen")), (&"PostHog".into(), "remove".into()));
    let open =
        told("vendor = \"posthog\"\n[route.actions]\nscreen = \"keep\"\nlanguage = \"generalize\"").await;
    assert_eq!((action(&open, "screen"), action(&open, "language")), ("keep".into(), "generalize".into()));
    let rule = "[[route.rule]]\nselect = \"json:/properties/customer_no\"\ncategory = \"account_id\"\naction = \"pseudonymize\"";
    let ruled = told(&format!("vendor = \"posthog\"\n{rule}")).await;
    let groups = ruled["places"].as_array().unwrap();
    let group =
        groups.iter().find(|group| group["category"] == "account_id" && group["action"] == "pseudonymize");
    assert_eq!(group.unwrap()["places"], serde_json::json!(["json:/properties/customer_no"]));
    assert_ne!(strict["places"], ruled["places"]);

    // And so do the words that a visitor reads.
    let page = |more: &'static str| async move {
        let stage = Stage::with(more).await;
        get(&stage, "/.privet/privacy", "").await.text()
    };
    let (closed, open) = (page("").await, page("[route.actions]\nscreen = \"keep\"\n").await);
    assert!(closed != open && open.contains("<span class=\"before\">1337x733</span></td>"));
    assert!(page("policy = \"balanced\"").await.contains("replaced by a stand-in that changes every day"));
    assert!(page("undecodable = \"keep\"").await.contains("is passed on there unread"));
    assert!(
        page("purpose = { en = \"Selling hedges\" }\nrecipient = \"A & B\"").await.contains("Selling hedges")
    );
}

#[tokio::test]
async fn what_the_page_promises_of_this_request_is_what_the_vendor_gets() {
    let stage = Stage::with("vendor = \"posthog\"\npolicy = \"balanced\"").await;
    let head = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7731.42 Safari/537.36\nAccept-Language: de-CH,de;q=0.9\nCookie: ph_x_posthog=jane\nX-Odd: 1";
    let told = json(&stage, "/.privet/privacy?ver=1&ip=1", head).await;
    get(&stage, "/?ver=1&ip=1", &format!("Accept: application/json\n{head}")).await;
    let arrived = stage.backend.request();
    let rows = told["services"][0]["this_request"].as_array().unwrap();
    let promised = |row: &&Value| row["part"] == "header" && !row["received"].is_null();
    let promised: Vec<(&str, &str)> = rows
        .iter()
        .filter(promised)
        .map(|row| (row["name"].as_str().unwrap(), row["received"].as_str().unwrap()))
        .collect();
    assert!(promised.len() > 3);
    for (name, value) in &arrived.fields {
        assert!(
            promised.contains(&(name.to_lowercase().as_str(), value)),
            "{name}: {value} was not promised"
        );
    }
    assert_eq!(arrived.fields.len(), promised.len(), "{promised:?} {:?}", arrived.fields);
}

#[tokio::test]
async fn an_operators_title_contact_and_colours_are_shown() {
    let pages = "[pages]\ntitle = \"Hedges & <Sons>\"\nlanguage = \"de\"\ncolours = { accent = \"#7a1f5c\" }\n\
        contact = { name = \"Jane Roe\", email = \"privacy@shop.example\" }\n";
    let stage = Stage::before(Backend::start().await, "", pages);
    let page = get(&stage, "/.privet/privacy", "").await.text();
    assert!(page.contains("Hedges &#38; &#60;Sons&#62;") && page.contains("mailto:privacy@shop.example"));
    assert!(page.contains("--accent:#7a1f5c;") && page.contains("<html lang=\"de\""));
}
