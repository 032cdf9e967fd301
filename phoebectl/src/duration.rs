//! Spans of time as they are typed: `90`, `1.5s`, `500ms`, `1h30m`, `2d`.

use std::time::Duration;

/// The longest span that is taken: ten years, in seconds.
const MOST: f64 = 10.0 * 366.0 * 86_400.0;

/// Reads a span of time; a number alone is seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("{text:?} is no span of time; write for instance 500ms, 30s, 10m, 1h30m or 2d");
    if let Some(seconds) = number(text) {
        return within(seconds).ok_or_else(wrong);
    }
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let value = number(&rest[..digits]).ok_or_else(wrong)?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        seconds += value * unit(&rest[..letters]).ok_or_else(wrong)?;
        rest = rest[letters..].trim_start();
    }
    (!text.trim().is_empty()).then_some(seconds).and_then(within).ok_or_else(wrong)
}

fn number(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit());
    let digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    (plain && digits).then(|| text.parse().ok()).flatten()
}

fn unit(name: &str) -> Option<f64> {
    match name {
        "ms" => Some(1e-3),
        "s" | "sec" => Some(1.0),
        "m" | "min" => Some(60.0),
        "h" => Some(3_600.0),
        "d" => Some(86_400.0),
        _ => None,
    }
}

fn within(seconds: f64) -> Option<Duration> {
    (seconds <= MOST).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_span_is_read_as_people_write_it() {
        let ms = |text| parse_duration(text).unwrap().as_millis();
        assert_eq!(ms("30"), 30_000);
        assert_eq!(ms("0.2"), 200);
        assert_eq!(ms("500ms"), 500);
        assert_eq!(ms("1h"), 3_600_000);
        assert_eq!(ms("1h30m"), 5_400_000);
        assert_eq!(ms("2 d 1 s"), 172_801_000);
        assert_eq!(ms("10min"), 600_000);
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", " ", "h", "-1s", "1x", "1h30", "1..5s", "nan", "inf", "1e3", "9999999d"] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC*") {
            let _ = parse_duration(&text);
        }
    }
}
