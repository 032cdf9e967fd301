//! The bodies are on the wire what the contract says.

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

fn session(project_name: &str) -> SessionObject {
    SessionObject {
        session_id: "5f0c8a52-5d0e-4b1c-9a53-0b7d7b1f3c1e".into(),
        created_at: 1.5,
        last_activity: 2.5,
        mem_used: 5.0,
        port: None,
        user_id: None,
        full_name: String::new(),
        project_name: Some(RawJson::from_text(project_name).expect("JSON")),
        status: SessionStatus::Hibernated,
        terminates_at: None,
        worker_died: None,
    }
}

/// The example of a type, read as that type and written again.
pub(crate) fn example_round_trip<T: JsonSchema + Serialize + DeserializeOwned>() {
    let schema = schema_for!(T);
    let example = schema.get("examples").expect("an example")[0].clone();
    let read: T = serde_json::from_value(example.clone()).expect("the example is of the type");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), example);
    for (name, property) in schema.get("properties").and_then(Value::as_object).expect("object") {
        assert!(property.get("description").is_some(), "{name} is described: {schema:?}");
    }
}

#[test]
fn every_body_has_an_example_and_described_fields() {
    example_round_trip::<AuthConfig>();
    example_round_trip::<EndSession>();
    example_round_trip::<ErrorBody>();
    example_round_trip::<Health>();
    example_round_trip::<LoginBody>();
    example_round_trip::<MemUsed>();
    example_round_trip::<PassbandsAnswer>();
    example_round_trip::<PortStatus>();
    example_round_trip::<Ready>();
    example_round_trip::<RegisterBody>();
    example_round_trip::<ServiceInfo>();
    example_round_trip::<SessionObject>();
    example_round_trip::<StartSessionBody>();
    example_round_trip::<TokenAnswer>();
    example_round_trip::<UserInfo>();
    example_round_trip::<ValidationErrorBody>();
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("JSON")
}

