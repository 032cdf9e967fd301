//! The API's description of itself.

use std::collections::BTreeSet;

use phoebed_tests::{Cases, Daemon, Settings};
use serde_json::{Value, json};

/// Every route with its method.
const OPERATIONS: [(&str, &str); 25] = [
    ("/", "get"),
    ("/health", "get"),
    ("/ready", "get"),
    ("/auth/config", "get"),
    ("/auth/me", "get"),
    ("/auth/register", "post"),
    ("/auth/login", "post"),
    ("/auth/change-password", "post"),
    ("/auth/logout-everywhere", "post"),
    ("/auth/delete-account", "post"),
    ("/system/passbands", "get"),
    ("/dash/sessions", "get"),
    ("/dash/sessions/{session_id}/hibernate", "post"),
    ("/dash/start-session", "post"),
    ("/dash/end-session/{session_id}", "post"),
    ("/dash/session-memory", "get"),
    ("/dash/session-memory/{session_id}", "post"),
    ("/dash/port-status", "get"),
    ("/send/{session_id}", "post"),
    ("/dash/sessions/{session_id}/jobs", "post"),
    ("/dash/sessions/{session_id}/jobs", "get"),
    ("/dash/jobs/{job_id}", "get"),
    ("/dash/jobs/{job_id}", "delete"),
    ("/dash/jobs/{job_id}/result", "get"),
    ("/dash/jobs/{job_id}/events", "get"),
];
const COMMANDS: [&str; 19] = [
    "ping",
    "set_morphology",
    "get_parameter",
    "get_value",
    "set_value",
    "add_dataset",
    "remove_dataset",
    "get_datasets",
    "run_compute",
    "run_solver",
    "get_bundle",
    "save_bundle",
    "load_bundle",
    "get_uniqueid",
    "update_uniqueid",
    "is_parameter_constrained",
    "attach_parameters",
    "change_morphology",
    "new_bundle",
];

/// Every `$ref` below a value.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Every constant `command` below a value.
fn commands<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            let constant = members.get("properties").map(|of| &of["command"]["const"]);
            found.extend(constant.and_then(Value::as_str));
            members.values().for_each(|member| commands(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| commands(item, found)),
        _ => {}
    }
}

#[test]
fn the_openapi_document_describes_every_route_and_command() {
    let daemon = Daemon::start_cold(Settings::new());
    let document = daemon.api().get("/openapi.json").expect(200).json();
    let mut cases = Cases::new();
    cases.case("it is OpenAPI 3.1 of this version", || {
        assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    });
    cases.case("it has every route and no other", || {
        let paths = document["paths"].as_object().expect("paths");
        let described: BTreeSet<(&str, &str)> = paths
            .iter()
            .flat_map(|(path, operations)| {
                let methods = operations.as_object().expect("operations").keys();
                methods.map(move |method| (path.as_str(), method.as_str()))
            })
            .collect();
        assert_eq!(described, OPERATIONS.into_iter().collect());
    });
    for (path, method) in OPERATIONS {
        let operation = &document["paths"][path][method];
        cases.case(format!("{path} has a summary and a 200"), || {
            assert!(operation["summary"].is_string(), "{operation}");
            assert!(operation["responses"].is_object(), "{operation}");
        });
        cases.case(format!("the parameters of {path} have their names"), || {
            let named =
                |one: &Value| (one["name"].clone(), one["in"].clone(), one["required"].clone());
            let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or(&[]);
            let parameters: Vec<_> = parameters.iter().map(named).collect();
            let expected = (json!("session_id"), json!("path"), json!(true));
            let scope = (json!("scope"), json!("query"), Value::Null);
            let optional = |name: &str, place: &str| (json!(name), json!(place), Value::Null);
            let job = (json!("job_id"), json!("path"), json!(true));
            let wanted = match path {
                "/dash/sessions" => vec![scope],
                "/send/{session_id}" => vec![expected, optional("timeout", "query")],
                "/dash/sessions/{session_id}/jobs" if method == "post" => {
                    vec![expected, optional("Idempotency-Key", "header")]
                }
                "/dash/jobs/{job_id}/events" => vec![job, optional("wait", "query")],
                path if path.contains("{job_id}") => vec![job],
                path if path.contains('{') => vec![expected],
                _ => vec![],
            };
            assert_eq!(parameters, wanted);
        });
    }
    cases.case("every reference leads somewhere", || {
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').expect("a reference within the document");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    });
    cases.case("every command of a worker is typed", || {
        let mut found = BTreeSet::new();
        commands(&document, &mut found);
        assert_eq!(found, COMMANDS.into_iter().collect());
    });
    cases.case("every command has an example", || {
        let body = &document["paths"]["/send/{session_id}"]["post"]["requestBody"];
        let examples = body["content"]["application/json"]["examples"].as_object();
        let shown: BTreeSet<&str> = examples
            .expect("examples")
            .values()
            .map(|example| example["value"]["command"].as_str().expect("a command"))
            .collect();
        assert_eq!(shown, COMMANDS.into_iter().collect());
    });
    cases.finish();
    daemon.stop();
}
