//! Commands on single parameters.

use phoebed_tests::{Cases, Daemon, Session, Settings};
use serde_json::{Value, json};

fn get(session: &Session, twig: &str) -> Value {
    session.result(&json!({ "command": "get_value", "twig": twig }))
}

fn set(session: &Session, twig: &str, value: &Value) {
    session.ok(&json!({ "command": "set_value", "twig": twig, "value": value }));
}

#[test]
fn parameters_are_read_set_and_found() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let teff = "teff@primary@component";
    let mut cases = Cases::new();
    cases.case("a parameter is told with what PHOEBE knows of it and its class", || {
        let command = json!({ "command": "get_parameter", "qualifier": "teff",
            "component": "primary", "context": "component" });
        let parameter = session.result(&command);
        for (key, value) in [
            ("qualifier", json!("teff")),
            ("component", json!("primary")),
            ("context", json!("component")),
            ("kind", json!("star")),
            ("value", json!(6000.0)),
            ("default_unit", json!("K")),
            ("Class", json!("FloatParameter")),
        ] {
            assert_eq!(parameter[key], value, "{key} of {parameter}");
        }
        assert!(parameter["uniqueid"].is_string() && parameter["description"].is_string());
    });
    cases.case("a parameter is found by any filter", || {
        let by_filters = json!({ "command": "get_parameter", "qualifier": "teff",
            "component": "primary", "context": "component" });
        let expected = session.result(&by_filters);
        let id = expected["uniqueid"].clone();
        for filter in [json!({ "uniqueid": id }), json!({ "twig": teff })] {
            let mut command = filter;
            command["command"] = json!("get_parameter");
            assert_eq!(session.result(&command), expected);
        }
    });
    for (twig, value) in [
        ("atm@primary@compute", json!("ck2004")),
        ("ntriangles@primary@compute", json!(1500)),
        ("irrad_method@compute", json!("horvat")),
        ("dynamics_method@compute", json!("keplerian")),
        ("incl@binary@component", json!(90.0)),
    ] {
        cases.case(format!("the value of {twig} has its type"), || {
            assert_eq!(get(&session, twig), value);
        });
    }
    for number in ["5777.123456789012", "6543.2100000000001", "4321", "1e4", "3600.0000000000005"] {
        cases.case(format!("{number} K comes back with every digit"), || {
            let path = format!("/send/{}", session.id);
            let body = format!(r#"{{"command":"set_value","twig":"{teff}","value":{number}}}"#);
            daemon.api().post_text(&path, body).expect(200);
            let exact: f64 = number.parse().expect("a number");
            assert_eq!(get(&session, teff).as_f64().map(f64::to_bits), Some(exact.to_bits()));
        });
    }
    cases.case("another unit is converted", || {
        let command = json!({ "command": "set_value", "twig": "period@binary@component",
            "value": 36, "unit": "h" });
        session.ok(&command);
        assert_eq!(get(&session, "period@binary@component"), 1.5);
        let hours =
            json!({ "command": "get_value", "twig": "period@binary@component", "unit": "h" });
        assert_eq!(session.result(&hours), 36.0);
    });
    cases.case("constrained parameters follow", || {
        set(&session, "mass@primary@component", &json!(2.0));
        set(&session, "mass@secondary@component", &json!(1.0));
        let q = get(&session, "q@binary@component").as_f64().expect("a number");
        assert!((q - 0.5).abs() < 1e-12, "{q}");
    });
    cases.case("a constrained parameter cannot be set", || {
        let command = json!({ "command": "set_value", "twig": "q@binary@component", "value": 0.7 });
        assert!(session.failure(&command).error.contains("constrain"));
    });
    cases.case("choices are held to", || {
        let twig = "atm@primary@compute";
        let bad = json!({ "command": "set_value", "twig": twig, "value": "air" });
        assert!(session.failure(&bad).error.contains("air"));
        set(&session, twig, &json!("blackbody"));
        assert_eq!(get(&session, twig), "blackbody");
    });
    cases.case("a unique id is the parameter's own", || {
        let parameter = session.result(&json!({ "command": "get_parameter", "twig": teff }));
        for name in ["get_uniqueid", "update_uniqueid"] {
            let id = session.result(&json!({ "command": name, "twig": teff }));
            assert_eq!(id, parameter["uniqueid"]);
        }
    });
    for twig in ["teff", "no@such@thing", "teff@primary@nowhere", ""] {
        cases.case(format!("there is no single unique id of {twig:?}"), || {
            for name in ["get_uniqueid", "update_uniqueid"] {
                let command = json!({ "command": name, "twig": twig });
                assert_eq!(session.result(&command), Value::Null);
            }
        });
    }
    cases.case("constrained or not is told by twig and by unique id", || {
        for (twig, expected) in [(teff, false), ("q@binary@component", true)] {
            let by_twig = json!({ "command": "is_parameter_constrained", "twig": twig });
            assert_eq!(session.result(&by_twig), expected);
            let id = session.result(&json!({ "command": "get_uniqueid", "twig": twig }));
            let by_id = json!({ "command": "is_parameter_constrained", "uniqueid": id });
            assert_eq!(session.result(&by_id), expected);
        }
    });
    cases.case("quantities and units are plain JSON", || {
        let command = json!({ "command": "get_parameter", "twig": "period@binary@component" });
        assert_eq!(session.result(&command)["default_unit"], "d");
    });
    cases.case("what is not a finite number is null", || {
        session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "gap",
            "times": [0.0, 1.0], "fluxes": [1.0, 2.0] }));
        let nan = json!({ "command": "attach_parameters", "parameters":
            [{ "ptype": "float", "qualifier": "nothing_yet", "value": null, "description": "" }] });
        // Whether PHOEBE takes null for a float is its affair; the session must live on.
        session.send(&nan).expect(200);
        session.ping();
    });
    cases.finish();
    daemon.stop();
}
