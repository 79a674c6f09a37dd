//! What becomes of a page: its elements, their attributes, and what a site says of them.

use super::{element, snapshot, strict, text};
use crate::privacy::fixture::{json, policy};

#[test]
fn a_page_keeps_its_structure_and_loses_its_words() {
    let before = format!(
        r#"{{"type":0,"childNodes":[{{"type":1,"name":"html","publicId":"","systemId":"","id":2}},{}],"id":1}}"#,
        element("p", r#""class":"a","id":"x""#, &format!("{},{}", text("Hello Jane"), text("\\n  ")))
    );
    let after = before.replace("Hello Jane", "****************");
    assert_eq!(snapshot(&strict(), &before), after);
    assert_eq!(snapshot(&policy("address-only", ""), &before), before);
}

#[test]
fn an_attribute_is_treated_by_what_it_holds() {
    for (before, after) in [
        (
            r#""class":"btn","width":12,"rr_scrollTop":1204,"checked":true"#,
            r#""class":"btn","width":12,"rr_scrollTop":1204,"checked":true"#,
        ),
        (
            r#""value":"Jane R","placeholder":"Name","title":"""#,
            r#""value":"********","placeholder":"****","title":"""#,
        ),
        (
            r#""data-kunde":"k-1","aria-label":"Jane","aria-hidden":"true""#,
            r#""data-kunde":"****","aria-label":"****","aria-hidden":"true""#,
        ),
        (
            r#""src":"https://shop.example/a.png?u=jane","alt":"Jane""#,
            r#""src":"https://shop.example/a.png","alt":"****""#,
        ),
        (r#""srcset":"/a.png?u=1 1x, /b.png 2x""#, r#""srcset":"/a.png 1x, /b.png 2x""#),
        (r##""xlink:href":"#icon""##, r##""xlink:href":"#icon""##),
        (
            r#""style":"color:red;background:url(/x.png?u=1)""#,
            r#""style":"color:red;background:url(/x.png)""#,
        ),
        (r#""src":"data:image/png;base64,AAAA""#, r#""src":"********************************""#),
        (r#""id":"jane@example.org user""#, r#""id":"[contact] user""#),
    ] {
        let strict = strict();
        assert_eq!(snapshot(&strict, &element("img", before, "")), element("img", after, ""), "{before}");
    }
    let link = |href: &str| element("a", &format!(r#""href":"{href}""#), "");
    assert_eq!(snapshot(&strict(), &link("/o?x=1#jane")), link("/o"));
}

#[test]
fn style_stays_and_scripts_go() {
    let css = "a{color:red;background:url('/x.png?u=jane')}";
    let style = element("style", r#""_cssText":"b{margin:0}""#, &text(css));
    assert_eq!(snapshot(&strict(), &style), style.replace("?u=jane", ""));
    let script = |code: &str| element("script", "", &text(code));
    assert_eq!(snapshot(&strict(), &script("var user=7")), script(""));
    assert_eq!(snapshot(&strict(), &script("SCRIPT_PLACEHOLDER")), script("SCRIPT_PLACEHOLDER"));
}

#[test]
fn a_secret_is_masked_whatever_the_policy_says() {
    let keeps = policy("address-only", "");
    for marks in [
        r#""type":"password""#,
        r#""autocomplete":"section-a cc-number""#,
        r#""name":"password""#,
        r#""data-rr-is-password":"true""#,
        r#""type":"password","data-privet-allow":"""#,
    ] {
        let field = |value: &str| element("input", &format!(r#""value":"{value}",{marks}"#), "");
        assert_eq!(snapshot(&keeps, &field("hunter22")), field("********"), "{marks}");
    }
    let field = element("input", r#""value":"Jane""#, "");
    assert_eq!(snapshot(&keeps, &field), field);
    let card = text("4111 1111 1111 1111");
    assert_eq!(snapshot(&keeps, &card), text("********************************"));
}

#[test]
fn what_is_typed_into_a_field_known_as_secret_is_secret() {
    let field = element("input", r#""type":"password""#, "");
    let body = |typed: &str| {
        format!(
            r#"[{{"type":2,"data":{{"node":{field}}},"timestamp":1}},{{"type":3,"data":{{"source":5,"text":"{typed}","id":9}},"timestamp":2}},{{"type":3,"data":{{"source":0,"attributes":[{{"id":9,"attributes":{{"value":"{typed}"}}}}]}},"timestamp":3}},{{"type":3,"data":{{"source":5,"text":"pizza","id":8}},"timestamp":4}}]"#
        )
    };
    assert_eq!(json(&policy("address-only", ""), &body("hunter22")).unwrap(), body("********"));
}

#[test]
fn what_the_site_allows_passes_until_it_is_forbidden_again() {
    for mark in [
        r#""data-privet-allow":"""#,
        r#""class":"x sentry-unmask""#,
        r#""data-dd-privacy":"allow""#,
        r#""class":"fs-unmask""#,
        r#""class":"amp-unmask""#,
    ] {
        let page = |inner: &str| {
            let child = element("b", r#""data-dd-privacy":"mask","title":"""#, &text(inner));
            element("p", &format!(r#"{mark},"title":"Terms""#), &format!("{},{child}", text("Terms of use")))
        };
        assert_eq!(
            snapshot(&strict(), &page("Jane")),
            page("****").replace(r#""data-dd-privacy":"mask""#, r#""data-dd-privacy":"****""#),
            "{mark}"
        );
    }
    let found = element("p", r#""data-privet-allow":"""#, &text("write to jane@example.org"));
    assert_eq!(snapshot(&strict(), &found), found.replace("jane@example.org", "[contact]"));
}
