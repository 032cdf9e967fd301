//! A hostile user: bundles with code in them, sent over the public API, run by the real engine in
//! the real worker. What that code tries stands in `hostile/`, what must come of it in `rows.rs`.

#![allow(clippy::print_stdout, reason = "the tables of what was tried are part of the result")]

mod attacks;
mod bundles;
mod fluxes;
mod heavy;
mod modes;
mod orphans;
mod other_host;
mod payload;
mod rows;
mod surroundings;
mod table;
mod ways;
