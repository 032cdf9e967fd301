//! Where passwords are hashed: on a bounded number of cores, with a bounded number waiting, so that
//! a class that logs in at once leaves the rest of the service its cores.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::AuthError;
use super::passwords::{self, Verdict};

/// Passwords that wait at most. At 20 ms each, on one core, the last waits for 20 s.
const MOST_WAITING: usize = 1000;

/// Hashes and verifies passwords; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hasher {
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// What each check took, for tests of what the time of an answer tells.
    #[cfg(test)]
    pub checks: Checks,
}

#[cfg(test)]
type Checks = Arc<std::sync::Mutex<Vec<super::work::Work>>>;

impl Hasher {
    /// On half of the machine's cores, at least one.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::on(cores.div_ceil(2), MOST_WAITING)
    }

    fn on(cores: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(cores)),
            places: Arc::new(Semaphore::new(cores + waiting)),
            #[cfg(test)]
            checks: Checks::default(),
        }
    }

    /// A place among those who wait, to be taken before anything is done for a password.
    pub fn place(&self) -> Result<Place, AuthError> {
        let place =
            Arc::clone(&self.places).try_acquire_owned().map_err(|_full| AuthError::Busy)?;
        Ok(Place {
            running: self.running.clone(),
            _place: place,
            #[cfg(test)]
            checks: self.checks.clone(),
        })
    }
}

/// A place for the passwords of one request.
#[derive(Debug)]
pub struct Place {
    running: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
    #[cfg(test)]
    checks: Checks,
}

impl Place {
    /// Hashes a new password.
    pub async fn hash(&self, password: String) -> Result<String, AuthError> {
        self.run(move || passwords::hash(&password)).await
    }

    /// See [`passwords::verify`].
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
        old_cost: Option<u32>,
    ) -> Result<Verdict, AuthError> {
        let check = move || passwords::verify(&password, hash.as_deref(), old_cost);
        let (verdict, work) = self.run(check).await?;
        log::trace!("a password was checked: {work:?}");
        #[cfg(test)]
        self.checks.lock().expect("nothing panics").push(work);
        Ok(verdict)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.map_err(|_closed| AuthError::Busy)?;
        // The core is taken until the work is done, also when its caller has left.
        let task = tokio::task::spawn_blocking(move || {
            let _running = running;
            work()
        });
        task.await.map_err(|_panic| AuthError::Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_more_run_than_cores_and_no_more_wait_than_places() {
        let hasher = Hasher::on(2, 6);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (hasher, running, most) = (hasher.clone(), running.clone(), most.clone());
                let wait = wait.clone();
                tokio::spawn(async move {
                    let work = move || {
                        most.fetch_max(
                            running.fetch_add(1, Ordering::SeqCst) + 1,
                            Ordering::SeqCst,
                        );
                        let _ = wait.lock().map(|wait| wait.recv());
                        running.fetch_sub(1, Ordering::SeqCst);
                    };
                    hasher.place()?.run(work).await
                })
            })
            .collect();
        let mut refused = 0;
        // Those beyond the places are refused while the first still run.
        let mut tasks: std::collections::VecDeque<_> = tasks.into();
        let mut done = Vec::new();
        while refused < 12 {
            let task = tasks.pop_front().expect("twelve are refused");
            if task.is_finished() {
                refused += usize::from(task.await.expect("no panic").is_err());
            } else {
                tasks.push_back(task);
                tokio::task::yield_now().await;
            }
        }
        drop(go);
        for task in tasks {
            done.push(task.await.expect("no panic"));
        }
        assert_eq!(done.iter().filter(|outcome| outcome.is_ok()).count(), 8);
        assert!(most.load(Ordering::SeqCst) <= 2);
    }
}
