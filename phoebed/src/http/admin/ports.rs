//! `GET /v1/ports`: the port pool.

use std::collections::HashMap;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{self, Ports, paths};

use super::state::{AdminState, Shared};
use crate::workers::{PortCounts, PortHolder};

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::PORTS,
        get_with(ports, |op| {
            op.summary("The port pool and who holds what").response::<200, Json<Ports>>()
        }),
    )
}

async fn ports(State(state): State<Shared>) -> Json<Ports> {
    let pool = state.sessions.pool();
    let counts = pool.ports();
    Json(Ports {
        first: counts.first_last.0,
        last: counts.first_last.1,
        counts: port_counts(&counts),
        in_use: in_use(&state),
    })
}

/// Counts, on the wire.
pub fn port_counts(counts: &PortCounts) -> admin::PortCounts {
    let reserved = counts.reserved.len();
    admin::PortCounts { total: counts.total, reserved, available: counts.total - reserved }
}

fn in_use(state: &AdminState) -> Vec<admin::PortUse> {
    let sessions = state.sessions.all();
    let sessions: HashMap<u16, _> = sessions
        .iter()
        .filter_map(|session| session.worker().map(|worker| (worker.port, (session, worker.pid))))
        .collect();
    let spares = state.sessions.pool().spares();
    let spares: HashMap<u16, i32> = spares.iter().map(|spare| (spare.port, spare.pid)).collect();
    let use_of = |port: crate::workers::PortInUse| {
        let session = sessions.get(&port.port);
        let holder = match (port.holder, session) {
            (PortHolder::OtherProgram, _) => admin::PortHolder::OtherProgram,
            (_, Some(_)) => admin::PortHolder::Session,
            (PortHolder::Spare, None) => admin::PortHolder::Spare,
            (PortHolder::Worker, None) => admin::PortHolder::Worker,
        };
        admin::PortUse {
            port: port.port,
            holder,
            session_id: session.map(|(session, _)| session.id.clone()),
            pid: session.map(|(_, pid)| *pid).or(spares.get(&port.port).copied()),
            leaving: port.leaving,
        }
    };
    state.sessions.pool().ports_in_use().into_iter().map(use_of).collect()
}
