//! The command line, by the program itself: what it prints, how it ends, and
//! what another command or a running server sees of it.

mod accounts;
mod clients;
mod configuration;
mod dealers;
mod demo;
mod keys;
mod ledger;
mod output;
mod program;
mod serve;
mod tls;
