//! A browser, screen and language that few share are not told; each alone may be common.

use crate::support::{Backend, Privet, request};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

async fn privet(backend: &Backend, rare: &str) -> Privet {
    let url = backend.url();
    Privet::start(&format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n\
         trusted_proxies = [\"127.0.0.0/8\"]\n\
         [[route]]\nname = \"vendor\"\nhost = \"vendor.test\"\nupstream = \"{url}\"\npolicy = \"cnil\"\n{rare}\n"
    ))
}

/// What the vendor hears of a visitor's browser and language: in the header, in the body.
async fn heard(privet: &Privet, backend: &Backend, visitor: u8, language: &str) -> [Option<String>; 3] {
    backend.forget();
    let head = format!(
        "POST /e\nX-Forwarded-For: 203.0.113.{visitor}\nContent-Type: application/json\nUser-Agent: {CHROME}\n\
         Accept-Language: {language}-CH"
    );
    let body = format!("{{\"event\":\"x\",\"language\":\"{language}-CH\"}}");
    assert_eq!(privet.visitor().send(&[request(&head, &body)]).await.status, 200);
    let told = backend.request();
    let body: serde_json::Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(body["event"], "x");
    let header = |name| told.field(name).map(str::to_owned);
    [header("user-agent"), header("accept-language"), body["language"].as_str().map(str::to_owned)]
}

#[tokio::test]
async fn under_cnil_a_rare_configuration_becomes_the_most_common_one() {
    let backend = Backend::start().await;
    let privet = privet(&backend, "rare = { below = 3 }").await;
    for visitor in [1, 2, 2, 2] {
        assert_eq!(heard(&privet, &backend, visitor, "de").await, [None, None, None]);
    }
    let mut common = heard(&privet, &backend, 3, "de").await;
    for visitor in 4..20 {
        common = heard(&privet, &backend, visitor, "de").await;
    }
    assert!(common[0].is_some());
    assert_eq!(common[1..], [Some("de".to_owned()), Some("de".to_owned())]);
    assert_eq!(heard(&privet, &backend, 99, "rm").await, common);
}

#[tokio::test]
async fn where_rare_configurations_are_kept_the_first_visitor_is_told_of() {
    let backend = Backend::start().await;
    let privet = privet(&backend, "rare = \"keep\"").await;
    let [agent, language, copy] = heard(&privet, &backend, 1, "rm").await;
    assert!(agent.is_some());
    assert_eq!([language.as_deref(), copy.as_deref()], [Some("rm"), Some("rm")]);
}

#[tokio::test]
async fn the_page_shows_the_disguise_and_who_only_looks_is_not_counted() {
    let backend = Backend::start().await;
    let privet = privet(&backend, "rare = { below = 3 }").await;
    let shown = async |visitor: u8| {
        let head = format!(
            "GET /.privet/privacy\nAccept: application/json\nX-Forwarded-For: 203.0.113.{visitor}\n\
             User-Agent: {CHROME}\nAccept-Language: rm-CH"
        );
        let page: serde_json::Value =
            serde_json::from_str(&privet.visitor().ask(&head, "").await.text()).unwrap();
        let rows = page["services"][0]["this_request"].as_array().unwrap().clone();
        let row = rows.into_iter().find(|row| row["name"] == "accept-language").unwrap();
        row["received"].as_str().map(str::to_owned)
    };
    assert_eq!(shown(1).await, None);
    for visitor in 1..20 {
        heard(&privet, &backend, visitor, "de").await;
    }
    for visitor in 20..40 {
        assert_eq!(shown(visitor).await.as_deref(), Some("de"));
    }
    assert_eq!(heard(&privet, &backend, 99, "rm").await[1].as_deref(), Some("de"));
}
