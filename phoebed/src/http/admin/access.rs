//! Who is at the other end of the admin socket, and what that user may do: whoever the socket's
//! permissions let in may look; changes are for root, the daemon's own user and the admin group.

use std::ffi::CString;
use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use nix::unistd::{Gid, Uid, User, getgrouplist};
use phoebed_common::admin::paths;
use tokio::task::JoinError;

use super::error::AdminError;
use crate::audit::{Entry, Event};
use crate::store::Store;

/// The peer of a connection, as the kernel vouches for it (SO_PEERCRED, SO_PEERGROUPS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
    /// The supplementary groups of the process.
    pub groups: Arc<[u32]>,
    /// Its process.
    pub pid: Option<i32>,
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uid {}", self.uid)
    }
}

/// Who may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The daemon's own user, besides root.
    pub own_uid: u32,
    /// The group of `[admin] group`.
    pub group: Option<u32>,
}

impl Access {
    /// The rule; `groups` looks up the peer's groups, when that matters.
    fn may_change(self, peer: &Credentials, groups: impl FnOnce(&Credentials) -> Vec<u32>) -> bool {
        let is_member = |group: u32| {
            peer.gid == group || peer.groups.contains(&group) || groups(peer).contains(&group)
        };
        peer.uid == 0 || peer.uid == self.own_uid || self.group.is_some_and(is_member)
    }
}

/// The rule, and where what was done under it is recorded.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Who may change anything.
    pub access: Access,
    /// The log database.
    pub store: Store,
}

/// Paths whose handlers record by themselves what they did, in more detail.
const RECORDED: [&str; 2] = [paths::USERS, paths::TOKENS];

/// Refuses changes by others, and records changes with the uid.
pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !is_change {
        return next.run(request).await;
    }
    let Some(peer) = request.extensions().get::<Credentials>().cloned() else {
        return AdminError::Internal("a request without credentials".to_owned()).into_response();
    };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // Groups may come from a directory server.
    let (asking, access) = (peer.clone(), guard.access);
    let allowed = tokio::task::spawn_blocking(move || access.may_change(&asking, groups_of)).await;
    if !allowed.unwrap_or(false) {
        log::warn!(uid = peer.uid, pid = peer.pid; "{peer} may not: {method} {path}");
        let entry = Entry::of(Event::AdminAction).failed().actor(format!("uid:{}", peer.uid));
        entry.detail(format!("{method} {path}: not allowed")).record(&guard.store);
        return AdminError::Forbidden { uid: peer.uid }.into_response();
    }
    // In a task of its own: what is begun is done and recorded, also when its client leaves.
    let carried_out = tokio::spawn(async move {
        let response = next.run(request).await;
        record(&guard.store, &peer, (&method, &path), response.status());
        response
    });
    let broken = |error: JoinError| AdminError::Internal(error.to_string()).into_response();
    carried_out.await.unwrap_or_else(broken)
}

fn record(store: &Store, peer: &Credentials, what: (&Method, &str), status: StatusCode) {
    let (method, path) = what;
    let is_recorded = RECORDED.iter().any(|recorded| path.starts_with(recorded));
    if !is_recorded || !status.is_success() {
        let entry = Entry::of(Event::AdminAction).actor(format!("uid:{}", peer.uid));
        let entry = if status.is_success() { entry } else { entry.failed() };
        entry.detail(format!("{method} {path} {}", status.as_u16())).record(store);
    }
    let status = status.as_u16();
    log::info!(uid = peer.uid, pid = peer.pid, status; "{peer}: {method} {path} {status}");
}

/// The groups of the peer's user as the system knows them, which its process may lack; none when
/// the system has no such user.
fn groups_of(peer: &Credentials) -> Vec<u32> {
    let user = User::from_uid(Uid::from_raw(peer.uid)).ok().flatten();
    let groups = user.and_then(|user| {
        let name = CString::new(user.name).ok()?;
        getgrouplist(&name, user.gid).ok()
    });
    groups.unwrap_or_default().into_iter().map(Gid::as_raw).collect()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use proptest::prelude::*;
    use tokio::sync::Notify;
    use tower::ServiceExt;

    use super::*;
    use crate::store::StoreOptions;

    proptest! {
        #[test]
        fn only_root_the_own_user_and_the_group_may_change(
            uid in 0_u32..4, gid in 0_u32..4, own_uid in 0_u32..4,
            group in prop::option::of(0_u32..4), groups in prop::collection::vec(0_u32..4, 0..3)
        ) {
            let (known, own) = groups.split_at(groups.len() / 2);
            let peer = Credentials { uid, gid, groups: own.into(), pid: None };
            let is_member = group.is_some_and(|group| gid == group || groups.contains(&group));
            let access = Access { own_uid, group };
            let expected = uid == 0 || uid == own_uid || is_member;
            prop_assert_eq!(access.may_change(&peer, |_| known.to_vec()), expected);
        }
    }

    #[test]
    fn groups_are_those_of_the_system() {
        let peer = |uid| Credentials { uid, gid: 4711, groups: Arc::default(), pid: None };
        assert!(groups_of(&peer(0)).contains(&0));
        assert_eq!(groups_of(&peer(0xfff_fff0)), [] as [u32; 0]);
    }

    #[tokio::test]
    async fn a_change_is_carried_out_and_recorded_when_its_client_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::new(folder.path().join("sessions.db"));
        let (store, _) = Store::open(options).unwrap();
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (begun.clone(), go.clone());
        let handler = || async move {
            tell.notify_one();
            wait.notified().await;
        };
        let access = Access { own_uid: 0, group: None };
        let guard = Guard { access, store: store.clone() };
        let app = Router::new()
            .route("/v1/reload", post(handler))
            .layer(from_fn_with_state(guard, check));
        let mut request = Request::post("/v1/reload").body(Body::empty()).unwrap();
        let groups = Arc::default();
        request.extensions_mut().insert(Credentials { uid: 0, gid: 0, groups, pid: None });
        let client = tokio::spawn(app.oneshot(request));
        begun.notified().await;
        client.abort();
        assert!(client.await.unwrap_err().is_cancelled());
        go.notify_one();
        let records = store.audited().await;
        assert_eq!(records[0].detail.as_deref(), Some("POST /v1/reload 200"));
        store.close().await.unwrap();
    }
}
