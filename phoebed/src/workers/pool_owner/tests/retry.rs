use std::path::Path;

use super::*;

/// The fake engine, whose workers are born as this script says.
fn fake_engine(folder: &TempDir, script: &str) -> ZygoteCommand {
    std::fs::write(folder.path().join("script.json"), script).unwrap();
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    ZygoteCommand {
        python: package.join("../.venv/bin/python"),
        arguments: vec!["-I".into(), "-B".into(), package.join("tests/fake/zygote").into()],
        environment: vec![("FAKE_DIR".into(), folder.path().into())],
        directory: folder.path().to_owned(),
        privileges: Default::default(),
    }
}

#[tokio::test]
async fn spares_that_failed_are_tried_again_when_it_is_time_whatever_else_happens() {
    let (folder, _supervisor, mut owner) = owner();
    let script = r#"{"births": [{"do": "exit"}, {"do": "exit"}, {"do": "exit"}, {"do": "ok"}]}"#;
    let (supervisor, zygote) = Supervisor::new(fake_engine(&folder, script));
    Arc::get_mut(&mut owner.launcher).expect("nothing was launched").zygote = zygote;
    owner.settings.send_modify(|settings| settings.max_answer_bytes = 1 << 20);
    // Nothing but the retry wakes the task: it comes when the port of what failed is free again.
    owner.intervals = Intervals { look: Duration::MAX / 4, retry: Duration::from_millis(300) };
    let mut ready = owner.spares_ready.subscribe();
    let tasks = owner.launcher.tasks.clone();
    let (messages, inbox) = mpsc::channel(1);
    let (stop, stopped) = oneshot::channel::<()>();
    let test = async {
        let run = tokio::spawn(owner.run(inbox));
        let spare = ready.wait_for(|spares| !spares.is_empty());
        let spare = tokio::time::timeout(Duration::from_secs(40), spare).await;
        assert_eq!(spare.expect("a spare is ready").expect("the pool goes on").len(), 1);
        let (reply, done) = oneshot::channel();
        messages.send(Message::Stop(reply)).await.expect("the pool goes on");
        done.await.expect("it stops");
        run.await.expect("it ends");
        tasks.close();
        tasks.wait().await;
        drop(stop);
    };
    let engine = supervisor.run(async {
        let _ = stopped.await;
    });
    tokio::join!(test, engine);
}
