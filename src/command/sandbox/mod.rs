//! What the process gives up once its doors are open: being root, files, ports and system calls it has no need of.
//!
//! Knows the kernel's means (Linux: user ids, Landlock, seccomp); does not know what privet does with what is left.
//! Invariant: what was given up is gone for every thread, since all are started after it, and for good.

mod calls;
mod files;
mod identity;
mod needs;

use std::path::Path;

use crate::config::{Process, Settings};
use needs::Needs;

pub use identity::IdentityError;

/// What tells whether to enter the sandbox where the settings do not.
const VARIABLE: &str = "PRIVET_SANDBOX";

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("{VARIABLE}: unknown word \"{0}\"; use on or off")]
    Word(String),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error("cannot enter the sandbox: {0}")]
    Files(#[from] landlock::RulesetError),
    #[error("cannot enter the sandbox: {0}")]
    Calls(#[from] seccompiler::Error),
}

/// No core dump will ever hold what is in memory, no program started from here gains rights, and there are descriptors
/// enough.
pub fn prepare() {
    identity::keep_to_itself();
    identity::take_descriptors();
}

/// What the process was left with; nothing was taken where there is no sandbox.
#[derive(Debug)]
pub struct Sandbox(Option<Needs>);

impl Sandbox {
    /// Becomes whom the settings name, then gives up what they do not need. To be called before threads are started.
    pub fn enter(settings: &Settings, file: &Path) -> Result<Self, SandboxError> {
        let Process { sandbox, identity } = settings.process;
        let confine = match sandbox {
            Some(said) => said,
            None => of_environment(std::env::var(VARIABLE).ok())?,
        };
        if let Some(identity) = identity {
            identity::become_(identity)?;
        }
        let user = identity::user();
        if !confine {
            tracing::info!(user, sandbox = "off", "settled");
            return Ok(Self(None));
        }
        let needs = Needs::of(settings, file);
        let landlock = files::confine(&needs)?;
        let seccomp = calls::confine()?;
        tracing::info!(user, sandbox = "on", landlock, seccomp, "settled");
        Ok(Self(Some(needs)))
    }

    /// What new settings would need and the sandbox does not let through.
    pub fn objections(&self, new: &Settings, file: &Path) -> Vec<String> {
        let Some(granted) = &self.0 else { return Vec::new() };
        Needs::of(new, file).beyond(granted)
    }

    /// A problem of new settings, with why a file that is there may not be readable.
    pub fn explain(&self, problem: String) -> String {
        if self.0.is_some() && problem.ends_with("permission denied") {
            return format!(
                "{problem}; the sandbox holds what the settings named at the start, restart to add to it"
            );
        }
        problem
    }
}

fn of_environment(word: Option<String>) -> Result<bool, SandboxError> {
    match word.as_deref() {
        None | Some("off") => Ok(false),
        Some("on") => Ok(true),
        Some(other) => Err(SandboxError::Word(other.to_owned())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::io::{self, ErrorKind};
    use std::net::{TcpListener, TcpStream, ToSocketAddrs};
    use std::path::PathBuf;
    use std::process::Command;
    use std::thread;

    use super::*;

    /// Confines a thread of its own and tries things there: what is given up is given up by a thread.
    fn confined<T: Send + 'static>(needs: Needs, attempt: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let confined = move || {
            let landlock = files::confine(&needs).unwrap();
            let seccomp = calls::confine().unwrap();
            if landlock == files::ABSENT || seccomp == calls::ABSENT {
                let _ = io::Write::write_all(
                    &mut io::stderr(),
                    b"skipped: the kernel has no Landlock or no seccomp\n",
                );
                return None;
            }
            Some(attempt())
        };
        thread::spawn(confined).join().unwrap()
    }

    fn directory(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("privet-sandbox-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("file"), "inside").unwrap();
        directory
    }

    fn kind<T>(attempt: io::Result<T>) -> Option<ErrorKind> {
        attempt.err().map(|error| error.kind())
    }

    #[test]
    fn files_beyond_the_named_directories_cannot_be_opened_and_none_be_written() {
        let (inside, outside) = (directory("inside"), directory("outside"));
        let needs = Needs { read: BTreeSet::from([inside.clone()]), ..Needs::default() };
        let tried = confined(needs, move || {
            assert_eq!(fs::read_to_string(inside.join("file")).unwrap(), "inside");
            let denied = Some(ErrorKind::PermissionDenied);
            assert_eq!(kind(fs::write(inside.join("file"), "changed")), denied);
            assert_eq!(kind(fs::read(outside.join("file"))), denied);
            assert_eq!(kind(fs::read("/etc/shadow")), denied);
            assert_eq!(kind(fs::read_dir("/")), denied);
            (inside, outside)
        });
        if let Some((inside, outside)) = tried {
            fs::remove_dir_all(inside).unwrap();
            fs::remove_dir_all(outside).unwrap();
        }
    }

    #[test]
    fn a_directory_of_keys_can_be_written_and_a_file_in_it_replaced() {
        let inside = directory("written");
        let needs = Needs { write: BTreeSet::from([inside.clone()]), ..Needs::default() };
        let inside = confined(needs, move || {
            fs::write(inside.join("new"), "key").unwrap();
            fs::rename(inside.join("new"), inside.join("file")).unwrap();
            assert_eq!(fs::read_to_string(inside.join("file")).unwrap(), "key");
            fs::remove_file(inside.join("file")).unwrap();
            inside
        });
        if let Some(inside) = inside {
            fs::remove_dir_all(inside).unwrap();
        }
    }

    #[test]
    fn no_program_is_started_and_threads_are() {
        confined(Needs::default(), || {
            assert!(Command::new("/bin/true").status().is_err());
            // One that fails: it would stand in this test's place.
            assert!(nix::unistd::execv(c"/bin/false", &[c"false"]).is_err());
            assert_eq!(thread::spawn(|| 7).join().unwrap(), 7);
        });
    }

    #[test]
    fn no_program_is_started_where_there_is_no_landlock() {
        let tried = thread::spawn(|| {
            let confined = calls::confine().unwrap() != calls::ABSENT;
            confined.then(|| nix::unistd::execv(c"/bin/false", &[c"false"]))
        });
        if let Some(tried) = tried.join().unwrap() {
            assert_eq!(tried, Err(nix::errno::Errno::ENOSYS));
        }
    }

    #[test]
    fn only_the_ports_that_are_needed_are_connected_to_and_none_is_bound() {
        let [near, far] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [open, closed] = [&near, &far].map(|socket| socket.local_addr().unwrap());
        let needs = Needs { connect: BTreeSet::from([open.port()]), ..Needs::default() };
        // Confined, it could no longer be asked.
        let denies_ports = files::denies_ports();
        confined(needs, move || {
            TcpStream::connect(open).unwrap();
            if denies_ports {
                assert_eq!(kind(TcpStream::connect(closed)), Some(ErrorKind::PermissionDenied));
                assert_eq!(kind(TcpListener::bind("127.0.0.1:0")), Some(ErrorKind::PermissionDenied));
            }
            near.accept().unwrap();
        });
    }

    #[test]
    fn names_are_still_resolved() {
        confined(Needs::default(), || assert!(("localhost", 80).to_socket_addrs().unwrap().next().is_some()));
    }

    #[test]
    fn the_environment_decides_in_clear_words_only() {
        let told = |word: &str| of_environment(Some(word.to_owned()));
        assert!(told("on").unwrap() && !told("off").unwrap() && !of_environment(None).unwrap());
        let error = told("yes").unwrap_err().to_string();
        assert_eq!(error, "PRIVET_SANDBOX: unknown word \"yes\"; use on or off");
    }
}
