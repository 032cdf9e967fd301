//! What every answer tells a browser for its own safety.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;
use phoebed_common::config::Server;

use super::state::Shared;

/// Below it everything is about who somebody is.
const PERSONAL: &str = "/auth";

/// Adds the headers to whatever the answer is.
pub async fn add(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let is_personal = is_personal(request.uri().path());
    let mut response = next.run(request).await;
    let transport = strict_transport(&state.settings.borrow().server);
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value| headers.insert(name, value);
    add(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    add(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_personal {
        add(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(transport) = transport {
        add(STRICT_TRANSPORT_SECURITY, transport);
    }
    response
}

fn is_personal(path: &str) -> bool {
    path.strip_prefix(PERSONAL).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Over plain HTTP the header has no meaning (RFC 6797, 7.2).
fn strict_transport(server: &Server) -> Option<HeaderValue> {
    let time = server.tls().and(server.hsts)?;
    HeaderValue::from_str(&format!("max-age={}", time.as_secs())).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn strict_transport_is_for_tls_alone_and_can_be_off() {
        let header = |tls: bool, hsts| {
            let file = tls.then(|| "/x.pem".into());
            let server = Server { tls_certificate: file.clone(), tls_key: file, ..hsts };
            strict_transport(&server).map(|value| value.to_str().unwrap().to_owned())
        };
        let of = |hsts| Server { hsts, ..Server::default() };
        assert_eq!(header(true, Server::default()).as_deref(), Some("max-age=31536000"));
        let minute = Some(Duration::from_secs(60));
        assert_eq!(header(true, of(minute)).as_deref(), Some("max-age=60"));
        assert_eq!(header(true, of(None)), None);
        assert_eq!(header(false, Server::default()), None);
    }

    #[test]
    fn what_is_below_auth_is_personal() {
        assert!(is_personal("/auth") && is_personal("/auth/me") && is_personal("/auth/"));
        assert!(!is_personal("/authors") && !is_personal("/") && !is_personal("/x/auth"));
    }
}
