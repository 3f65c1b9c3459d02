//! `common-id ledger`: verifies that the consent records are as they were written, and
//! exports them for a dealer, a lawyer or an authority.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use time::Date;
use time::macros::format_description;

use super::database::Database;
use super::{Failure, print};
use crate::accounts::ledger::Head;
use crate::accounts::ledger::export::Form;
use crate::clock::Timestamp;
use crate::ledger::{self, export};
use crate::random::Random;
use crate::seal::Sealer;
use crate::store::Store;
use crate::store::ledger::Wanted;

/// The subcommands of `ledger`.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Check that no record was changed or removed, and print the ledger's head
    Verify {
        /// Head printed earlier: check that no record up to it was removed or replaced
        #[arg(long, value_name = "SEQUENCE:HASH")]
        head: Option<Head>,
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

/// Parses a day and returns the time at which it begins in Japan.
fn day(text: &str) -> Result<Timestamp, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(Timestamp::of_day_in_japan)
        .map_err(|_| "must be a day, as 2026-11-23".to_owned())
}

/// Runs the command.
///
/// # Errors
/// `Given` if the ledger is not as it was written, `Asked` if there is no such dealer,
/// `Configuration` or `Fault` if the configuration or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Verify { head, database } => verify(head.as_ref(), &database).await,
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

async fn verify(noted: Option<&Head>, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let sealer = Sealer::load(&config.sealing_key_file)?;
    let key = ledger::load_key(&store, &sealer, &Random::System).await?;
    let read = ledger::verify(&store, &key, noted).await?;
    store.close().await;
    let verified = read.map_err(|wrong| Failure::Given(format!("the ledger is wrong: {wrong}")))?;
    let late = match verified.taken_in {
        0 => String::new(),
        late => format!("; {late} of them were taken in after they were written"),
    };
    print(format_args!(
        "{} records, none changed and none missing{late}\nhead {}",
        verified.head.sequence, verified.head
    ))
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
