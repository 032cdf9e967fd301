//! Renders one value under one conversion, as Python's `%` does.

use super::field::Value;

/// How a value becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `s`
    Text,
    /// `d`, `i`, `u`
    Decimal,
    /// `f`, `F`
    Fixed,
    /// `x`, `X`
    Hex { upper: bool },
}

/// Flags, width, precision and style of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conversion {
    pub(super) style: Style,
    /// `-`: pad on the right.
    pub(super) left: bool,
    /// `+`: a sign also before what is not negative.
    pub(super) plus: bool,
    /// ` `: a space there instead.
    pub(super) space: bool,
    /// `0`: pad numbers with zeros.
    pub(super) zero: bool,
    /// `#`: `0x` before hexadecimals, a point after a number without fraction.
    pub(super) alternate: bool,
    /// At least so many characters.
    pub(super) width: usize,
    /// Most characters of a text, fewest digits of a whole number, digits after the point.
    pub(super) precision: Option<usize>,
}

impl Conversion {
    pub(super) fn render(&self, value: &Value<'_>, line: &mut String) {
        match (self.style, value) {
            (Style::Text, Value::Text(text)) => self.text(text, line),
            (Style::Text, Value::Whole(number)) => self.text(&number.to_string(), line),
            (Style::Text, Value::Real(number)) => self.text(&format!("{number:?}"), line),
            (style, Value::Whole(number)) => self.number(style, *number as f64, *number, line),
            (style, Value::Real(number)) => self.number(style, *number, *number as i64, line),
            // The parser lets numbers alone have these styles.
            (_, Value::Text(text)) => self.text(text, line),
        }
    }

    fn text(&self, text: &str, line: &mut String) {
        let most = self.precision.unwrap_or(usize::MAX);
        let end = text.char_indices().nth(most).map_or(text.len(), |(offset, _)| offset);
        let text = &text[..end];
        if self.width == 0 {
            return line.push_str(text);
        }
        let padding = self.width.saturating_sub(text.chars().count());
        self.padded("", text, padding, ' ', line);
    }

    fn number(&self, style: Style, real: f64, whole: i64, line: &mut String) {
        let negative = match style {
            Style::Fixed => real.is_sign_negative(),
            Style::Text | Style::Decimal | Style::Hex { .. } => whole < 0,
        };
        let digits = self.digits(style, real.abs(), whole.unsigned_abs());
        let mut prefix = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
        .to_owned();
        if let (Style::Hex { upper }, true) = (style, self.alternate) {
            prefix.push_str(if upper { "0X" } else { "0x" });
        }
        let padding = self.width.saturating_sub(prefix.len() + digits.len());
        self.padded(&prefix, &digits, padding, if self.zero { '0' } else { ' ' }, line);
    }

    fn digits(&self, style: Style, real: f64, whole: u64) -> String {
        let fewest = self.precision.unwrap_or(0);
        match style {
            Style::Text | Style::Decimal => format!("{whole:0fewest$}"),
            Style::Hex { upper: false } => format!("{whole:0fewest$x}"),
            Style::Hex { upper: true } => format!("{whole:0fewest$X}"),
            Style::Fixed => {
                let places = self.precision.unwrap_or(6);
                let point = if self.alternate && places == 0 { "." } else { "" };
                format!("{real:.places$}{point}")
            }
        }
    }

    fn padded(&self, prefix: &str, text: &str, padding: usize, fill: char, line: &mut String) {
        let pad = |line: &mut String, c| line.extend(std::iter::repeat_n(c, padding));
        if !self.left && fill == ' ' {
            pad(line, ' ');
        }
        line.push_str(prefix);
        if !self.left && fill == '0' {
            pad(line, '0');
        }
        line.push_str(text);
        if self.left {
            pad(line, ' ');
        }
    }
}
