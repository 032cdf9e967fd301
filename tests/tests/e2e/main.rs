//! The real binaries with the real engine, over the public API. One program for all of it, because
//! linking takes longer than running most of this.

mod attach;
mod bodies;
mod browser;
mod bundles;
mod compute_child;
mod configuration;
mod daemon_killed;
mod datasets;
mod engine_missing;
mod idle;
mod isolation;
mod jobs;
mod jobs_cancelled;
mod jobs_kept;
mod kept;
mod limits;
mod listeners;
mod log_database;
mod openapi;
mod parameters;
mod paths;
mod reference;
mod retention;
mod service;
mod sessions;
mod shutdown;
mod solver;
mod start_given_up;
mod taken_port;
mod timeouts;
mod transport;
mod worker_commands;
mod worker_killed;
mod zygote_killed;
