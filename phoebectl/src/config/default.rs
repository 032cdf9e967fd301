//! `phoebectl config default`.

use phoebed_common::admin::ConfigAnswer;
use phoebed_common::config::{Config, DEFAULT_FILE, Overrides};

use crate::console::Console;
use crate::error::CtlError;

/// Prints the default file; for programs, the keys with their defaults.
pub fn run(console: &mut Console) -> Result<(), CtlError> {
    if !console.json {
        return console.print(DEFAULT_FILE);
    }
    let config = Config::defaults(console.environment(), &Overrides::default());
    console.json(&ConfigAnswer::from(&config.map_err(CtlError::Config)?))
}
