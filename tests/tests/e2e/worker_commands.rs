//! What every command has in common: how it is recognised, and how it fails.

use phoebed_tests::{Cases, Daemon, Settings, workspace};
use serde_json::{Value, json};

/// Sent as it is; the error that it must give.
const NOT_RECOGNISED: [(&str, &str); 10] = [
    (r#"{}"#, "None"),
    (r#"{"command":null}"#, "None"),
    (r#"{"command":"nonsense"}"#, "nonsense"),
    (r#"{"command":"Ping"}"#, "Ping"),
    (r#"{"command":"ping "}"#, "ping "),
    (r#"{"command":""}"#, ""),
    (r#"{"command":7}"#, "7"),
    (r#"{"command":true}"#, "True"),
    (r#"{"command":["ping"]}"#, "['ping']"),
    (r#"{"command":"__init__","x":1}"#, "__init__"),
];

/// Commands that PHOEBE or Python refuses, with a part of the message.
fn refused() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "command": "ping", "x": 1 }), "unexpected keyword argument 'x'"),
        (json!({ "command": "set_morphology" }), "missing"),
        (json!({ "command": "set_morphology", "morphology": "round" }), "round"),
        (json!({ "command": "change_morphology", "morphology": 7 }), "7"),
        (json!({ "command": "set_value", "qualifier": "teff", "component": "primary" }), "value"),
        (json!({ "command": "set_value", "qualifier": "teff", "value": 6000 }), ""),
        (json!({ "command": "set_value", "twig": "teff@primary@component", "value": "hot" }), ""),
        (json!({ "command": "get_value", "qualifier": "no_such_thing" }), ""),
        (json!({ "command": "get_parameter", "qualifier": "teff" }), ""),
        (json!({ "command": "add_dataset" }), ""),
        (json!({ "command": "add_dataset", "kind": "nonsense" }), ""),
        (json!({ "command": "remove_dataset" }), "dataset"),
        (json!({ "command": "run_compute" }), ""),
        (json!({ "command": "run_compute", "compute": "nowhere" }), ""),
        (json!({ "command": "run_solver", "solver": "nowhere" }), ""),
        (json!({ "command": "load_bundle" }), "bundle"),
        (json!({ "command": "get_uniqueid" }), "twig"),
        (json!({ "command": "update_uniqueid", "twig": 7 }), "twig"),
        (json!({ "command": "is_parameter_constrained" }), ""),
        (json!({ "command": "is_parameter_constrained", "twig": "nothing@at@all" }), ""),
        (json!({ "command": "attach_parameters" }), "parameters"),
        (json!({ "command": "attach_parameters", "parameters": {} }), "parameters"),
    ]
}

#[test]
fn a_message_that_is_no_good_gets_an_answer_and_never_costs_the_session() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let worker = daemon.worker(&session);
    let path = format!("/send/{}", session.id);
    let mut cases = Cases::new();
    cases.case("ping", || session.ping());
    for (body, name) in NOT_RECOGNISED {
        cases.case(format!("{body} is not recognised"), || {
            let answer = daemon.api().post_text(&path, body).expect(200).json();
            let error = format!("API does not recognize command {name}.");
            assert_eq!(answer, json!({ "success": false, "error": error }));
        });
    }
    cases.case("the last of duplicate commands counts", || {
        let body = r#"{"command":"nonsense","command":"ping"}"#;
        let answer = daemon.api().post_text(&path, body).expect(200).json();
        assert_eq!(answer["result"], json!({ "status": "ready" }));
    });
    let install_paths = [
        workspace().to_string_lossy().into_owned(),
        daemon.path().to_string_lossy().into_owned(),
        "site-packages".to_owned(),
        "/usr/lib/python".to_owned(),
        "/home/".to_owned(),
        "/root/".to_owned(),
    ];
    for (command, part) in refused() {
        cases.case(format!("{command} fails with its message and a traceback"), || {
            let failure = session.failure(&command);
            assert!(!failure.error.is_empty() && failure.error.contains(part), "{}", failure.error);
            let traceback = failure.traceback.expect("a traceback");
            assert!(traceback.contains("Traceback (most recent call last)"), "{traceback}");
            for path in &install_paths {
                assert!(!failure.error.contains(path), "{path} in {}", failure.error);
                assert!(!traceback.contains(path), "{path} in {traceback}");
            }
        });
    }
    cases.case("a traceback still tells where in PHOEBE it was", || {
        let command = json!({ "command": "get_parameter", "qualifier": "teff" });
        let traceback = session.failure(&command).traceback.expect("a traceback");
        assert!(traceback.contains("phoebe/parameters/parameters.py"), "{traceback}");
    });
    for hostile in [
        json!({ "command": "get_value", "twig": "__import__('os')._exit(1)" }),
        json!({ "command": "get_value", "qualifier": "teff", "check_visible": [[[]]] }),
        json!({ "command": "run_compute", "detach": true }),
        json!({ "command": "run_compute", "server": "elsewhere" }),
        json!({ "command": "add_dataset", "kind": "lc", "times": "exec", "func": "os.abort" }),
        json!({ "command": "set_value", "twig": "teff@primary@component",
            "value": { "nparray": "linspace", "start": 0, "stop": 1, "num": 3 } }),
        json!({ "command": "get_parameter", "self": 1 }),
        json!({ "command": "load_bundle", "bundle": "/etc/passwd" }),
    ] {
        cases.case(format!("{hostile} does no harm"), || {
            session.failure(&hostile);
            session.ping();
        });
    }
    cases.case("it is still the same worker", || assert_eq!(daemon.worker(&session), worker));
    cases.finish();
    daemon.stop();
}

#[test]
fn a_new_session_has_the_bundle_of_the_contract_and_others_of_other_morphologies() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let constrained = |qualifier: &str, component: &str| {
        let twig = format!("{qualifier}@{component}@component");
        session.result(&json!({ "command": "is_parameter_constrained", "twig": twig }))
    };
    let is_start_bundle = || {
        for (qualifier, component, expected) in [
            ("mass", "primary", false),
            ("mass", "secondary", false),
            ("q", "binary", true),
            ("sma", "binary", true),
            ("teff", "primary", false),
        ] {
            assert_eq!(constrained(qualifier, component), expected, "{qualifier}@{component}");
        }
        let dc = json!({ "command": "get_value", "qualifier": "fit_parameters", "solver": "dc" });
        assert_eq!(session.result(&dc), json!([]));
    };
    let teff = json!({ "command": "get_value", "twig": "teff@primary@component" });
    let heat = json!({ "command": "set_value", "twig": "teff@primary@component", "value": 7000 });
    let is_detached = || {
        assert_eq!(constrained("requiv", "secondary"), false);
        let envelope = json!({ "command": "get_uniqueid", "twig": "pot@contact_envelope" });
        assert_eq!(session.result(&envelope), Value::Null);
    };
    let mut cases = Cases::new();
    cases.case("detached is where a session begins", || {
        is_start_bundle();
        is_detached();
    });
    for name in ["set_morphology", "change_morphology"] {
        for morphology in ["semi-detached", "SEMI-Detached"] {
            cases.case(format!("{name} {morphology}"), || {
                session.ok(&heat);
                session.ok(&json!({ "command": name, "morphology": morphology }));
                is_start_bundle();
                assert_eq!(constrained("requiv", "secondary"), true);
                assert_eq!(session.result(&teff), 6000.0, "everything set before is gone");
            });
        }
        cases.case(format!("{name} contact"), || {
            session.ok(&json!({ "command": name, "morphology": "Contact" }));
            is_start_bundle();
            let pot = json!({ "command": "get_value", "twig": "pot@contact_envelope@component" });
            assert!(session.result(&pot).is_f64());
        });
        cases.case(format!("{name} detached"), || {
            session.ok(&json!({ "command": name, "morphology": "detached" }));
            is_start_bundle();
            is_detached();
        });
    }
    cases.case("a morphology that is refused changes nothing", || {
        session.ok(&heat);
        session.failure(&json!({ "command": "set_morphology", "morphology": "round" }));
        assert_eq!(session.result(&teff), 7000.0);
    });
    cases.case("new_bundle starts over", || {
        session.ok(&json!({ "command": "set_morphology", "morphology": "contact" }));
        session.ok(&json!({ "command": "new_bundle" }));
        is_start_bundle();
        is_detached();
        assert_eq!(session.result(&teff), 6000.0);
    });
    cases.case("sessions do not see each other's changes", || {
        let other = daemon.start_session();
        session.ok(&heat);
        assert_eq!(other.result(&teff), 6000.0);
    });
    cases.finish();
    daemon.stop();
}
