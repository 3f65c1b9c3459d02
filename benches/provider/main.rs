//! Measures the built provider from outside, over HTTP on loopback: operations per core and
//! second, their latency, and the memory used. Run by hand: `cargo bench`, or
//! `cargo bench -- userinfo --seconds 20`. Results, and those of other providers:
//! `docs/benchmarks.md`.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that prints what the wall clock says"
)]

mod flow;
mod http;
mod measure;
mod page;
mod process;
mod provider;
mod special;
mod workloads;

use std::time::Duration;

use clap::Parser;

use provider::Provider;
use workloads::WORKLOADS;

/// Any error ends the run with its message.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures the provider.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure, of those named in the table; without any, all but `million`
    only: Vec<String>,
    /// How long each measurement takes
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many connections are kept busy
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// The algorithm of access tokens, as in the configuration
    #[arg(long, default_value = "ES256")]
    access_token_alg: String,
    /// The algorithm of the client's ID tokens
    #[arg(long, default_value = "RS256")]
    id_token_alg: String,
    /// `cargo bench` says so
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    fn wants(&self, name: &str) -> bool {
        self.only.iter().any(|only| only == name)
            || (self.only.is_empty() && name != special::MILLION)
    }
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let provider = Provider::start(&arguments.access_token_alg, &arguments.id_token_alg)?;
    println!(
        "access tokens {}, ID tokens {}, {} connections, {} s each",
        arguments.access_token_alg,
        arguments.id_token_alg,
        arguments.connections,
        arguments.seconds,
    );
    if arguments.wants(special::START) {
        special::start(&provider)?;
    }
    measure::print_heading();
    let time = Duration::from_secs(arguments.seconds);
    for (name, prepare) in WORKLOADS {
        if arguments.wants(name) {
            let measured = measure::closed_loop(&provider, *prepare, arguments.connections, time)?;
            measured.print(name);
        }
    }
    if arguments.wants(special::STORM) {
        special::storm(&provider, time)?;
    }
    if arguments.wants(special::MILLION) {
        special::million(&provider, arguments.connections)?;
    }
    Ok(())
}
