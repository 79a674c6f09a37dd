//! System calls, by seccomp: those that serving takes, and no other.
//!
//! Knows the calls of the C library and the runtime; does not know who makes them. Invariant: what is not listed is
//! answered as by a kernel that does not have it, so that no program is started, no process looked into, nothing
//! mounted, loaded, traced or renamed, and what a newer library tries first falls back to what it did before.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};

pub const ABSENT: &str = "absent";
const PRESENT: &str = "on";

/// Calls that every architecture has, whatever their arguments.
const FREE: &[c_long] = &[
    // Sockets and files that are open.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_recvmsg,
    libc::SYS_sendmsg,
    libc::SYS_recvmmsg,
    libc::SYS_sendmmsg,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_lseek,
    libc::SYS_pipe2,
    // Sockets.
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    // Files, as far as Landlock lets them be reached.
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_fstat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_fchmod,
    libc::SYS_umask,
    // Waiting.
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_futex,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_restart_syscall,
    // Memory.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    // Threads, signals and who we are.
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getppid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrandom,
    libc::SYS_getrlimit,
    libc::SYS_getrusage,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// The older names that the C library still calls where they exist.
#[cfg(target_arch = "x86_64")]
const OLD: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_mkdir,
    libc::SYS_poll,
    libc::SYS_epoll_wait,
    libc::SYS_time,
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[c_long] = &[];

/// The kernel reads only this half of most arguments; what stands in the other is left there by chance.
const WORD: u64 = u32::MAX as u64;

/// Calls that are let through for some values of one argument: which, masked by what, equal to what.
const BOUND: &[(c_long, u8, u64, u64)] = &[
    // Threads of this process; never another process.
    (libc::SYS_clone, 0, libc::CLONE_THREAD as u64, libc::CLONE_THREAD as u64),
    // Internet, the machine's own, and the kernel's list of addresses that the C library sorts by.
    (libc::SYS_socket, 0, WORD, libc::AF_INET as u64),
    (libc::SYS_socket, 0, WORD, libc::AF_INET6 as u64),
    (libc::SYS_socket, 0, WORD, libc::AF_UNIX as u64),
    (libc::SYS_socket, 0, WORD, libc::AF_NETLINK as u64),
    (libc::SYS_socketpair, 0, WORD, libc::AF_UNIX as u64),
    // Not blocking, how much there is to read, whether the log goes to a terminal.
    (libc::SYS_ioctl, 1, WORD, libc::FIONBIO),
    (libc::SYS_ioctl, 1, WORD, libc::FIONREAD),
    (libc::SYS_ioctl, 1, WORD, libc::TCGETS),
    // A thread's name.
    (libc::SYS_prctl, 0, WORD, libc::PR_SET_NAME as u64),
    // Limits are read, not set.
    (libc::SYS_prlimit64, 2, u64::MAX, 0),
    // Memory is written or executed, not both; what was written never becomes code.
    (libc::SYS_mmap, 2, libc::PROT_EXEC as u64, 0),
    (libc::SYS_mmap, 2, libc::PROT_WRITE as u64, 0),
    (libc::SYS_mprotect, 2, libc::PROT_EXEC as u64, 0),
];

/// Denies this thread and all it starts what is not listed.
pub fn confine() -> Result<&'static str, Error> {
    match program().map(|program| seccompiler::apply_filter(&program)) {
        Ok(Ok(())) => Ok(PRESENT),
        // No seccomp in this kernel, or none for this architecture.
        Ok(Err(Error::Seccomp(_))) | Err(BackendError::InvalidTargetArch(_)) => Ok(ABSENT),
        Ok(Err(error)) => Err(error),
        Err(error) => Err(error.into()),
    }
}

fn program() -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<_, Vec<SeccompRule>> = BTreeMap::new();
    for (call, argument, mask, value) in BOUND {
        let condition =
            SeccompCondition::new(*argument, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(*mask), *value)?;
        rules.entry(*call).or_default().push(SeccompRule::new(vec![condition])?);
    }
    rules.extend(FREE.iter().chain(OLD).map(|call| (*call, Vec::new())));
    let unknown = SeccompAction::Errno(libc::ENOSYS as u32);
    let filter =
        SeccompFilter::new(rules, unknown, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    filter.try_into()
}
