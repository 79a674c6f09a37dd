//! Texts before and after, and the laws that hold for all of them.
#![allow(clippy::unwrap_used)]

mod calls;

use super::*;
use crate::privacy::fixture::mount;
use crate::privacy::needle::Needle;
use crate::privacy::needle::plain::Plain;
use proptest::prelude::*;

fn names(mounts: impl Into<Arc<[Mount]>>) -> Arc<Names> {
    Arc::new(Names::new(mounts.into(), Vec::new()))
}

/// A vendor of two hosts and a pattern of them, beside one with a port.
fn vendor() -> Arc<Names> {
    names([
        mount("eu.vendor.example", "/chat/"),
        mount("cdn.vendor.example", "/chat/_p/cdn/"),
        mount("*.shard.example", "/chat/_p/shard/*/"),
        mount("10.1.2.3:8080", "/own/"),
    ])
}

/// What comes home of a text that is cut at these places.
fn cut(names: &Arc<Names>, kind: Kind, text: &[u8], cuts: &[usize]) -> (Vec<u8>, Changes) {
    let home = Home { authority: "shop.example:8443", secure: true, mounts: &[] };
    let mut stream = names.text(&home, Origin { kind, ..ORIGIN });
    let (mut out, mut from) = (Vec::new(), 0);
    for cut in cuts.iter().copied().chain([text.len()]) {
        let cut = cut.clamp(from, text.len());
        stream.push(&text[from..cut], &mut out);
        from = cut;
    }
    let changes = stream.finish(&mut out);
    (out, changes)
}

fn rewritten(names: &Arc<Names>, text: &str) -> String {
    String::from_utf8(cut(names, Kind::Text, text.as_bytes(), &[]).0).unwrap()
}

const ORIGIN: Origin<'_> =
    Origin { host: "eu.vendor.example", path: "/static/a.js", kind: Kind::Text, charset: None };
const HOME: &str = "shop.example:8443";

#[test]
fn a_name_becomes_the_visitors_place_in_the_spelling_it_stands_in() {
    let vendor = vendor();
    for (before, after) in [
        ("https://eu.vendor.example/e", "https://{HOME}/chat/e"),
        ("\"https://eu.vendor.example\"", "\"https://{HOME}/chat\""),
        ("url(//cdn.vendor.example/a.css)", "url(//{HOME}/chat/_p/cdn/a.css)"),
        ("http://EU.Vendor.Example/", "https://{HOME}/chat/"),
        ("ws://eu.vendor.example/s wss://eu.vendor.example", "wss://{HOME}/chat/s wss://{HOME}/chat"),
        ("\"https:\\/\\/eu.vendor.example\\/e\"", "\"https:\\/\\/{HOME}\\/chat\\/e\""),
        ("\\\"http:\\\\/\\\\/eu.vendor.example\\\\/e\\\"", "\\\"https:\\\\/\\\\/{HOME}\\\\/chat\\\\/e\\\""),
        ("https:\\u002f\\u002feu.vendor.example", "https:\\u002f\\u002f{HOME}\\u002fchat"),
        ("\\u002feu.vendor.example", "\\u002feu.vendor.example"),
        ("http:\\x2f\\x2feu.vendor.example\\x2fe", "https:\\x2f\\x2f{HOME}\\x2fchat\\x2fe"),
        ("?u=https%3A%2F%2Feu.vendor.example%2Fe", "?u=https%3A%2F%2Fshop.example%3A8443%2Fchat%2Fe"),
        ("https%253A%252F%252Feu.vendor.example", "https%253A%252F%252Fshop.example%253A8443%252Fchat"),
        ("http:&#x2F;&#x2F;eu.vendor.example&#x2F;e", "https:&#x2F;&#x2F;{HOME}&#x2F;chat&#x2F;e"),
        ("&#47;&#47;eu.vendor.example", "&#47;&#47;{HOME}&#47;chat"),
        ("\"eu.vendor.example\"", "\"{HOME}/chat\""),
        ("`wss://${\"eu.vendor.example\"}/s`", "`wss://${\"{HOME}/chat\"}/s`"),
        ("eu.vendor.example", "{HOME}/chat"),
        ("see eu.vendor.example.", "see {HOME}/chat."),
        ("https://eu.vendor.example./e", "https://{HOME}/chat/e"),
        ("https://eu.vendor.example:443/e", "https://{HOME}/chat/e"),
        ("wss://eu.vendor.example:8443/e", "wss://{HOME}/chat/e"),
        ("'eu.vendor.example:443'", "'{HOME}/chat'"),
        ("https://key@eu.vendor.example/7", "https://key@{HOME}/chat/7"),
        ("https://k7.shard.example/x", "https://{HOME}/chat/_p/shard/k7/x"),
        ("https%3A%2F%2Fk7.shard.example", "https%3A%2F%2Fshop.example%3A8443%2Fchat%2F_p%2Fshard%2Fk7"),
        ("http://10.1.2.3:8080/x 10.1.2.3", "https://{HOME}/own/x {HOME}/own"),
        ("\u{201c}eu.vendor.example\u{201d}", "\u{201c}{HOME}/chat\u{201d}"),
        ("a\\neu.vendor.example", "a\\n{HOME}/chat"),
        ("news://eu.vendor.example", "news://{HOME}/chat"),
    ] {
        assert_eq!(rewritten(&vendor, before), after.replace("{HOME}", HOME), "{before}");
    }
}

