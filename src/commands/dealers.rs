//! `common-id dealers`: maintains the dealer directory, with the notice of each dealer.
//! `dealers` decides how that is done.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::database::Database;
use super::{Failure, input, print};
use crate::accounts::consent;
use crate::accounts::dealer::Dealer;
use crate::clock::Clock;
use crate::dealers::import::{self, Imported};
use crate::dealers::notice::{self, Found};
use crate::documents::strict;
use crate::store::dealers::KeptNotice;

/// The subcommands of `dealers`.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Create dealers, or update those with a known code; links move to a `successor`
    Import {
        /// File with a JSON array of dealers, or - for standard input
        file: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// List the dealers
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Print a dealer's notice, current or former, with the hash that consents record
    Notice {
        /// The dealer's code
        code: String,
        /// Version of the notice [default: the current one]
        version: Option<String>,
        #[command(flatten)]
        database: Database,
    },
}

/// Runs the command.
///
/// # Errors
/// `Given` if a dealer is invalid, `Asked` if the file or the dealer does not exist,
/// `Configuration` or `Fault` if the configuration or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Import { file, database } => import_all(&file, &database).await,
        Command::List { database } => list(&database).await,
        Command::Notice {
            code,
            version,
            database,
        } => show_notice(&code, version.as_deref(), &database).await,
    }
}

async fn import_all(file: &Path, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let dealers: Vec<Dealer> = strict::from_str(&input::read(file)?)
        .map_err(|error| Failure::Given(format!("{}: {error}", file.display())))?;
    let store = database.open(&config).await?;
    let brands = config.brands.iter().map(|brand| &*brand.name).collect();
    let now = Clock::System.now();
    let imported = import::import(&store, &dealers, &brands, now).await?;
    store.close().await;
    let (dealers, successions) = match imported {
        Imported::Done {
            dealers,
            successions,
        } => (dealers, successions),
        Imported::Refused(wrong) => {
            let told: Vec<_> = wrong.iter().map(ToString::to_string).collect();
            return Err(Failure::Given(format!(
                "{}: nothing is imported:\n{}",
                file.display(),
                told.join("\n")
            )));
        }
    };
    print(format_args!(
        "{dealers} dealers are in the directory as told"
    ))?;
    for done in successions {
        print(format_args!(
            "{} is succeeded by {}: {} links went over, {} people were linked with both",
            done.predecessor,
            done.successor,
            done.moved.len(),
            done.merged.len()
        ))?;
    }
    Ok(())
}

async fn list(database: &Database) -> Result<(), Failure> {
    let store = database.open(&database.configuration()?).await?;
    for dealer in store.dealers().list().await? {
        let open = if dealer.open { "open" } else { "closed" };
        let successor = dealer.successor.as_ref();
        let successor = successor.map_or_else(String::new, |code| format!("  see {code}"));
        print(format_args!(
            "{}  {open:6}  {}  notice {}{successor}",
            dealer.code, dealer.legal.name, dealer.notice.version
        ))?;
    }
    store.close().await;
    Ok(())
}

async fn show_notice(
    code: &str,
    version: Option<&str>,
    database: &Database,
) -> Result<(), Failure> {
    let store = database.open(&database.configuration()?).await?;
    let found = notice::find(&store, code, version).await?;
    store.close().await;
    match found {
        Found::Notice(dealer, kept) => print_notice(&dealer, &kept),
        Found::NoDealer => Err(Failure::Asked(format!("no dealer has the code {code}"))),
        Found::NoVersion { version, known } => Err(Failure::Asked(format!(
            "the notice of {code} never had a version {version}; it had {}",
            known.join(", ")
        ))),
    }
}

/// Prints a notice. The hashed text stands between the two rules: its lines, joined by
/// newlines.
fn print_notice(dealer: &Dealer, kept: &KeptNotice) -> Result<(), Failure> {
    let notice = &kept.notice;
    let since = kept.first_seen_at.map_or_else(
        || "before notices were kept".to_owned(),
        |at| format!("on {}", super::moment(at)),
    );
    print(format_args!(
        "{}  {}  notice {}, in the directory first {since}",
        dealer.code, dealer.legal.name, notice.version
    ))?;
    for (language, text) in &notice.text {
        print(format_args!(
            "\n{language}  sha256 {}\n----\n{}\n----",
            consent::wording_hash(text),
            text.as_shown()
        ))?;
    }
    Ok(())
}
