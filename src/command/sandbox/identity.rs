//! Who the process is: no longer root, and nobody's to look into.
//!
//! Knows user ids and what the kernel writes of a process that ends badly. Invariant: once somebody else, there is no
//! way back.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Gid, Uid, getegid, geteuid, setgid, setgroups, setuid};

use crate::config::Identity;

#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("cannot become user {0}: privet was not started by root; start it as that user, or remove user")]
    NotRoot(u32),
    #[error("cannot become user {user}: {source}")]
    Refused { user: u32, source: Errno },
}

/// Becomes somebody else, without any further group.
pub fn become_(identity: Identity) -> Result<(), IdentityError> {
    let (user, group) = (Uid::from_raw(identity.user), Gid::from_raw(identity.group));
    if (geteuid(), getegid()) == (user, group) {
        return Ok(());
    }
    if !geteuid().is_root() {
        return Err(IdentityError::NotRoot(identity.user));
    }
    let refused = |source| IdentityError::Refused { user: identity.user, source };
    setgroups(&[group]).and_then(|()| setgid(group)).and_then(|()| setuid(user)).map_err(refused)?;
    // The kernel forgets it with every change of the user.
    keep_to_itself();
    Ok(())
}

pub fn user() -> u32 {
    geteuid().as_raw()
}

/// As many descriptors as the system grants: each connection takes one, and what is usual is far too few.
pub fn take_descriptors() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// No core dump, no debugger of the same user, no rights gained by starting a program. What a system lacks of this is
/// no reason not to serve.
pub fn keep_to_itself() {
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = prctl::set_dumpable(false);
    let _ = prctl::set_no_new_privs();
}
