//! `phoebectl sessions kill`.

use phoebed_tests::{
    Cases, Daemon, Process, Session, Settings, Signal, eventually, is_in_use, signal,
};
use serde_json::json;

use crate::ctl::Ctl;
use crate::machine_form::MachineForm;

/// What must be true of a session at the moment when its kill is reported.
struct Witness<'a> {
    daemon: &'a Daemon,
    session: Session,
    worker: Process,
}

impl<'a> Witness<'a> {
    fn start(daemon: &'a Daemon) -> Self {
        let session = daemon.start_session();
        let worker = daemon.worker(&session);
        Self { daemon, session, worker }
    }

    fn id(&self) -> &str {
        &self.session.id
    }

    #[track_caller]
    fn is_gone(&self) {
        assert!(!self.worker.is_alive(), "its process is still there");
        assert!(!is_in_use(self.session.port()), "its port is still in use");
        assert!(!self.session.is_listed(), "it is still listed");
        let row = self.daemon.ended_row(&self.session);
        assert_eq!(row["termination_reason"], "killed", "{row}");
        self.session.send(&json!({ "command": "ping" })).expect(404);
    }

    #[track_caller]
    fn lives(&self) {
        assert!(self.worker.is_alive() && self.session.is_listed());
        self.session.ping();
    }
}

#[test]
fn kill_ends_what_is_selected_and_nothing_else() {
    let daemon = Daemon::start(Settings::new().set("workers.spares", 2));
    let ctl = Ctl::of(&daemon);
    let form = MachineForm::of(&daemon.path().join("admin.sock"));
    let kill = |arguments: &[&str]| ctl.run(&[&["sessions", "kill"], arguments].concat());
    let mut cases = Cases::new();
    let one = Witness::start(&daemon);
    cases.case("without a terminal and without --yes nothing is done", || {
        let done = kill(&[one.id()]).expect(1);
        done.says(&["error: this needs a confirmation", "hint: say --yes", one.id()]);
        assert_eq!(done.stdout, "");
        one.lives();
    });
    cases.case("a dry run shows and ends nothing", || {
        let done = kill(&["--all", "--dry-run"]).expect(0);
        done.says(&[one.id(), "would end", "1 session would end"]);
        let answer = ctl.json(&["sessions", "kill", "--all", "--dry-run"]);
        form.check("post", "/v1/sessions/kill", &answer);
        assert_eq!(answer["results"][0]["outcome"], "would_kill");
        one.lives();
    });
    cases.case("what selects nothing says so", || {
        for selection in [&["--user", "7"][..], &["--idle-for", "1h"]] {
            let done = kill(&[selection, &["--yes"]].concat()).expect(0);
            assert_eq!(done.stdout, "no session matches, none was ended\n");
        }
        one.lives();
    });
    cases.case("an id whose other condition does not hold is left alone", || {
        let done = kill(&[one.id(), "--idle-for", "1h", "--yes"]).expect(1);
        done.says(&["left alone: ", "error: 0 of 1 session ended"]);
        one.lives();
    });
    cases.case("by id: its process is gone and its port free when the command ends", || {
        let done = kill(&[one.id(), "--yes"]).expect(0);
        one.is_gone();
        done.says(&[one.id(), "ended", "1 session ended"]);
    });
    cases.case("an unknown id ends with 1, and the known one is ended all the same", || {
        let other = Witness::start(&daemon);
        let done = kill(&["no-such-id", other.id(), "--yes"]).expect(1);
        other.is_gone();
        done.says(&["not found", "error: 1 of 2 sessions ended"]);
        let done = kill(&[other.id(), "--yes", "--json"]).expect(1);
        form.check("post", "/v1/sessions/kill", &done.json());
        assert_eq!(done.json()["results"][0]["outcome"], "not_found");
    });
    cases.case("by idleness: a busy session never is idle", || {
        let (idle, busy) = (Witness::start(&daemon), Witness::start(&daemon));
        let compute = &json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
            "compute_phases": [0.0] });
        busy.session.ok(compute);
        let computing = busy.session.send_in_background(&json!({ "command": "run_compute" }));
        let child = daemon.compute_child(&busy.session);
        signal(child.pid, Signal::SIGSTOP);
        eventually("it has been idle for a second", || {
            let shown = ctl.json(&["sessions", "show", idle.id()]);
            shown["idle_seconds"].as_f64().filter(|seconds| *seconds > 1.0)
        });
        kill(&["--idle-for", "1s", "--yes"]).expect(0).says(&[idle.id(), "1 session ended"]);
        idle.is_gone();
        assert!(busy.worker.is_alive() && busy.session.is_listed() && !computing.is_answered());
        // By id it is ended in the middle of its command, of which the caller hears.
        kill(&[busy.id(), "--yes"]).expect(0);
        busy.is_gone();
        assert!(!child.is_alive(), "its compute child is still there");
        assert_ne!(computing.answer().status, 200);
    });
    cases.case("all", || {
        let all = [(); 3].map(|()| Witness::start(&daemon));
        kill(&["--all", "--yes"]).expect(0).says(&["3 sessions ended"]);
        all.iter().for_each(Witness::is_gone);
        let done = kill(&["--all", "--yes"]).expect(0);
        assert_eq!(done.stdout, "no session matches, none was ended\n");
        assert_eq!(daemon.port_counts(), (12, 0, 12));
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn kill_asks_on_a_terminal_and_does_what_is_answered() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let daemon = Daemon::start(Settings::new());
    let one = Witness::start(&daemon);
    let config = daemon.path().join("phoebed.toml");
    let program = phoebed_tests::binary("phoebectl");
    let ask = |answer: &str| {
        let line =
            format!("{} --config {} sessions kill --all", program.display(), config.display());
        let mut command = Command::new("/usr/bin/script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        command.current_dir(daemon.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("script, a terminal for programs");
        let mut input = child.stdin.take().expect("its input");
        writeln!(input, "{answer}").expect("the answer");
        let output = child.wait_with_output().expect("it ends");
        drop(input);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = ask("n");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(one.id()) && said.contains("End 1 session? [y/N]"), "{said}");
    assert!(said.contains("nothing was done"), "{said}");
    one.lives();
    let (code, said) = ask("y");
    assert_eq!(code, Some(0), "{said}");
    one.is_gone();
    daemon.stop();
}
