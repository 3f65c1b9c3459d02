//! `common-id dealers`: the dealer directory, with the notice each dealer gives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::database::Database;
use super::{Failure, input, print};
use crate::accounts::dealer::Dealer;
use crate::config::Config;
use crate::locale::Locale;

/// What is done with dealers.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Add dealers, or change those whose code is known
    Import {
        /// A JSON array of dealers, or - for standard input
        file: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// List the dealers
    List {
        #[command(flatten)]
        database: Database,
    },
}

/// Does it.
///
/// # Errors
/// If a dealer is not as it must be, or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Import { file, database } => import(&file, &database).await,
        Command::List { database } => list(&database).await,
    }
}

async fn import(file: &Path, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let dealers: Vec<Dealer> = serde_json::from_str(&input::read(file)?)
        .map_err(|error| Failure::Given(format!("{}: {error}", file.display())))?;
    let store = database.open(&config).await?;
    let known = store.dealers().list().await?;
    let wrong = wrong_with(&dealers, &known, &config);
    if !wrong.is_empty() {
        return Err(Failure::Given(format!(
            "{}: nothing is imported:\n{}",
            file.display(),
            wrong.join("\n")
        )));
    }
    for dealer in &dealers {
        store.dealers().put(dealer).await?;
    }
    store.close().await;
    print(format_args!(
        "{} dealers are in the directory as told",
        dealers.len()
    ))
}

/// Everything wrong with `dealers`.
fn wrong_with(dealers: &[Dealer], known: &[Dealer], config: &Config) -> Vec<String> {
    let brands: BTreeSet<_> = config.brands.iter().map(|brand| &*brand.name).collect();
    let known: BTreeMap<_, _> = known.iter().map(|dealer| (&dealer.code, dealer)).collect();
    let mut codes = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, dealer) in dealers.iter().enumerate() {
        let mut refuse = |reason: &str| {
            let place = index + 1;
            wrong.push(format!("dealer {place} ({}): {reason}", dealer.code));
        };
        if dealer.code.is_empty() || !dealer.code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            refuse("code: must be letters and digits");
        }
        if !codes.insert(&dealer.code) {
            refuse("code: stands here twice");
        }
        let legal = &dealer.legal;
        let told = [
            &legal.name,
            &legal.address,
            &legal.representative,
            &dealer.name_en,
        ];
        if told.iter().any(|text| text.trim().is_empty()) {
            refuse("legal, name_en: must be told, since the law wants them recorded");
        }
        if dealer.brands.is_empty() || dealer.brands.iter().any(|b| !brands.contains(&**b)) {
            refuse("brands: must be brands of the configuration");
        }
        if !dealer.notice.text.contains_key(Locale::Ja.tag()) {
            refuse("notice.text: must be there in ja");
        }
        // People consented to a version: its words must not change behind them.
        let before = known.get(&dealer.code).map(|before| &before.notice);
        if before.is_some_and(|before| {
            before.version == dealer.notice.version && before.text != dealer.notice.text
        }) {
            refuse("notice.version: the text changed, so the version must too");
        }
    }
    wrong
}

async fn list(database: &Database) -> Result<(), Failure> {
    let store = database.open(&database.configuration()?).await?;
    for dealer in store.dealers().list().await? {
        let open = if dealer.open { "open" } else { "closed" };
        print(format_args!(
            "{}  {open:6}  {}  notice {}",
            dealer.code, dealer.legal.name, dealer.notice.version
        ))?;
    }
    store.close().await;
    Ok(())
}
