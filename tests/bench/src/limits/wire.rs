//! The least that a command costs: a DEALER here, a Python process with a ROUTER that gives back
//! what it gets, CURVE between them.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use zmq::{CurveKeyPair, Socket};

use super::script::Script;
use crate::error::{BenchError, Result};
use crate::load::samples;
use crate::samples::Samples;
use crate::topics::{Effort, PING};

const TWELVE: usize = 12;
const WARM_UP: usize = 200;
/// For one answer, in milliseconds.
const PATIENCE: i32 = 10_000;

/// One link.
#[derive(Debug)]
pub struct Wire {
    /// One round trip after the other.
    pub serial: Samples,
}

impl Wire {
    /// For the JSON file.
    pub fn values(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("zeromq_p50_seconds", self.serial.median()),
            ("zeromq_p99_seconds", self.serial.quantile(0.99)),
        ]
    }
}

/// Twelve links, each to a process of its own.
#[derive(Debug)]
pub struct Wires {
    /// Answers per second, with one request under way on each.
    pub rate: f64,
    /// How long each took.
    pub samples: Samples,
}

impl Wires {
    /// For the JSON file.
    pub fn values(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("zeromq_12_per_second", self.rate),
            ("zeromq_12_p99_seconds", self.samples.quantile(0.99)),
        ]
    }
}

/// Measures one link.
pub fn measure(effort: Effort) -> Result<Wire> {
    let (links, _directory) = links(1)?;
    let Link { socket, .. } = &links[0];
    let mut times = Vec::new();
    for number in 0..WARM_UP + effort.pick(5_000, 1_000) {
        let started = Instant::now();
        send(socket)?;
        receive(socket)?;
        if number >= WARM_UP {
            times.push(started.elapsed());
        }
    }
    Ok(Wire { serial: samples(&times)? })
}

/// Measures twelve at once from one thread.
pub fn measure_twelve(effort: Effort) -> Result<Wires> {
    let (links, _directory) = links(TWELVE)?;
    for Link { socket, .. } in &links {
        for _ in 0..WARM_UP {
            send(socket)?;
            receive(socket)?;
        }
    }
    let lasting = Duration::from_millis(effort.pick(2_000, 500));
    let started = Instant::now();
    let mut sent = vec![started; links.len()];
    links.iter().try_for_each(|link| send(&link.socket))?;
    let mut times = Vec::new();
    while started.elapsed() < lasting {
        let mut items: Vec<zmq::PollItem<'_>> =
            links.iter().map(|link| link.socket.as_poll_item(zmq::POLLIN)).collect();
        zmq::poll(&mut items, i64::from(PATIENCE))?;
        for (number, item) in items.iter().enumerate() {
            if item.is_readable() {
                receive(&links[number].socket)?;
                times.push(sent[number].elapsed());
                sent[number] = Instant::now();
                send(&links[number].socket)?;
            }
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of answers")]
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    Ok(Wires { rate, samples: samples(&times)? })
}

/// A socket and the process at its other end.
struct Link {
    socket: Socket,
    _script: Script,
}

/// So many, connected.
fn links(count: usize) -> Result<(Vec<Link>, TempDir)> {
    let directory = TempDir::with_prefix("phoebed-bench-");
    let directory = directory.map_err(|source| BenchError::io("a temporary directory", source))?;
    let (context, keys) = (zmq::Context::new(), CurveKeyPair::new()?);
    let scripts: Result<Vec<Script>> =
        (0..count).map(|_| Script::start("wire.py", directory.path())).collect();
    let links: Result<Vec<Link>> =
        scripts?.into_iter().map(|script| connect(&context, &keys, script)).collect();
    Ok((links?, directory))
}

fn connect(context: &zmq::Context, keys: &CurveKeyPair, mut script: Script) -> Result<Link> {
    let said = script.answer()?;
    let (Some(port), Some(key)) = (said["port"].as_u64(), said["public_key"].as_str()) else {
        return Err(BenchError::unexpected(format!("wire.py said {said}")));
    };
    let key = zmq::z85_decode(key).map_err(|_| zmq::Error::EINVAL)?;
    let socket = context.socket(zmq::DEALER)?;
    socket.set_linger(0)?;
    socket.set_rcvtimeo(PATIENCE)?;
    socket.set_sndtimeo(PATIENCE)?;
    socket.set_curve_serverkey(&key)?;
    socket.set_curve_publickey(&keys.public_key)?;
    socket.set_curve_secretkey(&keys.secret_key)?;
    socket.connect(&format!("tcp://127.0.0.1:{port}"))?;
    Ok(Link { socket, _script: script })
}

/// The frames of a command, as the daemon sends them.
fn send(socket: &Socket) -> Result<()> {
    let frames: [&[u8]; 3] = [&1_u64.to_be_bytes(), b"{}", PING];
    Ok(socket.send_multipart(frames, 0)?)
}

fn receive(socket: &Socket) -> Result<()> {
    match socket.recv_multipart(0)?.as_slice() {
        [_, _, body] if body == PING => Ok(()),
        frames => Err(BenchError::unexpected(format!("wire.py answered {frames:?}"))),
    }
}
