//! What phoebed and phoebectl share: configuration, wire types and the worker's commands.
//!
//! This crate does no input or output beyond reading the configuration file.

pub mod admin;
pub mod api;
pub mod commands;
pub mod config;
pub mod role;

pub use role::Role;
