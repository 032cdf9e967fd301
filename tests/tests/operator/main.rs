//! The operator's side: every command of `phoebectl` and the log database, over the real binaries
//! with the real engine.

mod configuration;
mod ctl;
mod drain;
mod full_disk;
mod full_state_disk;
mod init_db;
mod locked_database;
mod logged;
mod machine_form;
mod mounted;
mod not_running;
mod old_databases;
mod permissions;
mod pruning;
mod reading;
mod reload;
mod reload_limits;
mod reload_refused;
mod reload_under_load;
mod schema;
mod service_manager;
mod sessions_kill;
mod shutdown;
mod socket_activation;
mod sql;
mod two_daemons;
mod unclean_end;
mod units;
mod waitready;
