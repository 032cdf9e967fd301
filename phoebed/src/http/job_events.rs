//! `GET /dash/jobs/{job_id}/events`: how far a job is, as it goes.
//!
//! Each event is the whole job, with a number that grows by one. A client that reads so slowly that
//! events would be left out is disconnected; the first event after that says all that is known.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::jobs::{OwnJob, on_the_wire};
use super::patience::Wait;
use super::state::Shared;
use crate::jobs::JobView;

/// Proxies close what is silent for longer.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The handler.
pub async fn events(
    State(state): State<Shared>,
    Wait(wait): Wait,
    OwnJob { view, job }: OwnJob,
) -> Response {
    let (view, views) = match job {
        Some(job) => {
            let (view, views) = job.subscribe();
            (view, Some(views))
        }
        None => (view, None),
    };
    match wait {
        Some(wait) => {
            Json(on_the_wire(next(view, views, wait, &state.stopping).await)).into_response()
        }
        None => {
            let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
            Sse::new(told(view, views, state.stopping.clone()))
                .keep_alive(keep_alive)
                .into_response()
        }
    }
}

/// The job as soon as it is another, or as it is after a while.
async fn next(
    view: JobView,
    views: Option<Receiver<JobView>>,
    wait: Duration,
    stopping: &CancellationToken,
) -> JobView {
    let Some(mut views) = views.filter(|_| !view.record.state.is_finished()) else { return view };
    tokio::select! {
        next = timeout(wait, views.recv()) => match next {
            Ok(Ok(next)) => next,
            _ => view,
        },
        () = stopping.cancelled() => view,
    }
}

/// What is to be told yet.
struct Telling {
    next: Option<JobView>,
    views: Option<Receiver<JobView>>,
    number: u64,
    stopping: CancellationToken,
}

fn told(
    view: JobView,
    views: Option<Receiver<JobView>>,
    stopping: CancellationToken,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let telling = Telling { next: Some(view), views, number: 0, stopping };
    stream::unfold(telling, |mut telling| async move {
        let view = match telling.next.take() {
            Some(view) => view,
            None => telling.heard().await?,
        };
        let is_over = view.record.state.is_finished();
        if is_over {
            telling.views = None;
        }
        telling.number += 1;
        let event = Event::default()
            .event(if is_over { "finished" } else { "progress" })
            .id(telling.number.to_string());
        // What it is made of has no value that JSON cannot say.
        let event = event.json_data(on_the_wire(view)).ok()?;
        Some((Ok(event), telling))
    })
}

impl Telling {
    /// The next one; none when it is over, when some were missed, and when the daemon stops.
    async fn heard(&mut self) -> Option<JobView> {
        let views = self.views.as_mut()?;
        tokio::select! {
            next = views.recv() => next.ok(),
            () = self.stopping.cancelled() => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::StreamExt;
    use tokio::sync::broadcast;

    use super::*;
    use crate::state::{JobRecord, JobState};

    fn running(progress: f64) -> JobView {
        JobView::of(JobRecord {
            job_id: "a job".to_owned(),
            session_id: "a session".to_owned(),
            user_id: None,
            command: "run_compute".to_owned(),
            is_submitted: true,
            idempotency_key: None,
            body_hash: Vec::new(),
            state: JobState::Running,
            attempts: 1,
            submitted_at: 1.0,
            started_at: Some(2.0),
            finished_at: None,
            error: None,
            progress,
        })
    }

    #[tokio::test]
    async fn who_reads_too_slowly_is_disconnected_and_never_skips_an_event() {
        let (tell, views) = broadcast::channel(2);
        let mut told = pin!(told(running(0.0), Some(views), CancellationToken::new()));
        assert!(told.next().await.is_some(), "what it was at the start");
        for progress in [0.1, 0.2] {
            tell.send(running(progress)).unwrap();
        }
        assert!(told.next().await.is_some() && told.next().await.is_some(), "nothing is missed");
        for progress in [0.3, 0.4, 0.5] {
            tell.send(running(progress)).unwrap();
        }
        assert!(told.next().await.is_none(), "one was missed");
    }
}
