//! Names with values, one to a line; the values begin in one column.

use unicode_width::UnicodeWidthStr;

use crate::style::{Cell, Style};

/// Names with values.
#[derive(Debug, Default)]
pub struct Fields(Vec<(&'static str, Cell)>);

impl Fields {
    /// Adds one.
    pub fn add(&mut self, name: &'static str, value: impl Into<Cell>) {
        self.0.push((name, value.into()));
    }

    /// The lines, never cut: values are there to be read whole.
    pub fn lines(&self, colours: bool) -> Vec<String> {
        let widest = self.0.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        let line = |(name, value): &(&str, Cell)| {
            let padding = " ".repeat(widest - name.width() + 2);
            let name = Cell::new(name).style(Style::Bold).painted(colours);
            format!("{name}{padding}{}", value.painted(colours)).trim_end().to_owned()
        };
        self.0.iter().map(line).collect()
    }
}
