//! `common-id ledger`: verifies that the consent records are as they were written, anchors
//! their head outside of the database, takes in records that stand outside of the chain, and
//! exports them for a dealer, a lawyer or an authority.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::database::Database;
use super::{Failure, day, print};
use crate::accounts::ledger::export::Form;
use crate::accounts::ledger::{Head, Wrong};
use crate::brand::Brands;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::ephemeral::Ephemeral;
use crate::ledger::anchor;
use crate::ledger::{self, export};
use crate::outbox::Outbox;
use crate::outgoing::Outgoing;
use crate::random::Random;
use crate::seal::ledger_key::LedgerKey;
use crate::seal::{Sealer, SealingKey};
use crate::server::ledger_anchors::{Carriers, Way};
use crate::store::Store;
use crate::store::ledger::Wanted;

/// The subcommands of `ledger`.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Check that no record was changed or removed, and print the ledger's head
    Verify {
        /// Head printed earlier: check that no record up to it was removed or replaced [default: the newest anchor of ledger.anchor_file]
        #[arg(long, value_name = "SEQUENCE:HASH")]
        head: Option<Head>,
        #[command(flatten)]
        database: Database,
    },
    /// Sign the ledger's head, print it, and send it where the configuration says
    Anchor {
        #[command(flatten)]
        database: Database,
    },
    /// Show the records that stand outside of the ledger, or take them in
    TakeIn {
        /// Take in exactly so many records, as shown before
        #[arg(long, value_name = "NUMBER")]
        records: Option<i64>,
        #[command(flatten)]
        database: Database,
    },
    /// Write records to standard output, in the order in which they were written
    Export {
        /// Only records of this dealer (its code) and of the dealers that it succeeded
        #[arg(long, value_name = "CODE")]
        dealer: Option<String>,
        /// Only records from this day on (YYYY-MM-DD, in Japan)
        #[arg(long, value_name = "DATE", value_parser = day)]
        from: Option<Timestamp>,
        /// Only records before this day (YYYY-MM-DD, in Japan)
        #[arg(long, value_name = "DATE", value_parser = day)]
        to: Option<Timestamp>,
        /// Output format
        #[arg(long, value_name = "FORM", value_parser = forms())]
        format: Form,
        #[command(flatten)]
        database: Database,
    },
}

/// Parses a format; the help lists them.
fn forms() -> impl TypedValueParser<Value = Form> {
    let words = Form::ALL.iter().map(|one| one.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Form>())
}

/// Runs the command.
///
/// # Errors
/// `Given` if the ledger is not as it was written, `Asked` if there is no such dealer,
/// `Configuration` or `Fault` if the configuration or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Verify { head, database } => verify(head, &database).await,
        Command::Anchor { database } => anchor(&database).await,
        Command::TakeIn { records, database } => take_in(records, &database).await,
        Command::Export {
            dealer,
            from,
            to,
            format,
            database,
        } => {
            let store = database.open(&database.configuration()?).await?;
            let wanted = Wanted {
                dealers: codes(&store, dealer).await?,
                from,
                before: to,
            };
            let out = &mut std::io::stdout().lock();
            let exported = export::export(&store, &wanted, format, out).await?;
            store.close().await;
            exported.map_err(|wrong| Failure::Given(format!("nothing is exported: {wrong}")))
        }
    }
}

async fn verify(noted: Option<Head>, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let key = key(&store, &config).await?;
    let anchor = match (&noted, &config.ledger.anchor_file) {
        (None, Some(file)) => anchor::newest(file, &key.anchor_key()?)?,
        _ => None,
    };
    let anchored = match &anchor {
        Some(anchor) => format!("; anchored up to record {}", anchor.head.sequence),
        None => String::new(),
    };
    let noted = noted.or_else(|| anchor.map(|anchor| anchor.head));
    let read = ledger::verify(&store, &key, noted.as_ref()).await?;
    store.close().await;
    let verified = read.map_err(wrong)?;
    let late = match verified.taken_in {
        0 => String::new(),
        late => format!("; {late} of them were taken in after they were written"),
    };
    print(format_args!(
        "{} records, none changed and none missing{late}{anchored}\nhead {}",
        verified.head.sequence, verified.head
    ))
}

