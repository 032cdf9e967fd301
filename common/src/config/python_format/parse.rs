//! Takes a format apart: `%` `(field)` flags width `.precision` conversion.

use super::Part;
use super::field::Field;
use super::render::{Conversion, Style};

/// Most characters that a width or a precision may ask for.
const WIDEST: usize = 1000;

/// Why a format is refused, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A field that log records do not have.
    #[error("has an unknown field {0:?}; known are {fields}", fields = field_names())]
    UnknownField(String),
    /// A `%` that starts no field.
    #[error("has a lone % at character {0}: write %(field)s, or %% for the sign itself")]
    LonePercent(usize),
    /// A field without its closing parenthesis.
    #[error("has a field without its closing ) at character {0}")]
    Unclosed(usize),
    /// A conversion that does not exist or does not suit the field.
    #[error("has a bad conversion {1:?} for {0}: {allowed}", allowed = allowed(*.2))]
    BadConversion(String, String, Allowed),
    /// A width or precision beyond all sense.
    #[error("has a width or precision above {WIDEST} for {0}")]
    TooWide(String),
    /// A format without any field.
    #[error("has no field: it needs at least %(message)s")]
    NoField,
}

/// What a field's value can be converted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A text.
    Text,
    /// A whole number.
    Whole,
    /// A number with a fraction.
    Real,
}

fn allowed(kind: Allowed) -> &'static str {
    match kind {
        Allowed::Text => "it is text and takes s",
        Allowed::Whole => "it is a whole number and takes s, d, x, X or f",
        Allowed::Real => "it is a number and takes s, d or f",
    }
}

fn field_names() -> String {
    Field::ALL.map(|(name, _)| name).join(", ")
}

pub(super) fn parse(source: &str) -> Result<Vec<Part>, FormatError> {
    let mut parts = Vec::new();
    let mut rest = source;
    let mut any_field = false;
    while let Some(start) = rest.find('%') {
        let (text, from_percent) = rest.split_at(start);
        push_text(&mut parts, text);
        let after = &from_percent[1..];
        let at = source.len() - from_percent.len();
        let position = source[..at].chars().count() + 1;
        if let Some(behind) = after.strip_prefix('%') {
            push_text(&mut parts, "%");
            rest = behind;
        } else if let Some(inside) = after.strip_prefix('(') {
            let (name, behind) = inside.split_once(')').ok_or(FormatError::Unclosed(position))?;
            let field =
                Field::named(name).ok_or_else(|| FormatError::UnknownField(name.to_owned()))?;
            let (conversion, behind) = conversion(name, field, behind)?;
            parts.push(Part::Field(field, conversion));
            any_field = true;
            rest = behind;
        } else {
            return Err(FormatError::LonePercent(position));
        }
    }
    push_text(&mut parts, rest);
    if any_field { Ok(parts) } else { Err(FormatError::NoField) }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// Reads what follows `%(name)`, and gives the text behind it too.
fn conversion<'a>(
    name: &str,
    field: Field,
    text: &'a str,
) -> Result<(Conversion, &'a str), FormatError> {
    let flags_end = text.find(|c| !"-+ 0#".contains(c)).unwrap_or(text.len());
    let (flags, rest) = text.split_at(flags_end);
    let (width, rest) = number(rest);
    let (precision, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (digits, rest) = number(rest);
            // Python reads a point without digits as 0.
            (Some(digits.unwrap_or(Ok(0))), rest)
        }
        None => (None, rest),
    };
    let too_wide = |_| FormatError::TooWide(name.to_owned());
    let width = width.transpose().map_err(too_wide)?.unwrap_or(0);
    let precision = precision.transpose().map_err(too_wide)?;

    let letter = rest.chars().next();
    let style = match letter {
        Some('s') => Some(Style::Text),
        Some('d' | 'i' | 'u') if field.is_number() => Some(Style::Decimal),
        Some('f' | 'F') if field.is_number() => Some(Style::Fixed),
        Some('x') if field.is_whole() => Some(Style::Hex { upper: false }),
        Some('X') if field.is_whole() => Some(Style::Hex { upper: true }),
        _ => None,
    };
    let Some(style) = style else {
        let letter = letter.map(String::from).unwrap_or_default();
        let kind = match (field.is_whole(), field.is_number()) {
            (true, _) => Allowed::Whole,
            (false, true) => Allowed::Real,
            (false, false) => Allowed::Text,
        };
        return Err(FormatError::BadConversion(name.to_owned(), letter, kind));
    };
    let conversion = Conversion {
        style,
        left: flags.contains('-'),
        plus: flags.contains('+'),
        space: flags.contains(' '),
        zero: flags.contains('0'),
        alternate: flags.contains('#'),
        width,
        precision,
    };
    Ok((conversion, &rest[1..]))
}

/// Digits at the start as a number, unless it is above [`WIDEST`], and the text behind them.
fn number(text: &str) -> (Option<Result<usize, ()>>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let number = digits.parse().ok().filter(|number| *number <= WIDEST).ok_or(());
    ((!digits.is_empty()).then_some(number), rest)
}
