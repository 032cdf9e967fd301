//! Numbers: counts, durations, sizes; and yes or no.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Value;

use super::Kind;
use crate::config::units::Mebibytes;

/// Longest time span taken, in seconds: about 31 years, so that adding one to a clock never
/// overflows.
const LONGEST: f64 = 1e9;

/// A whole number within the range.
pub(in crate::config) struct Whole(pub(in crate::config) RangeInclusive<i64>);

impl<T: TryFrom<i64> + TryInto<i64> + Copy> Kind<T> for Whole {
    fn parse(&self, value: &Value) -> Result<T, String> {
        let number = value.as_integer().filter(|number| self.0.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| between(&self.0))
    }

    fn show(&self, value: &T) -> Value {
        Value::Integer((*value).try_into().unwrap_or(i64::MAX))
    }
}

fn between(range: &RangeInclusive<i64>) -> String {
    format!("must be a whole number from {} to {}", range.start(), range.end())
}

/// A limit, with 0 for none at all; the most it takes.
pub(in crate::config) struct WholeOrNone(pub(in crate::config) u32);

impl Kind<Option<u32>> for WholeOrNone {
    fn parse(&self, value: &Value) -> Result<Option<u32>, String> {
        let number: u32 = Whole(0..=self.0.into())
            .parse(value)
            .map_err(|reason| format!("{reason}; 0 means no limit"))?;
        Ok((number > 0).then_some(number))
    }

    fn show(&self, value: &Option<u32>) -> Value {
        Value::Integer(value.unwrap_or(0).into())
    }
}

/// A size in mebibytes within the range.
pub(in crate::config) struct Megabytes(pub(in crate::config) RangeInclusive<i64>);

impl Kind<Mebibytes> for Megabytes {
    fn parse(&self, value: &Value) -> Result<Mebibytes, String> {
        Whole(self.0.clone()).parse(value).map(Mebibytes)
    }

    fn show(&self, value: &Mebibytes) -> Value {
        Value::Integer(value.0.into())
    }
}

/// A time span in seconds, at least `from`; fractions are allowed.
#[derive(Clone, Copy)]
pub(in crate::config) struct Seconds {
    pub(in crate::config) from: f64,
}

impl Kind<Duration> for Seconds {
    fn parse(&self, value: &Value) -> Result<Duration, String> {
        seconds(value)
            .filter(|seconds| (self.from..=LONGEST).contains(seconds))
            .map(Duration::from_secs_f64)
            .ok_or_else(|| format!("must be a number of seconds from {} to {LONGEST}", self.from))
    }

    fn show(&self, value: &Duration) -> Value {
        show_seconds(*value)
    }
}

/// A time span in seconds, with 0 for never.
pub(in crate::config) struct SecondsOrNever;

impl Kind<Option<Duration>> for SecondsOrNever {
    fn parse(&self, value: &Value) -> Result<Option<Duration>, String> {
        let span = Seconds { from: 0.0 }
            .parse(value)
            .map_err(|reason| format!("{reason}; 0 means never"))?;
        Ok((!span.is_zero()).then_some(span))
    }

    fn show(&self, value: &Option<Duration>) -> Value {
        show_seconds(value.unwrap_or_default())
    }
}

fn seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(whole) => Some(*whole as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn show_seconds(span: Duration) -> Value {
    if span.subsec_nanos() == 0 {
        Value::Integer(i64::try_from(span.as_secs()).unwrap_or(i64::MAX))
    } else {
        Value::Float(span.as_secs_f64())
    }
}

/// A time span in whole minutes, at least one.
pub(in crate::config) struct Minutes;

impl Kind<Duration> for Minutes {
    fn parse(&self, value: &Value) -> Result<Duration, String> {
        const TEN_YEARS: i64 = 10 * 366 * 24 * 60;
        let minutes: u64 = Whole(1..=TEN_YEARS).parse(value)?;
        Ok(Duration::from_secs(minutes * 60))
    }

    fn show(&self, value: &Duration) -> Value {
        show_seconds(*value / 60)
    }
}

/// True or false.
pub(in crate::config) struct YesNo;

impl Kind<bool> for YesNo {
    fn parse(&self, value: &Value) -> Result<bool, String> {
        value.as_bool().ok_or_else(|| "must be true or false".to_owned())
    }

    fn show(&self, value: &bool) -> Value {
        Value::Boolean(*value)
    }
}
