use std::ffi::OsString;
use std::sync::atomic::AtomicU64;

use phoebed_common::config::SandboxMode;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::super::sandbox::{FileUser, Privileges, Sandbox, SandboxOptions};
use super::super::scratch::ScratchRoot;
use super::super::supervisor::Supervisor;
use super::super::watchdog::{GroupLimits, Watchdog};
use super::super::zygote::{WorkerLimits, ZygoteCommand};
use super::*;
use std::time::Duration;

type Reply = oneshot::Receiver<Result<Worker, StartError>>;

/// An owner whose zygote is never ready.
fn owner() -> (TempDir, Supervisor, Owner) {
    let folder = tempfile::tempdir().unwrap();
    let (supervisor, zygote) = Supervisor::new(ZygoteCommand {
        python: "/nonexistent".into(),
        arguments: Vec::<OsString>::new(),
        environment: Vec::new(),
        directory: folder.path().to_owned(),
        privileges: Privileges::default(),
    });
    let settings = PoolSettings {
        // The kernel holds any free one for it.
        ports: 0..1,
        spares: 1,
        start_timeout: Duration::from_secs(600),
        end_grace: Duration::ZERO,
        max_answer_bytes: 1,
        compute_processes: 1,
        ship_state: false,
        limits: WorkerLimits::default(),
        group_limits: GroupLimits::default(),
    };
    let ports = SharedPorts::new(settings.ports.clone());
    let off = SandboxOptions { mode: SandboxMode::Off, user: None };
    let (sender, settings) = watch::channel(settings);
    let launcher = Arc::new(Launcher {
        zygote,
        scratch: ScratchRoot::create(folder.path().join("scratch"), FileUser::default()).unwrap(),
        sandbox: Arc::new(Sandbox::new(&off).unwrap()),
        watchdog: Watchdog::default(),
        settings,
        tasks: TaskTracker::new(),
        last_id: AtomicU64::new(0),
    });
    let (own, _) = mpsc::channel(1);
    let owner =
        Owner::new(launcher, ports, sender, watch::Sender::new(Vec::new()), own.downgrade());
    (folder, supervisor, owner)
}

/// A caller that waits for a launch which ends like this.
fn wait_for(
    owner: &mut Owner,
    launch: impl Future<Output = Result<Worker, StartError>> + Send + 'static,
) -> Reply {
    let launch = owner.launching.spawn(launch);
    owner.launching_ports.push((launch.id(), 1));
    let (reply, worker) = oneshot::channel();
    owner.waiting.push_back(reply);
    worker
}

fn failure() -> Result<Worker, StartError> {
    Err(StartError::Worker("no".to_owned()))
}

#[tokio::test]
async fn a_start_that_panics_is_told_to_its_caller_and_the_pool_goes_on() {
    let (_folder, _supervisor, mut owner) = owner();
    let told = wait_for(&mut owner, async { panic!("a fault in the start") });
    let (messages, inbox) = mpsc::channel(1);
    let run = tokio::spawn(owner.run(inbox));
    let error = told.await.expect("an answer").expect_err("no worker");
    assert!(error.to_string().contains("a fault in the start"), "{error}");
    let (reply, stopped) = oneshot::channel();
    messages.send(Message::Stop(reply)).await.expect("the pool goes on");
    stopped.await.expect("it stops");
    run.await.expect("it ends");
}

#[tokio::test]
async fn a_failed_launch_is_told_only_when_too_few_are_left_for_those_who_wait() {
    let (_folder, _supervisor, mut owner) = owner();
    let mut told = wait_for(&mut owner, std::future::pending());
    let spare = owner.launching.spawn(async { failure() });
    let id = spare.id();
    let done = owner.launching.join_next_with_id().await.expect("one is done").expect("no panic");
    assert_eq!(done.0, id);
    owner.launched(id, failure());
    assert!(told.try_recv().is_err(), "the launch that it waits for is under way");
    assert!(owner.spares_after.is_some(), "it was a spare's, to be tried again");

    let last = owner.launching_ports[0].0;
    owner.launching.abort_all();
    assert!(owner.launching.join_next().await.expect("it is done").is_err());
    owner.launched(last, failure());
    assert!(told.try_recv().expect("an answer").is_err());
}

#[tokio::test]
async fn a_closed_pool_starts_nothing() {
    let (_folder, _supervisor, mut owner) = owner();
    let mut waits = wait_for(&mut owner, std::future::pending());
    owner.queued.push_back(Queued::now(owner.ports.lease().expect("a port")));
    owner.close();
    assert!(matches!(waits.try_recv(), Ok(Err(StartError::ShuttingDown))));
    let (reply, mut late) = oneshot::channel();
    owner.take(reply);
    assert!(matches!(late.try_recv(), Ok(Err(StartError::ShuttingDown))));
    owner.refill();
    assert!(owner.queued.is_empty());
    assert_eq!(owner.launching.len(), 1, "only what was under way before");
}

mod retry;
