//! Which guarantee is held, and by what: for the operator.

use phoebed_common::config::SandboxMode;

/// One thing that a worker is kept from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarantee {
    /// Its name.
    pub name: &'static str,
    /// Whether it is held.
    pub held: bool,
    /// By what, or why not.
    pub by: String,
}

/// All guarantees, with this version of Landlock, with or without seccomp, and with workers of
/// this user when it is not the daemon's.
pub fn guarantees(
    mode: SandboxMode,
    landlock: Option<u32>,
    seccomp: bool,
    user: Option<&str>,
) -> Vec<Guarantee> {
    let off = mode == SandboxMode::Off;
    let guarantee = |name, held, by: String| match off {
        true => Guarantee { name, held: false, by: "sandbox.mode is off".to_owned() },
        false => Guarantee { name, held, by },
    };
    let by_seccomp = |name, by: &str| match seccomp {
        true => guarantee(name, true, by.to_owned()),
        false => guarantee(name, false, "the kernel has no seccomp filters".to_owned()),
    };
    let scoped = landlock.is_some_and(|version| version >= 6);
    let and_landlock = if scoped { "seccomp, Landlock scopes" } else { "seccomp" };
    let files = match landlock {
        Some(version) => format!("Landlock {version}, seccomp"),
        None => "the kernel has no Landlock (5.13 or later, listed in its lsm= parameter)".into(),
    };
    let as_user = user.map(|user| format!(", runs as {user}")).unwrap_or_default();
    vec![
        guarantee("files", landlock.is_some() && seccomp, files),
        by_seccomp("network", "seccomp: no sockets but its own stream"),
        by_seccomp("processes", "seccomp: no exec, ptrace or namespaces"),
        by_seccomp("signals", and_landlock),
        by_seccomp("lifetime", "parent-death signal and process group, kept by seccomp"),
        guarantee("privileges", true, format!("no capabilities, no_new_privs{as_user}")),
        guarantee("limits", true, "resource limits, watched by the daemon".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_need_landlock_and_the_rest_does_not() {
        let of = |landlock| guarantees(SandboxMode::BestEffort, landlock, true, None);
        assert!(of(Some(1)).iter().all(|guarantee| guarantee.held));
        let missing: Vec<&str> = of(None).iter().filter(|g| !g.held).map(|g| g.name).collect();
        assert_eq!(missing, ["files"]);
    }

    #[test]
    fn switched_off_holds_nothing() {
        let off = guarantees(SandboxMode::Off, Some(7), true, Some("worker"));
        assert!(off.iter().all(|guarantee| !guarantee.held && guarantee.by.contains("off")));
    }
}
