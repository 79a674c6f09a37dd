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
        (
            "select = \"response-json:/a\"\ncategory = \"visitor_id\"\naction = \"pseudonymize\"",
            "line 11: route \"chat\", rule 1: action pseudonymize makes no sense at response-json:; use keep, remove, replace, mask or route",
        ),
        (
            "select = \"response-json:/a\"\ncategory = \"visitor_id\"",
            "line 10: route \"chat\", rule 1: action pseudonymize, which is what the policy says, makes no sense at response-json:; add action = keep, remove, replace, mask or route",
        ),
        (
            "select = \"response-header:x-a\"\ncategory = \"language\"\naction = \"generalize\"",
            "action generalize makes no sense at response-header:; use keep, remove, replace or route",
        ),
        (
            "select = \"set-cookie:a\"\naction = { replace = \"b\" }",
            "action replace makes no sense at set-cookie:; use keep or remove",
        ),
        (
            "select = \"set-cookie:a\"\naction = \"keep\"\nmax_age = \"396d\"",
            "line 11: route \"chat\", rule 1: max_age is longer than the 13 months that any cookie may live; write 1s to 395d",
        ),
        (
            "select = \"set-cookie:a\"\naction = \"keep\"\nmax_age = \"0\"",
            "max_age is shorter than a second; write 1s to 395d, or action = \"remove\"",
        ),
        (
            "select = \"set-cookie:a\"\naction = \"remove\"\nmax_age = \"1h\"",
            "max_age is for a cookie that passes; remove max_age, or write action = \"keep\"",
        ),
        (
            "select = \"cookie:a\"\naction = \"keep\"\nmax_age = \"1h\"",
            "max_age is for a cookie that the vendor sets; write select = \"set-cookie:NAME\"",
        ),
        (
            "select = \"set-cookie:a\"\naction = \"keep\"\nmax_age = 3600",
            "max_age is 3600; write a span of time",
        ),
        (
            "select = \"json:/a\"\naction = \"route\"",
            "action route makes no sense at json:; use keep, remove or replace",
        ),
        ("select = \"query:a\"\nactoin = \"keep\"", "unknown key \"actoin\"; did you mean \"action\"?"),
        (
            "select = \"query:a\"\naction = \"keep\"\n[[route.rule]]\nselect = \"query:a\"\naction = \"remove\"",
            "line 11: route \"chat\", rule 2: rule 1 already stands for this place, so this one never does",
        ),
    ] {
        assert!(rule(lines).contains(sentence), "{lines}: {}", rule(lines));
    }
    for right in [
        "select = \"response-json:/a\"\naction = \"route\"",
        "select = \"response-json:/a\"\ncategory = \"service\"\naction = \"route\"",
        "select = \"response-json:/a\"\ncategory = \"contact\"",
        "select = \"response-header:x-server\"\naction = \"route\"",
        "select = \"set-cookie:a\"\naction = \"keep\"\nmax_age = \"395d\"",
    ] {
        super::fine(&format!("{LISTENER}{ROUTE}[[route.rule]]\n{right}\n"));
    }
    let actions = of_route("[route.actions]\nlanguge = \"keep\"\npage_title = \"generalize\"\nip = \"keep\"")
        .join("\n");
    assert!(actions.contains(
        "line 9: route \"chat\", actions: unknown category \"languge\"; did you mean \"language\"?"
    ));
    assert!(actions.contains("line 10: route \"chat\", actions: action generalize does not fit category page_title; use keep, remove, replace or mask"));
    assert!(actions.contains("line 11: route \"chat\", actions: unknown category \"ip\"; use address"));
}
