//! Nesting without end: a million levels of whatever nests are refused, on the same small stack.

use crate::makers;
use crate::range::Range;

const LIMIT: usize = 8 << 20;
const LEVELS: usize = 1_000_000;
/// Each of these takes a look at all of the text.
const LAYERS: usize = 100_000;
const JSON: &str = "Content-Type: application/json";
const TEXT: &str = "Content-Type: text/plain";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

fn nested(open: &str, inner: &str, close: &str) -> String {
    [&open.repeat(LEVELS), inner, &close.repeat(LEVELS)].concat()
}

#[tokio::test]
async fn a_million_levels_of_a_document_are_refused() {
    let range = Range::new("deep", LIMIT, "").await;
    for body in [
        nested("[", "1", "]"),
        nested("{\"a\":", "1", "}"),
        nested("[{\"a\":", "1", "}]"),
        // What a rule removes is not looked into, but passed over.
        format!("{{\"ip\":{}}}", nested("[", "", "]")),
        format!("{{\"a\":{}}}", makers::json(&nested("[", "", "]"))),
    ] {
        for label in [JSON, TEXT, "Content-Type: application/x-ndjson"] {
            assert_eq!(range.throw(label, body.as_bytes()).await, 400, "{label} {}", &body[..20]);
        }
        assert_eq!(range.throw(FORM, format!("a={body}").as_bytes()).await, 400, "{}", &body[..20]);
    }
    assert_eq!(range.throw(JSON, nested("[", "", "").as_bytes()).await, 400);
    assert!(range.backend().requests().is_empty());
    range.stands(1).await;
}

#[tokio::test]
async fn documents_in_strings_of_documents_are_refused_past_the_limit() {
    let range = Range::new("strings", LIMIT, "").await;
    // Each level doubles the backslashes of the one before: as deep as a body can hold.
    let mut document = "[\"203.0.113.77\"]".to_owned();
    while document.len() < LIMIT / 3 {
        document = format!("[{}]", makers::json(&document));
    }
    assert_eq!(range.throw(JSON, document.as_bytes()).await, 400);
    range.stands(1).await;
}

#[tokio::test]
async fn layer_upon_layer_of_an_encoding_is_refused_or_holds_nothing() {
    let range = Range::new("layers", LIMIT, "").await;
    let percent = format!("%{}2E", "25".repeat(LAYERS));
    let escapes = format!("{}u002e", "\\u005c".repeat(LAYERS));
    let entities = format!("&{}#46;", "amp;".repeat(LAYERS));
    let mut base64 = "{\"ip\":\"203.0.113.77\"}".to_owned();
    while base64.len() < LAYERS {
        base64 = makers::base64(base64.as_bytes());
    }
    for text in [percent, escapes, entities, base64] {
        let text = format!("203.0.113.77 {text}");
        for (label, body) in [
            (JSON, format!("{{\"a\":{}}}", makers::json(&text))),
            (TEXT, text.clone()),
            (FORM, format!("a={text}")),
        ] {
            range.backend().forget();
            let status = range.throw(label, body.as_bytes()).await;
            assert!(status == 200 || status == 400, "{status} for {label} {}", &text[..20]);
            let left = String::from_utf8_lossy(&range.backend().bytes()).into_owned();
            assert!(!left.contains("203.0.113.77"), "{label} {}", &text[..20]);
        }
    }
    range.stands(1).await;
}

#[tokio::test]
async fn what_grows_when_it_is_put_back_is_refused() {
    let range = Range::new("growth", 1 << 20, "").await;
    // Colons that came plain would be encoded as often as the one dot that did not.
    let text = |layers: usize, colons: usize| {
        format!("127%{}2E77.77.77 {}", "25".repeat(layers), ":".repeat(colons))
    };
    let body = |text: String| format!("{{\"a\":{}}}", makers::json(&text));
    assert_eq!(range.throw(JSON, body(text(8, 300_000)).as_bytes()).await, 413);
    assert_eq!(range.throw(JSON, body(text(1, 100)).as_bytes()).await, 200);
    assert!(!range.backend().request().text().contains("77.77.77"));
    range.stands(1).await;
}
