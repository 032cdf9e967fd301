//! Sessions: who has which worker, what may be asked of it, when it ends. Knows neither HTTP nor
//! SQL, sockets or process ids beyond showing them.

mod asking;
mod caller;
mod command;
mod deaths;
mod jobs;
mod keeping;
mod leaving;
mod left_behind;
mod lifecycle;
mod limits;
mod line;
mod long;
mod owner;
mod portable;
mod records;
mod registry;
mod retention;
mod room;
mod sampling;
mod selection;
mod serving;
mod session;
mod start;
mod turns;
mod unclaimed;
mod waiting;
mod waking;

pub use caller::{Caller, Client};
pub use command::{CommandError, Outcome};
pub use jobs::JobRefused;
pub use lifecycle::{Activity, EndReason};
pub use owner::Asked;
pub use records::Records;
pub use registry::{AccessError, Sessions};
pub use selection::{NotSelected, Selection};
pub use serving::Timeouts;
pub use session::{Session, unix_seconds};
pub use start::{Settings, StartRequest, StartSessionError};
