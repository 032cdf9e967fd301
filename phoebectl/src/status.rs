//! `phoebectl status`.

use phoebed_common::admin::{
    Certificate, Engine, EngineState, Guarantee, Memory, Sandbox, Status, Store, StoreState, paths,
};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::fields::Fields;
use crate::style::{Cell, Style};
use crate::text::{NOTHING, ago, memory, span};

/// Shows how the daemon is.
pub async fn run(client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<Status>(paths::STATUS).await?;
    if console.json {
        return console.answer(&reply);
    }
    let fields = fields(&reply.value, console.now());
    console.fields(&fields)
}

fn fields(status: &Status, now: f64) -> Fields {
    let mut fields = Fields::default();
    let (version, pid, up) = (&status.version, status.pid, span(status.uptime_seconds));
    fields.add("phoebed", format!("{version}, process {pid}, up {up}"));
    let scheme = if status.tls { "https" } else { "http" };
    let urls: Vec<_> = status.listeners.iter().map(|at| format!("{scheme}://{at}")).collect();
    let urls = if urls.is_empty() { NOTHING.to_owned() } else { urls.join(", ") };
    fields.add("listening", format!("{urls}, auth mode {}", status.auth_mode));
    if let Some(Certificate { valid_until, warning, .. }) = &status.certificate {
        let cell = match warning {
            Some(warning) => Cell::new(warning).style(Style::Warning),
            None => Cell::new(format!("ends in {}", span(valid_until - now))),
        };
        fields.add("certificate", cell);
    }
    if status.draining {
        let text = "no new sessions are taken (phoebectl undrain ends it)";
        fields.add("draining", Cell::new(text).style(Style::Warning));
    }
    fields.add("engine", engine(&status.engine));
    fields.add("sessions", sessions(status));
    let spares = status.spares;
    let style = if spares.ready < spares.wanted { Style::Warning } else { Style::Plain };
    let text = format!("{} ready of {} wanted", spares.ready, spares.wanted);
    fields.add("spares", Cell::new(text).style(style));
    add_sandbox(&mut fields, &status.sandbox);
    let ports = status.ports;
    let style = if ports.available == 0 { Style::Warning } else { Style::Plain };
    let text =
        format!("{} available of {}, {} reserved", ports.available, ports.total, ports.reserved);
    fields.add("ports", Cell::new(text).style(style));
    fields.add("memory", host_memory(&status.memory));
    add_store(&mut fields, &status.store, now);
    fields.add("config", status.config_file.as_deref().unwrap_or("none, all defaults"));
    for change in &status.pending_restart {
        let text = format!("{}: {} waits for {}", change.key, change.old, change.new);
        fields.add("restart due", Cell::new(text).style(Style::Warning));
    }
    fields
}

fn add_sandbox(fields: &mut Fields, sandbox: &Sandbox) {
    let user = sandbox.user.as_ref().map_or(String::new(), |user| format!(", workers are {user}"));
    let missing = sandbox.guarantees.iter().filter(|guarantee| !guarantee.held).count();
    let (text, style) = match missing {
        0 => (format!("{}, holds everything{user}", sandbox.mode), Style::Good),
        _ => (format!("{}, does not hold {missing}{user}", sandbox.mode), Style::Warning),
    };
    fields.add("sandbox", Cell::new(text).style(style));
    for Guarantee { name, held, by } in &sandbox.guarantees {
        let style = if *held { Style::Plain } else { Style::Warning };
        let not = if *held { "" } else { "NOT HELD: " };
        fields.add("", Cell::new(format!("{name}: {not}{by}")).style(style));
    }
}

fn engine(engine: &Engine) -> Cell {
    let (state, style) = state(engine.state);
    let mut text = state.to_owned();
    let known = [
        engine.phoebe_version.as_ref().map(|version| format!("PHOEBE {version}")),
        engine.python_version.as_ref().map(|version| format!("Python {version}")),
        engine.zygote_pid.map(|pid| format!("zygote process {pid}")),
        engine.cause.clone(),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if !known.is_empty() {
        text = format!("{text}: {}", known.join(", "));
    }
    Cell::new(text).style(style)
}

/// An engine's state as a word.
pub fn state(state: EngineState) -> (&'static str, Style) {
    match state {
        EngineState::Warming => ("warming", Style::Warning),
        EngineState::Ready => ("ready", Style::Good),
        EngineState::Failed => ("failed", Style::Bad),
        EngineState::Stopped => ("stopped", Style::Bad),
    }
}

fn sessions(status: &Status) -> Cell {
    let counts = status.sessions;
    let kinds = [
        (counts.idle, "idle"),
        (counts.busy, "busy"),
        (counts.overdue, "overdue"),
        (counts.hibernated, "hibernated"),
    ];
    let kinds: Vec<_> = kinds
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, kind)| format!("{number} {kind}"))
        .collect();
    let style = if counts.overdue > 0 { Style::Warning } else { Style::Plain };
    if kinds.is_empty() {
        return Cell::new(counts.total.to_string());
    }
    Cell::new(format!("{}: {}", counts.total, kinds.join(", "))).style(style)
}

fn host_memory(of: &Memory) -> Cell {
    let host = match (of.host_available_mib, of.host_total_mib) {
        (Some(available), Some(total)) => {
            Some(format!("{} available of {}", memory(available), memory(total)))
        }
        (Some(available), None) => Some(format!("{} available", memory(available))),
        (None, _) => None,
    };
    let too_little = of.host_available_mib.is_some_and(|mib| mib < of.floor_mib);
    let floor =
        too_little.then(|| format!("below {}, so that no session starts", memory(of.floor_mib)));
    let parts = [
        host,
        floor,
        of.daemon_mib.map(|mib| format!("daemon {}", memory(mib))),
        of.workers_mib.map(|mib| format!("workers {}", memory(mib))),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let text = if parts.is_empty() { NOTHING.to_owned() } else { parts.join(", ") };
    Cell::new(text).style(if too_little { Style::Bad } else { Style::Plain })
}

fn add_store(fields: &mut Fields, store: &Store, now: f64) {
    let (state, style) = match store.state {
        StoreState::Ok => ("ok", Style::Good),
        StoreState::Delayed => ("delayed", Style::Warning),
        StoreState::Failing => ("failing", Style::Bad),
        StoreState::Closed => ("closed", Style::Bad),
    };
    let text = match &store.cause {
        Some(cause) => format!("{state} for {}: {cause}", span(now - store.since)),
        None => state.to_owned(),
    };
    fields.add("log", Cell::new(text).style(style));
    fields.add("", store.path.as_str());
    let (written, queued, dropped) = (store.written, store.queued, store.dropped);
    let style = if dropped > 0 { Style::Warning } else { Style::Plain };
    let text = format!("{written} written, {queued} of {} queued, {dropped} lost", store.capacity);
    fields.add("", Cell::new(text).style(style));
    if let Some(problem) = store.last_error.as_ref().filter(|_| store.cause.is_none()) {
        fields.add("", format!("was in trouble {}: {}", ago(now, problem.at), problem.message));
    }
}
