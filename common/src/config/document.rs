//! TOML text taken apart into keys with their lines.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use toml::Value;
use toml::de::{DeTable, DeValue, Error};

use super::problem::{Origin, Problem, shown_name};

/// A value as it was given, not yet checked.
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Keys such as `server.port` with what was given for them. An empty table stands under its own
/// name, so that a misspelt section without keys is still seen.
pub(super) type Document = BTreeMap<String, Given>;

/// Takes `text` apart; `path` is only for saying where things stand.
pub(super) fn parse(text: &str, path: &Path) -> Result<Document, Vec<Problem>> {
    // Some editors put a byte order mark in front, which TOML does not allow for.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source { text, path: Arc::new(path.to_path_buf()) };
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| source.syntax_problem(error)).collect());
    }
    let mut document = Document::new();
    source.flatten("", table.get_ref(), &mut document);
    Ok(document)
}

struct Source<'a> {
    text: &'a str,
    path: Arc<std::path::PathBuf>,
}

impl Source<'_> {
    fn flatten(&self, prefix: &str, table: &DeTable<'_>, document: &mut Document) {
        for (name, value) in table.iter() {
            let shown = shown_name(name.get_ref());
            let key = if prefix.is_empty() { shown } else { format!("{prefix}.{shown}") };
            match value.get_ref() {
                DeValue::Table(inner) if !inner.is_empty() => self.flatten(&key, inner, document),
                other => {
                    let origin = self.origin(name.span().start);
                    document.insert(key, Given { value: plain(other), origin });
                }
            }
        }
    }

    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Origin::File { path: Arc::clone(&self.path), line }
    }

    fn syntax_problem(&self, error: &Error) -> Problem {
        let offset = error.span().map_or(0, |span| span.start);
        let reason = format!("not valid TOML: {}", error.message());
        Problem { origin: self.origin(offset), key: None, value: None, reason }
    }
}

/// The value without its position. A number too large for TOML's types becomes text, which no
/// key that wants a number takes.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
            .map_or_else(|_| Value::String(digits.to_string()), Value::Integer),
        DeValue::Float(digits) => {
            digits.as_str().parse().map_or_else(|_| Value::String(digits.to_string()), Value::Float)
        }
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => Value::Table(
            table
                .iter()
                .map(|(name, value)| (name.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        ),
    }
}
