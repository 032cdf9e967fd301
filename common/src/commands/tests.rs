//! The types, the names and the examples say the same.

use std::collections::BTreeSet;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::*;

/// As aide makes its schemas.
fn schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft07().with(|settings| {
        settings.definitions_path = "#/components/schemas/".into();
    }));
    generator.root_schema_for::<WorkerCommand>().to_value()
}

fn variants() -> Vec<Value> {
    schema()["oneOf"].as_array().expect("a tagged enum is a oneOf").clone()
}

#[test]
fn every_variant_is_listed_by_name_and_titled_by_it() {
    let constants: Vec<Value> =
        variants().iter().map(|v| v["properties"]["command"]["const"].clone()).collect();
    let titles: Vec<Value> = variants().iter().map(|v| v["title"].clone()).collect();
    assert_eq!(constants, COMMAND_NAMES);
    assert_eq!(titles, COMMAND_NAMES);
}

#[test]
fn every_variant_is_described_inline_with_the_command_first_and_required() {
    for variant in variants() {
        let title = &variant["title"];
        assert_eq!(variant["type"], "object", "{title}");
        assert!(variant.get("$ref").is_none(), "{title}");
        assert!(!variant["description"].as_str().unwrap_or_default().is_empty(), "{title}");
        let first = variant["properties"].as_object().and_then(|p| p.keys().next()).cloned();
        assert_eq!(first.as_deref(), Some("command"), "{title}");
        assert!(variant["required"].as_array().is_some_and(|r| r.contains(&json!("command"))));
    }
}

#[test]
fn every_argument_is_described() {
    for variant in variants() {
        for (name, property) in variant["properties"].as_object().into_iter().flatten() {
            let described = property["description"].as_str().is_some_and(|d| !d.is_empty());
            assert!(described || name == "command", "{} {name}", variant["title"]);
        }
    }
}

#[test]
fn filters_allow_what_they_do_not_name() {
    for variant in variants() {
        let open = variant.get("additionalProperties").is_some_and(|a| a == &json!(true));
        if ["get_parameter", "get_value", "set_value", "add_dataset", "run_compute", "run_solver"]
            .contains(&variant["title"].as_str().unwrap_or_default())
        {
            assert!(open, "{variant:#}");
        }
    }
}

#[test]
fn every_command_has_an_example_under_its_name() {
    let names: Vec<&str> = examples().iter().map(|e| e.name).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(unique.len(), names.len(), "names are keys");
    for command in COMMAND_NAMES {
        let example = examples().into_iter().find(|e| e.name == command).expect(command);
        assert_eq!(example.request["command"], command);
    }
}

#[test]
fn every_example_reads_as_a_command_and_writes_as_it_was() {
    for example in examples() {
        let command: WorkerCommand =
            serde_json::from_value(example.request.clone()).expect(example.name);
        let written = serde_json::to_value(&command).expect(example.name);
        assert_eq!(numbers_as_floats(written), numbers_as_floats(example.request));
    }
}

#[test]
fn every_answer_reads_as_a_success_of_its_shape() {
    for example in examples() {
        let answer: WorkerAnswer =
            serde_json::from_value(example.answer.clone()).expect(example.name);
        let WorkerAnswer::Success(success) = &answer else { panic!("{} failed", example.name) };
        let typed = !matches!(success.result, CommandResult::Value(_));
        assert_eq!(typed, !example.name.starts_with("get_value"), "{}", example.name);
        assert_eq!(serde_json::to_value(&answer).expect(example.name), example.answer);
    }
}

#[test]
fn every_failure_reads_as_a_failure() {
    for (name, _, body) in failure_examples() {
        let answer: WorkerAnswer = serde_json::from_value(body).expect(name);
        assert!(matches!(answer, WorkerAnswer::Failure(_)), "{name}");
    }
}

#[test]
fn an_answer_reads_as_the_result_that_was_asked_for() {
    let text = r#"{"success":true,"result":{"model":{"lc01":
        {"times":[0.1],"phases":[0.1],"fluxes":[null]}}}}"#;
    let answer: WorkerAnswer<ComputeResult> = serde_json::from_str(text).expect("a model");
    let WorkerAnswer::Success(success) = answer else { panic!("failed") };
    let ModelDataset::LightCurve(curve) = &success.result.model["lc01"] else { panic!("no lc") };
    assert_eq!(curve.fluxes, [None], "NaN comes as null");
}

#[test]
fn a_ping_takes_no_argument() {
    assert!(serde_json::from_value::<WorkerCommand>(json!({"command":"ping","a":1})).is_err());
}

#[test]
fn a_morphology_is_read_in_any_case() {
    for text in ["Semi-Detached", "SEMI-DETACHED", "semi-detached"] {
        let command: WorkerCommand =
            serde_json::from_value(json!({"command": "change_morphology", "morphology": text}))
                .expect(text);
        let expected = SetMorphology { morphology: Morphology::SemiDetached };
        assert_eq!(command, WorkerCommand::ChangeMorphology(expected));
    }
}

#[test]
fn further_keywords_are_kept() {
    let request = json!({"command": "get_value", "twig": "teff@primary", "check_visible": false});
    let command: WorkerCommand = serde_json::from_value(request.clone()).expect("a command");
    let WorkerCommand::GetValue(GetValue { filters, .. }) = &command else { panic!("{command:?}") };
    assert_eq!(filters.others["check_visible"], false);
    assert_eq!(serde_json::to_value(&command).expect("JSON"), request);
}

/// 2 and 2.0 are one number; a typed field writes the latter.
fn numbers_as_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(numbers_as_floats).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, numbers_as_floats(value))).collect()
        }
        other => other,
    }
}
