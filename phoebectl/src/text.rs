//! Numbers and times for people, and text that does not steer the terminal.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What stands for nothing.
pub const NOTHING: &str = "-";

/// The text with everything escaped that a terminal would obey: clients choose names of projects
/// and commands.
pub fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let steers = c.is_control() || is_direction(c);
            let escaped = steers.then(|| c.escape_default());
            escaped.into_iter().flatten().chain((!steers).then_some(c))
        })
        .collect()
}

/// Marks that change the direction of the text after them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A span of time, to two units: `3.4 s`, `12 min`, `3 h 12 min`, `2 d 4 h`.
pub fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 0.9995 {
        return format!("{:.0} ms", seconds * 1e3);
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{whole} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// How long ago: `just now`, `3 min ago`.
pub fn ago(now: f64, then: f64) -> String {
    let seconds = now - then;
    if seconds < 1.0 { "just now".to_owned() } else { format!("{} ago", span(seconds)) }
}

/// A time as date and time of day.
pub fn stamp(unix_seconds: f64, zone: &TimeZone) -> String {
    let milliseconds = Timestamp::from_millisecond((unix_seconds * 1e3).round() as i64);
    match milliseconds {
        Ok(time) => time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => format!("{unix_seconds}"),
    }
}

/// Memory: `5.1 MiB`, `290 MiB`, `7.8 GiB`.
pub fn memory(mib: f64) -> String {
    if mib < 9.95 {
        format!("{mib:.1} MiB")
    } else if mib < 1023.5 {
        format!("{mib:.0} MiB")
    } else {
        format!("{:.1} GiB", mib / 1024.0)
    }
}

/// A count with its noun: `1 session`, `2 sessions`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Reads how many are wanted, from 1 to `most`.
pub fn limit_up_to(most: usize, text: &str) -> Result<usize, String> {
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| format!("{text:?} is no number from 1 to {most}"))
}

/// What there is, or a dash.
pub fn or_nothing<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_at_most_two_units() {
        let spans = [0.0042, 0.9999, 3.44, 9.96, 59.4, 60.0, 3_599.0, 3_600.0, 11_520.0, 187_200.0];
        let texts: Vec<_> = spans.into_iter().map(span).collect();
        let expected = [
            "4 ms",
            "1.0 s",
            "3.4 s",
            "10 s",
            "59 s",
            "1 min",
            "59 min",
            "1 h",
            "3 h 12 min",
            "2 d 4 h",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn memory_has_a_fitting_unit() {
        let texts: Vec<_> = [0.0, 5.12, 290.4, 8_000.0].into_iter().map(memory).collect();
        assert_eq!(texts, ["0.0 MiB", "5.1 MiB", "290 MiB", "7.8 GiB"]);
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let evil = "a\u{1b}[31mb\nc\u{9b}d\u{202e}e";
        assert_eq!(printable(evil), "a\\u{1b}[31mb\\nc\\u{9b}d\\u{202e}e");
        assert_eq!(printable("AI Phœnicis ☆"), "AI Phœnicis ☆");
    }

    #[test]
    fn a_time_that_no_calendar_has_is_shown_as_it_is() {
        assert_eq!(stamp(1e30, &TimeZone::UTC), "1000000000000000000000000000000");
        assert_eq!(stamp(1_760_000_000.2, &TimeZone::UTC), "2025-10-09 08:53:20");
    }
}
