//! A session that its client has not heard of yet: when the client leaves, it ends.

use std::ops::Deref;
use std::sync::Arc;

use super::lifecycle::EndReason;
use super::registry::Sessions;
use super::session::Session;

/// A just started session. Dropping it, wherever that happens on the way to the client, ends the
/// session.
#[derive(Debug)]
pub struct Unclaimed {
    session: Arc<Session>,
    /// By whom it is ended; none when it was claimed.
    undo: Option<Sessions>,
}

impl Unclaimed {
    pub(super) fn new(session: Arc<Session>, sessions: Sessions) -> Self {
        Self { session, undo: Some(sessions) }
    }

    /// The answer is about to be sent: from now on the session stands for itself.
    pub fn claim(mut self) {
        self.undo = None;
    }
}

impl Deref for Unclaimed {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        // Without a runtime the whole daemon is going down.
        if let Some(sessions) = self.undo.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let session = self.session.clone();
            runtime.spawn(async move { sessions.end(&session, EndReason::Abandoned).await });
        }
    }
}
