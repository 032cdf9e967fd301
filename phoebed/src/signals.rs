//! The signals that stop the daemon or make it read its configuration again.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::daemon::RunError;

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

/// A message at each SIGHUP; several in quick succession may become one.
pub fn reload_signal() -> Result<mpsc::Receiver<()>, RunError> {
    let mut hangup = signal(SignalKind::hangup()).map_err(RunError::Runtime)?;
    let (sender, reloads) = mpsc::channel(1);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if matches!(sender.try_send(()), Err(mpsc::error::TrySendError::Closed(()))) {
                return;
            }
        }
    });
    Ok(reloads)
}
