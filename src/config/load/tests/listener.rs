//! What can be wrong with a listener, by its sentence.

use super::*;
use crate::config::certificate;

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
            "tls = \"off\"\nstrict_sni = true",
            "line 8: listener \"0.0.0.0:8443\": strict_sni is of no use without TLS; remove it, or write tls",
        ),
        (
            "tls = \"off\"\nstrict_sni = \"yes\"",
            "line 8: listener \"0.0.0.0:8443\": strict_sni is \"yes\"; write true or false",
        ),
        (
            "tls = { certificate = \"a.pem\", key = \"b.key\", ocsp = true }",
            "line 7: listener \"0.0.0.0:8443\", tls: ocsp is a TOML boolean; write a text in quotes",
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

/// The notes on a listener with a certificate of such an age, or every problem.
fn of_certificate(name: &str, from_days: i64, until_days: i64, more: &str) -> Result<Vec<String>, String> {
    let directory = std::env::temp_dir().join(format!("privet-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let day = |days: i64| {
        let now = i64::try_from(certificate::now()).unwrap();
        let seconds = u64::try_from(now + days * 86_400 + 3600).unwrap();
        (std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).into()
    };
    let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    (parameters.not_before, parameters.not_after) = (day(from_days), day(until_days));
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(directory.join("a.pem"), parameters.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(directory.join("a.key"), key.serialize_pem()).unwrap();
    std::fs::copy("tests/tls/ocsp/good.der", directory.join("good.der")).unwrap();
    std::fs::write(directory.join("none.der"), "none").unwrap();
    let tls = format!("tls = {{ certificate = \"a.pem\", key = \"a.key\"{more} }}");
    let text = format!("[[listener]]\naddress = \"127.0.0.1:0\"\n{tls}\n{ROUTE}");
    let read = parse(&text, &directory.join("proxy.toml"));
    std::fs::remove_dir_all(&directory).unwrap();
    read.map(|settings| settings.notes).map_err(|problems| problems.to_string())
}

#[test]
fn a_certificate_that_is_not_of_this_day_or_ends_soon_is_noted() {
    let place = "listener \"127.0.0.1:0\", tls: a.pem ";
    for (name, from, until, note) in [
        ("over", -9, -3, "expired 2 days ago"),
        ("ending", -9, 5, "expires in 5 days"),
        ("early", 2, 90, "is not good before 3 days from now"),
    ] {
        let notes = of_certificate(name, from, until, "").unwrap();
        assert!(notes.contains(&format!("{place}{note}")), "{notes:?}");
    }
    let notes = of_certificate("fresh", -9, 90, "").unwrap();
    assert!(!notes.iter().any(|note| note.starts_with(place)), "{notes:?}");
}

#[test]
fn an_authority_s_word_must_be_there_readable_and_about_the_certificate() {
    for (file, told) in [
        ("absent.der", "tls: cannot read absent.der: no such file"),
        ("none.der", "tls: none.der holds no OCSP response in DER form"),
        ("good.der", "tls: good.der holds an OCSP response for another certificate"),
    ] {
        let problems = of_certificate(file, -9, 90, &format!(", ocsp = \"{file}\"")).unwrap_err();
        assert!(problems.contains(told), "{problems}");
    }
}
