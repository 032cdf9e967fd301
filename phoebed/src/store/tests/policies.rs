//! The pure rules: filters, texts, time to keep.

use proptest::prelude::*;

use crate::store::CommandFilter;
use crate::store::prune::cutoff;
use crate::store::text::{LONG, bounded, bounded_json};

#[test]
fn ping_is_not_logged_by_default() {
    assert!(!CommandFilter::default().keeps("ping"));
    assert!(CommandFilter::default().keeps("run_compute"));
}

#[test]
fn the_config_files_lists_may_have_blanks_and_empty_names() {
    let filter = CommandFilter::parse(" , ", " ping,, get_value ,");
    assert!(!filter.keeps("get_value") && !filter.keeps("ping") && filter.keeps(""));
}

#[test]
fn no_number_of_days_keeps_everything() {
    assert_eq!(cutoff(1e9, None), None);
    assert_eq!(cutoff(1e9, Some(1)), Some(1e9 - 86_400.0));
}

#[test]
fn a_json_text_that_is_cut_is_still_json() {
    assert_eq!(bounded_json("{\"a\":\n1}"), "{\"a\": 1}");
    let long = bounded_json(&format!("[\"{}\"]", "\\\\".repeat(LONG)));
    assert!(long.starts_with("\"[\\\"") && long.ends_with("…\"") && long.len() <= LONG);
}

proptest! {
    #[test]
    fn an_include_list_decides_alone_and_otherwise_the_exclude_list_does(
        include in prop::collection::vec("[a-c]{1,2}", 0..4),
        exclude in prop::collection::vec("[a-c]{1,2}", 0..4),
        name in "[a-c]{1,2}",
    ) {
        let filter = CommandFilter::new(&include, &exclude);
        let expected = match include.is_empty() {
            true => !exclude.contains(&name),
            false => include.contains(&name),
        };
        prop_assert_eq!(filter.keeps(&name), expected);
        prop_assert_eq!(CommandFilter::parse(&include.join(","), &exclude.join(" , ")), filter);
    }

    #[test]
    fn texts_are_short_and_harmless_to_a_terminal(text in any::<String>(), limit in 0..64_usize) {
        let out = bounded(&text, limit);
        prop_assert!(out.len() <= limit);
        let overrides = '\u{202a}'..='\u{202e}';
        prop_assert!(!out.chars().any(|c| c.is_control() || overrides.contains(&c)));
        let again = bounded(&out, limit);
        prop_assert_eq!(&again, &out);
        if out.len() + 3 < limit && !text.ends_with('…') {
            prop_assert_eq!(out.chars().count(), text.chars().count());
        }
    }
}
