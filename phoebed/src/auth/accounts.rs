//! What users do with their accounts: register, log in, change the password, log out everywhere,
//! leave.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use phoebed_common::config::{AuthMode, Registration};

use super::claims::{Claims, Lifetime};
use super::error::AuthError;
use super::passwords;
use super::proof::Proof;
use super::rules::Rules;
use super::told::Doing;
use super::{Auth, Identity, identity_of, user_id};
use crate::audit::{Entry, Event};
use crate::store::events::Login;
use crate::store::{NewUser, StoreEvent, UserChange, UserRecord, unix_now};

/// The longest address (RFC 5321), in bytes.
const LONGEST_EMAIL: usize = 254;
/// The longest first or last name, in bytes.
const LONGEST_NAME: usize = 255;

/// A token and whose it is.
#[derive(Debug)]
pub struct Token {
    /// For `Authorization: Bearer …`.
    pub access_token: phoebed_common::api::Secret,
    /// Its user.
    pub identity: Identity,
}

/// Who wants an account.
#[derive(Debug)]
pub struct NewAccount {
    /// Email and password.
    pub proof: Proof,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
}

/// An account whose user has proved that it is to go.
#[derive(Debug)]
pub struct Account(i64);

impl Auth {
    /// Makes an account (mode `jwt`) and logs in.
    pub async fn register(&self, account: NewAccount) -> Result<Token, AuthError> {
        if self.mode() != AuthMode::Jwt {
            return Err(AuthError::NotInThisMode(
                "Registration is only available in jwt auth mode",
            ));
        }
        let NewAccount { proof, first_name, last_name } = account;
        let email = proof.email.trim().to_owned();
        if email.is_empty() || proof.password.is_empty() {
            return Err(AuthError::Refused("Email and password are required".to_owned()));
        }
        let rules = self.rules();
        if rules.registration == Registration::Closed {
            return Err(AuthError::RegistrationClosed);
        }
        check_names(&email, &first_name, &last_name)?;
        check_password(proof.password.expose(), &rules)?;
        if !self.store().users_by_email(&email).await?.is_empty() {
            return Err(AuthError::EmailTaken);
        }
        self.count_registration(&email, proof.address, &rules)?;
        // Whoever leaves meanwhile has had its password hashed: it counts.
        let made = self.make_student(email, proof.password.expose(), first_name, last_name).await;
        let user = made.inspect_err(|_| {
            self.0.registrations.give_back(proof.address, rules.registrations_per_hour);
        })?;
        self.known_from(&user.email, proof.address);
        let done = Entry::of(Event::Registered).user(user.id.to_string()).email(&user.email);
        done.from(text(proof.address)).write(self.store());
        self.token_of(&user, &rules)
    }

    async fn make_student(
        &self,
        email: String,
        password: &str,
        first_name: String,
        last_name: String,
    ) -> Result<UserRecord, AuthError> {
        let hashed_password = self.0.hasher.place()?.hash(password.to_owned()).await?;
        let role = "student".to_owned();
        let user = NewUser { email, hashed_password, first_name, last_name, role };
        Ok(self.store().create_user(user).await?)
    }

    fn count_registration(
        &self,
        email: &str,
        from: Option<IpAddr>,
        rules: &Rules,
    ) -> Result<(), AuthError> {
        let now = Instant::now();
        let counted = self.0.registrations.count(from, rules.registrations_per_hour, now);
        if counted.is_err() && self.0.told.is_new(Doing::Registering, "", from, now) {
            let entry = Entry::of(Event::Registered).failed().email(email).from(text(from));
            entry.detail("too many registrations from this address").write(self.store());
        }
        counted
    }

    /// Gives a token for an email and its password.
    pub async fn login(&self, proof: Proof) -> Result<Token, AuthError> {
        let rules = self.rules();
        match self.mode() {
            AuthMode::Jwt => {
                let address = proof.address;
                let user = self.prove(proof, &rules).await?;
                let entry = Entry::of(Event::Login).user(user.id.to_string()).email(&user.email);
                let entry = entry.from(text(address));
                let is_new = |doing| {
                    let who = user.id.to_string();
                    self.0.told.is_new(doing, &who, address, Instant::now())
                };
                if !user.is_active {
                    if is_new(Doing::LoggingInDisabled) {
                        entry.failed().detail("the account is disabled").write(self.store());
                    }
                    return Err(AuthError::Disabled);
                }
                if is_new(Doing::LoggingIn) {
                    entry.write(self.store());
                }
                let login = Login { user_id: user.id, at: unix_now() };
                self.store().record(StoreEvent::Login(login));
                self.token_of(&user, &rules)
            }
            AuthMode::Password => self.login_with_shared_password(&proof, &rules),
            AuthMode::None | AuthMode::External => {
                Err(AuthError::NotInThisMode("Login is only available in jwt auth mode"))
            }
        }
    }

