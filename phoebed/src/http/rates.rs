//! How many requests a second are answered, from one address and in all. `/health` is for those who
//! watch the service and is always answered.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use phoebed_common::config::Server;

use super::client_address::ClientAddress;
use super::error::ApiError;
use super::state::{AppState, Shared};
use crate::buckets::{Bucket, Table};
use crate::origin::Origin;

/// Addresses that are remembered at a time.
const MOST_ADDRESSES: usize = 10_000;
/// In which so many requests may come.
const SECOND: Duration = Duration::from_secs(1);
/// Never limited.
const EXEMPT: &str = "/health";

/// What was asked lately, and by whom.
#[derive(Debug)]
pub struct Rates(Mutex<Buckets>);

#[derive(Debug)]
struct Buckets {
    all: Option<Bucket>,
    addresses: Table,
}

/// Too many requests a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many requests {of}: at most {rate} a second ({key}); try again later")]
pub struct TooMany {
    of: &'static str,
    rate: u32,
    key: &'static str,
    wait: Duration,
}

impl TooMany {
    /// When to try again, in whole seconds, at least one.
    pub fn retry_after(&self) -> u64 {
        self.wait.as_secs_f64().ceil().max(1.0) as u64
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self(Mutex::new(Buckets { all: None, addresses: Table::new(MOST_ADDRESSES, SECOND) }))
    }
}

impl Rates {
    /// Counts a request, or refuses it. A refused one counts nowhere.
    fn admit(&self, now: Instant, from: Option<Origin>, server: &Server) -> Result<(), TooMany> {
        let by_address = server.requests_per_second_per_address.zip(from);
        if by_address.is_none() && server.requests_per_second.is_none() {
            return Ok(());
        }
        // Nothing panics while it is locked.
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((rate, origin)) = by_address {
            buckets.addresses.take(origin, now, rate).map_err(|wait| TooMany {
                of: "from this address",
                rate,
                key: "server.requests_per_second_per_address",
                wait,
            })?;
        }
        let Some(rate) = server.requests_per_second else { return Ok(()) };
        let all = buckets.all.get_or_insert_with(|| Bucket::new(now, rate, SECOND));
        all.take(now, rate).map_err(|wait| {
            if let Some((_, origin)) = by_address {
                buckets.addresses.give_back(origin);
            }
            TooMany { of: "at this server", rate, key: "server.requests_per_second", wait }
        })
    }
}

/// Passes requests on as long as there are not too many of them.
pub async fn limit(State(state): State<Shared>, request: Request, next: Next) -> Response {
    match check(&state, &request) {
        Ok(()) => next.run(request).await,
        Err(too_many) => too_many.into_response(),
    }
}

/// Counts a request where it is answered, once.
pub fn check(state: &AppState, request: &Request) -> Result<(), ApiError> {
    if request.uri().path() == EXEMPT {
        return Ok(());
    }
    let client = request.extensions().get::<ClientAddress>();
    let origin = client.and_then(|client| client.0).map(Origin::of);
    let admitted = state.rates.admit(Instant::now(), origin, &state.settings.borrow().server);
    admitted.map_err(ApiError::TooMany)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(per_address: u32, in_all: u32) -> Server {
        let limit = |rate| (rate > 0).then_some(rate);
        Server {
            requests_per_second_per_address: limit(per_address),
            requests_per_second: limit(in_all),
            ..Server::default()
        }
    }

    fn key(refused: Result<(), TooMany>) -> Option<&'static str> {
        refused.err().map(|too_many| too_many.key)
    }

    #[test]
    fn each_limit_counts_and_names_its_key() {
        let (rates, now) = (Rates::default(), Instant::now());
        let [one, other] = [Some(Origin::Block(1)), Some(Origin::Block(2))];
        let server = server(2, 3);
        let ask = |from| key(rates.admit(now, from, &server));
        assert_eq!((ask(one), ask(one)), (None, None));
        assert_eq!(ask(one), Some("server.requests_per_second_per_address"));
        assert_eq!(ask(other), None);
        assert_eq!(ask(other), Some("server.requests_per_second"));
        assert_eq!(ask(None), Some("server.requests_per_second"));
        // What was refused in all has cost the address nothing.
        let open = Server { requests_per_second: None, ..server.clone() };
        assert_eq!(key(rates.admit(now, other, &open)), None);
        assert_eq!(
            key(rates.admit(now, other, &open)),
            Some("server.requests_per_second_per_address")
        );
    }

    #[test]
    fn without_limits_nothing_is_counted_and_a_wait_is_a_second_at_least() {
        let (rates, now) = (Rates::default(), Instant::now());
        for _ in 0..10_000 {
            assert_eq!(rates.admit(now, Some(Origin::Block(1)), &server(0, 0)), Ok(()));
        }
        assert_eq!(rates.admit(now, None, &server(1, 1)), Ok(()));
        let refused = rates.admit(now, None, &server(1, 1)).unwrap_err();
        assert_eq!(refused.retry_after(), 1);
        assert!(refused.to_string().contains("at most 1 a second"), "{refused}");
    }
}
