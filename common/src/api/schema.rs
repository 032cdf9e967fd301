//! Adjustments of derived schemas and of the document that they end in.

use schemars::Schema;
use serde_json::Value;

/// Lists every property as required: an answer always has all its members, null where there is
/// nothing to say, whereas the derived schema takes an `Option` for a member that may be absent.
pub(crate) fn all_required(schema: &mut Schema) {
    let names: Vec<Value> = match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => properties.keys().map(|name| Value::from(name.as_str())).collect(),
        None => return,
    };
    schema.insert("required".to_owned(), Value::Array(names));
}

/// Joins the lines of every `description` in an OpenAPI document. They come from doc comments,
/// which are wrapped at the width of the source, and documentation pages show each line break.
/// Empty lines, lists and code blocks stay.
pub fn unwrap_descriptions(document: &mut Value) {
    match document {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value {
                    Value::String(text) if name == "description" => *text = unwrap_lines(text),
                    _ => unwrap_descriptions(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_descriptions),
        _ => {}
    }
}

fn unwrap_lines(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let (mut in_code, mut break_before) = (false, true);
    for line in text.lines() {
        let trimmed = line.trim();
        let fence = trimmed.starts_with("```");
        let item = ["- ", "* ", "| ", "#"].iter().any(|mark| trimmed.starts_with(mark));
        if !joined.is_empty() {
            let alone = break_before || in_code || fence || item || trimmed.is_empty();
            joined.push(if alone { '\n' } else { ' ' });
        }
        joined.push_str(if in_code && !fence { line } else { trimmed });
        in_code ^= fence;
        break_before = fence || trimmed.is_empty();
    }
    joined
}
