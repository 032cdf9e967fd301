//! So many in a while, for each address: of requests in a second, of registrations in an hour. Pure.

mod bucket;
mod table;

pub use bucket::Bucket;
pub use table::Table;
