//! The task that owns the pool of workers.
//!
//! Every launch has its port from the moment it is accepted, so that what is promised to callers
//! can be kept. A finished launch goes to the caller that has waited longest, else to the spares.

mod intervals;
mod requests;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{self, JoinSet};
use tokio::time::{MissedTickBehavior, sleep_until};

use super::StartError;
use super::launch::Launcher;
use super::pool::{PoolSettings, Spare};
use super::port_pool::{PortCounts, SharedPorts};
use super::process::note_oom_kills;
use super::strays::Strays;
use super::worker::Worker;
use intervals::Intervals;
pub(super) use requests::Message;
use requests::Queued;

/// Starts that run at the same time: the zygote forks one after the other, the workers' own
/// set-up overlaps with that.
const PARALLEL_LAUNCHES: usize = 8;

/// The state of the task.
pub(super) struct Owner {
    launcher: Arc<Launcher>,
    ports: SharedPorts,
    settings: watch::Sender<PoolSettings>,
    spares: VecDeque<Worker>,
    spares_ready: watch::Sender<Vec<Spare>>,
    waiting: VecDeque<oneshot::Sender<Result<Worker, StartError>>>,
    queued: VecDeque<Queued>,
    launching: JoinSet<Result<Worker, StartError>>,
    launching_ports: Vec<(task::Id, u16)>,
    /// When spares are tried again after one could not be started.
    spares_after: Option<tokio::time::Instant>,
    /// The daemon is going down: nothing is started any more.
    closed: bool,
    intervals: Intervals,
    own: mpsc::WeakSender<Message>,
}

impl Owner {
    pub(super) fn new(
        launcher: Arc<Launcher>,
        ports: SharedPorts,
        settings: watch::Sender<PoolSettings>,
        spares_ready: watch::Sender<Vec<Spare>>,
        own: mpsc::WeakSender<Message>,
    ) -> Self {
        Self {
            launcher,
            ports,
            settings,
            spares: VecDeque::new(),
            spares_ready,
            waiting: VecDeque::new(),
            queued: VecDeque::new(),
            launching: JoinSet::new(),
            launching_ports: Vec::new(),
            spares_after: None,
            closed: false,
            intervals: Intervals::default(),
            own,
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut zygote = self.launcher.zygote.clone();
        let ports = self.ports.clone();
        let mut strays = Strays::default();
        let mut measure = tokio::time::interval(self.intervals.look);
        measure.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.refill();
            self.publish();
            let retry = self.spares_after;
            tokio::select! {
                message = inbox.recv() => match message {
                    None => return,
                    Some(Message::Take(reply)) => self.take(reply),
                    Some(Message::Configure(settings, reply)) => {
                        self.configure(settings);
                        let _ = reply.send(());
                    }
                    Some(Message::SpareEnded) => self.drop_dead_spares(),
                    Some(Message::Close(reply)) => {
                        self.close();
                        let _ = reply.send(());
                    }
                    Some(Message::Stop(reply)) => {
                        self.stop().await;
                        let _ = reply.send(());
                        return;
                    }
                },
                Some(done) = self.launching.join_next_with_id() => match done {
                    Ok((task, result)) => self.launched(task, result),
                    // Whoever waits for it must not wait for ever.
                    Err(lost) => {
                        log::error!("a start of a worker was lost: {lost}");
                        let error = StartError::Worker(format!("its start was lost ({lost})"));
                        self.launched(lost.id(), Err(error));
                    }
                },
                () = until(retry) => {}
                () = ports.freed() => {}
                () = zygote.changed() => {}
                _ = measure.tick() => {
                    note_oom_kills();
                    strays.sweep();
                    self.measure_spares();
                }
            }
        }
    }

    fn take(&mut self, reply: oneshot::Sender<Result<Worker, StartError>>) {
        if self.closed {
            let _ = reply.send(Err(StartError::ShuttingDown));
            return;
        }
        self.drop_dead_spares();
        if let Some(spare) = self.spares.pop_front() {
            if let Err(unsent) = reply.send(Ok(spare)) {
                // The caller has left: the spare waits on.
                self.spares.extend(unsent.ok());
            }
            return;
        }
        self.waiting.retain(|waiting| !waiting.is_closed());
        if self.waiting.len() < self.launches() {
            return self.waiting.push_back(reply);
        }
        match self.ports.lease() {
            Some(lease) => {
                self.queued.push_back(Queued::now(lease));
                self.waiting.push_back(reply);
            }
            None => {
                let PortCounts { total, reserved, first_last: (first, last) } =
                    self.ports.lock().counts(Instant::now());
                let in_use = reserved.len();
                let _ = reply.send(Err(StartError::PortsExhausted { in_use, total, first, last }));
            }
        }
    }

