//! Where keys may be, what is wrong with a place of them, and collisions as they come out.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::config::settings::{KeyPlace, StoreAddress};
use crate::privacy::Collision;

fn keys(text: &str) -> KeyPlace {
    fine(&format!("{LISTENER}{ROUTE}[pseudonyms]\nkeys = \"{text}\"\n")).pseudonyms.keys
}

fn store(text: &str) -> StoreAddress {
    match keys(text) {
        KeyPlace::Store(address) => address,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_store_is_named_by_its_address() {
    let address = store("redis://keys.internal");
    assert_eq!(
        (address.tls, &*address.host, address.port, address.database),
        (false, "keys.internal", 6379, 0)
    );
    assert_eq!((address.user, address.password), (None, None));
    let address = store("rediss://privet:p%40ss%3A@[::1]:6380/3");
    assert_eq!((address.tls, &*address.host, address.port, address.database), (true, "::1", 6380, 3));
    assert_eq!(address.user.as_deref(), Some("privet"));
    assert_eq!(address.password.unwrap().text(), "p@ss:");
    let address = store("redis://:secret@localhost");
    assert_eq!((address.user, address.password.unwrap().text()), (None, "secret"));
}

#[test]
fn a_place_of_keys_that_cannot_be_is_told_without_its_secret() {
    for (more, sentence) in [
        ("keys = \"disk\"", "keys is no place of keys; use \"memory\", \"file:PATH\" or \"redis://HOST\""),
        ("keys = \"redis://\"", "the address of the store of keys cannot be read; write redis://HOST"),
        ("keys = \"redis://:secret@host:0\"", "the address of the store of keys cannot be read"),
        ("keys = \"redis://:secret@host:port\"", "the address of the store of keys cannot be read"),
        ("keys = \"redis://:secret@ho st\"", "the address of the store of keys cannot be read"),
        ("keys = \"redis://:secret@host/x\"", "the address of the store of keys cannot be read"),
        ("keys = \"file:\"", "the file of keys has no name"),
        ("keys = \"file:/nowhere/secret/key\"", "the directory of the file of keys is not there"),
        ("keys_ca = \"ca.pem\"", "keys_ca is of no use without TLS to a store"),
        ("keys = \"redis://host\"\nkeys_ca = \"Cargo.toml\"", "keys_ca is of no use without TLS to a store"),
        ("keys = \"rediss://host\"\nkeys_ca = \"absent.pem\"", "cannot read absent.pem: no such file"),
        ("collision = \"on\"", "collision is \"on\"; write { visitors = 50000, rate = 0.05 } or \"off\""),
        (
            "collision = { visitors = 5 }",
            "line 9: [pseudonyms], collision: there is no rate; write rate = 0.05",
        ),
        ("collision = { visitors = 5, rate = 1 }", "rate is 1; write a number such as 0.05"),
    ] {
        let told = of_route(&format!("[pseudonyms]\n{more}"));
        assert_eq!(told.len(), 1, "{more}: {told:?}");
        assert!(told[0].contains(sentence) && !told[0].contains("secret"), "{more}: {told:?}");
    }
}

#[test]
fn a_file_of_keys_must_be_one_and_nobody_elses() {
    let path = std::env::temp_dir().join(format!("privet-load-key-{}", std::process::id()));
    let line = format!("keys = \"file:{}\"", path.display());
    let told = || of_route(&format!("[pseudonyms]\n{line}"));
    let is_fine = || fine(&format!("{LISTENER}{ROUTE}[pseudonyms]\n{line}\n")).pseudonyms.keys;
    let write = |text: &str, mode| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    assert_eq!(is_fine(), KeyPlace::File(path.clone()));
    let key = format!("privet-key-1 86400 20000 {}\n", "0f".repeat(32));
    write(&key, 0o600);
    assert_eq!(is_fine(), KeyPlace::File(path.clone()));
    write(&key, 0o640);
    assert!(told()[0].contains("line 9: [pseudonyms]: others can read the file of keys"), "{:?}", told());
    write("something else", 0o600);
    assert!(told()[0].contains("the file of keys holds no key"), "{:?}", told());
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn collisions_are_the_routes_own_word_or_that_of_all_or_the_policys() {
    let of = |all: &str, more: &str| {
        fine(&format!("{LISTENER}[pseudonyms]\n{all}\n{ROUTE}{more}\n")).routes[0].collision
    };
    let own = Collision::new(100, 0.1);
    assert_eq!(of("", ""), None);
    assert_eq!(of("", "policy = \"cnil\""), Some(Collision::CNIL));
    assert_eq!(of("collision = { visitors = 100, rate = 0.1 }", ""), own);
    assert_eq!(of("collision = { visitors = 100, rate = 0.1 }", "policy = \"cnil\""), own);
    assert_eq!(of("collision = \"off\"", "policy = \"cnil\""), None);
    assert_eq!(of("collision = \"off\"", "collision = { visitors = 1_00, rate = 1_0.0e-2 }"), own);
    assert_eq!(of("collision = { visitors = 9, rate = 0.5 }", "collision = \"off\""), None);
    assert!(notes("policy = \"cnil\"\ncollision = \"off\"").contains("the CNIL asks that stand-ins collide"));
}

#[test]
fn keys_that_travel_as_plain_text_are_noted() {
    let note =
        |keys: &str| notes(&format!("[pseudonyms]\nkeys = \"{keys}\"")).contains("plain text; rediss://");
    assert!(note("redis://keys.example") && !note("redis://localhost") && !note("rediss://keys.example"));
}
