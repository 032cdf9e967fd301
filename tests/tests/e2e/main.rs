//! The real binaries with the real engine, over the public API. One program for all of it, because
//! linking takes longer than running most of this.

mod bodies;
mod paths;
mod reference;
mod service;
