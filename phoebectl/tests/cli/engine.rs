//! `phoebectl engine` with a scripted interpreter in the place of Python: what is built, what is
//! put in use, and what stays when something fails. The boot test installs the real one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::ctl::{Ctl, Said};

/// Makes environments that contain itself, knows pip's words, and answers as an engine would.
/// It fails at the step that `fail` beside it names.
const PYTHON: &str = r#"#!/bin/sh
fail=$(cat @HERE@/fail 2>/dev/null)
case "$*" in
*'-m venv'*)
    [ "$fail" != venv ] || { echo 'ensurepip is not available' >&2; exit 1; }
    for directory; do :; done
    mkdir -p "$directory/bin"
    cp "$0" "$directory/bin/python" ;;
*'-m pip install'*)
    echo "$*" > @HERE@/pip
    [ "$fail" != pip ] || { echo 'ERROR: No matching distribution found' >&2; exit 1; }
    case "$*" in
    *--no-index*) echo 'Processing /wheels/phoebe-2.5.4.whl (from -r list)' ;;
    *) echo 'Collecting phoebe==2.5.4 (from -r list)' ;;
    esac
    echo 'Installing collected packages: phoebe' ;;
*)
    [ "$fail" != probe ] || { echo 'ImportError: libphoebe' >&2; exit 1; }
    echo 'phoebectl:{"phoebe": "2.5.4", "python": "3.11.2"}' ;;
esac
"#;

struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        let text = PYTHON.replace("@HERE@", machine.0.path().to_str().unwrap());
        fs::write(machine.path("python"), text).unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(machine.path("python"), executable).unwrap();
        let config = format!("[state]\ndirectory = \"{}\"\n", machine.state().display());
        fs::write(machine.path("config.toml"), config).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn state(&self) -> PathBuf {
        self.path("state")
    }

    fn fails_at(&self, step: &str) {
        fs::write(self.path("fail"), step).unwrap();
    }

    fn call(&self, line: &str) -> Ctl {
        let variables = std::env::var("PATH").unwrap_or_default();
        let ctl = Ctl::new(line).variable("PATH", variables).within(self.0.path());
        ctl.option("--config", &self.path("config.toml"))
    }

    async fn build(&self, line: &str) -> Said {
        self.call(line).option("--python", &self.path("python")).run().await
    }

    /// What the link names.
    fn in_use(&self) -> Option<PathBuf> {
        fs::read_link(self.state().join("venv")).ok()
    }

    fn engines(&self) -> Vec<String> {
        let entries = fs::read_dir(self.state().join("engine")).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != ".lock").collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn an_engine_is_installed_once_and_put_in_use() {
    let machine = Machine::new();
    let said = machine.build("engine install").await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("PHOEBE 2.5.4 on Python 3.11.2 is installed in"), "{said:?}");
    assert!(said.err.contains("packages from PyPI"), "{said:?}");
    assert_eq!(machine.in_use().unwrap(), Path::new("engine/20251009T085320"));

    let said = machine.build("engine install").await;
    assert!(said.code == 0 && said.out.contains("is installed already"), "{said:?}");
    assert_eq!(machine.engines(), ["20251009T085320"]);

    let report = machine.call("engine status --json").run().await.json::<Value>();
    assert_eq!((&report["works"], &report["pinned"]), (&true.into(), &true.into()));
    assert_eq!(report["phoebe_version"], "2.5.4");
}

#[tokio::test]
async fn a_folder_of_wheels_is_enough_and_nothing_else_is_asked() {
    let machine = Machine::new();
    fs::create_dir(machine.path("wheels")).unwrap();
    let said = machine.build("engine install --wheels wheels").await;
    assert_eq!(said.code, 0, "{said:?}");
    let pip = fs::read_to_string(machine.path("pip")).unwrap();
    let wheels = machine.path("wheels");
    let wanted = format!("--no-index --find-links {}", wheels.display());
    assert!(pip.contains(&wanted) && pip.contains("--only-binary=:all:"), "{pip}");

    let again = machine.call("engine install --force --wheels wheels").terminal(60, "");
    let said = again.option("--python", Path::new("./python")).run().await;
    assert!(said.err.contains(" of 52: phoebe-2.5.4.whl"), "{said:?}");
    assert!(said.code == 0 && said.err.contains("installing them\nengine: trying it"), "{said:?}");

    let said = machine.build("engine install --force --wheels nowhere").await;
    assert!(said.code == 1 && said.err.contains("cannot read the wheels"), "{said:?}");
}

