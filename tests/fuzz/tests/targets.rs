//! The fuzz targets. In `cargo test` each is given its corpus (`__fuzz__/<target>/corpus`) and a
//! second of random bytes; `make fuzz` has libFuzzer look for inputs that reach new code.

use bolero::check;

#[test]
fn body() {
    check!().for_each(phoebed_fuzz::body::check);
}

#[test]
fn config() {
    check!().for_each(phoebed_fuzz::config::check);
}

#[test]
fn control() {
    check!().for_each(phoebed_fuzz::control::check);
}

#[test]
fn frames() {
    check!().for_each(phoebed_fuzz::frames::check);
}
