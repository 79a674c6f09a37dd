//! Whom the process becomes once its sockets are open, and whether it is confined.
//!
//! Asks this machine who its users are; becomes nobody. Invariant: an identity is of this machine and not root's.

use nix::unistd::{Gid, Group, Uid, User};

use super::super::file::ProcessEntry;
use super::super::section::Written;
use super::super::settings::{Identity, Process};
use super::super::words::quote;
use super::Desk;

const PLACE: &str = "[process]";

pub fn process(entry: &ProcessEntry, desk: &Desk<'_>) -> Process {
    if let (None, Some(group)) = (&entry.user, &entry.group) {
        desk.findings.tell(
            group.line,
            PLACE,
            "group is of no use without user",
            "write user, or remove group",
        );
    }
    let identity = entry.user.as_ref().and_then(|user| identity(user, entry.group.as_ref(), desk));
    Process { sandbox: entry.sandbox.as_ref().map(|written| written.value), identity }
}

fn identity(user: &Written<String>, group: Option<&Written<String>>, desk: &Desk<'_>) -> Option<Identity> {
    let told = |written: &Written<String>, what: String, instead: &str| {
        desk.findings.tell(written.line, PLACE, what, instead);
        None
    };
    let known = match user.value.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number)).ok().flatten().map_or((number, None), both),
        Err(_) => match User::from_name(&user.value) {
            Ok(Some(user)) => both(user),
            _ => {
                let what = format!("user {} is not known on this machine", quote(&user.value));
                return told(user, what, "make it, or write a number and a group");
            }
        },
    };
    let own = match group {
        None => known.1,
        Some(group) => match group.value.parse() {
            Ok(number) => Some(number),
            Err(_) => match Group::from_name(&group.value) {
                Ok(Some(group)) => Some(group.gid.as_raw()),
                _ => {
                    let what = format!("group {} is not known on this machine", quote(&group.value));
                    return told(group, what, "make it, or write a number");
                }
            },
        },
    };
    match (known.0, own) {
        (0, _) | (_, Some(0)) => told(user, "that would be root".to_owned(), "write a user who owns nothing"),
        (user, Some(group)) => Some(Identity { user, group }),
        (number, None) => {
            told(user, format!("user {number} has no group on this machine"), "write group too")
        }
    }
}

/// A user, and the group it belongs to first.
fn both(user: User) -> (u32, Option<u32>) {
    (user.uid.as_raw(), Some(Gid::as_raw(user.gid)))
}