#[test]
fn fixed_bodies_are_written_as_the_contract_quotes_them() {
    assert_eq!(text(&Health::default()), r#"{"status":"ok"}"#);
    assert_eq!(
        text(&ServiceInfo::new("1.2.3")),
        r#"{"service":"phoebe-server","version":"1.2.3","status":"running"}"#
    );
    assert_eq!(text(&AuthConfig { mode: AuthMode::None }), r#"{"mode":"none"}"#);
    assert_eq!(text(&EndSession::default()), r#"{"success":true}"#);
    assert_eq!(text(&ErrorBody::new("Not Found")), r#"{"detail":"Not Found"}"#);
}

#[test]
fn a_session_says_null_where_there_is_nothing() {
    let mut session = session("1");
    session.project_name = None;
    let value = serde_json::to_value(session).expect("JSON");
    assert_eq!(value["port"], Value::Null);
    assert_eq!(value["user_id"], Value::Null);
    assert_eq!(value["full_name"], "");
    assert_eq!(value["project_name"], Value::Null);
    assert_eq!(value.as_object().map(serde_json::Map::len), Some(11));
}

#[test]
fn the_schema_of_a_session_requires_every_member_and_allows_null() {
    let schema = schema_for!(SessionObject);
    assert_eq!(schema.get("required").and_then(Value::as_array).map(Vec::len), Some(11));
    let port = &schema.get("properties").expect("properties")["port"];
    assert!(port["type"].as_array().is_some_and(|t| t.contains(&json!("null"))), "{port}");
}

#[test]
fn a_project_name_comes_back_byte_for_byte() {
    for name in [
        r#"{"b": 1.10, "a":[1e2 ,0.1000000000000000055],"b":2}"#,
        r#""\u00e9\/""#,
        "123456789012345678901234567890",
        "false",
    ] {
        let body: StartSessionBody =
            serde_json::from_str(&format!(r#"{{ "x": 1, "project_name":  {name} }}"#)).expect(name);
        assert_eq!(body.project_name.as_ref().map(RawJson::text), Some(name));
        let written = serde_json::to_string(&session(name)).expect("JSON");
        assert!(written.contains(&format!("\"project_name\":{name},")), "{written}");
    }
}

#[test]
fn the_last_of_duplicate_members_counts() {
    let body: StartSessionBody =
        serde_json::from_str(r#"{"project_name": 1, "project_name": 2}"#).expect("a body");
    assert_eq!(body.project_name, RawJson::from_text("2").ok());
    let body: LoginBody =
        serde_json::from_str(r#"{"email": 1, "password": "p", "email": "e"}"#).expect("a body");
    assert_eq!(body.email, "e");
}

#[test]
fn a_null_project_name_is_none() {
    let body: StartSessionBody = serde_json::from_str(r#"{"project_name": null}"#).expect("body");
    assert_eq!(body.project_name, None);
}

#[test]
fn what_is_not_json_is_refused_even_where_it_would_be_ignored() {
    for text in [
        r#"{"x": 1e999}"#,
        r#"{"x": NaN}"#,
        r#"{"project_name": [Infinity]}"#,
        r#"{"project_name": "\ud800"}"#,
        r#"{"project_name": [1,]}"#,
        r#"[1]"#,
    ] {
        assert!(serde_json::from_str::<StartSessionBody>(text).is_err(), "{text}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(serde_json::from_str::<WellFormed>(&deep).is_err(), "does not overflow the stack");
}

#[test]
fn a_register_body_tells_every_fault_at_its_place() {
    let members = json!({"email": 5, "first_name": null, "role": "admin"});
    let faults = RegisterBody::from_members(members.as_object().expect("an object"));
    let body = ValidationErrorBody { detail: faults.expect_err("three faults") };
    assert_eq!(
        serde_json::to_value(body).expect("JSON"),
        json!({"detail": [
            {"type": "string_type", "loc": ["body", "email"],
             "msg": "Input should be a valid string"},
            {"type": "missing", "loc": ["body", "password"], "msg": "Field required"},
            {"type": "string_type", "loc": ["body", "first_name"],
             "msg": "Input should be a valid string"},
        ]})
    );
}

#[test]
fn names_are_empty_unless_given_and_unknown_members_are_ignored() {
    let body: RegisterBody =
        serde_json::from_value(json!({"email": "e", "password": "p", "role": "admin"}))
            .expect("a body");
    assert_eq!((body.first_name.as_str(), body.last_name.as_str()), ("", ""));
}

#[test]
fn a_syntax_error_is_located_by_a_number() {
    let item = ValidationErrorItem::invalid_json(17, "expected value");
    assert_eq!(serde_json::to_value(&item).expect("JSON")["loc"], json!(["body", 17]));
    let read: ValidationErrorItem =
        serde_json::from_value(serde_json::to_value(&item).expect("JSON")).expect("an item");
    assert_eq!(read, item);
}

#[test]
fn passbands_are_sorted_and_grouped() {
    let answer = PassbandsAnswer::new(["Kepler:mean", "Johnson:V", "Johnson:B"]);
    assert_eq!(
        serde_json::to_value(answer).expect("JSON"),
        json!({"success": true, "result": {
            "passbands": ["Johnson:B", "Johnson:V", "Kepler:mean"],
            "grouped": {"Johnson": ["B", "V"], "Kepler": ["mean"]},
        }})
    );
}

#[test]
fn debug_shows_neither_passwords_nor_tokens() {
    let body: LoginBody =
        serde_json::from_value(json!({"email": "e", "password": "hush"})).expect("a body");
    let token: TokenAnswer = serde_json::from_value(json!({
        "access_token": "hush", "token_type": "bearer",
        "user": {"user_id": "1", "email": "e", "full_name": "", "role": "student"},
    }))
    .expect("an answer");
    let shown = format!("{body:?} {token:?}");
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("[hidden]"), "{shown}");
}

#[test]
fn descriptions_lose_the_line_breaks_of_the_source_alone() {
    let mut document = json!({"a": [{
        "description": "One\n sentence.\n\nItems:\n- a\n- b\n  c\n\n```\n x\n y\n```\nend",
        "title": "kept\nas it is",
    }]});
    unwrap_descriptions(&mut document);
    assert_eq!(
        document["a"][0]["description"],
        "One sentence.\n\nItems:\n- a\n- b c\n\n```\n x\n y\n```\nend"
    );
    assert_eq!(document["a"][0]["title"], "kept\nas it is");
}
