//! `GET /v1/status`: how the daemon is.

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{
    Certificate, Change, Engine, EngineState, Guarantee, Memory, Sandbox, SessionCounts, Spares,
    Status, Store, StoreProblem, StoreState, paths,
};

use super::ports::port_counts;
use super::state::{AdminState, Shared};
use crate::http::Validity;
use crate::sessions::{Activity, Session, Sessions};
use crate::store;
use crate::workers::{self, MemoryGauge, ZygoteState, available_on_host, resident, total_on_host};

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::STATUS,
        get_with(status, |op| op.summary("How the daemon is").response::<200, Json<Status>>()),
    )
}

async fn status(State(state): State<Shared>) -> Json<Status> {
    let pool = state.sessions.pool();
    let in_force = state.reloader.in_force();
    Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        uptime_seconds: state.started.elapsed().as_secs_f64(),
        listeners: state.listeners.iter().map(ToString::to_string).collect(),
        tls: in_force.config.server.tls().is_some(),
        certificate: state.certificate.as_ref().map(|it| certificate(it.borrow().validity)),
        auth_mode: in_force.config.auth.mode.to_string(),
        draining: state.drain.is_on(),
        engine: engine(pool.zygote()),
        sessions: session_counts(&state.sessions),
        at_work: sessions_at_work(&state.sessions),
        spares: Spares { ready: pool.spares().len(), wanted: pool.wanted_spares() },
        sandbox: sandbox(pool.sandbox()),
        ports: port_counts(&pool.ports()),
        memory: memory(&state, f64::from(in_force.config.resources.min_free_memory.0)).await,
        store: store(&state.store),
        config_file: in_force.config.file.as_ref().map(|file| file.display().to_string()),
        pending_restart: in_force.pending.iter().cloned().map(Change::from).collect(),
    })
}

fn certificate(validity: Validity) -> Certificate {
    Certificate {
        valid_from: validity.from as f64,
        valid_until: validity.until as f64,
        warning: validity.warning(store::unix_now() as i64),
    }
}

fn engine(zygote: ZygoteState) -> Engine {
    let none = Engine {
        state: EngineState::Stopped,
        cause: None,
        phoebe_version: None,
        python_version: None,
        zygote_pid: None,
    };
    match zygote {
        ZygoteState::Warming => Engine { state: EngineState::Warming, ..none },
        ZygoteState::Ready { info, pid, .. } => Engine {
            state: EngineState::Ready,
            phoebe_version: Some(info.phoebe.clone()),
            python_version: Some(info.python.clone()),
            zygote_pid: Some(pid),
            ..none
        },
        ZygoteState::Failed { cause } => {
            Engine { state: EngineState::Failed, cause: Some(cause), ..none }
        }
        ZygoteState::Stopped => none,
    }
}

fn sandbox(sandbox: &workers::Sandbox) -> Sandbox {
    let guarantees = sandbox
        .guarantees()
        .into_iter()
        .map(|workers::Guarantee { name, held, by }| Guarantee { name: name.to_owned(), held, by });
    Sandbox {
        mode: sandbox.mode().to_string(),
        user: sandbox.account().map(|account| account.name.clone()),
        guarantees: guarantees.collect(),
    }
}

/// The sessions by what they do.
pub fn session_counts(sessions: &Sessions) -> SessionCounts {
    let mut counts = SessionCounts::default();
    for session in sessions.all() {
        counts.total += 1;
        match session.activity() {
            Activity::Hibernated => counts.hibernated += 1,
            Activity::Idle { .. } => counts.idle += 1,
            Activity::Waking | Activity::Running { overdue: false, .. } => counts.busy += 1,
            Activity::Running { overdue: true, .. } => counts.overdue += 1,
        }
    }
    counts
}

/// How many sessions have something to do that is not done, which a restart would hold up or end.
pub fn sessions_at_work(sessions: &Sessions) -> usize {
    let with_jobs = sessions.jobs().sessions_at_work();
    let is_at_work = |session: &Arc<Session>| {
        let runs = matches!(session.activity(), Activity::Waking | Activity::Running { .. });
        runs || session.waiting() > 0 || with_jobs.contains(&session.id)
    };
    sessions.all().iter().filter(|session| is_at_work(session)).count()
}

async fn memory(state: &AdminState, floor_mib: f64) -> Memory {
    let pool = state.sessions.pool();
    let zygote = match pool.zygote() {
        ZygoteState::Ready { pid, .. } => {
            MemoryGauge::new(pid, pool.sandbox().file_user()).measure(Duration::ZERO).await.ok()
        }
        ZygoteState::Warming | ZygoteState::Failed { .. } | ZygoteState::Stopped => None,
    };
    let sessions = state.sessions.all();
    let workers = sessions.iter().map(|session| session.worker()?.memory.last());
    let spares = pool.spares();
    let workers = workers.chain(spares.iter().map(|spare| spare.memory.last()));
    let workers_mib = workers.chain([zygote]).flatten().reduce(|sum, mib| sum + mib);
    Memory {
        host_total_mib: total_on_host().ok(),
        host_available_mib: available_on_host().ok(),
        floor_mib,
        daemon_mib: resident().ok(),
        workers_mib,
    }
}

fn store(store: &store::Store) -> Store {
    let status = store.status();
    Store {
        path: store.path().display().to_string(),
        state: match status.state {
            store::StoreState::Ok => StoreState::Ok,
            store::StoreState::Delayed => StoreState::Delayed,
            store::StoreState::Failing => StoreState::Failing,
            store::StoreState::Closed => StoreState::Closed,
        },
        cause: status.cause,
        since: status.since,
        queued: status.queued,
        capacity: status.capacity,
        written: status.written,
        dropped: status.dropped,
        last_error: status.last_error.map(problem),
    }
}

fn problem(store::StoreProblem { message, at }: store::StoreProblem) -> StoreProblem {
    StoreProblem { message, at }
}
