//! What can be wrong with a rule or an action, by its sentence.

use super::*;

#[test]
fn a_rules_problems_are_told() {
    let rule = |lines: &str| of_route(&format!("[[route.rule]]\n{lines}")).join("\n");
    for (lines, sentence) in [
        (
            "select = \"query:a\"\naction = \"hash\"",
            "line 10: route \"chat\", rule 1: unknown action \"hash\"; use keep, remove or replace",
        ),
        (
            "select = \"query:a\"\ncategory = \"language\"\naction = \"pseudonymize\"",
            "line 11: route \"chat\", rule 1: action pseudonymize does not fit category language; use keep, remove, replace or generalize",
        ),
        (
            "select = \"query:a\"\ncategory = \"visitor_id\"\naction = \"hash\"",
            "unknown action \"hash\"; use keep, remove, replace, mask or pseudonymize",
        ),
        (
            "select = \"query:a\"\naction = \"generalize\"",
            "action generalize needs a category; add category = \"…\", or use keep, remove or replace",
        ),
        ("select = \"query:a\"\naction = \"replace\"", "replace needs a value; write { replace = \"…\" }"),
        (
            "select = \"query:a\"\naction = { replace = \"a\\nb\" }",
            "the replacement holds a control character",
        ),
        (
            "select = \"query:a\"\ncategory = \"languge\"",
            "unknown category \"languge\"; did you mean \"language\"?",
        ),
        (
            "select = \"query:a\"\ncategory = \"weather\"",
            "unknown category \"weather\"; use address, location,",
        ),
        ("select = \"query:a\"", "line 8: route \"chat\", rule 1: there is no category and no action"),
        ("action = \"keep\"", "line 8: route \"chat\", rule 1: there is no select"),
        (
            "select = \"body:/a\"\naction = \"keep\"",
            "\"body:/a\" selects nothing; a selector starts with header:",
        ),
        ("select = \"json:a\"\naction = \"keep\"", "\"json:a\" selects nothing; a pointer starts with /"),
        (
            "select = \"header:Host\"\naction = \"keep\"",
            "\"header:Host\" is a header that privet writes itself",
        ),
        (
            "select = \"header:cookie\"\naction = \"keep\"",
            "is a header of many cookies; name each one, cookie:NAME",
        ),
        ("select = \"query:a\"\nactoin = \"keep\"", "unknown key \"actoin\"; did you mean \"action\"?"),
        (
            "select = \"query:a\"\naction = \"keep\"\n[[route.rule]]\nselect = \"query:a\"\naction = \"remove\"",
            "line 11: route \"chat\", rule 2: rule 1 already stands for this place, so this one never does",
        ),
    ] {
        assert!(rule(lines).contains(sentence), "{lines}: {}", rule(lines));
    }
    let actions = of_route("[route.actions]\nlanguge = \"keep\"\npage_title = \"generalize\"\nip = \"keep\"")
        .join("\n");
    assert!(actions.contains(
        "line 9: route \"chat\", actions: unknown category \"languge\"; did you mean \"language\"?"
    ));
    assert!(actions.contains("line 10: route \"chat\", actions: action generalize does not fit category page_title; use keep, remove, replace or mask"));
    assert!(actions.contains("line 11: route \"chat\", actions: unknown category \"ip\"; use address"));
}
