use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::config::level::Level;

/// Formats with the lines that CPython 3.11's `logging.Formatter` makes of `with_record`'s
/// record.
const PYTHON: &[(&str, &str)] = &[
    (
        "%(asctime)s - %(name)s - %(levelname)s - %(message)s",
        "2026-11-22 20:38:06,123 - phoebed.sessions - WARNING - grüße",
    ),
    ("%(levelname)-8s|", "WARNING |"),
    ("%(levelname)8s|", " WARNING|"),
    ("%(message).4s|", "grüß|"),
    ("%(message)9.4s|", "     grüß|"),
    ("%(lineno)d", "123"),
    ("%(lineno)06d", "000123"),
    ("%(lineno)-6d|", "123   |"),
    ("%(lineno)+d", "+123"),
    ("%(lineno) d", " 123"),
    ("%(lineno).5d", "00123"),
    ("%(lineno)8.5d", "   00123"),
    ("%(lineno)x", "7b"),
    ("%(lineno)#x", "0x7b"),
    ("%(lineno)#010X", "0X0000007B"),
    ("%(msecs)03d", "123"),
    ("%(msecs)s", "123.0"),
    ("%(created).3f", "1795379886.123"),
    ("%(created)f", "1795379886.123000"),
    ("%(created)d", "1795379886"),
    ("100%% %(message)s", "100% grüße"),
    ("%(levelno)s", "30"),
    ("%(levelno)5.1f", " 30.0"),
    ("%(relativeCreated)d", "1500"),
    ("%(relativeCreated)s", "1500.0"),
    ("%(filename)s:%(lineno)d %(module)s", "sessions.rs:123 sessions"),
    ("%(process)d %(thread)d %(threadName)s %(processName)s", "42 7 main phoebed"),
    ("%(pathname)s", "phoebed/src/sessions.rs"),
    ("%(message)s %(message).s|", "grüße |"),
    ("%(lineno)-06d|", "123   |"),
    ("%(lineno)+06d", "+00123"),
    ("%(msecs)#.0f", "123."),
    ("%(levelname)08s|", " WARNING|"),
    ("%(message)s%(message)s", "grüßegrüße"),
];

fn with_record<T>(look: impl FnOnce(&Record<'_>) -> T) -> T {
    let created: Timestamp = "2026-11-22T20:38:06.123Z".parse().unwrap();
    look(&Record {
        created: &created.to_zoned(TimeZone::UTC),
        started: created - jiff::SignedDuration::from_millis(1500),
        name: "phoebed.sessions",
        level: Level::Warning,
        message: "grüße",
        process: 42,
        process_name: "phoebed",
        thread: 7,
        thread_name: "main",
        module: Some("phoebed::sessions"),
        file: Some("phoebed/src/sessions.rs"),
        line: Some(123),
    })
}

#[test]
fn lines_are_those_that_python_makes() {
    for (format, line) in PYTHON {
        let parsed = Format::parse(format).unwrap_or_else(|error| panic!("{format} {error}"));
        assert_eq!(with_record(|record| parsed.render(record)), *line, "{format}");
    }
}

#[test]
fn the_default_format_is_the_usual_one() {
    assert_eq!(Format::parse(DEFAULT), Ok(Format::default()));
    assert!(!Format::default().parts.is_empty());
}

#[test]
fn what_is_not_known_of_a_record_reads_as_in_python() {
    let format = Format::parse("%(filename)s %(pathname)s %(lineno)d %(funcName)s").unwrap();
    let line = with_record(|record| {
        format.render(&Record { module: None, file: None, line: None, ..record.clone() })
    });
    assert_eq!(line, "(unknown file) (unknown file) 0 (unknown function)");
}

#[test]
fn every_known_field_can_be_shown() {
    for (name, field) in field::Field::ALL {
        let line = Format::parse(&format!("%({name})s")).unwrap();
        assert!(!with_record(|record| line.render(record)).is_empty(), "{name}");
        let number = Format::parse(&format!("%({name})d"));
        assert_eq!(number.is_ok(), field.is_number(), "{name}");
    }
}

#[test]
fn mistakes_are_named_with_what_is_allowed() {
    let cases = [
        ("%(mesage)s", "unknown field \"mesage\"; known are asctime, created"),
        ("%(message)s 100%", "lone % at character 16"),
        ("%s", "lone % at character 1"),
        ("ä%s", "lone % at character 2"),
        ("%(message", "without its closing ) at character 1"),
        ("%(message)d", "bad conversion \"d\" for message: it is text and takes s"),
        ("%(lineno)q", "bad conversion \"q\" for lineno: it is a whole number"),
        ("%(created)x", "bad conversion \"x\" for created: it is a number"),
        ("%(message)", "bad conversion \"\" for message"),
        ("%(message)*s", "bad conversion \"*\" for message"),
        ("%(message)99999999999999999999s", "above 1000 for message"),
        ("%(message).1001s", "above 1000 for message"),
        ("no field at all 100%%", "no field"),
        ("", "no field"),
    ];
    for (format, reason) in cases {
        let error = Format::parse(format).expect_err(format).to_string();
        assert!(error.contains(reason), "{format}: {error}");
    }
}

#[test]
fn a_time_before_1970_still_has_its_milliseconds_right() {
    let created: Timestamp = "1969-12-31T23:59:59.250Z".parse().unwrap();
    assert_eq!(asctime(&created.to_zoned(TimeZone::UTC)), "1969-12-31 23:59:59,250");
}

/// Pieces of a format in any order, and anything else between them.
const PIECES: &str = r"(%|\(|\)|[-+ 0#.*]|[0-9]{1,4}|message|created|lineno|[sdfxXi]|ä|.){0,24}";

proptest! {
    #[test]
    fn no_text_makes_the_parser_or_the_renderer_panic(text in PIECES) {
        if let Ok(format) = Format::parse(&text) {
            with_record(|record| format.render(record));
        }
    }

    #[test]
    fn a_text_padded_to_a_width_has_it(width in 0_usize..200, left: bool) {
        let flag = if left { "-" } else { "" };
        let format = Format::parse(&format!("%(message){flag}{width}s")).unwrap();
        let line = with_record(|record| format.render(record));
        prop_assert_eq!(line.chars().count(), width.max(5));
    }
}
