//! `POST /v1/sessions/kill`: ends sessions and answers when they have ended.

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::State;
use futures_util::future::join_all;
use phoebed_common::admin::{KillAnswer, KillOutcome, KillRequest, KillResult, paths};

use super::body::JsonBody;
use super::docs;
use super::error::AdminError;
use super::sessions::on_the_wire;
use super::state::Shared;
use crate::http::docs::json_body;
use crate::sessions::{Activity, Asked, EndReason, NotSelected, Selection, Session, Sessions};

/// Beyond the time that workers are given to end by themselves.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the answer waits for records to be written.
const FLUSH_PATIENCE: Duration = Duration::from_millis(500);

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::KILL,
        post_with(kill, |op| {
            let op = json_body::<KillRequest>(op.summary("End sessions"));
            docs::errors(op.response::<200, Json<KillAnswer>>(), &[400, 403])
        }),
    )
}

async fn kill(
    State(state): State<Shared>,
    JsonBody(request): JsonBody<KillRequest>,
) -> Result<Json<KillAnswer>, AdminError> {
    request.check()?;
    let (sessions, store) = (state.sessions.clone(), state.store.clone());
    let patience = PATIENCE + state.reloader.in_force().config.workers.end_grace;
    // In a task of its own: a client that leaves does not leave workers half ended.
    let kill = tokio::spawn(async move {
        let answer = carry_out(&sessions, request, patience).await;
        // Who looks into the log database next sees it there.
        let _ = tokio::time::timeout(FLUSH_PATIENCE, store.flush()).await;
        answer
    });
    kill.await.map(Json).map_err(|error| AdminError::Internal(error.to_string()))
}

async fn carry_out(sessions: &Sessions, request: KillRequest, patience: Duration) -> KillAnswer {
    let KillRequest { ids, user, idle_for_seconds, all: _, dry_run } = request;
    let selection = Selection { user, idle_for: idle_for_seconds.map(Duration::from_secs) };
    let order = Order { sessions: sessions.clone(), selection, dry_run, patience };
    let results = match ids {
        Some(ids) => {
            join_all(ids.into_iter().map(|id| {
                let session = sessions.find(&id);
                order.carry_out(id, session)
            }))
            .await
        }
        None => {
            let mut live = sessions.all();
            live.retain(|session| order.selects(session).is_ok());
            let ends = live.into_iter().map(|s| order.carry_out(s.id.clone(), Some(s)));
            join_all(ends).await
        }
    };
    KillAnswer { dry_run, results }
}

struct Order {
    sessions: Sessions,
    selection: Selection,
    dry_run: bool,
    patience: Duration,
}

impl Order {
    fn selects(&self, session: &Session) -> Result<(), NotSelected> {
        let idle = match session.activity() {
            Activity::Idle { since } => Some(since.elapsed()),
            Activity::Hibernated => Some(session.unused_for()),
            Activity::Waking | Activity::Running { .. } => None,
        };
        self.selection.check(session.user_id.as_deref(), idle)
    }

    async fn carry_out(&self, session_id: String, session: Option<Arc<Session>>) -> KillResult {
        let Some(session) = session else {
            let outcome = KillOutcome::NotFound;
            return KillResult { session_id, outcome, reason: None, session: None };
        };
        let before = on_the_wire(&self.sessions, &session).await;
        let (outcome, reason) = self.end(&session).await;
        KillResult { session_id, outcome, reason, session: Some(before) }
    }

    async fn end(&self, session: &Arc<Session>) -> (KillOutcome, Option<String>) {
        if let Err(why) = self.selects(session) {
            return (KillOutcome::Skipped, Some(why.to_string()));
        }
        if self.dry_run {
            return (KillOutcome::WouldKill, None);
        }
        let idle_for = self.selection.idle_for;
        let end = self.sessions.end_if_idle(session, EndReason::Killed, idle_for);
        match tokio::time::timeout(self.patience, end).await {
            Ok(Asked::Done) => (KillOutcome::Killed, None),
            Ok(Asked::InUse) => {
                let why = NotSelected::InUse(idle_for.unwrap_or_default());
                (KillOutcome::Skipped, Some(why.to_string()))
            }
            Ok(Asked::NotEnded) => {
                let why = "what is kept of it cannot be removed: see the log";
                (KillOutcome::Failed, Some(why.to_owned()))
            }
            Err(_elapsed) => {
                let why = format!("it has not ended within {} s", self.patience.as_secs());
                (KillOutcome::Failed, Some(why))
            }
        }
    }
}
