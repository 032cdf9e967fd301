//! `phoebectl users add`.

use phoebed_common::Role;
use phoebed_common::admin::{NewUser, UserMade, paths};

use super::role::role_parser;
use super::rows;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::fields::Fields;
use crate::password::Password;

/// Arguments of `users add`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  phoebectl users add ada@example.org --first-name Ada --last-name Lovelace
  phoebectl users add kim@example.org --role instructor --password-stdin < password.txt")]
pub struct Args {
    /// The user's email address, the name to log in with
    email: String,
    /// First name
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    first_name: String,
    /// Last name
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    last_name: String,
    /// What the user may do
    #[arg(long, default_value_t = Role::Student, value_parser = role_parser())]
    role: Role,
    /// The password.
    #[command(flatten)]
    password: Password,
}

/// Makes a user.
pub async fn run(args: Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let password = args.password.read(console)?;
    let Args { email, first_name, last_name, role, password: _ } = args;
    let user = NewUser { email, first_name, last_name, role, password };
    let reply = client.post::<UserMade>(paths::USERS, &user).await?;
    if console.json {
        return console.answer(&reply);
    }
    let UserMade { user, password } = &reply.value;
    let mut fields = Fields::default();
    fields.add("user", user.id.to_string());
    fields.add("email", &user.email);
    fields.add("name", rows::name(user));
    fields.add("role", &user.role);
    if let Some(password) = password {
        fields.add("password", password.expose());
    }
    console.fields(&fields)?;
    if password.is_some() {
        console.note("note: the password is shown this once");
    }
    Ok(())
}
