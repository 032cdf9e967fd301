//! Makes clients' texts and numbers fit for a database that people look at in a terminal.

use super::status::unix_now;

/// The longest `error_message` and `project_name`, in bytes.
pub(super) const LONG: usize = 4096;
/// The longest `user_agent`, `full_name`, `exit_detail` and audit detail.
pub(super) const MEDIUM: usize = 512;
/// The longest id, address, name, role, label, command name, status and reason.
pub(super) const SHORT: usize = 256;

/// At most `limit` bytes (a cut is marked with `…`), white space as blanks, and no other
/// character that a terminal would act on.
pub(super) fn bounded(text: &str, limit: usize) -> String {
    cut(text, limit).0
}

/// A JSON text stays one: where it is too long, it becomes a JSON string of its beginning.
pub(super) fn bounded_json(text: &str) -> String {
    let (whole, false) = cut(text, LONG) else {
        let start = bounded(text, LONG / 2 - 2);
        return format!("\"{}\"", start.replace('\\', "\\\\").replace('"', "\\\""));
    };
    whole
}

/// The text within its limit, and whether that needed a cut.
fn cut(text: &str, limit: usize) -> (String, bool) {
    const MARK: char = '…';
    let mut out = String::with_capacity(text.len().min(limit));
    for c in text.chars().map(neutral) {
        if out.len() + c.len_utf8() > limit {
            while out.len() + MARK.len_utf8() > limit && out.pop().is_some() {}
            if MARK.len_utf8() <= limit {
                out.push(MARK);
            }
            return (out, true);
        }
        out.push(c);
    }
    (out, false)
}

/// NaN would become NULL, and infinity breaks comparisons: zero instead.
pub(super) fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

/// A time that is none becomes now.
pub(super) fn time(seconds: f64) -> f64 {
    if seconds.is_finite() { seconds } else { unix_now() }
}

fn neutral(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        // Direction overrides make a text look like another one.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}
