//! Whether an engine works: its PHOEBE is imported and makes a system.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::error::EngineError;
use super::python::Python;
use crate::console::Console;

/// An engine that needs longer is not going to work for the daemon either.
const WITHIN: Duration = Duration::from_secs(120);

/// What marks the line with the answer, for packages may print as well.
const MARK: &str = "phoebectl:";

const SCRIPT: &str = r#"
import json, sys
import phoebe
phoebe.default_binary()
versions = {"phoebe": phoebe.__version__, "python": "%d.%d.%d" % sys.version_info[:3]}
print("phoebectl:" + json.dumps(versions))
"#;

/// What a working engine is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Versions {
    /// PHOEBE's version.
    pub phoebe: String,
    /// The interpreter's version.
    pub python: String,
}

/// Tries the engine in this directory; the inner error is what was said instead.
pub async fn probe(
    engine: &Path,
    home: &Path,
    console: &Console,
) -> Result<Result<Versions, Vec<String>>, EngineError> {
    let mut versions = None;
    let call = Python::new(&engine.join("bin/python"), home, console)
        .args(["-B", "-c", SCRIPT])
        .variable("PHOEBE_ENABLE_ONLINE_PASSBANDS", "FALSE")
        .variable("PHOEBE_ENABLE_PLOTTING", "FALSE");
    let ended = call.run(Some(WITHIN), |line| {
        let answer = line.strip_prefix(MARK).and_then(|json| serde_json::from_str(json).ok());
        versions = answer.or(versions.take());
    });
    let ended = ended.await?;
    Ok(match versions {
        Some(versions) if ended.success => Ok(versions),
        _ => Err(ended.said),
    })
}
