//! Numbers of an answer. JSON has no NaN and no infinity: both become null.

/// A number of an answer, or null where the engine had NaN or an infinity.
pub type Number = Option<f64>;

/// An array of an answer, in the order of the engine.
pub type Numbers = Vec<Number>;
