//! `common-id serve`: runs the production server. A wrong or unsafe configuration is
//! refused before anything is opened.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::Args;

use super::{Failure, log};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::fault::Fault;
use crate::random::Random;
use crate::tls::Certificates;
use crate::{routes, server};

/// The arguments of `serve`.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    /// Configuration file, unless the environment contains the whole configuration (COMMON_ID__SECTION__KEY)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Serves until the process is told to stop.
///
/// # Errors
/// `Configuration` if the configuration is wrong or unsafe, `Asked` if the log filter is
/// invalid, `Fault` if the database is not migrated or anything that the configuration
/// names cannot be reached.
pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::load(arguments.config.as_deref())?;
    config.check()?;
    log::start(&config.log)?;
    let listener = listen(config.listen)?;
    let certificates = Certificates::load(config.certificates())?;
    let app = App::start(config, Clock::System, Random::System).await?;
    let router = routes::router(app.clone());
    tracing::info!(listen = %app.config.listen, tls = certificates.is_some(), "serving");
    server::serve(app.clone(), router, listener, certificates).await?;
    app.store.close().await;
    Ok(())
}

fn listen(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).map_err(|error| {
        Fault::because(format!(
            "cannot listen on {address}, the setting `listen`: {error}"
        ))
    })
}
