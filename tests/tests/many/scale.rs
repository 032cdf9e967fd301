//! How many of everything, in the short form and in the long one.

/// Numbers that the two forms differ in.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Rounds before the footprint is taken that later ones are compared with.
    pub warm_up: usize,
    /// Rounds that may leave nothing.
    pub rounds: usize,
    /// Sessions started and ended in each round.
    pub sessions_a_round: u16,
    /// How much more memory daemon and zygote may have after the last round than after the
    /// warm-up, in KiB each: what allocators keep. It is less than a few KiB for each session of
    /// the long form.
    pub memory_allowance: u64,
    /// Sessions that live at the same time.
    pub live: u16,
}

const SHORT: Scale =
    Scale { warm_up: 3, rounds: 5, sessions_a_round: 20, memory_allowance: 4096, live: 150 };
const LONG: Scale =
    Scale { warm_up: 3, rounds: 12, sessions_a_round: 150, memory_allowance: 4096, live: 1000 };

impl Scale {
    /// The long form where the environment has `PHOEBED_SOAK=1`, else the short one.
    pub fn chosen() -> Self {
        if std::env::var_os("PHOEBED_SOAK").is_some_and(|soak| soak == "1") { LONG } else { SHORT }
    }
}
