//! Text with a colour.

use crate::text::printable;

/// How a text stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// It does not.
    Plain,
    /// A heading.
    Bold,
    /// Of less interest.
    Dim,
    /// All is well.
    Good,
    /// Worth a look.
    Warning,
    /// Broken.
    Bad,
}

impl Style {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Good => Some("32"),
            Self::Warning => Some("33"),
            Self::Bad => Some("31"),
        }
    }
}

/// A text with its style. It can be printed as it is: what could steer the terminal is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Plain text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: printable(text.as_ref()), style: Style::Plain }
    }

    /// The same in another style.
    pub fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The text alone.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, with colours if wanted.
    pub fn painted(&self, colours: bool) -> String {
        self.paint(&self.text, colours)
    }

    /// Another text in this one's style.
    pub fn paint(&self, text: &str, colours: bool) -> String {
        match self.style.code() {
            Some(code) if colours => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}
