//! No route forgets its check: every operation of both APIs' documents is tried without
//! credentials, and with somebody else's.

use std::collections::BTreeSet;

use phoebed_tests::{Answer, Api, Cases, Daemon, Job};
use serde_json::Value;

use crate::user::{User, jwt};

/// What is open to everybody, by the contract.
const OPEN: [&str; 7] = [
    "get /",
    "get /health",
    "get /ready",
    "get /auth/config",
    "post /auth/register",
    "post /auth/login",
    // Mode none aside, these are the same for all: the description and its pages.
    "get /openapi.json",
];

/// Method and path of every operation.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let of = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
        let methods = item.as_object().expect("operations").keys();
        let methods = methods
            .filter(|name| ["get", "post", "put", "delete", "patch"].contains(&name.as_str()));
        methods.map(|method| (method.clone(), path.clone())).collect()
    };
    paths.iter().flat_map(of).collect()
}

fn ask(api: &Api, method: &str, path: &str) -> Answer {
    let request = api.request(&method.to_uppercase(), path);
    match method {
        "get" => request.run(),
        _ => request.header("content-type", "application/json").body("{}").run(),
    }
}

#[test]
fn every_operation_of_the_public_api_asks_who_one_is() {
    let daemon = Daemon::start(jwt());
    let api = daemon.api();
    let document = api.get("/openapi.json").expect(200).json();
    let ada = User::new(api, "ada@example.org");
    let session = ada.api.start_session();
    let job = Job::submit(&session, &serde_json::json!({ "command": "ping" }));
    job.wait_for("succeeded");
    let bob = User::new(api, "bob@example.org");
    let mut cases = Cases::new();
    let mut open = BTreeSet::new();
    for (method, path) in operations(&document) {
        let name = format!("{method} {path}");
        let operation = &document["paths"][&path][&method];
        let filled = path.replace("{session_id}", &session.id).replace("{job_id}", &job.id);
        if OPEN.contains(&name.as_str()) {
            open.insert(name);
            continue;
        }
        cases.case(format!("{name}: it is described as closed"), || {
            assert_eq!(operation["security"], serde_json::json!([{ "bearer": [] }]));
        });
        cases.case(format!("{name}: without credentials"), || {
            ask(api, &method, &filled).expect(401);
            ask(&api.with_token("x.y.z"), &method, &filled).expect(401);
        });
        if filled != path {
            cases.case(format!("{name}: with another user's"), || {
                ask(&bob.api, &method, &filled).expect(403);
            });
        }
    }
    cases.case("what is open is there", || assert_eq!(open.len(), OPEN.len() - 1, "{open:?}"));
    session.ping();
    session.end();
    daemon.stop();
    cases.finish();
}

#[test]
fn every_change_by_the_admin_api_asks_who_one_is() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: only root may change users, to one whom the API does not know");
        return;
    }
    let daemon = Daemon::start_cold(jwt());
    let socket = daemon.path().join("admin.sock");
    // The socket lets everybody in here: what is asked is whether the API looks again.
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(&socket, all).expect("its permissions");
    let ask = |method: &str, path: &str, nobody: bool| {
        let mut command = std::process::Command::new("/usr/bin/setpriv");
        let id = if nobody { "65534" } else { "0" };
        command.args([&format!("--reuid={id}"), &format!("--regid={id}"), "--clear-groups", "--"]);
        command.arg(phoebed_tests::python()).args(["-c", EXCHANGE]).arg(&socket);
        let output = command.args([&method.to_uppercase(), path]).output().expect("python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let (_, body) = {
        let answer = ask("get", "/v1/openapi.json", false);
        let (status, body) = answer.split_once('\n').expect("a status and a body");
        (status.to_owned(), body.to_owned())
    };
    let document: Value = serde_json::from_str(&body).expect("JSON");
    let mut cases = Cases::new();
    for (method, path) in operations(&document) {
        let filled = path.replace("{id}", "x").replace("{user}", "1");
        cases.case(format!("{method} {path} by nobody in particular"), || {
            let answer = ask(&method, &filled, true);
            let is_refused = answer.starts_with("403\n");
            assert_eq!(is_refused, method != "get", "{answer}");
        });
    }
    daemon.wait_until_ready();
    daemon.stop();
    cases.finish();
}

/// A request over a Unix socket, from a process of any user.
const EXCHANGE: &str = "
import http.client, socket, sys
class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
connection = Unix('x')
connection.request(sys.argv[2], sys.argv[3])
answer = connection.getresponse()
print(answer.status)
print(answer.read().decode())
";
