//! Every command that only looks, for people and as JSON, beside what the public API says.

use phoebed_tests::{Cases, Daemon, Session, Settings, Signal, children, eventually, signal};
use serde_json::{Value, json};

use crate::ctl::Ctl;
use crate::machine_form::MachineForm;

const SECRET: &str = "correct-horse-battery-staple";

struct Scene {
    daemon: Daemon,
    ctl: Ctl,
    form: MachineForm,
    named: Session,
    busy: Session,
}

/// A daemon with an idle and a busy session.
fn scene() -> Scene {
    let settings = Settings::new().pool_size(5).variable("PHOEBE_JWT_SECRET_KEY", SECRET);
    let daemon = Daemon::start(settings.set("auth.password", format!("'{SECRET}'")));
    let body = json!({ "project_name": "V471 Tau" });
    daemon.api().post_json("/dash/start-session", &body).expect(200);
    let object = daemon.api().sessions().values().next().expect("a session").clone();
    let busy = daemon.start_session();
    busy.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0] }));
    let mut named = busy.clone();
    named.id = object["session_id"].as_str().expect("an id").to_owned();
    named.object = object;
    let ctl = Ctl::of(&daemon);
    let form = MachineForm::of(&daemon.path().join("admin.sock"));
    Scene { daemon, ctl, form, named, busy }
}

#[test]
fn commands_that_look_say_what_the_daemon_does() {
    let scene = scene();
    let Scene { daemon, ctl, busy, .. } = &scene;
    let computing = busy.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(busy);
    signal(child.pid, Signal::SIGSTOP);
    eventually("the spares are ready", || {
        let spares = &ctl.json(&["status"])["spares"];
        (spares["ready"] == spares["wanted"]).then_some(())
    });
    let mut cases = Cases::new();
    cases.case("ping", || scene.ping());
    cases.case("status", || scene.status());
    cases.case("sessions list", || scene.list());
    cases.case("sessions show", || scene.show());
    cases.case("sessions logs", || scene.logs());
    cases.case("ports", || scene.ports());
    cases.case("config show, without secrets", || scene.config());
    cases.case("an unknown id is refused with 1 and a hint", || {
        for command in ["show", "logs"] {
            let done = ctl.run(&["sessions", command, "no/such id"]).expect(1);
            assert!(done.stderr.starts_with("error: there is no session no/such id\n"), "{done:?}");
            done.says(&["hint: ", "phoebectl sessions list"]);
        }
    });
    cases.case("nothing of it is coloured outside a terminal, all of it on request", || {
        assert!(!ctl.ok(&["status"]).stdout.contains('\u{1b}'));
        assert!(ctl.ok(&["status", "--color", "always"]).stdout.contains('\u{1b}'));
    });
    signal(child.pid, Signal::SIGCONT);
    cases.case("the busy session is idle again", || {
        assert_eq!(computing.answer().expect(200).json()["success"], true);
        assert_eq!(ctl.json(&["sessions", "show", &busy.id])["state"], "idle");
    });
    cases.finish();
    assert!(!daemon.log().contains(SECRET), "a secret is in the log");
    scene.daemon.stop();
}

impl Scene {
    fn ping(&self) {
        let answer = self.ctl.json(&["ping"]);
        self.form.check("get", "/v1/ping", &answer);
        assert_eq!(answer["pid"], self.daemon.pid());
        let socket = self.daemon.path().join("admin.sock");
        let version = answer["version"].as_str().expect("a version");
        let said = format!(
            "phoebed {version} answers on {}: process {}, up ",
            socket.display(),
            self.daemon.pid()
        );
        let done = self.ctl.ok(&["ping"]);
        assert!(done.stdout.starts_with(&said) && done.stderr.is_empty(), "{done:?}");
        let named = Ctl::in_directory(self.daemon.path()).global("--socket", &socket);
        named.ok(&["ping"]);
    }