#[test]
fn half_a_name_is_none_and_neither_is_an_email_address_or_another_server() {
    let vendor = vendor();
    for text in [
        "noteu.vendor.example",
        "eu.vendor.example.evil.example",
        "https://www.eu.vendor.example/",
        "x-eu.vendor.example eu.vendor.example-x eu.vendor.example_x eu.vendor.examples",
        "jane@eu.vendor.example",
        "mailto:jane%40eu.vendor.example",
        "\"jane\\u0040eu.vendor.example\"",
        "https://other.example/eu.vendor.example/x",
        "vendor.example",
        "a.b.shard.example shard.example .shard.example *.shard.example",
        "http://10.1.2.3:9000/ http://10.1.2.3/ 110.1.2.3 10.1.2.34",
        "eu\\.vendor\\.example",
        "",
    ] {
        assert_eq!(rewritten(&vendor, text), text);
    }
}

#[test]
fn a_word_is_no_server_where_it_does_not_stand_as_one() {
    let own = names([mount("chat:3000", "/")]);
    for text in ["chat", "\"chat\"", "chat:3000", "http://chat/", "http://chats:3000"] {
        assert_eq!(rewritten(&own, text), text);
    }
    assert_eq!(rewritten(&own, "ws://chat:3000/s"), format!("wss://{HOME}/s"));
}

#[test]
fn of_several_mounts_of_a_host_the_path_decides() {
    let keep = |place| Mount { keep_path: true, ..mount("cdn.vendor.example", place) };
    let base = Mount {
        base_path: "/api".to_owned(),
        host: Some("api.example".into()),
        ..mount("vendor.example", "/")
    };
    let vendor = names([keep("/static/"), Mount { host: Some("b.example".into()), ..keep("/array/") }, base]);
    for (before, after) in [
        ("https://cdn.vendor.example/static/a.js", "https://shop.example:8443/static/a.js"),
        ("https:\\/\\/cdn.vendor.example\\/array\\/b", "https:\\/\\/b.example:8443\\/array\\/b"),
        ("https://cdn.vendor.example/other", "https://shop.example:8443/other"),
        ("https://vendor.example/api/x", "https://api.example:8443/x"),
        ("https:\\/\\/vendor.example\\/api", "https:\\/\\/api.example:8443"),
        ("https://vendor.example/apis", "https://api.example:8443/apis"),
    ] {
        assert_eq!(rewritten(&vendor, before), after, "{before}");
    }
}

