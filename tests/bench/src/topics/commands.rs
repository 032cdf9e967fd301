//! Commands of one session on one kept-alive connection, alone and while another one computes.

use serde_json::json;

use super::compute::light_curve;
use super::{Effort, Measured, PING, POOL, SPARES, ping_during};
use crate::client::Connection;
use crate::daemon::{Daemon, Session};
use crate::error::Result;
use crate::figure::Figure;
use crate::limits::Limits;
use crate::load::{Shot, serial};
use crate::progress;
use crate::samples::Samples;

/// Measures the topic.
pub async fn measure(effort: Effort, limits: &mut Limits) -> Result<Measured> {
    let echo = limits.echo(effort).await?.serial.clone();
    let wire = limits.wire(effort)?.serial.clone();
    let bare = |share| echo.quantile(share) + wire.quantile(share);
    let (way, median) = ("HTTP echo + ZMQ", bare(0.5));
    let plain = limits.engine(effort)?;
    let (get, set) = (plain.get_value.median(), plain.set_value.median());
    let period = plain.set_period.median();

    progress("commands of one session");
    let daemon = Daemon::start(SPARES, POOL).await?;
    let mut sessions = daemon.sessions(2).await?.into_iter();
    let (Some(mut one), Some(mut other)) = (sessions.next(), sessions.next()) else {
        unreachable!("two were started");
    };
    let ping = [PING.to_vec()];
    let pings = series(&mut one, &ping, effort.pick(5_000, 1_000)).await?;
    let get_value = [get_value()];
    let gets = series(&mut one, &get_value, effort.pick(2_000, 300)).await?;
    // Two values in turn, so that each really changes something.
    let teffs = [6000.0, 6100.0].map(|value| set_value("teff", "primary", value));
    let sets = series(&mut one, &teffs, effort.pick(300, 50)).await?;
    let days = [1.0, 1.1].map(|value| set_value("period", "binary", value));
    let periods = series(&mut one, &days, effort.pick(15, 5)).await?;
    progress("a ping while another session computes");
    let beside = while_computing(&mut one, &mut other, effort).await?;
    let stopped = daemon.stop().await;

    let figures = vec![
        Figure::median("ping_p50", "ping, one connection", &pings)
            .at_most(0.0004)
            .beside(way, median),
        Figure::quantile("ping_p99", "  p99", &pings, 0.99).at_most(0.001).beside(way, bare(0.99)),
        Figure::median("get_value", "get_value by tags", &gets)
            .at_most(0.0008)
            .beside("that + PHOEBE", median + get),
        Figure::quantile("get_value_p99", "  p99", &gets, 0.99),
        Figure::median("set_value", "set_value of a temperature", &sets)
            .beside("that + PHOEBE", median + set),
        Figure::median("set_period", "set_value of the period", &periods)
            .beside("that + PHOEBE", median + period),
        Figure::median("ping_beside_compute", "ping while another session computes", &beside)
            .at_most(0.001)
            .beside(way, median),
        Figure::quantile("ping_beside_compute_p99", "  p99", &beside, 0.99),
    ];
    Ok((figures, stopped))
}

fn get_value() -> Vec<u8> {
    json!({
        "command": "get_value", "qualifier": "teff", "component": "primary",
        "context": "component",
    })
    .to_string()
    .into_bytes()
}

fn set_value(qualifier: &str, component: &str, value: f64) -> Vec<u8> {
    json!({
        "command": "set_value", "qualifier": qualifier, "component": component,
        "context": "component", "value": value,
    })
    .to_string()
    .into_bytes()
}

/// Commands in turn.
async fn series(
    (connection, session): &mut (Connection, Session),
    bodies: &[Vec<u8>],
    count: usize,
) -> Result<Samples> {
    let shots: Vec<Shot> = bodies.iter().map(|body| session.shot(body.clone())).collect();
    serial(connection, &shots, count).await
}

/// Pings one session for as long as the other one computes.
async fn while_computing(
    (pinging, idle): &mut (Connection, Session),
    (asking, busy): &mut (Connection, Session),
    effort: Effort,
) -> Result<Samples> {
    asking.command(&busy.send, &light_curve()).await?;
    let compute = json!({ "command": "run_compute" });
    let computes = async {
        for _ in 0..effort.pick(2, 1) {
            asking.command(&busy.send, &compute).await?;
        }
        Ok(())
    };
    let ((), samples) = ping_during(pinging, idle, computes).await?;
    Ok(samples)
}
