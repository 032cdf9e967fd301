//! Plain HTTP or HTTPS: what the public listeners speak, decided at the start.

use std::sync::Arc;

use axum::Router;
use phoebed_common::config::{Config, Origin, Problem};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::http::{self, Certificate, Limits, TlsError, TlsListener};
use crate::store::unix_now;

/// Reads the files of TLS where there are such; what is odd about them is added to the warnings of
/// the configuration. Blocks.
pub fn load_certificate(config: &mut Config) -> Result<Option<Certificate>, TlsError> {
    let Some(files) = config.server.tls() else { return Ok(None) };
    let certificate = Certificate::load(files)?;
    let validity = certificate.validity.warning(unix_now() as i64);
    let odd = [("server.tls_key", &certificate.warning), ("server.tls_certificate", &validity)];
    for (key, reason) in odd {
        let Some(reason) = reason.clone() else { continue };
        let entry = config.entries().into_iter().find(|entry| entry.key == key);
        let (origin, value) = match entry {
            Some(entry) => (entry.origin, Some(entry.value)),
            None => (Origin::Default, None),
        };
        config.warnings.push(Problem { origin, key: Some(key.to_owned()), value, reason });
    }
    Ok(Some(certificate))
}

/// The certificate of a running daemon, which a reload may replace.
#[derive(Debug)]
pub struct Tls {
    /// To [`Public`].
    pub sender: watch::Sender<Arc<Certificate>>,
    receiver: watch::Receiver<Arc<Certificate>>,
}

impl Tls {
    /// Begins with this one.
    pub fn new(certificate: Certificate) -> Self {
        let (sender, receiver) = watch::channel(Arc::new(certificate));
        Self { sender, receiver }
    }
}

impl Tls {
    /// The certificate that counts, now and after each reload.
    pub fn certificate(&self) -> watch::Receiver<Arc<Certificate>> {
        self.receiver.clone()
    }
}

/// The public listeners.
#[derive(Debug)]
pub enum Public {
    /// They speak HTTP.
    Plain(Vec<TcpListener>),
    /// They speak HTTPS.
    Tls(Vec<TlsListener>),
}

impl Public {
    /// These sockets, with TLS if there is a certificate.
    pub fn new(listeners: Vec<TcpListener>, tls: Option<&Tls>) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        for address in listeners.iter().filter_map(|listener| listener.local_addr().ok()) {
            log::info!("phoebed {} listens on {scheme}://{address}", env!("CARGO_PKG_VERSION"));
        }
        match tls {
            None => Self::Plain(listeners),
            Some(tls) => {
                let secured = |tcp| TlsListener::new(tcp, tls.receiver.clone());
                Self::Tls(listeners.into_iter().map(secured).collect())
            }
        }
    }

    /// As [`http::serve`].
    pub async fn serve(
        self,
        app: Router,
        limits: watch::Receiver<Limits>,
        stop: impl Future<Output = ()>,
    ) {
        match self {
            Self::Plain(listeners) => http::serve(listeners, app, limits, stop).await,
            Self::Tls(listeners) => http::serve(listeners, app, limits, stop).await,
        }
    }
}