#[test]
fn a_visitor_without_tls_keeps_the_scheme_that_was_written() {
    let home = Home { authority: "localhost", secure: false, mounts: &[] };
    let vendor = vendor();
    let text = vendor.text(&home, ORIGIN);
    let (new, changes) = text.whole(b"http://eu.vendor.example/ wss://eu.vendor.example/");
    assert_eq!(new.unwrap(), b"http://localhost/chat/ wss://localhost/chat/");
    assert_eq!(changes.routed, 2);
}

#[test]
fn an_element_whose_link_changed_loses_its_integrity_and_one_that_calls_elsewhere_its_relation() {
    let vendor = vendor();
    let page = |text: &str| String::from_utf8(cut(&vendor, Kind::Page, text.as_bytes(), &[]).0).unwrap();
    for (before, after) in [
        (
            "<script integrity=\"sha384-a>b\" src=https://cdn.vendor.example/a.js crossorigin nonce=x></script>",
            "<script src=https://{HOME}/chat/_p/cdn/a.js crossorigin nonce=x></script>",
        ),
        (
            "<LINK href='//cdn.vendor.example/a.css' Integrity='sha256-x'>",
            "<LINK href='//{HOME}/chat/_p/cdn/a.css'>",
        ),
        (
            "document.write('<script src=\"//cdn.vendor.example/a.js\" integrity=\\\"x\\\">')",
            "document.write('<script src=\"//{HOME}/chat/_p/cdn/a.js\">')",
        ),
        (
            "<script integrity=x src=https://cdn.vendor.example/a.js>",
            "<script src=https://{HOME}/chat/_p/cdn/a.js>",
        ),
        (
            "<script src=https://other.example/a.js integrity=\"x\"></script><p>eu.vendor.example",
            "<script src=https://other.example/a.js integrity=\"x\"></script><p>{HOME}/chat",
        ),
        (
            "<scripts integrity=\"x\" src=//cdn.vendor.example>",
            "<scripts integrity=\"x\" src=//{HOME}/chat/_p/cdn>",
        ),
        ("a < b <scr", "a < b <scr"),
        (
            "<link rel=\"preconnect\" href=\"https://track.example\" crossorigin><p>",
            "<link href=\"https://track.example\" crossorigin><p>",
        ),
        ("<LINK href=//track.example REL='DNS-Prefetch preconnect'/>", "<LINK href=//track.example/>"),
        (
            "w('<link rel=\\\"preconnect\\\" href=\\\"//t.example\\\">')",
            "w('<link href=\\\"//t.example\\\">')",
        ),
        (
            "<link rel=preconnect href=https://cdn.vendor.example>",
            "<link rel=preconnect href=https://{HOME}/chat/_p/cdn>",
        ),
        (
            "<link rel=stylesheet href=//t.example/preconnect.css><a rel=preconnect href=/>",
            "<link rel=stylesheet href=//t.example/preconnect.css><a rel=preconnect href=/>",
        ),
        (
            "<meta http-equiv=refresh content=\"0;url=http://eu.vendor.example/\">",
            "<meta http-equiv=refresh content=\"0;url=https://{HOME}/chat/\">",
        ),
        (
            "<img srcset=\"//cdn.vendor.example/1 1x, //cdn.vendor.example/2 2x\">",
            "<img srcset=\"//{HOME}/chat/_p/cdn/1 1x, //{HOME}/chat/_p/cdn/2 2x\">",
        ),
    ] {
        assert_eq!(page(before), after.replace("{HOME}", HOME), "{before}");
    }
}

