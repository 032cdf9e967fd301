//! The daemon in-process.
