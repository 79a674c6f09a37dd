//! What can be wrong with a listener, by its sentence.

use super::*;

#[test]
fn a_listeners_problems_are_told() {
    for (more, sentence) in [
        ("", "line 5: listener \"0.0.0.0:8443\": there is no tls; write tls = { certificate"),
        ("tls = \"on\"", "line 7: listener \"0.0.0.0:8443\": tls is \"on\"; write { certificate"),
        ("tls = []", "tls is a TOML array; write { certificate"),
        (
            "tls = { certificate = \"a.pem\" }",
            "line 7: listener \"0.0.0.0:8443\", tls: there is no key; write key = \"…\"",
        ),
        ("tls = { certificate = \"a.pem\", key = \"b.key\" }", "tls: cannot read a.pem: no such file"),
        (
            "tls = [{ certificate = \"a.pem\", key = \"b.key\" }]",
            "tls, pair 1: cannot read b.key: no such file",
        ),
        ("tls = { self_signed = [] }", "self_signed has no name; write [\"localhost\"]"),
        ("tls = { self_signed = [\"a b\"] }", "\"a b\" is no host name for a certificate"),
        ("tls = { self_signed = [\"a\"], key = \"b\" }", "unknown key \"key\"; known here: self_signed"),
        (
            "tls = \"off\"\ntrusted_proxies = [\"10.0.0.0/99\"]",
            "line 8: listener \"0.0.0.0:8443\": \"10.0.0.0/99\" in trusted_proxies is not a network; write 10.0.0.0/8 or a single address",
        ),
        (
            "tls = \"off\"\nproxy_protocol = \"required\"",
            "line 8: listener \"0.0.0.0:8443\": there is no trusted_proxies; name the balancer there",
        ),
        (
            "tls = \"off\"\nproxy_protocol = \"on\"",
            "unknown proxy_protocol \"on\"; use off, optional or required",
        ),
        (
            "tls = \"off\"\n[[listener]]\naddress = \"127.0.0.1:8443\"\ntls = \"off\"",
            "line 9: listener \"127.0.0.1:8443\": 127.0.0.1:8443 is already taken by listener \"0.0.0.0:8443\"",
        ),
        (
            "tls = \"off\"\n[[listener]]\naddress = \"localhost:1\"\ntls = \"off\"",
            "\"localhost:1\" is not an IP address with a port; write 0.0.0.0:8443 or [::]:8443",
        ),
        (
            "tls = \"off\"\n[[listener]]\ntls = \"off\"",
            "line 8: listener 2: there is no address; write address = \"0.0.0.0:8443\"",
        ),
        (
            "tls = \"off\"\n[admin]\naddress = \"127.0.0.1:8443\"",
            "line 9: [admin]: 127.0.0.1:8443 is already taken by listener \"0.0.0.0:8443\"",
        ),
    ] {
        let told = of_listener(more);
        assert!(told.iter().any(|told| told.contains(sentence)), "{more}: {told:?}");
    }
}

#[test]
fn certificates_and_keys_must_be_what_they_say() {
    let directory = std::env::temp_dir().join(format!("privet-certificates-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let [one, other] =
        [(); 2].map(|()| rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap());
    for (name, text) in [
        ("one.pem", one.cert.pem()),
        ("one.key", one.signing_key.serialize_pem()),
        ("other.key", other.signing_key.serialize_pem()),
        ("nothing.pem", "-----BEGIN hunter2".to_owned()),
    ] {
        std::fs::write(directory.join(name), text).unwrap();
    }
    let pair = |certificate: &str, key: &str| {
        let tls = format!("tls = {{ certificate = \"{certificate}\", key = \"{key}\" }}");
        let text = format!("[[listener]]\naddress = \"127.0.0.1:0\"\n{tls}\n{ROUTE}");
        parse(&text, &directory.join("proxy.toml"))
            .map_or_else(|told| told.to_string(), |_| "fine".to_owned())
    };
    assert_eq!(pair("one.pem", "one.key"), "fine");
    assert!(
        pair("one.pem", "other.key")
            .contains("line 3: listener \"127.0.0.1:0\", tls: other.key is not the key of one.pem")
    );
    assert!(pair("nothing.pem", "one.key").contains("nothing.pem holds no certificate in PEM form"));
    assert!(
        pair("one.pem", "nothing.pem")
            .ends_with("nothing.pem holds no private key in PEM form that opens without a password")
    );
    assert!(!pair("nothing.pem", "nothing.pem").contains("hunter2"));
    std::fs::remove_dir_all(&directory).unwrap();
}
