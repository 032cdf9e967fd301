//! From the configuration to the settings of each part: pure functions.

use std::time::Duration;

use phoebed_common::config::{Config, Durability, OnIdle, WhileBusy};

use crate::http::{HttpSettings, Limits};
use crate::jobs::JobSettings;
use crate::sessions::{Settings, Timeouts};
use crate::store::{CommandFilter, LogSettings};
use crate::workers::{GroupLimits, PoolSettings, SandboxOptions, WorkerLimits};

/// Settings of sessions.
pub fn session_settings(config: &Config) -> Settings {
    Settings {
        timeouts: Timeouts {
            command: config.session.command_timeout,
            idle: config.session.idle_timeout,
        },
        queue_limit: config.session.queue_limit,
        max_workers_per_user: config.resources.max_workers_per_user.unwrap_or(0) as usize,
        hibernates: config.session.on_idle == OnIdle::Hibernate,
        retention: retention(config.session.retention_days),
        max_sessions_per_user: config.resources.max_sessions_per_user.unwrap_or(0) as usize,
        job_limit: config.jobs.queue_limit,
        refuses_while_busy: config.session.while_busy == WhileBusy::Refuse,
        compute_processes: compute_processes(config),
        min_free_memory_mb: u64::from(config.resources.min_free_memory.0),
    }
}

fn retention(days: u32) -> Option<Duration> {
    (days > 0).then(|| Duration::from_secs(u64::from(days) * 24 * 3600))
}

/// Processes that compute at the same time.
pub fn compute_processes(config: &Config) -> u32 {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    config.resources.compute_processes.unwrap_or_else(|| u32::try_from(cores()).unwrap_or(1))
}

/// Settings of jobs.
pub fn job_settings(config: &Config) -> JobSettings {
    JobSettings { retention: retention(config.jobs.retention_days) }
}

/// Settings of the pool of workers.
pub fn pool_settings(config: &Config) -> PoolSettings {
    PoolSettings {
        ports: config.port_pool.ports(),
        spares: config.workers.spares,
        start_timeout: config.workers.start_timeout,
        end_grace: config.workers.end_grace,
        max_answer_bytes: config.workers.max_answer.bytes(),
        ship_state: config.session.durability != Durability::None,
        compute_processes: compute_processes(config),
        limits: worker_limits(config),
        group_limits: group_limits(config),
    }
}

/// What each process of a worker may take.
fn worker_limits(config: &Config) -> WorkerLimits {
    let resources = &config.resources;
    WorkerLimits {
        memory_bytes: resources.session_memory.bytes(),
        open_files: resources.session_open_files,
        file_bytes: resources.session_file.bytes(),
        nice: resources.session_nice,
    }
}

/// What a whole session may take.
fn group_limits(config: &Config) -> GroupLimits {
    let scratch = config.resources.session_scratch.bytes();
    GroupLimits {
        processes: config.resources.session_processes,
        scratch_bytes: (scratch > 0).then_some(scratch),
    }
}

/// What is wanted of the sandbox.
pub fn sandbox_options(config: &Config) -> SandboxOptions {
    SandboxOptions { mode: config.sandbox.mode, user: config.sandbox.user.clone() }
}

/// Settings of the log database.
pub fn log_settings(config: &Config) -> LogSettings {
    let database = &config.database;
    LogSettings {
        filter: CommandFilter::new(&database.log_include_commands, &database.log_exclude_commands),
        keep_days: database.keep_days,
    }
}

/// Settings of the public API.
pub fn http_settings(config: &Config) -> HttpSettings {
    HttpSettings {
        server: config.server.clone(),
        engine_wait: config.workers.start_timeout,
        access_level: config.logging.access_level,
    }
}

/// Limits on connections of the public API.
pub fn connection_limits(config: &Config) -> Limits {
    Limits {
        connections: config.server.max_connections,
        per_address: config.server.max_connections_per_address,
        header: config.server.header_timeout,
        keep_alive: config.server.keep_alive,
        grace: config.shutdown.grace,
    }
}
