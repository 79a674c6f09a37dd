//! Files and ports, by Landlock: what is needed can be reached, all else is not there for this process.
//!
//! Knows which files of the system names are resolved by; whatever the settings name is handed in. Invariant: nothing
//! can be executed, and written only where it is needed. What an older kernel cannot deny stays allowed.

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, Scope, path_beneath_rules,
};

use super::needs::Needs;

/// What is said where the kernel has none.
pub const ABSENT: &str = "absent";

/// The newest whose denials were tried here; older kernels deny what they know.
const KNOWN: ABI = ABI::V6;

/// What the C library and the runtime read by themselves: how to resolve names, how many processors are ours.
const SYSTEM: [&str; 14] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ld.so.cache",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/proc/self",
    "/sys/fs/cgroup",
];

/// Denies this thread and all it starts what is not needed; tells by which version.
pub fn confine(needs: &Needs) -> Result<&'static str, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::MakeReg | AccessFs::RemoveFile;
    let ports = |port: &u16| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp));
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .add_rules(path_beneath_rules(&needs.read, read))?
        .add_rules(path_beneath_rules(&needs.write, write))?
        .add_rules(needs.connect.iter().map(ports))?
        .restrict_self()?;
    Ok(version(&status.landlock))
}

/// Whether this kernel denies ports, too.
#[cfg(test)]
pub fn denies_ports() -> bool {
    use landlock::Compatible;
    let hard = Ruleset::default().set_compatibility(landlock::CompatLevel::HardRequirement);
    hard.handle_access(AccessNet::ConnectTcp).is_ok()
}

fn version(status: &LandlockStatus) -> &'static str {
    match status {
        LandlockStatus::Available { effective_abi, .. } => match effective_abi {
            ABI::Unsupported => ABSENT,
            ABI::V1 | ABI::V2 | ABI::V3 => "files",
            ABI::V4 | ABI::V5 => "files, ports",
            _ => "files, ports, signals",
        },
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => ABSENT,
    }
}
