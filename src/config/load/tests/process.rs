//! What can be wrong with `[process]`, by its sentence; names are of every machine.

use super::*;

fn of_process(process: &str) -> Vec<String> {
    told(&format!("{LISTENER}{ROUTE}[process]\n{process}\n"))
}

#[test]
fn who_is_not_known_or_is_root_is_told() {
    for (process, sentence) in [
        ("user = \"no-such-user\"", "[process]: user \"no-such-user\" is not known on this machine; make it"),
        ("user = \"1\"\ngroup = \"no-such-group\"", "group \"no-such-group\" is not known on this machine"),
        ("user = \"root\"", "[process]: that would be root; write a user who owns nothing"),
        ("user = \"0\"\ngroup = \"1\"", "that would be root"),
        ("user = \"1\"\ngroup = \"root\"", "that would be root"),
        ("user = \"4000000\"", "user 4000000 has no group on this machine; write group"),
        ("group = \"1\"", "group is of no use without user; write user, or remove group"),
        ("sandbox = \"on\"", "sandbox is \"on\"; write true or false"),
        ("no_new_privs = true", "unknown key \"no_new_privs\"; known here: sandbox, user, group"),
    ] {
        let told = of_process(process);
        assert!(told.iter().any(|told| told.contains(sentence)), "{process}: {told:?}");
    }
}

#[test]
fn a_user_may_be_a_name_or_a_number() {
    for process in ["user = \"4000000\"\ngroup = \"4000001\"", "user = \"nobody\"", "sandbox = true"] {
        fine(&format!("{LISTENER}{ROUTE}[process]\n{process}\n"));
    }
}