fn wrong(wrong: Wrong) -> Failure {
    Failure::Given(format!("the ledger is wrong: {wrong}"))
}

async fn key(store: &Store, config: &Config) -> Result<LedgerKey, Failure> {
    let sealer = Sealer::load(&config.sealing_key_file)?;
    Ok(ledger::load_key(store, &sealer, &Random::System).await?)
}

/// Prints the anchor, and takes it along every way that is configured: one that fails does
/// not hinder the others.
async fn anchor(database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let key = key(&store, &config).await?;
    let settings = &config.ledger;
    let before = match settings.anchor_file.as_deref() {
        Some(file) => anchor::newest(file, &key.anchor_key()?)?,
        None => None,
    };
    let clock = Clock::System;
    let taken = anchor::take(&store, &key, before.as_ref(), clock.now()).await?;
    let anchor = taken.map_err(wrong)?;
    print(&anchor)?;
    let mut failed = Vec::new();
    // What the other ways need may be what is broken.
    if let Some(Err(fault)) = settings
        .anchor_file
        .as_deref()
        .map(|file| anchor::append(file, &anchor))
    {
        failed.push(format!("{}: {fault}", Way::File.setting()));
    }
    let (url, prefix) = (config.ephemeral.url.expose(), &config.ephemeral.prefix);
    let outgoing = Outgoing::open(&config.outgoing)?;
    let outbox = Outbox::open(
        &config,
        outgoing.clone(),
        (store.clone(), Ephemeral::open(url, prefix, &clock).await?),
        Sealer::load(&config.sealing_key_file)?,
        (clock, Random::System),
    )?;
    let brands = Brands::load(&config)?;
    let brand = brands.iter().next();
    let carriers = Carriers {
        settings,
        outbox: &outbox,
        outgoing: &outgoing,
        brand: brand.ok_or_else(|| Failure::Asked("there is no brand".to_owned()))?,
    };
    for way in Way::configured(settings).filter(|way| *way != Way::File) {
        if let Err(fault) = carriers.carry(way, &anchor).await {
            failed.push(format!("{}: {fault}", way.setting()));
        }
    }
    store.close().await;
    if failed.is_empty() {
        return Ok(());
    }
    let why = failed.join("; ");
    Err(Failure::Given(format!("the anchor was not kept: {why}")))
}

/// Shows and counts the records outside of the chain. They are taken in only if the
/// operator repeats their number: the ledger vouches for them from then on.
async fn take_in(records: Option<i64>, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let outside = store.ledger().standing().await?.outside;
    let Some(asked) = records else {
        show_outside(&store).await?;
        store.close().await;
        return print(format_args!(
            "{outside} records stand outside of the ledger; if all of them are an older \
             version's, take them in by --records {outside}"
        ));
    };
    if asked != outside {
        let why = format!("{outside} records stand outside of the ledger, not {asked}");
        return Err(Failure::Given(why));
    }
    let sealing_key = SealingKey::InFile(&config.sealing_key_file);
    let taken_in = ledger::take_in(&store, sealing_key, &Random::System).await?;
    store.close().await;
    print(format_args!(
        "{taken_in} records were taken into the ledger"
    ))
}

async fn show_outside(store: &Store) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        let part = store.ledger().outside(offset).await?;
        if part.is_empty() {
            return Ok(());
        }
        for record in &part {
            print(format_args!(
                "{} {} {} {} account {} record {}",
                Timestamp(record.recorded_at),
                record.kind,
                record.action,
                record.target,
                record.account_id,
                record.id
            ))?;
        }
        offset = offset.saturating_add(i64::try_from(part.len()).unwrap_or(i64::MAX));
    }
}

/// Returns the codes of the dealers whose records are exported; none if all are.
async fn codes(store: &Store, dealer: Option<String>) -> Result<Option<Vec<String>>, Failure> {
    let Some(code) = dealer else { return Ok(None) };
    let codes = export::codes_of(store, &code).await?;
    match codes {
        Some(codes) => Ok(Some(codes)),
        None => Err(Failure::Asked(format!("there is no dealer {code}"))),
    }
}
