//! Log lines in Python's notation: `%(asctime)s - %(name)s - %(levelname)s - %(message)s`.
//!
//! A format is taken apart once, with every mistake found then; rendering cannot fail.

mod field;
mod parse;
mod record;
mod render;

pub use field::Field;
pub use parse::FormatError;
pub use record::{Record, asctime};

use render::Conversion;

/// The usual format.
const DEFAULT: &str = "%(asctime)s - %(name)s - %(levelname)s - %(message)s";

/// A log line's format, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Field(Field, Conversion),
}

impl Format {
    /// Takes `source` apart.
    ///
    /// # Errors
    /// What Python would refuse too: an unknown field, a bad conversion, a lone `%`, no field.
    pub fn parse(source: &str) -> Result<Self, FormatError> {
        Ok(Self { source: source.to_owned(), parts: parse::parse(source)? })
    }

    /// The format as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The line for `record`, without a line end.
    pub fn render(&self, record: &Record<'_>) -> String {
        let mut line = String::with_capacity(96 + record.message.len());
        self.render_to(record, &mut line);
        line
    }

    /// Appends the line for `record`, without a line end.
    pub fn render_to(&self, record: &Record<'_>, line: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => line.push_str(text),
                Part::Field(field, conversion) => conversion.render(&field.value(record), line),
            }
        }
    }
}

impl Default for Format {
    fn default() -> Self {
        let parts = parse::parse(DEFAULT).unwrap_or_default();
        Self { source: DEFAULT.to_owned(), parts }
    }
}

#[cfg(test)]
mod tests;