    /// Sets another password; every older token is void, and a new one is given.
    pub async fn change_password(
        &self,
        caller: &Identity,
        proof: Proof,
        new: phoebed_common::api::Secret,
    ) -> Result<Token, AuthError> {
        let rules = self.rules();
        let done = Entry::of(Event::PasswordChanged).user(&caller.user_id).email(&caller.email);
        let done = done.from(text(proof.address));
        let user = self.prove_own(caller, proof, &rules).await?;
        check_password(new.expose(), &rules)?;
        let hash = self.0.hasher.place()?.hash(new.expose().to_owned()).await?;
        let change = UserChange {
            hashed_password: Some(hash),
            revoke_tokens: true,
            ..UserChange::of_proven(&user)
        };
        let user = self.change(user.id, change, Some(done)).await?;
        self.token_of(&user.ok_or(AuthError::WrongPassword)?, &rules)
    }

    /// Makes every token of the caller void, the present one included.
    pub async fn log_out_everywhere(
        &self,
        caller: &Identity,
        address: Option<IpAddr>,
    ) -> Result<(), AuthError> {
        let id = self.own_id(caller)?;
        let change = UserChange { revoke_tokens: true, ..UserChange::default() };
        let done = Entry::of(Event::LoggedOutEverywhere).user(&caller.user_id).from(text(address));
        self.change(id, change, Some(done)).await?.map(drop).ok_or(AuthError::NoUser)
    }

    /// The caller's account, to be deleted: the password is asked for once more.
    pub async fn prove_account(
        &self,
        caller: &Identity,
        proof: Proof,
    ) -> Result<Account, AuthError> {
        let user = self.prove_own(caller, proof, &self.rules()).await?;
        // From here on nothing begins in its name.
        let change = UserChange {
            is_active: Some(false),
            revoke_tokens: true,
            ..UserChange::of_proven(&user)
        };
        let closed = self.change(user.id, change, None).await?;
        closed.map(|user| Account(user.id)).ok_or(AuthError::WrongPassword)
    }

    /// Deletes an account with everything that the log database has of it.
    pub async fn delete_account(&self, Account(id): Account) -> Result<(), AuthError> {
        let removed = self.store().remove_user(id).await;
        self.0.users.changed(id);
        if let Err(error) = removed {
            // Its user can log in and try again.
            let change = UserChange { is_active: Some(true), ..UserChange::default() };
            if self.change(id, change, None).await.is_err() {
                log::error!("user {id} could not be deleted and stays disabled");
            }
            return Err(error.into());
        }
        Entry::of(Event::AccountDeleted).user(id.to_string()).write(self.store());
        Ok(())
    }

    /// Hashes a password that an operator sets, if it is long enough.
    pub async fn hash_for_operator(&self, password: &str) -> Result<String, AuthError> {
        check_password(password, &self.rules())?;
        self.0.hasher.place()?.hash(password.to_owned()).await
    }

    /// Makes a token for scripts of a user, with an id by which it can be revoked.
    pub fn issue(
        &self,
        user: &UserRecord,
        id: String,
        lifetime: Duration,
    ) -> Result<Token, AuthError> {
        if self.mode() != AuthMode::Jwt {
            return Err(AuthError::NoKeys);
        }
        self.sign(identity_of(user), user.token_generation, Some(id), lifetime)
    }

