//! Transport, over the real binary: TLS and its certificates, the headers that go with it, limits on
//! rates and connections of one address and of all.

mod certificates;
mod connections;
mod handshakes;
mod headers;
mod rates;
mod start;
mod tls_client;
mod versions;