    fn status(&self) {
        let (daemon, status) = (&self.daemon, self.ctl.json(&["status"]));
        self.form.check("get", "/v1/status", &status);
        let zygote = daemon.zygote().expect("the zygote").pid;
        assert_eq!(status["pid"], daemon.pid());
        assert_eq!(status["listeners"], json!([daemon.address().to_string()]));
        assert_eq!(
            (&status["auth_mode"], &status["engine"]["state"]),
            (&"none".into(), &"ready".into())
        );
        assert_eq!(status["engine"]["zygote_pid"], zygote);
        let sessions = json!({ "total": 2, "idle": 1, "busy": 1, "overdue": 0, "hibernated": 0 });
        assert_eq!(status["sessions"], sessions);
        assert_eq!(status["spares"], json!({ "ready": 1, "wanted": 1 }));
        let (total, reserved, available) = daemon.port_counts();
        let ports = json!({ "total": total, "reserved": reserved, "available": available });
        assert_eq!(status["ports"], ports);
        let memory = |key: &str| status["memory"][key].as_f64().unwrap_or_default();
        assert!(memory("daemon_mib") > 1.0 && memory("host_total_mib") > 100.0, "{status}");
        assert!(memory("workers_mib") > 50.0, "the zygote at least: {status}");
        let store = &status["store"];
        assert_eq!((&store["state"], &store["cause"]), (&"ok".into(), &Value::Null));
        assert_eq!((&store["dropped"], &store["last_error"]), (&0.into(), &Value::Null));
        let (file, database) =
            (daemon.path().join("phoebed.toml"), daemon.path().join("data/sessions.db"));
        assert_eq!(status["config_file"], file.to_str().expect("a path"));
        assert_eq!(store["path"], database.to_str().expect("a path"));
        assert_eq!(status["pending_restart"], json!([]));
        let phoebe = status["engine"]["phoebe_version"].as_str().expect("a version");
        self.ctl.ok(&["status"]).says(&[
            &format!("process {}, up ", daemon.pid()),
            &format!("http://{}, auth mode none", daemon.address()),
            &format!("ready: PHOEBE {phoebe}, Python 3."),
            &format!("zygote process {zygote}"),
            "2: 1 idle, 1 busy",
            "1 ready of 1 wanted",
            "3 available of 5, 2 reserved",
            " queued, 0 lost",
            database.to_str().expect("a path"),
            file.to_str().expect("a path"),
        ]);
    }

    fn list(&self) {
        let listed = self.ctl.json(&["sessions", "list"]);
        self.form.check("get", "/v1/sessions", &listed);
        let public = self.daemon.api().sessions();
        let sessions = listed["sessions"].as_array().expect("a list");
        let ids: Vec<&str> =
            sessions.iter().map(|one| one["session_id"].as_str().expect("an id")).collect();
        assert_eq!(ids, [self.named.id.as_str(), &self.busy.id], "the oldest first");
        for session in sessions {
            let known = &public[session["session_id"].as_str().expect("an id")];
            for key in [
                "session_id",
                "created_at",
                "last_activity",
                "port",
                "user_id",
                "full_name",
                "project_name",
            ] {
                assert_eq!(session[key], known[key], "{key}");
            }
            assert!(self.processes().contains(&session["pid"]), "{session}");
            assert_eq!(session["client_ip"], "127.0.0.1");
            assert_eq!(session["user_agent"], "phoebed-tests");
        }
        assert_eq!(sessions[0]["state"], "idle");
        assert_eq!(
            (&sessions[1]["state"], &sessions[1]["idle_seconds"]),
            (&"busy".into(), &json!(0.0))
        );
        assert_eq!(sessions[1]["running"]["command"], "run_compute");
        let table = self.ctl.ok(&["sessions", "list"]).stdout;
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        for title in ["SESSION", "USER", "STATE", "MEMORY", "AGE", "PORT", "PROJECT"] {
            assert!(lines[0].contains(title), "{table}");
        }
        let port = self.named.object["port"].to_string();
        for text in [self.named.id.as_str(), "idle ", "V471 Tau", &port] {
            assert!(lines[1].contains(text), "{text}: {table}");
        }
        assert!(lines[2].contains(&self.busy.id) && lines[2].contains("run_compute"), "{table}");
    }

    fn show(&self) {
        let shown = self.ctl.json(&["sessions", "show", &self.named.id]);
        self.form.check("get", "/v1/sessions/{id}", &shown);
        assert_eq!(shown["project_name"], "V471 Tau");
        self.ctl.ok(&["sessions", "show", &self.named.id]).says(&[
            &self.named.id,
            "V471 Tau",
            "idle ",
            "0 commands",
            "127.0.0.1",
            "phoebed-tests",
            &self.named.object["port"].to_string(),
            &shown["pid"].to_string(),
        ]);
    }