#[test]
fn a_text_in_utf_16_is_read_by_its_mark_or_its_label_and_written_back_the_same() {
    let before = "\"http://eu.vendor.example/\u{20ac}\u{1f600}\"";
    let after = format!("\"https://{HOME}/chat/\u{20ac}\u{1f600}\"");
    let vendor = vendor();
    let home = Home { authority: HOME, secure: true, mounts: &[] };
    for (charset, unit) in
        [(Charset::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; 2]), (Charset::Utf16Be, u16::to_be_bytes)]
    {
        let wide = |text: &str| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for mark in ["", "\u{feff}"] {
            let labelled = mark.is_empty().then_some(charset);
            let mut stream = vendor.text(&home, Origin { charset: labelled, ..ORIGIN });
            let mut out = Vec::new();
            for byte in wide(&format!("{mark}{before}")) {
                stream.push(&[byte], &mut out);
            }
            stream.push(&[7], &mut out);
            stream.finish(&mut out);
            assert_eq!(out, [wide(&format!("{mark}{after}")), vec![7]].concat(), "{charset:?}");
        }
    }
}

#[test]
fn a_patch_is_put_in_before_names_are_looked_for() {
    let patch = Patch {
        name: "own-host".into(),
        host: None,
        path: "/static/*.js".into(),
        find: "endsWith(\".vendor.example\")".into(),
        replace: "includes(\"eu.vendor.example\")".into(),
    };
    let names = Arc::new(Names::new([mount("eu.vendor.example", "/")].into(), vec![patch]));
    let text = b"h.endsWith(\".vendor.example\")";
    let (out, changes) = cut(&names, Kind::Text, text, &[9]);
    assert_eq!(String::from_utf8(out).unwrap(), format!("h.includes(\"{HOME}\")"));
    assert_eq!(changes, Changes { routed: 1, patched: vec![1], ..Changes::default() });
    let home = Home { authority: HOME, secure: true, mounts: &[] };
    let (other, _) = names.text(&home, Origin { path: "/other.js", ..ORIGIN }).whole(text);
    assert_eq!(other, None);
}

#[test]
fn what_cannot_become_a_name_goes_on_at_once() {
    let vendor = names([mount("eu.vendor.example", "/chat/")]);
    let home = Home { authority: "shop.example", secure: true, mounts: &[] };
    for (text, held) in [
        ("hello there", 0),
        ("data: {\"a\":1}\n\n", 0),
        ("\"https://", 0),
        ("\"http://", 7),
        ("\"http://eu.ven", 13),
        ("see eu.vendor.example", 17),
        ("see eu.vendor.example.", 18),
        ("noteu.vendor.example", 17),
    ] {
        let (mut stream, mut out) = (vendor.text(&home, ORIGIN), Vec::new());
        stream.push(text.as_bytes(), &mut out);
        assert!(text.len() - out.len() <= held, "{text}: {} held", text.len() - out.len());
        stream.finish(&mut out);
    }
}

/// What comes home of a text to a visitor of this address, cut at these places.
fn unechoed(address: &str, text: &str, cuts: &[usize]) -> (String, u64) {
    let home = Home { authority: HOME, secure: true, mounts: &[] };
    let address = Plain::new(&Needle::new(address.parse().unwrap()));
    let mut stream = vendor().text(&home, ORIGIN).without(Some(Echo::new(address, "[address]")));
    let (mut out, mut from) = (Vec::new(), 0);
    for cut in cuts.iter().copied().chain([text.len()]) {
        let cut = cut.clamp(from, text.len());
        stream.push(&text.as_bytes()[from..cut], &mut out);
        from = cut;
    }
    let changes = stream.finish(&mut out);
    (String::from_utf8(out).unwrap(), changes.echoed)
}

#[test]
fn the_visitors_own_address_does_not_come_back_in_a_text() {
    for (address, before, after, found) in [
        (
            "198.51.100.23",
            "var ip='198.51.100.23',v='198.51.100.230'",
            "var ip='[address]',v='198.51.100.230'",
            1,
        ),
        ("198.51.100.23", "<b>198.51.100.23</b> 198.51.100.23", "<b>[address]</b> [address]", 2),
        ("198.51.100.23", "//eu.vendor.example?198.51.100.23", "//{HOME}/chat?[address]", 1),
        ("2001:db8::7", "/* 2001:DB8:0:0:9::1 */ a:hover{}", "/* [address] */ a:hover{}", 1),
        ("2001:db8::7", "{a:2001,b:\"2001:db8:1::\"}", "{a:2001,b:\"2001:db8:1::\"}", 0),
    ] {
        let expected = (after.replace("{HOME}", HOME), found);
        assert_eq!(unechoed(address, before, &[]), expected, "{before}");
    }
}

