//! The command line, through the program itself: what it prints, its exit codes, and the
//! effects that another command or a running server sees.

mod accounts;
mod clients;
mod configuration;
mod dealers;
mod demo;
mod events;
mod keys;
mod ledger;
mod output;
mod program;
mod serve;
mod tls;
