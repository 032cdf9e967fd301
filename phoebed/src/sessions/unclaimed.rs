//! A session that its client has not heard of yet: when the client leaves, it ends.

use std::ops::Deref;
use std::sync::Arc;

use super::lifecycle::EndReason;
use super::session::Session;

/// A just started session. Dropping it, wherever that happens on the way to the client, ends the
/// session.
#[derive(Debug)]
pub struct Unclaimed(Option<Arc<Session>>, Arc<Session>);

impl Unclaimed {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self(Some(session.clone()), session)
    }

    /// The answer is about to be sent: from now on the session stands for itself.
    pub fn claim(mut self) {
        self.0 = None;
    }
}

impl Deref for Unclaimed {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.1
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        // Without a runtime the whole daemon is going down.
        if let Some(session) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { session.end(EndReason::Abandoned).await });
        }
    }
}