/// Pieces that texts with names are made of.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "http://",
        "https://",
        "ws:\\/\\/",
        "//",
        "\\/\\/",
        "%2F%2F",
        "\\u002f\\u002f",
        "eu.vendor.example",
        "EU.vendor.example",
        "cdn.vendor.example",
        "k7.shard.example",
        ".shard.example",
        "k",
        "10.1.2.3",
        ":8080",
        ":443",
        "/api",
        ".",
        "-",
        "@",
        " ",
        "\"",
        "'",
        "a",
        "2F",
        "%",
        "\\",
        "\\n",
        "stun:",
        "turn:a.b",
        "turn:",
        "+",
        ".concat(",
        "${",
        "iceServers",
        "canCall",
        "calls",
        ":{enabled",
        ":true",
        "=!0",
        ":[",
        "]",
        "candidate:1 1 udp 2 ",
        "1.2.3.4 ",
        "c=IN IP4 ",
        "<script src=",
        " integrity=\"x\"",
        "<link rel=preconnect ",
        ">",
        "<",
        "\u{e9}",
    ]);
    prop::collection::vec(word, 0..14).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn cut_anywhere_the_same_comes_home(text in words(), mut cuts in prop::collection::vec(0_usize..120, 0..8), page in any::<bool>()) {
        cuts.sort_unstable();
        let kind = if page { Kind::Page } else { Kind::Text };
        let vendor = vendor();
        prop_assert_eq!(cut(&vendor, kind, text.as_bytes(), &cuts), cut(&vendor, kind, text.as_bytes(), &[]));
    }

    #[test]
    fn a_text_without_a_name_passes_byte_for_byte(text in any::<Vec<u8>>(), cuts in prop::collection::vec(0_usize..60, 0..4)) {
        let (out, changes) = cut(&vendor(), Kind::Page, &text, &cuts);
        prop_assert_eq!(out, text);
        prop_assert_eq!(changes, Changes::default());
    }

    #[test]
    fn an_address_that_is_cut_anywhere_does_not_come_back(
        words in prop::collection::vec(prop::sample::select(vec![
            "198.51.100.23", "198.51.100.", "2001:db8::7", "2001:db8:", "2001:DB8:0:0:", "0", "23", "1", ".", ":", "::", " ", "x", "\"",
        ]), 0..12),
        mut cuts in prop::collection::vec(0_usize..120, 0..8),
    ) {
        cuts.sort_unstable();
        let text = words.concat();
        for address in ["198.51.100.23", "2001:db8::7"] {
            prop_assert_eq!(unechoed(address, &text, &cuts), unechoed(address, &text, &[]));
        }
    }

    #[test]
    fn no_name_survives_where_it_stands_as_one(
        before in "[ \"'=(,{\\[]?", slashes in prop::sample::select(vec!["", "//", "https://", "ws:\\/\\/", "%2F%2F"]),
        name in prop::sample::select(vec!["eu.vendor.example", "CDN.vendor.EXAMPLE", "k7.shard.example"]),
        after in "[ \"'),;}/?#\\\\]?", text in words(),
    ) {
        // What stands before the space may itself begin like a name, and go on as another.
        let one = format!(" {before}{slashes}{name}{after}");
        let out = rewritten(&vendor(), &format!("{text}{one}"));
        prop_assert!(!out.to_ascii_lowercase().ends_with(&one.to_ascii_lowercase()), "{}", out);
    }
}
