//! What is asked of the state database about jobs.

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::State;
use super::changes::Change;
use super::error::StateError;
use super::jobs::{self, Content, JobEnd, JobRecord, JobState, Listed};
use super::kept::{Kept, Packed};
use super::room::Place;
use super::writer::Request;

/// A job's end with its answer compressed.
pub(super) struct PackedEnd {
    pub end: JobEnd,
    pub result: Option<Vec<u8>>,
    _place: Place,
}

impl State {
    /// Keeps a new job, unless `most_waiting` of its session wait already. When this returns, it
    /// survives what the durability promises. An error says if the session has one of the same key.
    pub async fn add_job(
        &self,
        job: JobRecord,
        body: Bytes,
        most_waiting: usize,
    ) -> Result<(), StateError> {
        let place = self.place_of(body.len())?;
        let body = self.packed(place, move || jobs::pack(&body)).await?;
        let change = Change::AddJob { job: Box::new(job), body: Some(body.1), most_waiting };
        self.change(change).await.map(drop)
    }

    /// Notes a job that a caller waits for, without waiting for the disk.
    pub fn note_job(&self, job: JobRecord) {
        let change = Change::AddJob { job: Box::new(job), body: None, most_waiting: usize::MAX };
        let noted = self.inner.room.for_registry().and_then(|place| {
            // Nobody waits for the answer.
            let (reply, _) = oneshot::channel();
            let request = Request::Change(change, Some(place), reply);
            self.inner.requests.try_send(request).map_err(|_| StateError::Closed)
        });
        if let Err(error) = noted {
            log::warn!("a command is not listed as a job after a restart: {error}");
        }
    }

    /// Notes a job that a caller waited for. When this returns, it survives as [`State::add_job`]
    /// says.
    pub async fn list_job(&self, job: JobRecord) -> Result<(), StateError> {
        let change = Change::AddJob { job: Box::new(job), body: None, most_waiting: usize::MAX };
        self.change(change).await.map(drop)
    }

    /// Notes that a job is begun, or that it waits again.
    pub async fn turn_job(
        &self,
        job_id: &str,
        state: JobState,
        attempts: u32,
        started_at: Option<f64>,
    ) -> Result<(), StateError> {
        let job_id = job_id.to_owned();
        self.change(Change::TurnJob { job_id, state, attempts, started_at }).await.map(drop)
    }

    /// Keeps the ends of jobs that have no answers, all or none.
    pub async fn end_jobs(&self, ends: Vec<JobEnd>) -> Result<(), StateError> {
        self.change(Change::EndJobs { ends }).await.map(drop)
    }

    /// Keeps what a job has changed in its session, and its end, both or neither.
    pub async fn keep_with_job(&self, kept: Option<Kept>, end: JobEnd) -> Result<(), StateError> {
        let most = self.inner.options.most_bytes;
        let bytes = kept.as_ref().map_or(0, |kept| kept.bytes().len());
        if bytes > most {
            return Err(StateError::TooLarge { bytes, most });
        }
        let place = self.place_of(end.result.as_ref().map_or(0, Bytes::len))?;
        let kept = match kept {
            Some(kept) => Some((kept, self.inner.room.for_state(bytes)?)),
            None => None,
        };
        let packing = move || {
            let result = end.result.as_deref().map(jobs::pack).transpose()?;
            let kept = kept.map(|(kept, place)| Packed::new(kept, place)).transpose()?;
            Ok((end, result, kept))
        };
        let (place, (end, result, kept)) = self.packed(place, packing).await?;
        let end = Box::new(PackedEnd { end, result, _place: place });
        self.send(Change::EndJob { kept, end }, None).await.map(drop)
    }

    /// Removes jobs that ended before this, in Unix seconds, with their results.
    pub async fn expire_jobs(&self, before: f64) -> Result<(), StateError> {
        self.change(Change::ExpireJobs { before }).await.map(drop)
    }

    /// Removes the finished jobs of a user.
    pub async fn forget_jobs_of(&self, user_id: &str) -> Result<(), StateError> {
        self.change(Change::ForgetJobsOf { user_id: user_id.to_owned() }).await.map(drop)
    }

    /// The jobs that have not ended, in the order in which they came.
    pub async fn unfinished_jobs(&self) -> Result<Vec<JobRecord>, StateError> {
        self.read(|path, connection| {
            jobs::unfinished(connection)
                .map_err(|error| StateError::from_sqlite(path, "read", error))
        })
        .await
    }

    /// Jobs, in the order in which they came.
    pub async fn jobs(&self, which: Listed) -> Result<Vec<JobRecord>, StateError> {
        self.read(move |path, connection| {
            jobs::list(connection, &which)
                .map_err(|error| StateError::from_sqlite(path, "read", error))
        })
        .await
    }

    /// One job.
    pub async fn job(&self, job_id: &str) -> Result<Option<JobRecord>, StateError> {
        let job_id = job_id.to_owned();
        self.read(move |path, connection| {
            jobs::find(connection, &job_id)
                .map_err(|error| StateError::from_sqlite(path, "read", error))
        })
        .await
    }

    /// A job's command while it has not ended, or its answer when it has.
    pub async fn job_content(
        &self,
        content: Content,
        job_id: &str,
    ) -> Result<Option<Bytes>, StateError> {
        let job_id = job_id.to_owned();
        self.read(move |path, connection| {
            let packed = jobs::content(connection, content, &job_id)
                .map_err(|error| StateError::from_sqlite(path, "read", error))?;
            let unpack = |packed: Vec<u8>| zstd::stream::decode_all(&packed[..]).map(Bytes::from);
            let unpacked = packed.map(unpack).transpose();
            unpacked.map_err(|error| StateError::from_io(path, "read a job of", error))
        })
        .await
    }

    fn place_of(&self, bytes: usize) -> Result<Place, StateError> {
        self.inner.room.for_state(bytes)
    }

    /// Compresses on a blocking thread; the place is held until what is compressed is written.
    async fn packed<T: Send + 'static>(
        &self,
        place: Place,
        pack: impl FnOnce() -> std::io::Result<T> + Send + 'static,
    ) -> Result<(Place, T), StateError> {
        let turn = self.inner.packers.acquire().await.map_err(|_| StateError::Closed)?;
        let packed = spawn_blocking(pack).await.map_err(|_| StateError::Closed)?;
        drop(turn);
        let packed = packed
            .map_err(|error| StateError::from_io(self.path(), "compress a job for", error))?;
        Ok((place, packed))
    }
}