    fn logs(&self) {
        for command in [json!({ "command": "get_datasets" }), json!({ "command": "nonsense" })] {
            self.named.send(&command).expect(200);
        }
        let logs = self.ctl.json(&["sessions", "logs", &self.named.id]);
        self.form.check("get", "/v1/sessions/{id}/logs", &logs);
        let commands = logs["commands"].as_array().expect("a list");
        let told = |at: usize| (commands[at]["command"].clone(), commands[at]["success"].clone());
        assert_eq!(told(0), (json!("nonsense"), json!(false)), "the newest first");
        assert_eq!(told(1), (json!("get_datasets"), json!(true)));
        assert!(commands[0]["error_message"].is_string(), "{logs}");
        let newest = self.ctl.json(&["sessions", "logs", &self.named.id, "-n", "1"]);
        assert_eq!(newest["commands"], json!([commands[0]]));
        let done = self.ctl.ok(&["sessions", "logs", &self.named.id]);
        let lines: Vec<&str> = done.stdout.lines().collect();
        assert_eq!(lines.len(), 1 + commands.len(), "{done:?}");
        assert!(lines[1].contains("get_datasets") && lines[1].ends_with("ok"), "{done:?}");
        assert!(lines[2].contains("nonsense") && lines[2].contains("failed: "), "{done:?}");
    }

    fn ports(&self) {
        let ports = self.ctl.json(&["ports"]);
        self.form.check("get", "/v1/ports", &ports);
        let pool = self.daemon.ports().pool(5);
        assert_eq!((&ports["first"], &ports["last"]), (&pool.start.into(), &(pool.end - 1).into()));
        let in_use = ports["in_use"].as_array().expect("a list");
        let held = |holder: &str| in_use.iter().filter(|one| one["holder"] == holder).count();
        assert_eq!((held("session"), held("spare"), in_use.len()), (2, 1, 3), "{ports}");
        for session in [&self.named, &self.busy] {
            let is_it = |one: &&Value| one["session_id"] == session.id.as_str();
            let held = in_use.iter().find(is_it).expect("its port");
            assert_eq!(held["port"], session.object["port"]);
            assert!(self.processes().contains(&held["pid"]), "{held}");
        }
        let public = self.daemon.api().ports();
        assert_eq!(ports["counts"]["total"], public["total_ports"]);
        assert_eq!(ports["counts"]["reserved"], public["reserved_ports"]);
        let summary =
            format!("ports {} to {}: 3 available of 5, 2 reserved\n", pool.start, pool.end - 1);
        let done = self.ctl.ok(&["ports"]);
        assert!(done.stdout.starts_with(&summary), "{done:?}");
        done.says(&["PORT", "HOLDER", "PROCESS", "SESSION", "spare", &self.busy.id]);
    }

    fn config(&self) {
        let config = self.ctl.json(&["config", "show"]);
        self.form.check("get", "/v1/config", &config);
        let file = self.daemon.path().join("phoebed.toml");
        let entry = |key: &str| {
            let entries = config["entries"].as_array().expect("a list");
            let found = entries.iter().find(|entry| entry["key"] == key);
            found.unwrap_or_else(|| panic!("no {key}")).clone()
        };
        let port = entry("server.port");
        assert_eq!(port["value"], self.daemon.address().port().to_string());
        let line = port["origin"]["line"].as_u64().and_then(|line| usize::try_from(line).ok());
        let text = std::fs::read_to_string(&file).expect("the file");
        let line = text.lines().nth(line.expect("a line") - 1).expect("that line");
        assert_eq!(line, format!("port = {}", self.daemon.address().port()));
        assert_eq!(entry("session.queue_limit")["origin"], json!({ "from": "default" }));
        let secret = entry("auth.jwt_secret_key");
        let origin = json!({ "from": "environment", "variable": "PHOEBE_JWT_SECRET_KEY" });
        assert_eq!((&secret["origin"], &secret["secret"]), (&origin, &true.into()));
        assert_eq!(entry("auth.password")["secret"], true);
        let done = self.ctl.ok(&["config", "show"]);
        done.says(&[
            "server.port",
            "default",
            "environment PHOEBE_JWT_SECRET_KEY",
            &format!("{}:", file.display()),
        ]);
        for text in [config.to_string(), done.stdout, done.stderr] {
            assert!(!text.contains(SECRET), "a secret is shown");
        }
        let checked = self.ctl.ok(&["config", "check"]);
        checked.says(&[&format!("configuration ok: {}", file.display())]);
        assert!(!format!("{checked:?}").contains(SECRET));
    }

    fn processes(&self) -> Vec<Value> {
        children(self.daemon.pid()).iter().map(|process| process.pid.into()).collect()
    }
}
