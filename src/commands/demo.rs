//! `common-id demo`: serves everything on this machine, and prints where to click.

use std::path::PathBuf;

use clap::Args;

use super::database::{DEMO_DATA, DEMO_PORT};
use super::{Failure, log, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, Demo};
use crate::fault::Fault;
use crate::random::Random;
use crate::screens::debugger::DEBUGGER;
use crate::server;

/// The arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    /// Loopback port for everything that the demo serves
    #[arg(long, default_value_t = DEMO_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Folder for its data
    #[arg(long, value_name = "DIR", default_value = DEMO_DATA)]
    data: PathBuf,
}

/// Serves the demo until the process is told to stop.
///
/// # Errors
/// `Fault` if the port is taken, TLS is configured, or the data cannot be created.
pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { port, data } = arguments;
    let config = Config::demo_with(port, &data, std::env::vars_os())?;
    if !config.tls.is_empty() {
        let refused = "the demo is served over http on loopback alone: `serve` ends TLS";
        return Err(Fault::because(refused).into());
    }
    log::start(&config.log)?;
    // Listens first: if a demo is already running, its data must not be touched.
    let listener = demo::listen(&config)?;
    demo::make_folder(&data)?;
    let demo = demo::prepare(config, port, &data, Clock::System, Random::System).await?;
    print(where_to_click(&demo, port))?;
    let store = demo.app.store.clone();
    server::serve(demo.app, demo.router, listener, None).await?;
    store.close().await;
    Ok(())
}

fn where_to_click(demo: &Demo, port: u16) -> String {
    let mut lines = vec!["Common ID is running. Open:".to_owned()];
    let mut line = |url: &str, what: &str| lines.push(format!("  {url:<36} {what}"));
    for party in &demo.parties {
        line(&format!("{}/", party.base_url), party.name.en);
    }
    line(
        &format!("http://outbox.localhost:{port}/"),
        "the mails and SMS sent",
    );
    for brand in demo.app.brands.iter() {
        line(
            &brand.issuer,
            &format!("Common ID, issuer ({})", brand.name),
        );
    }
    if let Some(key) = demo
        .app
        .debugger
        .as_ref()
        .and(demo.app.config.debugger.key.as_ref())
    {
        for brand in demo.app.brands.iter() {
            let page = format!("{}{DEBUGGER}", brand.issuer);
            line(&page, "what clients ask, rule by rule");
        }
        line(
            "  name and password there:",
            &format!("debugger {}", key.expose()),
        );
    }
    lines.push("Ctrl-C ends it.".to_owned());
    lines.join("\n")
}
