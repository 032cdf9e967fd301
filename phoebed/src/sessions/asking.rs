//! What is asked of a session besides commands: its end, its sleep. A session that sleeps has no
//! owner to be asked, so the answer is found here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::lifecycle::{Activity, EndReason};
use super::owner::{Ask, Asked, What};
use super::registry::Sessions;
use super::session::{Presence, Session};

impl Sessions {
    /// Ends it and waits until its process is gone and its port free. Ending an ended session
    /// is done at once.
    pub async fn end(&self, session: &Arc<Session>, reason: EndReason) -> Asked {
        self.ask(session, What::End(reason), None).await
    }

    /// As [`Sessions::end`], but only if it has been idle for so long; its owner decides, so no
    /// command that came in just now is lost.
    pub async fn end_if_idle(
        &self,
        session: &Arc<Session>,
        reason: EndReason,
        idle_for: Option<Duration>,
    ) -> Asked {
        self.ask(session, What::End(reason), idle_for).await
    }

    /// Frees its worker, if no command runs or waits; the next command wakes it. To be asked only
    /// where sessions are kept.
    pub async fn hibernate(&self, session: &Arc<Session>) -> Asked {
        self.ask(session, What::Hibernate, Some(Duration::ZERO)).await
    }

    /// Sees to it that it has a worker; whether it has one.
    pub async fn wake(&self, session: &Arc<Session>) -> bool {
        let awake = {
            let mut presence = session.presence();
            match &*presence {
                Presence::Ended(_) => return false,
                Presence::Awake(awake) => awake.clone(),
                Presence::Asleep if self.is_closed() => return false,
                Presence::Asleep => {
                    let awake = self.awaken(session, None);
                    *presence = Presence::Awake(awake.clone());
                    awake
                }
            }
        };
        let mut activity = awake.activity.clone();
        let woken = activity.wait_for(|activity| *activity != Activity::Waking).await;
        woken.is_ok_and(|activity| *activity != Activity::Hibernated)
    }

    /// Ends all of these; resolves when their workers are gone.
    pub(super) async fn end_each(&self, sessions: Vec<Arc<Session>>, reason: EndReason) {
        let ends = sessions.into_iter().map(|session| {
            let all = self.clone();
            async move {
                all.end(&session, reason).await;
            }
        });
        let mut ending: JoinSet<()> = ends.collect();
        while ending.join_next().await.is_some() {}
    }

    async fn ask(&self, session: &Arc<Session>, what: What, idle_for: Option<Duration>) -> Asked {
        loop {
            let asks = match ask_record(session, what, idle_for) {
                Known::Asked(asked) => return asked,
                Known::Owned(asks) => asks,
                Known::Ends(reason) => {
                    let ended = self.end_for_good(session, reason, None).await;
                    if ended != Asked::Done {
                        *session.presence() = Presence::Asleep;
                    }
                    return ended;
                }
            };
            let (done, answer) = oneshot::channel();
            if asks.send(Ask { what, idle_for, done }).await.is_ok()
                && let Ok(asked) = answer.await
            {
                return asked;
            }
            // Its owner has just let go of it: what it is now is known.
        }
    }
}

/// What is known without its owner of something that is asked of a session.
enum Known {
    Asked(Asked),
    Owned(mpsc::Sender<Ask>),
    /// It has no worker, and was just marked as ended.
    Ends(EndReason),
}

fn ask_record(session: &Session, what: What, idle_for: Option<Duration>) -> Known {
    let mut presence = session.presence();
    match (&*presence, what) {
        (Presence::Awake(awake), _) => Known::Owned(awake.asks.clone()),
        (Presence::Ended(_), _)
        | (Presence::Asleep, What::Hibernate | What::End(EndReason::ServerShutdown)) => {
            Known::Asked(Asked::Done)
        }
        (Presence::Asleep, What::End(_))
            if idle_for.is_some_and(|least| session.unused_for() < least) =>
        {
            Known::Asked(Asked::InUse)
        }
        (Presence::Asleep, What::End(reason)) => {
            *presence = Presence::Ended(reason);
            Known::Ends(reason)
        }
    }
}
