//! `common-id accounts`: imports user accounts from another system. `account_import`
//! decides how that is done.

use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::database::Database;
use super::{Failure, input, print};
use crate::account_import::{self, Facts, Interrupted, RefusedLine, Summary};
use crate::clock::Clock;
use crate::random::Random;

/// The subcommands of `accounts`.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Create or update accounts from newline-delimited JSON
    Import {
        /// File with one JSON object per line, or - for standard input
        file: PathBuf,
        /// Brand for lines that name none [default: toyota if there is one]
        #[arg(long)]
        brand: Option<String>,
        #[command(flatten)]
        database: Database,
    },
}

/// Runs the command.
///
/// # Errors
/// `Asked` if there is no such brand or file, `Given` if a line was refused or cannot be
/// read, `Configuration` or `Fault` if the configuration or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    let Command::Import {
        file,
        brand,
        database,
    } = command;
    import(&file, brand.as_deref(), &database).await
}

async fn import(file: &Path, brand: Option<&str>, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let facts = Facts::new(&config.brands, brand, Clock::System.now());
    let no_brand = || Failure::Asked(format!("there is no brand {}", brand.unwrap_or_default()));
    let facts = facts.ok_or_else(no_brand)?;
    let input = input::open(file)?;
    let store = database.open(&config).await?;
    let refuse =
        |RefusedLine { number, reason }| writeln!(stderr().lock(), "line {number}: {reason}");
    let imported = account_import::import(&store, &Random::System, &facts, input, refuse).await;
    let summary = imported.map_err(|interrupted| match interrupted {
        Interrupted::Unread(error) => Failure::Given(format!("{}: {error}", file.display())),
        Interrupted::Fault(fault) => fault.into(),
    })?;
    store.close().await;
    tell(summary)
}

fn tell(summary: Summary) -> Result<(), Failure> {
    let Summary {
        inserted,
        updated,
        unchanged,
        refused,
    } = summary;
    print(format_args!(
        "{inserted} new, {updated} changed, {unchanged} unchanged, {refused} refused"
    ))?;
    if refused > 0 {
        let lines = if refused == 1 { "line" } else { "lines" };
        return Err(Failure::Given(format!("{refused} {lines} refused")));
    }
    Ok(())
}
