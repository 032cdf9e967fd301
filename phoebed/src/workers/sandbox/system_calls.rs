//! seccomp: which system calls a worker may make. What is not listed is refused with EPERM, so
//! calls that a later kernel brings are refused too.

use libc::c_long;
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
    sock_filter,
};

use super::SandboxError;

/// Allowed with any arguments.
const ALLOWED: &[c_long] = &[
    // Descriptors that it has.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_flock,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_pipe2,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    // Files: which, Landlock says.
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_readlinkat,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_umask,
    // Memory.
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_msync,
    libc::SYS_brk,
    libc::SYS_membarrier,
    // Threads, and children that it waits for. A pidfd it has only of a child that it forked.
    libc::SYS_clone3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_pidfd_send_signal,
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getgroups,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_capget,
    // Its own signals, clocks and timers.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigsuspend,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrusage,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    // What it is told of the machine.
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getcpu,
    libc::SYS_getrandom,
    libc::SYS_getpriority,
];

/// The older forms that only x86-64 has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_getdents,
    libc::SYS_readlink,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_fork,
    libc::SYS_getpgrp,
    libc::SYS_getrlimit,
    libc::SYS_time,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Of clone: a child in a namespace of its own, of another parent, or hidden from a tracer.
const CLONE_REFUSED: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_PARENT
    | libc::CLONE_PTRACE
    | libc::CLONE_UNTRACED;
/// Of fcntl: nothing that has the kernel send signals to others.
const FCNTL: [libc::c_int; 11] = [
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETLK,
    libc::F_SETLK,
    libc::F_SETLKW,
    libc::F_GETPIPE_SZ,
    libc::F_SETPIPE_SZ,
];
const IOCTL: [u64; 6] =
    [libc::FIONBIO, libc::FIONREAD, libc::FIOCLEX, libc::FIONCLEX, libc::TCGETS, libc::TIOCGWINSZ];
/// Of prctl: looking, and naming a thread. The parent-death signal only as it is.
const PRCTL: [libc::c_int; 8] = [
    libc::PR_SET_NAME,
    libc::PR_GET_NAME,
    libc::PR_GET_PDEATHSIG,
    libc::PR_GET_TID_ADDRESS,
    libc::PR_GET_DUMPABLE,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_GET_SECCOMP,
    libc::PR_CAPBSET_READ,
];
/// A descriptor of the process at the other end of a socket (Linux 6.5).
const SO_PEERPIDFD: u64 = 77;

/// Of the second argument of socketpair: the kind without its flags. A socket for datagrams could
/// send to any address without connecting to it.
const SOCKET_KIND: u64 = 0xf;
/// Bits of a mode with which a new file would run as its owner or its group.
const SET_ID: u64 = 0o6000;

/// Whether this program knows the machine's system calls, and the kernel filters them.
pub fn supported() -> bool {
    const GET_ACTION_AVAILABLE: libc::c_uint = 2;
    let errno: u32 = libc::SECCOMP_RET_ERRNO;
    // SAFETY: the kernel reads one u32 at the address.
    let answer = unsafe {
        libc::syscall(libc::SYS_seccomp, GET_ACTION_AVAILABLE, 0, std::ptr::from_ref(&errno))
    };
    answer == 0 && TargetArch::try_from(std::env::consts::ARCH).is_ok()
}

/// The programs in the order in which they are to be put into force.
pub fn filters() -> Result<Vec<String>, SandboxError> {
    // The C library asks for clone3 and takes clone when there is none; only clone's flags can be
    // seen by a filter.
    let no_clone3 = vec![(libc::SYS_clone3, vec![])];
    let absent = SeccompAction::Errno(libc::ENOSYS as u32);
    let first = compile(no_clone3, SeccompAction::Allow, absent)?;
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let second = compile(rules()?, refused, SeccompAction::Allow)?;
    Ok(vec![hexadecimal(&first), hexadecimal(&second)])
}

type Rules = Vec<(c_long, Vec<SeccompRule>)>;

