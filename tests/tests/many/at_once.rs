//! The same for many, by several clients at once.

use std::sync::Mutex;
use std::thread::scope;

/// Clients that ask at the same time.
const CLIENTS: usize = 8;

/// What comes of each, in no particular order.
pub fn at_once<T: Send, R: Send>(
    all: impl IntoIterator<Item = T, IntoIter: Send>,
    each: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let (left, done) = (Mutex::new(all.into_iter()), Mutex::new(Vec::new()));
    let next = || left.lock().expect("no client panics here").next();
    scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(one) = next() {
                    let result = each(one);
                    done.lock().expect("no client panics here").push(result);
                }
            });
        }
    });
    done.into_inner().expect("no client panics here")
}