    /// The user after the change, none when there is none of whom it may be. In a task of its own: a
    /// change that is made is known and recorded, also when its client leaves.
    async fn change(
        &self,
        id: i64,
        change: UserChange,
        done: Option<Entry>,
    ) -> Result<Option<UserRecord>, AuthError> {
        let auth = self.clone();
        let changing = tokio::spawn(async move {
            let user = auth.store().update_user(id, change).await;
            auth.0.users.changed(id);
            if let (Ok(Some(_)), Some(done)) = (&user, done) {
                done.write(auth.store());
            }
            user
        });
        Ok(changing.await.map_err(|_ended| AuthError::Unavailable)??)
    }

    fn own_id(&self, caller: &Identity) -> Result<i64, AuthError> {
        match self.mode() {
            AuthMode::Jwt => user_id(&caller.user_id).ok_or(AuthError::NoUser),
            _ => Err(AuthError::NotInThisMode("Accounts are only available in jwt auth mode")),
        }
    }

    /// The caller's own account, when the password is right as well.
    async fn prove_own(
        &self,
        caller: &Identity,
        proof: Proof,
        rules: &Rules,
    ) -> Result<UserRecord, AuthError> {
        let id = self.own_id(caller)?;
        let user = self.prove(proof, rules).await?;
        if user.id == id { Ok(user) } else { Err(AuthError::WrongPassword) }
    }

    fn login_with_shared_password(&self, proof: &Proof, rules: &Rules) -> Result<Token, AuthError> {
        let attempt = self.begin(proof, rules)?;
        let email = proof.email.trim().to_owned();
        let shared = rules.password.as_ref().map(|shared| shared.expose());
        let is_right = shared.is_some_and(|it| passwords::same(it, proof.password.expose()));
        if !is_right || check_email(&email).is_err() {
            return Err(self.wrong(attempt, proof, rules.allowed));
        }
        attempt.succeeded();
        let identity = Identity {
            user_id: email.to_lowercase(),
            email,
            full_name: String::new(),
            role: "student".to_owned(),
        };
        let (who, now) = (&identity.user_id, Instant::now());
        if self.0.told.is_new(Doing::LoggingIn, who, proof.address, now) {
            let entry = Entry::of(Event::Login).user(who).email(&identity.email);
            entry.from(text(proof.address)).write(self.store());
        }
        self.sign(identity, 0, None, rules.lifetime)
    }

    fn token_of(&self, user: &UserRecord, rules: &Rules) -> Result<Token, AuthError> {
        self.sign(identity_of(user), user.token_generation, None, rules.lifetime)
    }

    fn sign(
        &self,
        identity: Identity,
        generation: i64,
        id: Option<String>,
        lifetime: Duration,
    ) -> Result<Token, AuthError> {
        let rules = self.rules();
        let keys = rules.keys.as_ref().ok_or(AuthError::NoKeys)?;
        let issued = unix_now();
        let claims = Claims {
            subject: identity.user_id.clone(),
            email: identity.email.clone(),
            full_name: identity.full_name.clone(),
            role: identity.role.clone(),
            id,
            generation,
        };
        let lifetime = Lifetime { issued, expires: issued + lifetime.as_secs_f64() };
        let token =
            keys.sign(&claims.to_map(&rules.expected, lifetime)).ok_or(AuthError::NoKeys)?;
        Ok(Token { access_token: token.into(), identity })
    }
}

/// Whether an address and names may be those of an account.
pub fn check_names(email: &str, first_name: &str, last_name: &str) -> Result<(), AuthError> {
    check_email(email)?;
    check_name(first_name)?;
    check_name(last_name)
}

fn check_email(email: &str) -> Result<(), AuthError> {
    let refuse = |why: &str| Err(AuthError::Refused(why.to_owned()));
    match email {
        "" => refuse("Email and password are required"),
        _ if email.len() > LONGEST_EMAIL => refuse("The email is longer than 254 bytes"),
        _ if email.chars().any(char::is_control) => refuse("The email contains control characters"),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), AuthError> {
    if name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        let why = "A name is longer than 255 bytes or contains control characters";
        return Err(AuthError::Refused(why.to_owned()));
    }
    Ok(())
}

fn check_password(password: &str, rules: &Rules) -> Result<(), AuthError> {
    let least = rules.min_password_length;
    if password.chars().count() < least {
        let why = format!("The password is too short: at least {least} characters are needed");
        return Err(AuthError::Refused(why));
    }
    Ok(())
}

pub(super) fn text(address: Option<IpAddr>) -> Option<String> {
    address.map(|address| address.to_string())
}
