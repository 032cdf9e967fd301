//! Parameters of the client's own.

use phoebed_tests::{Cases, Daemon, Session, Settings};
use serde_json::{Value, json};

fn attach(session: &Session, parameters: &Value) -> Vec<Value> {
    let command = json!({ "command": "attach_parameters", "parameters": parameters });
    let result = session.result(&command);
    assert_eq!(result.as_object().map(serde_json::Map::len), Some(1));
    result["unique_ids"].as_array().expect("a list").clone()
}

fn by_id(session: &Session, id: &Value) -> Value {
    session.result(&json!({ "command": "get_parameter", "uniqueid": id }))
}

fn of_every_type() -> Value {
    json!([
        { "ptype": "choice", "qualifier": "colour", "value": "red", "choices": ["red", "blue"],
          "description": "a" },
        { "ptype": "int", "qualifier": "width", "value": 3, "limits": [1, 9], "description": "b" },
        { "ptype": "float", "qualifier": "height", "value": 1.5, "default_unit": "m",
          "description": "c" },
        { "ptype": "bool", "qualifier": "shown", "value": false, "description": "d" },
        { "ptype": "string", "qualifier": "title", "value": "V", "description": "e",
          "context": "figure" },
    ])
}

#[test]
fn attached_parameters_are_parameters_like_others() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let mut cases = Cases::new();
    let ids = attach(&session, &of_every_type());
    cases.case("their unique ids are answered in order", || {
        let wanted = of_every_type();
        assert_eq!(ids.len(), 5);
        for (id, wanted) in ids.iter().zip(wanted.as_array().expect("a list")) {
            let parameter = by_id(&session, id);
            for key in ["qualifier", "value", "description"] {
                assert_eq!(parameter[key], wanted[key], "{parameter}");
            }
            let context = wanted.get("context").cloned().unwrap_or(json!("ui"));
            assert_eq!(parameter["context"], context);
        }
    });
    cases.case("each has the class of its type", || {
        let classes: Vec<Value> =
            ids.iter().map(|id| by_id(&session, id)["Class"].clone()).collect();
        let expected = [
            "ChoiceParameter",
            "IntParameter",
            "FloatParameter",
            "BoolParameter",
            "StringParameter",
        ];
        assert_eq!(classes, expected);
    });
    cases.case("they can be set, within their limits and choices", || {
        let set = |twig: &str, value: Value| {
            json!({ "command": "set_value", "twig": twig, "value": value })
        };
        session.ok(&set("width@ui", json!(7)));
        session.ok(&set("colour@ui", json!("blue")));
        session.failure(&set("width@ui", json!(70)));
        session.failure(&set("colour@ui", json!("green")));
        assert_eq!(by_id(&session, &ids[1])["value"], 7);
        assert_eq!(by_id(&session, &ids[0])["value"], "blue");
    });
    cases.case("attached twice, they replace the earlier ones", || {
        let again = attach(&session, &of_every_type());
        for name in ["colour", "width", "height", "shown"] {
            let value = json!({ "command": "get_value", "qualifier": name, "context": "ui" });
            session.result(&value);
            let id = json!({ "command": "get_uniqueid", "twig": format!("{name}@ui") });
            assert!(again.contains(&session.result(&id)), "{name} is there once");
        }
        let width = json!({ "command": "get_value", "twig": "width@ui" });
        assert_eq!(session.result(&width), 3, "the value is the new one's");
    });
    cases.case("copies for each dataset appear", || {
        attach(
            &session,
            &json!([{ "ptype": "float", "qualifier": "offset", "value": 0.5,
            "description": "", "copy_for": { "kind": ["lc"], "dataset": "*" },
            "dataset": "_default" }]),
        );
        for label in ["lc01", "lc02"] {
            session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": label,
                "compute_phases": [0.0] }));
            let copy = json!({ "command": "get_value", "qualifier": "offset", "dataset": label });
            assert_eq!(session.result(&copy), 0.5);
        }
    });
    for (what, bad) in [
        ("no type", json!([{ "qualifier": "x", "value": 1 }])),
        ("an unknown type", json!([{ "ptype": "complex", "qualifier": "x", "value": 1 }])),
        ("no qualifier", json!([{ "ptype": "int", "value": 1, "description": "" }])),
        ("a value of another type", json!([{ "ptype": "int", "qualifier": "x", "value": "x" }])),
        ("no object", json!([7])),
        (
            "a good and a bad one",
            json!([
                { "ptype": "int", "qualifier": "good", "value": 1, "description": "" },
                { "ptype": "no", "qualifier": "x" },
            ]),
        ),
    ] {
        cases.case(format!("{what}: nothing is attached"), || {
            session.failure(&json!({ "command": "attach_parameters", "parameters": bad }));
            for name in ["x", "good"] {
                let id = json!({ "command": "get_uniqueid", "twig": format!("{name}@ui") });
                assert_eq!(session.result(&id), Value::Null);
            }
        });
    }
    cases.case("other keys are passed on unchecked", || {
        attach(
            &session,
            &json!([{ "ptype": "int", "qualifier": "extra", "value": 1,
            "description": "", "some_key": [1] }]),
        );
    });
    cases.case("none is none", || assert!(attach(&session, &json!([])).is_empty()));
    cases.finish();
    daemon.stop();
}
