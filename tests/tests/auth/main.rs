//! Who may do what, over the real binary: the modes, tokens, accounts, roles, guessing, and the
//! operator's side of it.

mod accounts;
mod external;
mod guessing;
mod issuer;
mod limits;
mod modes;
mod old_users;
mod operator;
mod roles;
mod rotation;
mod routes;
mod shares;
mod tokens;
mod user;
