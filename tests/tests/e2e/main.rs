//! The real binaries with the real engine, over the public API.
