//! The least that HTTP costs: a server that gives back what it gets, on a thread of its own, under
//! the same load. It also tells what this program can generate at most.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::client::{Connection, path};
use crate::error::{BenchError, Result};
use crate::load::{Shot, Throughput, parallel, serial};
use crate::samples::Samples;
use crate::topics::{Effort, PING};

const TWELVE: usize = 12;

/// What was measured.
#[derive(Debug)]
pub struct Echo {
    /// On one connection.
    pub serial: Samples,
    /// On twelve connections.
    pub twelve: Throughput,
}

impl Echo {
    /// For the JSON file.
    pub fn values(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("http_echo_p50_seconds", self.serial.median()),
            ("http_echo_p99_seconds", self.serial.quantile(0.99)),
            ("http_echo_12_per_second", self.twelve.rate),
            ("http_echo_12_p99_seconds", self.twelve.samples.quantile(0.99)),
        ]
    }
}

/// Measures it.
pub async fn measure(effort: Effort) -> Result<Echo> {
    let address = serve()?;
    let shot = Shot { uri: path("/")?, body: Bytes::from_static(PING), begins: PING };
    let mut connection = Connection::open(address).await?;
    let serial =
        serial(&mut connection, std::slice::from_ref(&shot), effort.pick(10_000, 2_000)).await?;
    let mut connections = Connection::open_many(address, TWELVE).await?;
    let lasting = Duration::from_millis(effort.pick(2_000, 500));
    let twelve = parallel(&mut connections, &vec![shot; TWELVE], lasting).await?;
    Ok(Echo { serial, twelve })
}

/// Starts the server; its thread ends with this program.
fn serve() -> Result<SocketAddr> {
    let (tell, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        runtime.block_on(accept(&tell))
    });
    address.recv().map_err(|_gone| BenchError::unexpected("the bare HTTP server did not start"))
}

async fn accept(tell: &mpsc::Sender<SocketAddr>) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let _ = tell.send(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service_fn(echo)));
    }
}

async fn echo(request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
    let body = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(Full::new(body)))
}