    /// Launches under way keep what they began with.
    fn configure(&mut self, settings: PoolSettings) {
        let old = self.settings.send_replace(settings.clone());
        self.ports.lock().resize(settings.ports.clone());
        let same_limits = old.max_answer_bytes == settings.max_answer_bytes
            && old.limits == settings.limits
            && old.group_limits == settings.group_limits;
        // Dropping a worker ends it; refilling makes up for it.
        self.spares.retain(|spare| same_limits && settings.ports.contains(&spare.port));
        self.spares.truncate(settings.spares);
        self.spares_after = None;
        self.publish();
    }

    fn wanted_spares(&self) -> usize {
        self.settings.borrow().spares
    }

    /// Launches that are queued or under way.
    fn launches(&self) -> usize {
        self.queued.len() + self.launching.len()
    }

    /// Starts queued launches, and launches for spares when the engine is ready for them.
    fn refill(&mut self) {
        let now = tokio::time::Instant::now();
        self.spares_after = self.spares_after.filter(|after| now < *after);
        if self.launcher.zygote.is_ready() && self.spares_after.is_none() && !self.closed {
            let coming = |owner: &Self| owner.launches().saturating_sub(owner.waiting.len());
            while self.spares.len() + coming(self) < self.wanted_spares() {
                let Some(lease) = self.ports.lease() else { break };
                self.queued.push_back(Queued::now(lease));
            }
        }
        while self.launching.len() < PARALLEL_LAUNCHES {
            let Some(Queued { lease, accepted }) = self.queued.pop_front() else { break };
            let port = lease.port();
            let launch = self.launching.spawn(self.launcher.clone().launch(lease, accepted));
            self.launching_ports.push((launch.id(), port));
        }
    }

    fn launched(&mut self, task: task::Id, result: Result<Worker, StartError>) {
        self.launching_ports.retain(|(launching, _)| *launching != task);
        self.waiting.retain(|waiting| !waiting.is_closed());
        let mut result = result;
        // A failure is told only when what is still to come is not enough for those who wait.
        while result.is_ok() || self.launches() < self.waiting.len() {
            let Some(waiting) = self.waiting.pop_front() else { break };
            match waiting.send(result) {
                Ok(()) => return,
                Err(unsent) => result = unsent,
            }
        }
        match result {
            // Its caller has left and there are spares enough: dropping it ends it.
            Ok(_surplus) if self.spares.len() >= self.wanted_spares() => {}
            Ok(leaving) if !self.ports.lock().contains(leaving.port) => {}
            Ok(worker) => self.add_spare(worker),
            Err(error) => {
                log::warn!("a spare worker could not be started: {error}");
                self.spares_after = Some(tokio::time::Instant::now() + self.intervals.retry);
            }
        }
    }

    fn add_spare(&mut self, worker: Worker) {
        let (mut exit, own) = (worker.exit(), self.own.clone());
        tokio::spawn(async move {
            exit.ended().await;
            if let Some(own) = own.upgrade() {
                let _ = own.send(Message::SpareEnded).await;
            }
        });
        self.spares.push_back(worker);
        self.measure_spares();
    }

    fn drop_dead_spares(&mut self) {
        self.spares.retain(|spare| {
            let alive = spare.is_alive();
            if !alive {
                log::warn!("spare worker {} (process {}) died", spare.id, spare.pid());
            }
            alive
        });
    }

    fn measure_spares(&self) {
        let max_age = self.intervals.look / 2;
        for spare in &self.spares {
            let memory = spare.memory.clone();
            tokio::spawn(async move { memory.measure(max_age).await });
        }
    }

    /// Spares, and launches that nobody has claimed, are available to the next callers.
    fn publish(&self) {
        let unclaimed = self.launches().saturating_sub(self.waiting.len());
        let launches = self.queued.iter().map(|queued| queued.lease.port()).rev();
        let launches = launches.chain(self.launching_ports.iter().map(|(_, port)| *port).rev());
        let idle = self.spares.iter().map(|spare| spare.port).chain(launches.take(unclaimed));
        self.ports.lock().mark_idle(idle);
        let ready = || self.spares.iter().map(|spare| spare.pid());
        self.spares_ready.send_if_modified(|known| {
            let changed = !known.iter().map(|spare| spare.pid).eq(ready());
            if changed {
                *known = self.spares.iter().map(Spare::of).collect();
            }
            changed
        });
    }

    /// Whoever waits is told; spares and what is under way stay until [`Owner::stop`].
    fn close(&mut self) {
        self.closed = true;
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(Err(StartError::ShuttingDown));
        }
        self.queued.clear();
    }

    async fn stop(&mut self) {
        self.close();
        // Cancelled launches drop their guarded process, which ends it.
        self.launching.shutdown().await;
        let ends = self.spares.drain(..).map(Worker::end);
        let mut ending: JoinSet<_> = ends.collect();
        while ending.join_next().await.is_some() {}
    }
}

async fn until(when: Option<tokio::time::Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}
