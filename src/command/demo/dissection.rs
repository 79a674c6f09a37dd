//! A request taken apart into its single values: query, headers, cookies, body.
//!
//! Knows forms and JSON as far as they are to be shown; nothing is decided by it. Invariant: every value comes with a
//! request that holds nothing but it, so that the engine can be asked about it alone.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::record::Message;

/// Where in a request a value stands, in the order shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Connection,
    Query,
    Body,
    Cookies,
    Headers,
}

/// One value, and where it stands.
#[derive(Clone, Debug)]
pub struct Value {
    pub part: Part,
    /// A JSON pointer where the body is a document.
    pub name: String,
    pub text: String,
    /// A request with this value and no other; `None` where there is no such.
    pub alone: Option<Request<Bytes>>,
}

/// Every value of a request, but for what belongs to one connection.
pub fn values(message: &Message) -> Vec<Value> {
    let query = message.target().split_once('?').map(|(_, query)| query).unwrap_or_default();
    let mut values: Vec<Value> = pairs(query, "&").map(in_query).collect();
    let mut content_type = "";
    for (name, text) in &message.headers {
        match name.as_str() {
            "cookie" => values.extend(pairs(text, ";").map(in_cookie)),
            "content-type" => content_type = text,
            "host" | "content-length" | "accept-encoding" | "connection" => {}
            _ => values.push(in_header(name, text)),
        }
    }
    in_body(&message.body, content_type, &mut values);
    values
}

fn pairs<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(separator).map(str::trim).filter(|pair| !pair.is_empty())
}

/// Name and value, readable.
fn read(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    (plain(name), plain(value))
}

fn in_query(pair: &str) -> Value {
    let (name, text) = read(pair);
    let alone = format!("/?{pair}").parse::<Uri>().ok().map(|target| {
        let mut alone = Request::new(Bytes::new());
        *alone.uri_mut() = target;
        alone
    });
    Value { part: Part::Query, name, text, alone }
}

fn in_header(name: &str, text: &str) -> Value {
    let header = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(text).ok());
    let alone = header.map(|(name, value)| {
        let mut alone = Request::new(Bytes::new());
        alone.headers_mut().insert(name, value);
        alone
    });
    Value { part: Part::Headers, name: name.to_owned(), text: text.to_owned(), alone }
}

fn in_cookie(pair: &str) -> Value {
    let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
    let alone = in_header(COOKIE.as_str(), pair).alone;
    Value { part: Part::Cookies, name: name.to_owned(), text: text.to_owned(), alone }
}

fn in_body(body: &str, content_type: &str, values: &mut Vec<Value>) {
    if let Ok(document) = serde_json::from_str(body) {
        in_json(&document, &mut Vec::new(), values);
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        values.extend(pairs(body, "&").map(|pair| {
            let (name, text) = read(pair);
            Value { part: Part::Body, name, text, alone: Some(post(pair.to_owned(), content_type)) }
        }));
    } else if !body.is_empty() {
        let alone = Some(post(body.to_owned(), content_type));
        values.push(Value { part: Part::Body, name: String::new(), text: body.to_owned(), alone });
    }
}

/// A step into a document.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

fn in_json(document: &Json, path: &mut Vec<Step>, values: &mut Vec<Value>) {
    let members: Vec<(Step, &Json)> = match document {
        Json::Object(members) => members.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Json::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (Step::Index(index), item)).collect()
        }
        _ => Vec::new(),
    };
    if members.is_empty() {
        values.push(leaf(document, path));
    }
    for (step, member) in members {
        path.push(step);
        in_json(member, path, values);
        path.pop();
    }
}

fn leaf(value: &Json, path: &[Step]) -> Value {
    let name = path.iter().map(|step| match step {
        Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => format!("/{index}"),
    });
    let alone = path.iter().rev().fold(value.clone(), |inner, step| match step {
        Step::Key(key) => json!({ key.as_str(): inner }),
        Step::Index(_) => json!([inner]),
    });
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let alone = Some(post(alone.to_string(), "application/json"));
    Value { part: Part::Body, name: name.collect(), text, alone }
}

fn post(body: String, content_type: &str) -> Request<Bytes> {
    let mut request = Request::new(body.into());
    *request.method_mut() = Method::POST;
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        request.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    request
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn dissected(target: &str, headers: &[(&str, &str)], body: &str) -> Vec<(Part, String, String)> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let line = format!("POST {target} HTTP/1.1");
        let message = Message { from: String::new(), line, headers, body: body.to_owned() };
        values(&message).into_iter().map(|value| (value.part, value.name, value.text)).collect()
    }

    fn named(part: Part, name: &str, text: &str) -> (Part, String, String) {
        (part, name.to_owned(), text.to_owned())
    }

    #[test]
    fn every_value_is_found_by_its_place() {
        let headers = [
            ("host", "localhost"),
            ("cookie", "a=1; b=2"),
            ("dnt", "1"),
            ("content-type", "application/json"),
        ];
        let found = dissected("/e/?u=jane%40example.org&ip", &headers, r#"{"a":{"b/c":[1,"two"]},"d":{}}"#);
        assert_eq!(
            found,
            [
                named(Part::Query, "u", "jane@example.org"),
                named(Part::Query, "ip", ""),
                named(Part::Cookies, "a", "1"),
                named(Part::Cookies, "b", "2"),
                named(Part::Headers, "dnt", "1"),
                named(Part::Body, "/a/b~1c/0", "1"),
                named(Part::Body, "/a/b~1c/1", "two"),
                named(Part::Body, "/d", "{}"),
            ]
        );
    }

    #[test]
    fn a_body_that_is_no_document_is_a_form_or_one_value() {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(
            dissected("/", &form, "a=1+2&b"),
            [named(Part::Body, "a", "1 2"), named(Part::Body, "b", "")]
        );
        assert_eq!(dissected("/", &[], "some text"), [named(Part::Body, "", "some text")]);
    }

    #[test]
    fn a_value_alone_keeps_its_place() {
        let message = Message {
            from: String::new(),
            line: "POST / HTTP/1.1".to_owned(),
            headers: Vec::new(),
            body: r#"{"a":[{"b":1},{"c":"x"}]}"#.to_owned(),
        };
        let bodies: Vec<_> =
            values(&message).into_iter().map(|value| value.alone.unwrap().into_body()).collect();
        assert_eq!(bodies, [r#"{"a":[{"b":1}]}"#, r#"{"a":[{"c":"x"}]}"#]);
    }
}
