//! Times of one thing, measured many times over.

use std::time::Duration;

/// Sorted times in seconds; never empty.
#[derive(Debug, Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// From measured times, in any order; none when there are none.
    pub fn new(mut seconds: Vec<f64>) -> Option<Self> {
        seconds.sort_by(f64::total_cmp);
        (!seconds.is_empty()).then_some(Self(seconds))
    }

    /// As [`Samples::new`].
    pub fn of(times: &[Duration]) -> Option<Self> {
        Self::new(times.iter().map(Duration::as_secs_f64).collect())
    }

    /// The smallest sample that at least this share (0 to 1) of all do not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into some thousands of samples"
        )]
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// Half of all take no longer.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples_at_their_rank() {
        let samples = Samples::new((1..=100).rev().map(f64::from).collect()).unwrap();
        let expected = [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (0.991, 100.0), (1.0, 100.0)];
        for (share, value) in expected {
            assert_eq!(samples.quantile(share), value, "{share}");
        }
    }

    #[test]
    fn one_sample_is_every_quantile_and_none_is_no_samples() {
        let one = Samples::new(vec![3.0]).unwrap();
        assert_eq!((one.quantile(0.0), one.median(), one.quantile(1.0)), (3.0, 3.0, 3.0));
        assert!(Samples::new(Vec::new()).is_none());
    }
}
