//! As much of JSON Schema as the admin API's document uses; a member that is not described is a
//! fault too.

use serde_json::Value;

/// What is wrong with a value, each with its place.
pub fn check(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Checker { document, faults: &mut faults }.check(schema, value, "");
    faults
}

struct Checker<'a> {
    document: &'a Value,
    faults: &'a mut Vec<String>,
}

impl Checker<'_> {
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(rules) = schema.as_object() else {
            if schema == false {
                self.fault(at, "nothing is allowed here");
            }
            return;
        };
        for (rule, of) in rules {
            match rule.as_str() {
                "$ref" => {
                    let place = of.as_str().and_then(|place| place.strip_prefix('#'));
                    match place.and_then(|place| self.document.pointer(place)) {
                        Some(target) => self.check(&target.clone(), value, at),
                        None => self.fault(at, &format!("{of} is not in the document")),
                    }
                }
                "type" if !is_of(of, value) => self.fault(at, &format!("{value} is no {of}")),
                "enum" if of.as_array().is_some_and(|all| !all.contains(value)) => {
                    self.fault(at, &format!("{value} is none of {of}"));
                }
                "const" if of != value => self.fault(at, &format!("{value} is not {of}")),
                "oneOf" | "anyOf" => self.any(of, value, at),
                "allOf" => list(of).iter().for_each(|one| self.check(one, value, at)),
                "items" => {
                    for (index, item) in list(value).iter().enumerate() {
                        self.check(of, item, &format!("{at}/{index}"));
                    }
                }
                "required" if value.is_object() => {
                    for name in list(of).iter().filter_map(Value::as_str) {
                        if value.get(name).is_none() {
                            self.fault(at, &format!("{name} is missing"));
                        }
                    }
                }
                "properties" => self.members(schema, of, value, at),
                _ => {}
            }
        }
    }

    fn members(&mut self, schema: &Value, properties: &Value, value: &Value, at: &str) {
        let alone = ["oneOf", "anyOf", "allOf", "$ref"].iter().all(|it| schema.get(it).is_none());
        for (name, member) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            match properties.get(name) {
                Some(schema) => self.check(schema, member, &at),
                None if alone => self.fault(&at, "this member is not described"),
                None => {}
            }
        }
    }

    /// One of these must fit.
    fn any(&mut self, schemas: &Value, value: &Value, at: &str) {
        let tried: Vec<_> =
            list(schemas).iter().map(|schema| check(self.document, schema, value)).collect();
        if tried.iter().all(|faults| !faults.is_empty()) {
            self.fault(at, &format!("{value} fits none of {}: {tried:?}", list(schemas).len()));
        }
    }

    fn fault(&mut self, at: &str, what: &str) {
        self.faults.push(format!("{at}: {what}"));
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_of(kinds: &Value, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    if kinds.is_array() { list(kinds).iter().any(is) } else { is(kinds) }
}

#[test]
fn a_value_that_does_not_fit_its_description_is_noticed() {
    use serde_json::json;
    let document = json!({ "parts": { "port": { "type": ["integer", "null"] } } });
    let schema = json!({
        "type": "object", "required": ["port", "state"],
        "properties": {
            "port": { "$ref": "#/parts/port" },
            "state": { "oneOf": [{ "const": "idle" }, { "enum": ["busy"] }] },
            "list": { "items": { "type": "string" } },
        },
    });
    let faults = |value| check(&document, &schema, &value).len();
    assert_eq!(faults(json!({ "port": 1, "state": "idle", "list": ["a"] })), 0);
    assert_eq!(faults(json!({ "port": null, "state": "busy" })), 0);
    for wrong in [
        json!({ "port": 1.5, "state": "idle" }),
        json!({ "port": 1, "state": "gone" }),
        json!({ "port": 1 }),
        json!({ "port": 1, "state": "idle", "list": [1] }),
        json!({ "port": 1, "state": "idle", "undescribed": 1 }),
    ] {
        assert_eq!(faults(wrong.clone()), 1, "{wrong}");
    }
}
