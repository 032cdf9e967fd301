//! Sessions: who has which worker, what may be asked of it, when it ends. Knows neither HTTP nor
//! SQL, sockets or process ids beyond showing them.

mod caller;
mod lifecycle;
mod limits;
mod owner;
mod records;
mod registry;
mod sampling;
mod selection;
mod session;
mod start;
mod unclaimed;
mod waiting;

pub use caller::{Caller, Client};
pub use lifecycle::{Activity, EndReason};
pub use owner::Timeouts;
pub use records::Records;
pub use registry::{AccessError, Sessions};
pub use selection::{NotSelected, Selection};
pub use session::{CommandError, Ended, Outcome, Session, unix_seconds};
pub use start::{Settings, StartRequest, StartSessionError};
