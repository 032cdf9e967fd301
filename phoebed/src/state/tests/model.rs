//! Random histories against a map: what was acknowledged is there after every reopening.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::store::side_file;

#[derive(Debug, Clone)]
enum Step {
    Register(u8),
    Journal(u8),
    Fast(u8, bool),
    Portable(u8),
    Forget(u8),
    Load(u8, bool),
    Died(u8, bool),
    Lived(u8),
    Reopen { cleanly: bool },
}

/// What is known of one session: its changes in order, each a journal entry or a snapshot.
#[derive(Debug, Default)]
struct Known {
    /// Names of snapshot and entries, for the engine of the latest fast snapshot.
    fast: Option<(bool, Vec<String>)>,
    /// The same for any engine, as long as only the journal went on from it.
    portable: Option<Vec<String>>,
    /// The portable form leads to the latest change.
    portable_is_latest: bool,
    deaths: (u32, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = 0..3_u8;
    let step = prop_oneof![
        2 => id.clone().prop_map(Step::Register),
        8 => id.clone().prop_map(Step::Journal),
        4 => (id.clone(), any::<bool>()).prop_map(|(id, other)| Step::Fast(id, other)),
        2 => id.clone().prop_map(Step::Portable),
        1 => id.clone().prop_map(Step::Forget),
        2 => (id.clone(), any::<bool>()).prop_map(|(id, other)| Step::Load(id, other)),
        1 => (id.clone(), any::<bool>()).prop_map(|(id, same)| Step::Died(id, same)),
        1 => id.prop_map(Step::Lived),
        2 => any::<bool>().prop_map(|cleanly| Step::Reopen { cleanly }),
    ];
    prop::collection::vec(step, 1..60)
}

fn engine(other: bool) -> &'static str {
    if other { OTHER_ENGINE } else { ENGINE }
}

/// The state that this engine must get when nothing is lost; none if something would be.
fn expected(known: &Known, other: bool) -> Option<String> {
    match (&known.fast, &known.portable) {
        (Some((of, names)), _) if *of == other => Some(names.join("+")),
        (_, Some(names)) if known.portable_is_latest => Some(names.join("+")),
        _ => None,
    }
}

async fn check(state: &State, model: &BTreeMap<u8, Known>) {
    let sessions = state.sessions().await.expect("sessions");
    let mut ids: Vec<_> = sessions.iter().map(|row| row.session_id.clone()).collect();
    ids.sort();
    assert_eq!(ids, model.keys().map(u8::to_string).collect::<Vec<_>>());
    for (id, known) in model {
        let row = sessions.iter().find(|row| row.session_id == id.to_string()).expect("row");
        assert_eq!(row.deaths, known.deaths.0);
        let other = known.fast.as_ref().is_some_and(|(of, _)| *of);
        let loaded = state.load(&id.to_string(), engine(other)).await.expect("load");
        assert_eq!(loaded.as_ref().map(text), expected(known, other), "{id}");
        assert_eq!(loaded.and_then(|stored| stored.damage), None);
    }
}

async fn run(steps: Vec<Step>) {
    let (_folder, mut path) = place();
    let mut state = open(&path);
    let mut model = BTreeMap::<u8, Known>::new();
    for (number, step) in steps.into_iter().enumerate() {
        match step {
            Step::Register(id) => {
                state.register(record(&id.to_string())).await.expect("register");
                model.entry(id).or_default().deaths = (0, false);
            }
            Step::Journal(id) => {
                let name = format!("j{number}");
                let kept = state.keep(&id.to_string(), journal(&name)).await;
                let known = model.get_mut(&id);
                let known = known.filter(|known| known.fast.is_some() || known.portable.is_some());
                assert_eq!(kept.is_ok(), known.is_some(), "{kept:?}");
                let Some(known) = known else { continue };
                if let Some((_, names)) = &mut known.fast {
                    names.push(name.clone());
                }
                if known.portable_is_latest
                    && let Some(names) = &mut known.portable
                {
                    names.push(name);
                }
            }
            Step::Fast(id, other) => {
                let name = format!("f{number}");
                let kept = snapshot(SnapshotForm::Fast, engine(other), &name);
                let kept = state.keep(&id.to_string(), kept).await;
                assert_eq!(kept.is_ok(), model.contains_key(&id), "{kept:?}");
                if let Some(known) = model.get_mut(&id) {
                    known.fast = Some((other, vec![name]));
                    known.portable_is_latest = false;
                }
            }
            Step::Portable(id) => {
                let name = format!("p{number}");
                let kept = state.keep(&id.to_string(), portable(&name)).await;
                assert_eq!(kept.is_ok(), model.contains_key(&id), "{kept:?}");
                if let Some(known) = model.get_mut(&id) {
                    known.portable = Some(vec![name]);
                    known.portable_is_latest = true;
                }
            }
            Step::Forget(id) => {
                state.forget(&id.to_string()).await.expect("forget");
                model.remove(&id);
            }
            Step::Load(id, other) => {
                // Only what loses nothing: the rest has tests of its own.
                let Some(known) = model.get(&id) else { continue };
                if let Some(expected) = expected(known, other) {
                    let loaded = state.load(&id.to_string(), engine(other)).await;
                    let stored = loaded.expect("load").expect("a state");
                    assert_eq!((text(&stored), stored.damage), (expected, None));
                }
            }
            Step::Died(id, same) => {
                let command = [u8::from(same)];
                let deaths = state.died(&id.to_string(), "signal 9", Some(&command)).await;
                let Some(known) = model.get_mut(&id) else { continue };
                let (before, of) = known.deaths;
                known.deaths = (if before > 0 && of == same { before + 1 } else { 1 }, same);
                assert_eq!(deaths.expect("died"), known.deaths.0);
            }
            Step::Lived(id) => {
                state.lived(&id.to_string()).await.expect("lived");
                if let Some(known) = model.get_mut(&id) {
                    known.deaths = (0, false);
                }
            }
            Step::Reopen { cleanly } => {
                if cleanly {
                    state.close().await.expect("close");
                } else {
                    // The files as they are after `kill -9`: nobody closes the copy.
                    let copy = path.with_file_name(format!("{number}.db"));
                    for suffix in ["", "-wal"] {
                        let from = side_file(&path, suffix);
                        std::fs::copy(from, side_file(&copy, suffix)).expect("copy");
                    }
                    path = copy;
                }
                state = open(&path);
                check(&state, &model).await;
            }
        }
    }
    check(&state, &model).await;
    state.close().await.expect("close");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn what_was_acknowledged_is_there_and_nothing_else(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("runtime").block_on(run(steps));
    }
}
