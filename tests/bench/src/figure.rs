//! One measured figure: its value, what it should be, and its raw limit.

use crate::samples::Samples;

/// What a value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Shown in a fitting multiple.
    Seconds,
    /// A rate.
    PerSecond,
    /// 2^20 bytes.
    Mebibytes,
    /// Of one core.
    Percent,
    /// A ratio.
    Times,
}

/// What a value should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// No more than that.
    AtMost(f64),
    /// No less than that.
    AtLeast(f64),
}

impl Goal {
    /// Whether this value is as it should be.
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

/// What no daemon could undercut, measured in the same run.
#[derive(Debug, Clone)]
pub struct Limit {
    /// What was measured, in two or three words.
    pub name: &'static str,
    /// In the figure's unit.
    pub value: f64,
}

/// A measured figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name in the JSON file; it stays the same, so that runs can be compared.
    pub key: &'static str,
    /// What it is, for people.
    pub label: &'static str,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: Unit,
    /// What it should be; none when it is only reported.
    pub goal: Option<Goal>,
    /// What it is held against.
    pub limit: Option<Limit>,
    /// All the times behind it.
    pub samples: Option<Samples>,
}

impl Figure {
    /// A figure that is only reported.
    pub fn new(key: &'static str, label: &'static str, value: f64, unit: Unit) -> Self {
        Self { key, label, value, unit, goal: None, limit: None, samples: None }
    }

    /// The median of these times.
    pub fn median(key: &'static str, label: &'static str, samples: &Samples) -> Self {
        Self::quantile(key, label, samples, 0.5)
    }

    /// A quantile of these times.
    pub fn quantile(key: &'static str, label: &'static str, samples: &Samples, at: f64) -> Self {
        let figure = Self::new(key, label, samples.quantile(at), Unit::Seconds);
        Self { samples: Some(samples.clone()), ..figure }
    }

    /// With what it should not exceed.
    pub fn at_most(self, most: f64) -> Self {
        Self { goal: Some(Goal::AtMost(most)), ..self }
    }

    /// With what it should reach.
    pub fn at_least(self, least: f64) -> Self {
        Self { goal: Some(Goal::AtLeast(least)), ..self }
    }

    /// Held against this.
    pub fn beside(self, name: &'static str, value: f64) -> Self {
        Self { limit: Some(Limit { name, value }), ..self }
    }

    /// Whether it is as it should be; none when nothing is asked of it.
    pub fn is_met(&self) -> Option<bool> {
        self.goal.map(|goal| goal.is_met(self.value))
    }

    /// Its value in terms of the limit.
    pub fn ratio(&self) -> Option<f64> {
        let ratio = self.limit.as_ref().map(|limit| self.value / limit.value);
        ratio.filter(|ratio| ratio.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_at_its_very_value() {
        let figure = Figure::new("k", "l", 5.0, Unit::Seconds);
        assert_eq!(figure.is_met(), None);
        assert_eq!(figure.clone().at_most(5.0).is_met(), Some(true));
        assert_eq!(figure.clone().at_most(4.9).is_met(), Some(false));
        assert_eq!(figure.clone().at_least(5.0).is_met(), Some(true));
        assert_eq!(figure.at_least(5.1).is_met(), Some(false));
    }

    #[test]
    fn the_ratio_is_the_value_over_the_limit() {
        let figure = Figure::new("k", "l", 6.0, Unit::Seconds);
        assert_eq!(figure.ratio(), None);
        assert_eq!(figure.clone().beside("x", 2.0).ratio(), Some(3.0));
        assert_eq!(figure.beside("x", 0.0).ratio(), None);
    }
}
