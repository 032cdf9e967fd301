//! The signals that stop the daemon.

use tokio::signal::unix::{SignalKind, signal};

use crate::run::RunError;

/// Resolves at the first SIGTERM or SIGINT.
pub fn stop_signal() -> Result<impl Future<Output = ()>, RunError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(RunError::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(RunError::Runtime)?;
    Ok(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        log::info!("{name}: shutting down");
    })
}
