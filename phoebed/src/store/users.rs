//! The users: the part of the log database that is no log.
//!
//! Owns what can be asked and changed about them; the SQL is in `user_rows`. Knows nothing of
//! passwords, roles or tokens' texts: it keeps what it is given.

use super::error::StoreError;
use super::read::{open_reader, reading};
use super::tokens;
use super::{Store, removal, user_rows};

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The address as given; kept as it is.
    pub email: String,
    /// The hash, never the password.
    pub hashed_password: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// `student`, `instructor` or `admin`.
    pub role: String,
}

/// A row of `users`.
#[derive(Clone, PartialEq)]
pub struct UserRecord {
    /// Never given twice.
    pub id: i64,
    /// The address as it was registered.
    pub email: String,
    /// bcrypt in databases of older servers.
    pub hashed_password: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// As it was set.
    pub role: String,
    /// Unix seconds.
    pub created_at: f64,
    /// A disabled user cannot log in.
    pub is_active: bool,
    /// A login token counts while it carries this number.
    pub token_generation: i64,
    /// Unix seconds; none before the first login.
    pub last_login: Option<f64>,
}

impl UserRecord {
    /// First and last name, trimmed.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

impl std::fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is to change about a user; none leaves it.
#[derive(Clone, Default)]
pub struct UserChange {
    /// The new hash. Whoever sets a new password also sets `revoke_tokens`.
    pub hashed_password: Option<String>,
    /// The new role.
    pub role: Option<String>,
    /// Whether the user may log in. Whoever disables a user also sets `revoke_tokens`.
    pub is_active: Option<bool>,
    /// Login tokens made before do not count any more: the generation goes up by one.
    pub revoke_tokens: bool,
    /// Nothing is changed unless this is still the hash.
    pub only_with_hash: Option<String>,
}

impl UserChange {
    /// A change by somebody who proved to know the password of this row: none any more when there
    /// is another password by now.
    pub fn of_proven(user: &UserRecord) -> Self {
        Self { only_with_hash: Some(user.hashed_password.clone()), ..Self::default() }
    }
}

/// What a request with a token needs to know about its user, all of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAccess {
    /// The user.
    pub user: UserRecord,
    /// Ids (`jti`) of the user's tokens for scripts that were taken back and have not expired.
    pub revoked_tokens: Vec<String>,
}

/// The address belongs to a user already, perhaps in other case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user with this email already exists")]
pub struct EmailTaken;

/// Changes are on the disk when they are answered; a locked or failing database is an error.
impl Store {
    /// Makes a user. Emails differ by more than case, in any script.
    pub async fn create_user(&self, user: NewUser) -> Result<UserRecord, StoreError> {
        let made = self.durably(move |tx| user_rows::insert(tx, &user)).await?;
        made.ok_or(StoreError::EmailTaken)
    }

    /// Makes the users of a class, all that have a free address or (after an error) none; answers
    /// for each in its place.
    pub async fn create_users(
        &self,
        users: Vec<NewUser>,
    ) -> Result<Vec<Result<UserRecord, EmailTaken>>, StoreError> {
        self.durably(move |tx| {
            let made = users.iter().map(|user| Ok(user_rows::insert(tx, user)?.ok_or(EmailTaken)));
            made.collect()
        })
        .await
    }

    /// The user of this id.
    pub async fn user_by_id(&self, id: i64) -> Result<Option<UserRecord>, StoreError> {
        self.read(move |path| reading(path, user_rows::find(&open_reader(path)?, id))).await
    }

    /// The users of this address whatever its case, the one of the same case first: an older
    /// server may have let several register.
    pub async fn users_by_email(&self, email: &str) -> Result<Vec<UserRecord>, StoreError> {
        let email = email.to_owned();
        self.read(move |path| reading(path, user_rows::find_all(&open_reader(path)?, &email))).await
    }

    /// All users, by their ids.
    pub async fn list_users(&self) -> Result<Vec<UserRecord>, StoreError> {
        self.read(|path| reading(path, user_rows::list(&open_reader(path)?))).await
    }

    /// Changes a user; answers the user as it is then, none when there is no such user, or not with
    /// the hash that is asked for.
    pub async fn update_user(
        &self,
        id: i64,
        change: UserChange,
    ) -> Result<Option<UserRecord>, StoreError> {
        self.durably(move |tx| user_rows::update(tx, id, &change)).await
    }

    /// Replaces the hash, as long as it is still `old_hash`: the same password hashed in a better
    /// way, so tokens go on to count. False when it was another, or there is no such user.
    pub async fn replace_hash(
        &self,
        id: i64,
        old_hash: &str,
        new_hash: &str,
    ) -> Result<bool, StoreError> {
        let (old_hash, new_hash) = (old_hash.to_owned(), new_hash.to_owned());
        self.durably(move |tx| user_rows::replace_hash(tx, id, &old_hash, &new_hash)).await
    }

    /// Deletes a user with all that is kept of it: tokens, sessions, their commands and samples;
    /// of its audit rows only address and client are taken out. False when there is no such user.
    ///
    /// End its live sessions first; what is recorded of it later, such as a start that is undone, is
    /// not written. While earlier records cannot be written this is an error, since they would come
    /// back after the deletion.
    pub async fn remove_user(&self, id: i64) -> Result<bool, StoreError> {
        let removed = &self.inner.shared.removed;
        let is_first = removed.add(id);
        let outcome = match self.flush().await {
            Ok(()) => self.durably(move |tx| removal::remove_user(tx, id)).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(true) => drop(removed.add(id)),
            // An id that was not given yet will be somebody's.
            _ if is_first => removed.take_back(id),
            _ => {}
        }
        outcome
    }

    /// What a request with a token of this user needs, in one read; none without such a user.
    pub async fn user_access(&self, id: i64) -> Result<Option<UserAccess>, StoreError> {
        self.read(move |path| {
            let mut connection = open_reader(path)?;
            let mut access = || {
                let tx = connection.transaction()?;
                let Some(user) = user_rows::find(&tx, id)? else { return Ok(None) };
                let revoked_tokens = tokens::revoked(&tx, id)?;
                Ok(Some(UserAccess { user, revoked_tokens }))
            };
            reading(path, access())
        })
        .await
    }

    /// The highest cost among the bcrypt hashes that are left, none when there are none.
    pub async fn bcrypt_cost(&self) -> Result<Option<u32>, StoreError> {
        self.read(|path| reading(path, user_rows::bcrypt_cost(&open_reader(path)?))).await
    }
}
