//! Bodies of answers that are not 200.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The body of every error but 422.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = ErrorBody { detail: "Session not found".into() })]
pub struct ErrorBody {
    /// What is wrong, for people; clients may show it.
    pub detail: String,
}

impl ErrorBody {
    /// An error with that text.
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }
}

/// The body of a 422: everything that is wrong with the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = ValidationErrorBody {
    detail: vec![ValidationErrorItem::missing("password")],
})]
pub struct ValidationErrorBody {
    /// One item per fault.
    pub detail: Vec<ValidationErrorItem>,
}

impl From<ValidationErrorItem> for ValidationErrorBody {
    fn from(item: ValidationErrorItem) -> Self {
        Self { detail: vec![item] }
    }
}

/// One fault of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValidationErrorItem {
    /// Its kind, for programs: `missing`, `string_type`, `dict_type`, `model_attributes_type`,
    /// `json_invalid`, `literal_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is: `["body"]`, `["body", field]`, `["query", parameter]`, or `["body", offset]` for a syntax error.
    pub loc: Vec<LocPart>,
    /// What it is, for people.
    pub msg: String,
}

impl ValidationErrorItem {
    /// There is no body where one is needed.
    pub fn missing_body() -> Self {
        Self::new("missing", vec!["body".into()], "Field required")
    }

    /// A field of the body is missing.
    pub fn missing(field: &str) -> Self {
        Self::new("missing", vec!["body".into(), field.into()], "Field required")
    }

    /// A field of the body is not a string.
    pub fn not_a_string(field: &str) -> Self {
        let loc = vec!["body".into(), field.into()];
        Self::new("string_type", loc, "Input should be a valid string")
    }

    /// The body is not a JSON object (or not sent as one).
    pub fn not_an_object() -> Self {
        Self::new("dict_type", vec!["body".into()], "Input should be a valid dictionary")
    }

    /// The body of an auth request is not a JSON object (or not sent as one).
    pub fn not_attributes() -> Self {
        let msg = "Input should be a valid dictionary or object to extract fields from";
        Self::new("model_attributes_type", vec!["body".into()], msg)
    }

    /// The body is not JSON; the fault is `offset` into it.
    pub fn invalid_json(offset: u64, why: impl fmt::Display) -> Self {
        let loc = vec!["body".into(), LocPart::Index(offset)];
        Self::new("json_invalid", loc, format!("JSON decode error: {why}"))
    }

    /// A parameter of the query is none of the words that it may be.
    pub fn not_one_of(parameter: &str, words: &[&str]) -> Self {
        let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        let loc = vec!["query".into(), parameter.into()];
        Self::new("literal_error", loc, format!("Input should be {}", words.join(" or ")))
    }

    /// A parameter of the query is no number of seconds, from 0 to the most.
    pub fn not_seconds(parameter: &str, most: f64) -> Self {
        let loc = vec!["query".into(), parameter.into()];
        let msg = format!("Input should be a number of seconds from 0 to {most}");
        Self::new("float_parsing", loc, msg)
    }

    /// A header is not visible text of at most so many characters.
    pub fn header(name: &str, most: usize) -> Self {
        let loc = vec!["header".into(), name.into()];
        let msg = format!("Input should be 1 to {most} visible ASCII characters");
        Self::new("string_too_long", loc, msg)
    }

    fn new(kind: &str, loc: Vec<LocPart>, msg: impl Into<String>) -> Self {
        Self { kind: kind.into(), loc, msg: msg.into() }
    }
}

/// A step on the way to a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum LocPart {
    /// `body`, or the name of a member.
    Name(String),
    /// A place in a list, or in the text of the body; counted from 0.
    Index(u64),
}

impl From<&str> for LocPart {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}
