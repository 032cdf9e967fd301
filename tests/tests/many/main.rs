//! Many sessions: a thousand at once, and hundreds one after the other, after which nothing may be
//! left of them: no process, port, descriptor, thread, scratch directory or memory.
//!
//! `make test` runs a short form; with `PHOEBED_SOAK=1` in the environment (`make soak`) the same
//! tests take minutes. What differs is in `scale.rs`.

mod at_once;
mod footprint;
mod scale;
mod wide_ports;

mod leaks;
mod thousand;
