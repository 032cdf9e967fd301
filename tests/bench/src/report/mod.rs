//! What came of it all: a table for people, a file for programs.

mod json;
mod table;

pub use json::write;
pub use table::table;

use crate::figure::Figure;
use crate::limits::Limits;
use crate::quiet::Disturbance;

/// Everything that was found out.
#[derive(Debug)]
pub struct Report {
    /// The figures, in order.
    pub figures: Vec<Figure>,
    /// Topics without figures, and why.
    pub failures: Vec<(&'static str, String)>,
    /// What the figures are held against.
    pub limits: Limits,
    /// Who else used the machine.
    pub disturbances: Vec<Disturbance>,
    /// Load averages at the start.
    pub load: [f64; 3],
    /// Why the figures should not be relied on.
    pub warning: Option<String>,
    /// Whether it was only a quick look.
    pub is_quick: bool,
    /// How many cores there are.
    pub cores: usize,
    /// How long it took.
    pub seconds: f64,
}
