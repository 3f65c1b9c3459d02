//! `common-id accounts`: bringing people over from another system, a line each,
//! as often as one likes. What a person has done here since is never undone.

mod line;
mod lines;

use std::collections::HashMap;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::database::Database;
use super::{Failure, input, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::random::Random;
use crate::store::Store;
use crate::store::accounts::import::{ImportOutcome, ImportedAccount};
use line::Facts;
use lines::{Line, Lines};

/// How many accounts are brought in at once.
const BATCH: usize = 500;

/// What is done with accounts.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Bring accounts in, or up to date, from newline-delimited JSON
    Import {
        /// A JSON object a line, or - for standard input
        file: PathBuf,
        /// The brand of lines that name none [default: toyota if there is one]
        #[arg(long)]
        brand: Option<String>,
        #[command(flatten)]
        database: Database,
    },
}

/// Does it.
///
/// # Errors
/// If a line was refused, or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    let Command::Import {
        file,
        brand,
        database,
    } = command;
    let config = database.configuration()?;
    let brand = brand_of_the_rest(brand, &config)?;
    let lines = Lines::new(input::open(&file)?);
    let store = database.open(&config).await?;
    let mut import = Import::new(&store, &config, brand);
    import.all(lines, &file).await?;
    store.close().await;
    import.finish()
}

fn brand_of_the_rest(named: Option<String>, config: &Config) -> Result<String, Failure> {
    let known = |name: &str| config.brands.iter().any(|brand| brand.name == name);
    if let Some(name) = named {
        let none = || Failure::Asked(format!("there is no brand {name}"));
        return known(&name).then_some(name.clone()).ok_or_else(none);
    }
    let first = config.brands.first().map(|brand| brand.name.clone());
    Ok(if known("toyota") {
        "toyota".to_owned()
    } else {
        first.unwrap_or_default()
    })
}

/// An import under way: it holds one batch and no more.
struct Import<'a> {
    store: &'a Store,
    facts: Facts,
    batch: Vec<ImportedAccount>,
    /// On which line each account of the batch stands.
    places: HashMap<String, u64>,
    total: ImportOutcome,
    refused: u64,
}

impl<'a> Import<'a> {
    fn new(store: &'a Store, config: &Config, brand: String) -> Self {
        Self {
            store,
            facts: Facts {
                brands: config
                    .brands
                    .iter()
                    .map(|brand| (brand.name.clone(), brand.default_locale))
                    .collect(),
                brand,
                now: Clock::System.now(),
            },
            batch: Vec::with_capacity(BATCH),
            places: HashMap::new(),
            total: ImportOutcome::default(),
            refused: 0,
        }
    }

    async fn all(&mut self, mut lines: Lines, file: &Path) -> Result<(), Failure> {
        let unread = |error| Failure::Given(format!("{}: {error}", file.display()));
        while let Some((number, line)) = lines.next().map_err(unread)? {
            match line {
                Line::Whole(line) => match self.facts.read(line, Random::System.id()) {
                    Ok(account) => {
                        self.places.insert(account.external_id.clone(), number);
                        self.batch.push(account);
                    }
                    Err(reasons) => self.refuse(number, &reasons.join("; "))?,
                },
                Line::TooLong => self.refuse(number, "is too long for an account")?,
            }
            if self.batch.len() == BATCH {
                self.bring_in().await?;
            }
        }
        self.bring_in().await
    }

    async fn bring_in(&mut self) -> Result<(), Failure> {
        let outcome = self.store.accounts().import(&self.batch).await?;
        self.total.inserted += outcome.inserted;
        self.total.updated += outcome.updated;
        self.total.unchanged += outcome.unchanged;
        for external_id in outcome.conflicts {
            let number = self.places.get(&external_id).copied().unwrap_or_default();
            self.refuse(
                number,
                "its e-mail address or login number is another account's",
            )?;
        }
        self.batch.clear();
        self.places.clear();
        Ok(())
    }

    /// Says what is wrong with a line, never what it holds.
    fn refuse(&mut self, number: u64, reason: &str) -> Result<(), Failure> {
        self.refused += 1;
        Ok(writeln!(stderr().lock(), "line {number}: {reason}")?)
    }

    fn finish(self) -> Result<(), Failure> {
        let ImportOutcome {
            inserted,
            updated,
            unchanged,
            ..
        } = self.total;
        let refused = self.refused;
        print(format_args!(
            "{inserted} new, {updated} changed, {unchanged} unchanged, {refused} refused"
        ))?;
        if refused > 0 {
            let lines = if refused == 1 { "line" } else { "lines" };
            return Err(Failure::Given(format!("{refused} {lines} refused")));
        }
        Ok(())
    }
}
