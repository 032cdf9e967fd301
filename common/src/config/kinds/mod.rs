//! The kinds of value that keys take: reading one from TOML, saying what is allowed, and
//! writing it back.

mod number;
mod text;

pub(super) use number::{Megabytes, Minutes, Seconds, SecondsOrNever, Whole, WholeOrNone, YesNo};
pub(super) use text::{
    Choice, CommandNames, FilePath, Host, LevelName, LineFormat, List, NetworkBlock, OptionalPath,
    OptionalSecret, OptionalText, SocketAddress, WebOrigin,
};

use toml::Value;

/// A kind of value, held in the configuration as a `T`.
pub(super) trait Kind<T> {
    /// Reads the value, or says what is allowed: a clause such as `must be true or false`.
    fn parse(&self, value: &Value) -> Result<T, String>;

    /// The value as the file would write it.
    fn show(&self, value: &T) -> Value;
}

#[cfg(test)]
mod tests;
