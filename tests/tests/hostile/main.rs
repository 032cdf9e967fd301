//! What no client should send, over the real binary with the real engine. Whatever one client does,
//! the session of another answers all the time, and the daemon lives on.

mod answers;
mod bodies;
mod bystander;
mod clock;
mod connections;
mod descriptors;
mod ids;
mod leaving;
mod many;
mod smuggling;
mod uploads;
