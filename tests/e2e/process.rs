//! The process as the kernel sees it: confined, nobody's to look into, and still able to reload.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::time::Duration;

use tokio::net::UnixDatagram;
use tokio::time::timeout;

use crate::support::{Backend, Program, Visitor};

/// A certificate of its own for `vendor.test`, in a directory below the program's.
fn certificate(directory: &std::path::Path) {
    std::fs::create_dir_all(directory).unwrap();
    let made = rcgen::generate_simple_self_signed(["vendor.test".to_owned()]).unwrap();
    // As a renewal does: new files in the place of the old.
    for (name, text) in [("site.pem", made.cert.pem()), ("site.key", made.signing_key.serialize_pem())] {
        std::fs::write(directory.join("renewed"), text).unwrap();
        std::fs::rename(directory.join("renewed"), directory.join(name)).unwrap();
    }
}

fn settings(backend: &Backend, certificates: &std::path::Path, process: &str) -> String {
    let certificates = certificates.display();
    format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\n\
         tls = {{ certificate = \"{certificates}/site.pem\", key = \"{certificates}/site.key\" }}\n\
         [server]\nworkers = 2\n[process]\n{process}\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n",
        backend.url()
    )
}

/// A value of each thread's status.
fn of_threads(program: &Program, field: &str) -> Vec<String> {
    let value = |status: &String| {
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    program.threads().iter().map(value).collect()
}

fn scratch(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Waits until a reload is refused in these words.
async fn refused(program: &mut Program, words: &str) {
    loop {
        let told = program.told("settings not reloaded, the running ones stay").await;
        if told["problem"].as_str().unwrap().contains(words) {
            return;
        }
    }
}

#[tokio::test]
async fn a_confined_process_serves_reloads_and_says_what_it_was_left_with() {
    let backend = Backend::start().await;
    let (certificates, elsewhere) = (scratch("process-certificates"), scratch("process-elsewhere"));
    certificate(&certificates);
    certificate(&elsewhere);
    let first = settings(&backend, &certificates, "sandbox = true");
    let mut program = Program::run("process-confined", &first, 1).await;
    let settled = program.told("settled").await;
    assert_eq!(settled["sandbox"], "on");
    let visitor = Visitor::new(program.addresses[0], true);
    assert_eq!(visitor.ask("GET /before", "").await.status, 200);

    let threads = of_threads(&program, "NoNewPrivs");
    assert!(threads.len() >= 3 && threads.iter().all(|value| value == "1"), "{threads:?}");
    if settled["seccomp"] == "absent" {
        skipped("this kernel has no seccomp");
    } else {
        assert!(of_threads(&program, "Seccomp").iter().all(|value| value == "2"), "a filter on every thread");
    }

    certificate(&certificates);
    program.signal("HUP");
    program.told("settings reloaded").await;
    assert_eq!(visitor.ask("GET /after", "").await.status, 200);

    if settled["landlock"] == "absent" {
        return skipped("this kernel has no Landlock");
    }
    program.write(&settings(&backend, &elsewhere, "sandbox = true"));
    program.signal("HUP");
    refused(&mut program, "permission denied; the sandbox holds what the settings named at the start").await;
    program.write(&first.replace(&backend.url(), "http://127.0.0.1:1"));
    program.signal("HUP");
    refused(&mut program, "port 1 is outside of the sandbox; restart to use it").await;
    assert_eq!(visitor.ask("GET /still", "").await.status, 200);
    program.signal("TERM");
    assert_eq!(program.code().await, Some(0));
}

#[tokio::test]
async fn no_core_is_dumped_and_no_rights_are_gained_with_or_without_a_sandbox() {
    let backend = Backend::start().await;
    let certificates = scratch("process-plain-certificates");
    certificate(&certificates);
    let mut program =
        Program::run("process-plain", &settings(&backend, &certificates, "sandbox = false"), 1).await;
    assert_eq!(program.told("settled").await["sandbox"], "off");
    let limits = program.kernel_limits();
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{cores}");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let [soft, hard] = [3, 4].map(|column| files.split_whitespace().nth(column));
    assert_eq!(soft, hard, "as many descriptors as are granted");
    assert!(of_threads(&program, "NoNewPrivs").iter().all(|value| value == "1"));
}

#[tokio::test]
async fn root_becomes_somebody_else_and_keeps_nothing() {
    if !nix::unistd::geteuid().is_root() {
        return skipped("only root can become somebody else");
    }
    let backend = Backend::start().await;
    // Where everybody can look: a renewed certificate is read as the new user.
    let certificates = std::env::temp_dir().join(format!("privet-process-{}", std::process::id()));
    certificate(&certificates);
    let identity = "user = \"65534\"\ngroup = \"65533\"\nsandbox = true";
    let mut program = Program::run("process-user", &settings(&backend, &certificates, identity), 1).await;
    assert_eq!(program.told("settled").await["user"], 65534);
    assert_eq!(Visitor::new(program.addresses[0], true).ask("GET /e", "").await.status, 200);
    for (field, value) in [
        ("Uid", "65534 65534 65534 65534"),
        ("Gid", "65533 65533 65533 65533"),
        ("Groups", "65533"),
        ("CapPrm", "0000000000000000"),
        ("CapEff", "0000000000000000"),
    ] {
        assert!(of_threads(&program, field).iter().all(|found| found == value), "{field}");
    }
    std::fs::remove_dir_all(certificates).unwrap();
}

/// The next words that a supervisor hears.
async fn heard(supervisor: &UnixDatagram) -> String {
    let mut words = vec![0; 256];
    let count =
        timeout(Duration::from_secs(20), supervisor.recv(&mut words)).await.expect("a notice").unwrap();
    String::from_utf8_lossy(&words[..count]).into_owned()
}

/// sd_notify(3), through the sandbox.
#[tokio::test]
async fn a_supervisor_is_told_of_the_start_each_reload_and_the_end() {
    let backend = Backend::start().await;
    let certificates = scratch("process-supervised-certificates");
    certificate(&certificates);
    // The name of a socket is short.
    let socket = std::env::temp_dir().join(format!("privet-supervisor-{}", std::process::id()));
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    let settings = settings(&backend, &certificates, "sandbox = true");
    let notify = format!("export NOTIFY_SOCKET={}", socket.display());
    let mut program = Program::within("process-supervised", &settings, 1, &notify).await;
    assert_eq!(heard(&supervisor).await, "READY=1");
    program.signal("HUP");
    assert!(heard(&supervisor).await.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(heard(&supervisor).await, "READY=1");
    program.signal("TERM");
    assert_eq!(heard(&supervisor).await, "STOPPING=1");
    assert_eq!(program.code().await, Some(0));
    std::fs::remove_file(socket).unwrap();
}
