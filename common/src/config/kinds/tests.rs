use std::fmt::Debug;
use std::time::Duration;

use proptest::prelude::*;
use toml::Value;

use super::*;
use crate::config::units::Mebibytes;

fn value(toml: &str) -> Value {
    let table: toml::Table = format!("value = {toml}").parse().unwrap();
    table["value"].clone()
}

/// What is accepted is written back as it was.
fn keeps<T>(kind: &impl Kind<T>, toml: &str) {
    let given = value(toml);
    let parsed = kind.parse(&given).unwrap_or_else(|reason| panic!("{toml} {reason}"));
    assert_eq!(kind.show(&parsed), given, "{toml}");
}

fn refuses<T: Debug>(kind: &impl Kind<T>, toml: &str, allowed: &str) {
    let reason = kind.parse(&value(toml)).expect_err(toml);
    assert!(reason.contains(allowed), "{toml}: {reason}");
}

#[test]
fn a_whole_number_is_taken_within_its_range_only() {
    keeps::<u16>(&Whole(1..=100), "1");
    keeps::<u16>(&Whole(1..=100), "100");
    for toml in ["0", "101", "-1", "1.0", "\"1\"", "true", "[1]"] {
        refuses::<u16>(&Whole(1..=100), toml, "whole number from 1 to 100");
    }
}

#[test]
fn a_limit_of_zero_is_no_limit() {
    assert_eq!(WholeOrNone(9).parse(&value("0")), Ok(None));
    assert_eq!(WholeOrNone(9).parse(&value("9")), Ok(Some(9)));
    keeps(&WholeOrNone(9), "0");
    refuses(&WholeOrNone(9), "10", "0 means no limit");
}

#[test]
fn seconds_may_have_a_fraction_and_are_never_negative_or_endless() {
    let kind = Seconds { from: 0.1 };
    assert_eq!(kind.parse(&value("0.25")), Ok(Duration::from_millis(250)));
    keeps(&kind, "300");
    keeps(&kind, "1.5");
    for toml in ["0", "-1", "inf", "nan", "1e10", "\"5\""] {
        refuses(&kind, toml, "seconds from 0.1 to 1000000000");
    }
    assert_eq!(SecondsOrNever.parse(&value("0")), Ok(None));
    assert_eq!(Minutes.parse(&value("2")), Ok(Duration::from_secs(120)));
    keeps(&Minutes, "1440");
}

#[test]
fn a_size_is_in_mebibytes() {
    assert_eq!(Megabytes(1..=9).parse(&value("2")).map(Mebibytes::bytes), Ok(2_097_152));
    refuses(&Megabytes(1..=9), "0", "from 1 to 9");
}

#[test]
fn a_host_is_an_address_or_localhost() {
    for toml in ["\"0.0.0.0\"", "\"::1\""] {
        keeps(&Host, toml);
    }
    assert_eq!(Host.parse(&value("\"localhost\"")), Ok([127, 0, 0, 1].into()));
    refuses(&Host, "\"lab.example.org\"", "IP address");
    refuses(&Host, "8001", "IP address");
}

#[test]
fn a_wrong_item_of_a_list_is_named() {
    keeps(&List(SocketAddress), "[\"0.0.0.0:80\", \"[::1]:8001\"]");
    refuses(&List(SocketAddress), "[\"0.0.0.0:80\", \"host\"]", "\"host\" must be an address");
    refuses(&List(SocketAddress), "\"0.0.0.0:80\"", "must be a list");
    keeps(&List(NetworkBlock), "[\"10.0.0.0/8\", \"::1\"]");
}

#[test]
fn an_origin_is_as_a_browser_sends_it() {
    keeps(&WebOrigin, "\"https://lab.example.org\"");
    keeps(&WebOrigin, "\"http://localhost:3000\"");
    for toml in ["\"*\"", "\"null\"", "\"https://lab.example.org/\"", "\"lab.example.org\"", "7"] {
        refuses(&WebOrigin, toml, "must be an origin");
    }
}

#[test]
fn command_names_are_separated_by_commas_and_spaces_do_not_matter() {
    let names = CommandNames.parse(&value("\" ping, get_value ,\""));
    assert_eq!(names, Ok(vec!["ping".to_owned(), "get_value".to_owned()]));
    keeps(&CommandNames, "\"\"");
    refuses(&CommandNames, "\"ping;get_value\"", "separated by commas");
}

#[test]
fn an_empty_text_is_none() {
    assert_eq!(OptionalText.parse(&value("\"\"")), Ok(None));
    keeps(&OptionalText, "\"\"");
    keeps(&OptionalSecret, "\"s3cret\"");
    refuses(&FilePath, "\"\"", "not empty");
}

proptest! {
    #[test]
    fn any_time_span_that_is_written_is_read_again(millis in 0_u64..1_000_000_000) {
        let span = Duration::from_millis(millis);
        let kind = Seconds { from: 0.0 };
        prop_assert_eq!(kind.parse(&kind.show(&span)), Ok(span));
    }
}
