//! What can be wrong with the pages' settings.

use super::*;

fn of_pages(more: &str) -> Vec<String> {
    told(&format!("{LISTENER}{ROUTE}[pages]\n{more}\n"))
}

fn with_texts(files: &[(&str, &str)], name: &str) -> Result<Settings, Vec<String>> {
    let directory = std::env::temp_dir().join(format!("privet-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    for (file, text) in files {
        std::fs::write(directory.join(file), text).unwrap();
    }
    let texts = if files.len() == 1 { files[0].0 } else { "." };
    let text = format!("{LISTENER}{ROUTE}[pages]\ntexts = \"{texts}\"\n");
    let read = parse(&text, &directory.join("proxy.toml"));
    std::fs::remove_dir_all(&directory).unwrap();
    read.map_err(|problems| problems.problems.iter().map(ToString::to_string).collect())
}

#[test]
fn what_is_wrong_with_the_pages_is_told_with_its_line() {
    for (more, expected) in [
        ("tittle = \"x\"", "line 9: [pages]: unknown key \"tittle\"; did you mean \"title\"?"),
        (
            "title = \"\"",
            "line 9: [pages]: a text for the pages is empty, too long or has control characters; write one line of up to 200 characters",
        ),
        ("language = \"pl\"", "line 9: [pages]: the pages do not speak \"pl\"; use en, de, es, fr, it or nl"),
        (
            "colours = { accent = \"red; } body {\" }",
            "line 9: [pages], colours: \"red; } body {\" is no colour; write \"#2c623b\", \"rgb(44 98 59)\" or \"hsl(137 38% 28%)\"",
        ),
        (
            "contact = { email = \"a@b.example\" }",
            "line 9: [pages], contact: there is no name; write name = \"…\", who is responsible for the site",
        ),
        (
            "contact = { name = \"A\", email = \"a b@x\" }",
            "line 9: [pages], contact: \"a b@x\" is no email address; write privacy@example.com",
        ),
        (
            "contact = { name = \"A\", url = \"javascript:alert(1)\" }",
            "line 9: [pages], contact: \"javascript:alert(1)\" is no address of a page; write https://www.example.com/privacy",
        ),
        ("texts = \"none\"", "line 9: [pages]: cannot read none: no such file"),
    ] {
        assert_eq!(of_pages(more), [expected]);
    }
}

#[test]
fn a_routes_purpose_is_a_word_or_the_operators_own() {
    let unknown = "line 8: route \"chat\": unknown purpose \"spying\"; use measurement, chat, recording or errors, or { en = \"…\", de = \"…\" } for words of your own";
    assert_eq!(of_route("purpose = \"spying\""), [unknown]);
    assert_eq!(of_route("purpose = { en = 5 }").len(), 1);
    let own = fine(&format!(
        "{LISTENER}{ROUTE}purpose = {{ en = \"Help\", de = \"Hilfe\" }}\nrecipient = \"Helpers\"\n"
    ));
    let languages = &own.pages.languages;
    assert_eq!(&*own.routes[0].recipient, "Helpers");
    assert_eq!(own.routes[0].purpose.told("de", &languages[1].texts), "Hilfe");
    assert_eq!(own.routes[0].purpose.told("fr", &languages[3].texts), "Help");
}

#[test]
fn a_route_without_words_is_told_by_its_vendor_or_its_host() {
    let route = |more: &str| fine(&format!("{LISTENER}{ROUTE}{more}\n")).routes[0].recipient.to_string();
    assert_eq!([route("vendor = \"ga4\""), route("")], ["Google Analytics 4", "vendor.example"]);
}

#[test]
fn own_texts_stand_in_a_file_for_each_language_or_in_one_for_all() {
    let de = "[opt_out]\nsay_no = \"Ohne mich\"\n";
    let each = with_texts(&[("de.toml", de), ("en.toml", "[page]\nskip = \"Jump\"\n")], "each").unwrap();
    assert_eq!(each.pages.languages[1].texts.opt_out.say_no, "Ohne mich");
    assert_eq!(each.pages.languages[0].texts.page.skip, "Jump");
    let one = with_texts(&[("all.toml", "[de.opt_out]\nsay_no = \"Ohne mich\"\n")], "one").unwrap();
    assert_eq!(one.pages.languages[1].texts.opt_out.say_no, "Ohne mich");
}

#[test]
fn own_texts_that_no_page_has_are_told_with_their_line() {
    let files = [("de.toml", "\n[opt_out]\nsay_noo = \"x\"\n"), ("pl.toml", "name = \"Polski\"\n")];
    let told = with_texts(&files, "unknown").unwrap_err();
    assert_eq!(
        told[0],
        "line 9: [pages]: de.toml, line 3: unknown text \"opt_out.say_noo\"; did you mean \"say_no\"?"
    );
    assert!(
        told[1].starts_with("line 9: [pages]: pl.toml: \"pl\" is no built-in language and lacks"),
        "{told:?}"
    );
}

#[test]
fn colours_that_are_hard_to_read_are_noted() {
    let noted =
        fine(&format!("{LISTENER}{ROUTE}[pages]\ncolours = {{ accent = \"#fc6\" }}\n")).notes.join("\n");
    assert!(noted.contains("[pages], colours: accent on background has a contrast of 1.4 : 1"), "{noted}");
    let fine = fine(&format!(
        "{LISTENER}{ROUTE}[pages]\ncolours = {{ accent = \"#7a1f5c\", dark = {{ text = \"#fff\" }} }}\n"
    ));
    assert!(!fine.notes.join("\n").contains("[pages]") && fine.pages.dark.is_some());
}
