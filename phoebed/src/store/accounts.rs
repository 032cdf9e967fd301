//! What the handle offers of users, tokens and the audit: changes go through the writer and are on
//! the disk when they are answered, reads have connections of their own.

use std::path::Path;

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::Store;
use super::audit::{self, AuditFilter};
use super::durable;
use super::error::StoreError;
use super::events::AuditRecord;
use super::read::open_reader;
use super::tokens::{self, TokenRecord};
use super::users::{self, NewUser, UserAccess, UserChange, UserRecord};
use super::writer::Request;

impl Store {
    /// Makes a user. Emails differ by more than case.
    pub async fn create_user(&self, user: NewUser) -> Result<UserRecord, StoreError> {
        let made = self.change(move |tx| users::insert(tx, &user)).await?;
        made.ok_or(StoreError::EmailTaken)
    }

    /// Makes those whose addresses are not taken, all at once; none in the place of the others.
    pub async fn create_users(
        &self,
        new: Vec<NewUser>,
    ) -> Result<Vec<Option<UserRecord>>, StoreError> {
        self.change(move |tx| new.iter().map(|user| users::insert(tx, user)).collect()).await
    }

    /// The user of this id.
    pub async fn user_by_id(&self, id: i64) -> Result<Option<UserRecord>, StoreError> {
        self.select(move |connection| users::by_id(connection, id)).await
    }

    /// The users of this address whatever its case, the one of the same case first: an older
    /// server may have let several register.
    pub async fn users_by_email(&self, email: &str) -> Result<Vec<UserRecord>, StoreError> {
        let email = email.to_owned();
        self.select(move |connection| users::by_email(connection, &email)).await
    }

    /// All users, by id.
    pub async fn list_users(&self) -> Result<Vec<UserRecord>, StoreError> {
        self.select(users::all).await
    }

    /// What a request with a token needs to know of its user.
    pub async fn user_access(&self, id: i64) -> Result<Option<UserAccess>, StoreError> {
        self.select(move |connection| users::access(connection, id)).await
    }

    /// Changes a user; none when there is no such one.
    pub async fn update_user(
        &self,
        id: i64,
        change: UserChange,
    ) -> Result<Option<UserRecord>, StoreError> {
        self.change(move |tx| users::update(tx, id, &change)).await
    }

    /// Puts another hash of the same password in the place of the old one, if that is still there.
    pub async fn replace_hash(
        &self,
        id: i64,
        old: String,
        new: String,
    ) -> Result<bool, StoreError> {
        self.change(move |tx| users::replace_hash(tx, id, &old, &new)).await
    }

    /// Deletes a user and what is kept of it, but for the bare facts of the audit.
    pub async fn remove_user(&self, id: i64) -> Result<bool, StoreError> {
        self.change(move |tx| users::remove(tx, id)).await
    }

    /// The highest cost of bcrypt hashes that are left.
    pub async fn bcrypt_cost(&self) -> Result<Option<u32>, StoreError> {
        self.select(users::bcrypt_cost).await
    }

    /// Notes a token that was made.
    pub async fn add_token(&self, token: TokenRecord) -> Result<(), StoreError> {
        self.change(move |tx| tokens::insert(tx, &token)).await
    }

    /// The tokens of a user or of all, the latest last.
    pub async fn list_tokens(&self, user: Option<i64>) -> Result<Vec<TokenRecord>, StoreError> {
        self.select(move |connection| tokens::list(connection, user)).await
    }

    /// Makes a token void; none when there is no such one.
    pub async fn revoke_token(&self, id: String) -> Result<Option<TokenRecord>, StoreError> {
        self.change(move |tx| tokens::revoke(tx, &id)).await
    }

    /// Who did what, newest first, with the rows' ids.
    pub async fn audit(&self, filter: AuditFilter) -> Result<Vec<(i64, AuditRecord)>, StoreError> {
        self.select(move |connection| audit::select(connection, &filter)).await
    }

    /// Has the writer carry out a change.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let work = move |path: &Path, connection: Result<&mut Connection, StoreError>| {
            let changed =
                connection.and_then(|connection| durable::change(path, connection, change));
            drop(reply.send(changed));
        };
        let request = Request::Change(Box::new(work));
        self.inner.shared.queue.request(request).map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    async fn select<T: Send + 'static>(
        &self,
        select: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(move |path| {
            let sql = |error| StoreError::from_sqlite(path, "read", error);
            select(&open_reader(path)?).map_err(sql)
        })
        .await
    }
}