#[tokio::test]
async fn a_step_that_fails_is_named_and_leaves_nothing() {
    let machine = Machine::new();
    for (step, cause, hint) in [
        ("venv", "ensurepip is not available", "python3-venv"),
        ("pip", "No matching distribution", "--wheels DIR"),
        ("probe", "ImportError: libphoebe", "missing"),
    ] {
        machine.fails_at(step);
        let said = machine.build("engine install").await;
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(cause) && said.err.contains(hint), "{said:?}");
        assert!(machine.in_use().is_none() && machine.engines().is_empty());
    }
}

#[tokio::test]
async fn an_upgrade_keeps_the_engine_in_use_until_the_new_one_works() {
    let machine = Machine::new();
    machine.build("engine install").await;
    let first = machine.in_use().unwrap();
    let said = machine.build("engine upgrade").await;
    assert!(said.out.contains("is of this version already"), "{said:?}");

    // As if an older phoebectl had made it.
    fs::write(machine.state().join("venv/requirements.txt"), "phoebe==2.4.0\n").unwrap();
    let said = machine.call("engine status").run().await;
    assert!(said.code == 0 && said.out.contains("phoebectl engine upgrade"), "{said:?}");
    machine.fails_at("probe");
    let said = machine.build("engine upgrade").await;
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(machine.in_use().unwrap(), first);

    machine.fails_at("");
    let said = machine.build("engine upgrade").await;
    assert!(said.code == 0 && said.err.contains("systemctl restart phoebed"), "{said:?}");
    let second = machine.in_use().unwrap();
    assert_ne!(second, first);
    assert_eq!(machine.engines().len(), 2, "the one before stays");
    machine.build("engine upgrade --force").await;
    assert_eq!(machine.engines().len(), 2, "the one before that does not");
}

#[tokio::test]
async fn a_missing_and_a_broken_engine_are_told_apart() {
    let machine = Machine::new();
    let said = machine.call("engine status").run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("there is no engine in"), "{said:?}");
    assert!(said.err.contains("hint: phoebectl engine install"), "{said:?}");

    machine.build("engine install").await;
    machine.fails_at("probe");
    let said = machine.call("engine status").run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("does not work") && said.err.contains("libphoebe"), "{said:?}");

    // Installing is what mends it.
    machine.fails_at("");
    fs::remove_file(machine.state().join("venv/bin/python")).unwrap();
    let said = machine.call("engine status").run().await;
    assert!(said.code == 1 && said.err.contains("does not work"), "{said:?}");
    assert_eq!(machine.build("engine install").await.code, 0);
    assert_eq!(machine.call("engine status").run().await.code, 0);
}

#[tokio::test]
async fn an_interpreter_of_the_configurations_own_is_warned_of() {
    let machine = Machine::new();
    let config = fs::read_to_string(machine.path("config.toml")).unwrap();
    let config = format!("{config}[engine]\npython = \"/opt/own/python\"\n");
    fs::write(machine.path("config.toml"), config).unwrap();
    let said = machine.build("engine install").await;
    assert!(said.code == 0 && said.err.contains("takes /opt/own/python instead"), "{said:?}");
}

#[tokio::test]
async fn what_the_caller_keeps_to_itself_others_can_read() {
    // As in a shell that has just written a secret.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    let machine = Machine::new();
    assert_eq!(machine.build("engine install").await.code, 0);
    let mode =
        |path: &str| fs::metadata(machine.state().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("."), 0o711);
    assert_eq!(mode("venv/bin"), 0o755);
    assert_eq!(mode("venv/requirements.txt"), 0o644);
}

#[tokio::test]
async fn programs_are_told_what_was_installed() {
    let machine = Machine::new();
    let report = machine.build("engine install --json").await.json::<Value>();
    assert_eq!((&report["works"], &report["pinned"]), (&true.into(), &true.into()));
}

#[tokio::test]
async fn a_configuration_that_may_name_another_place_is_no_reason_to_guess() {
    let machine = Machine::new();
    fs::write(machine.path("config.toml"), "[state\n").unwrap();
    for line in ["engine install", "engine status"] {
        let said = machine.call(line).run().await;
        assert!(said.code == 2 && said.err.contains("config.toml:1"), "{said:?}");
    }
    assert!(!machine.state().exists());
}
