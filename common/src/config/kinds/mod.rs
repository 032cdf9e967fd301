//! The kinds of value that keys take: reading one from TOML, saying what is allowed, and
//! writing it back.

mod number;
mod text;

pub(super) use number::{Megabytes, Minutes, Seconds, SecondsOrNever, Whole, WholeOrNone, YesNo};
pub(super) use text::{
    Choice, CommandNames, FilePath, Host, LevelName, LineFormat, List, NetworkBlock, OptionalPath,
    OptionalSecret, OptionalText, SecretText, SocketAddress, Url, WebOrigin,
};

use toml::Value;

/// A kind of value, held in the configuration as a `T`.
pub(super) trait Kind<T> {
    /// Reads the value, or says what is allowed: a clause such as `must be true or false`.
    fn parse(&self, value: &Value) -> Result<T, String>;

    /// Whether this value, right or wrong, may hold a secret although its key is none.
    fn hides(&self, _value: &Value) -> bool {
        false
    }

    /// The value as the file would write it.
    fn show(&self, value: &T) -> Value;
}

#[cfg(test)]
mod tests;
