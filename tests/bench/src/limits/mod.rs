//! What the figures are held against, measured in the same run: each without anything of phoebed,
//! and only when a topic asks for it.

pub mod echo;
pub mod engine;
pub mod hash;
mod script;
pub mod wire;

use crate::error::Result;
use crate::progress;
use crate::topics::Effort;

use echo::Echo;
use engine::Engine;
use wire::{Wire, Wires};

/// The limits measured so far.
#[derive(Debug, Default)]
pub struct Limits {
    echo: Option<Echo>,
    wire: Option<Wire>,
    wires: Option<Wires>,
    engine: Option<Engine>,
}

impl Limits {
    /// A bare HTTP server and this program's own load.
    pub async fn echo(&mut self, effort: Effort) -> Result<&Echo> {
        if self.echo.is_none() {
            progress("limit: a bare HTTP server");
            self.echo = Some(echo::measure(effort).await?);
        }
        Ok(self.echo.as_ref().unwrap_or_else(|| unreachable!("it was measured")))
    }

    /// One bare ZeroMQ link.
    pub fn wire(&mut self, effort: Effort) -> Result<&Wire> {
        if self.wire.is_none() {
            progress("limit: a bare ZeroMQ round trip");
            self.wire = Some(wire::measure(effort)?);
        }
        Ok(self.wire.as_ref().unwrap_or_else(|| unreachable!("it was measured")))
    }

    /// Twelve bare ZeroMQ links at once.
    pub fn wires(&mut self, effort: Effort) -> Result<&Wires> {
        if self.wires.is_none() {
            progress("limit: twelve bare ZeroMQ links");
            self.wires = Some(wire::measure_twelve(effort)?);
        }
        Ok(self.wires.as_ref().unwrap_or_else(|| unreachable!("it was measured")))
    }

    /// Plain PHOEBE, and forks of a process that has it imported.
    pub fn engine(&mut self, effort: Effort) -> Result<&Engine> {
        if self.engine.is_none() {
            progress("limit: bare forks and plain PHOEBE");
            self.engine = Some(engine::measure(effort)?);
        }
        Ok(self.engine.as_ref().unwrap_or_else(|| unreachable!("it was measured")))
    }

    /// Those measured so far, with their names in the JSON file, in seconds, MiB or per second.
    pub fn measured(&self) -> Vec<(&'static str, f64)> {
        let mut all = Vec::new();
        all.extend(self.echo.iter().flat_map(Echo::values));
        all.extend(self.wire.iter().flat_map(Wire::values));
        all.extend(self.wires.iter().flat_map(Wires::values));
        all.extend(self.engine.iter().flat_map(Engine::values));
        all
    }
}