fn rules() -> Result<Rules, SandboxError> {
    let mut rules: Rules =
        ALLOWED.iter().chain(OLDER).map(|number| (*number, Vec::new())).collect();
    let is = |argument, value| when(argument, Eq, value);
    let any_of = |argument, values: &[u64]| -> Result<Vec<SeccompRule>, SandboxError> {
        values.iter().map(|value| rule(vec![is(argument, *value)?])).collect()
    };
    let wide = |values: &[libc::c_int]| -> Vec<u64> {
        values.iter().map(|value| u64::from(value.unsigned_abs())).collect()
    };
    let refused = u64::from(CLONE_REFUSED.unsigned_abs());
    let killed = u64::from(libc::SIGKILL.unsigned_abs());
    let pdeathsig = u64::from(libc::PR_SET_PDEATHSIG.unsigned_abs());
    let mut prctl = any_of(0, &wide(&PRCTL))?;
    prctl.push(rule(vec![is(0, pdeathsig)?, is(1, killed)?])?);
    // A number of 0 is the process itself, for kill its group; both are all its own.
    let itself = any_of(0, &[0])?;
    rules.extend([
        (libc::SYS_clone, vec![rule(vec![when(0, MaskedEq(refused), 0)?])?]),
        (libc::SYS_fcntl, any_of(1, &wide(&FCNTL))?),
        (libc::SYS_ioctl, any_of(1, &IOCTL)?),
        (libc::SYS_prctl, prctl),
        (libc::SYS_kill, itself.clone()),
        (libc::SYS_prlimit64, itself.clone()),
        (libc::SYS_sched_setaffinity, itself.clone()),
        (libc::SYS_setpriority, vec![rule(vec![is(0, 0)?, is(1, 0)?])?]),
        (
            libc::SYS_socketpair,
            vec![rule(vec![
                is(0, u64::from(libc::AF_UNIX.unsigned_abs()))?,
                when(1, MaskedEq(SOCKET_KIND), u64::from(libc::SOCK_STREAM.unsigned_abs()))?,
            ])?],
        ),
        (libc::SYS_openat, vec![rule(vec![when(3, MaskedEq(SET_ID), 0)?])?]),
        (libc::SYS_mkdirat, vec![rule(vec![when(2, MaskedEq(SET_ID), 0)?])?]),
        (libc::SYS_getsockopt, vec![rule(vec![when(2, Ne, SO_PEERPIDFD)?])?]),
    ]);
    Ok(rules)
}

fn when(
    argument: u8,
    operator: seccompiler::SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, SandboxError> {
    SeccompCondition::new(argument, Dword, operator, value).map_err(policy)
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, SandboxError> {
    SeccompRule::new(conditions).map_err(policy)
}

fn compile(
    rules: Rules,
    otherwise: SeccompAction,
    matching: SeccompAction,
) -> Result<BpfProgram, SandboxError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(policy)?;
    let filter = SeccompFilter::new(rules.into_iter().collect(), otherwise, matching, arch);
    BpfProgram::try_from(filter.map_err(policy)?).map_err(policy)
}

fn policy(error: impl std::fmt::Display) -> SandboxError {
    SandboxError::Policy(error.to_string())
}

/// As the kernel takes it: eight bytes for each instruction.
fn hexadecimal(program: &[sock_filter]) -> String {
    let bytes = program.iter().flat_map(|sock_filter { code, jt, jf, k }| {
        let [low, high] = code.to_ne_bytes();
        let [a, b, c, d] = k.to_ne_bytes();
        [low, high, *jt, *jf, a, b, c, d]
    });
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_system_call_is_listed_twice_and_none_that_reaches_out_is_listed() {
        let mut numbers: Vec<c_long> =
            rules().unwrap().into_iter().map(|(number, _)| number).collect();
        let listed = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), listed);
        for refused in [
            libc::SYS_execve,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_bind,
            libc::SYS_listen,
            libc::SYS_ptrace,
            libc::SYS_setsid,
            libc::SYS_setpgid,
            libc::SYS_tgkill,
            libc::SYS_pidfd_open,
            libc::SYS_truncate,
            libc::SYS_fchmodat,
        ] {
            assert!(numbers.binary_search(&refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn programs_fit_what_the_kernel_takes() {
        for program in filters().unwrap() {
            let instructions = program.len() / 16;
            assert!((4..=4096).contains(&instructions), "{instructions}");
        }
    }
}
