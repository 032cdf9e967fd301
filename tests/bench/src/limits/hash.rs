//! The least that a login costs: one hash of a password, as slow as the daemon's by its parameters.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{BenchError, Result};

/// Hashes once: argon2id with 19 456 KiB, 2 passes, 1 lane. Returns how long that took.
pub fn hash(password: &str) -> Result<Duration> {
    let broken = |error: argon2::Error| BenchError::unexpected(format!("argon2: {error}"));
    let params = Params::new(19_456, 2, 1, None).map_err(broken)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    let started = Instant::now();
    let done = argon2.hash_password_into(password.as_bytes(), &[7; 16], &mut hash);
    let took = started.elapsed();
    done.map_err(broken)?;
    Ok(took)
}
