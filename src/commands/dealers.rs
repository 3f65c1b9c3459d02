//! `common-id dealers`: the dealer directory, with the notice each dealer gives.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::database::Database;
use super::{Failure, input, print};
use crate::accounts::consent;
use crate::accounts::dealer::Dealer;
use crate::clock::Clock;
use crate::config::Config;
use crate::documents::strict;
use crate::locale::Locale;
use crate::store::dealers::{Imported, KeptNotice};

/// What is done with dealers.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Add dealers, or change those whose code is known; links go over to a `successor`
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
    /// Show what a dealer's notice says, or said, with the hash that consents record
    Notice {
        /// The dealer's code
        code: String,
        /// The notice's version [default: the present one]
        version: Option<String>,
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
        Command::Notice {
            code,
            version,
            database,
        } => notice(&code, version.as_deref(), &database).await,
    }
}

async fn import(file: &Path, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let dealers: Vec<Dealer> = strict::from_str(&input::read(file)?)
        .map_err(|error| Failure::Given(format!("{}: {error}", file.display())))?;
    let store = database.open(&config).await?;
    let wrong = wrong_with(&dealers, &config);
    if !wrong.is_empty() {
        return Err(refused(file, &wrong));
    }
    let imported = store
        .dealers()
        .import(&dealers, Clock::System.now())
        .await?;
    store.close().await;
    let successions = match imported {
        Imported::Done(successions) => successions,
        Imported::Refused(wrong) => {
            let told = |(code, refusal)| format!("dealer {code}: {refusal}");
            return Err(refused(
                file,
                &wrong.into_iter().map(told).collect::<Vec<_>>(),
            ));
        }
    };
    print(format_args!(
        "{} dealers are in the directory as told",
        dealers.len()
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

fn refused(file: &Path, wrong: &[String]) -> Failure {
    Failure::Given(format!(
        "{}: nothing is imported:\n{}",
        file.display(),
        wrong.join("\n")
    ))
}

/// Everything wrong with `dealers`, each by itself.
fn wrong_with(dealers: &[Dealer], config: &Config) -> Vec<String> {
    let brands: BTreeSet<_> = config.brands.iter().map(|brand| &*brand.name).collect();
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
    }
    wrong
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

async fn notice(code: &str, version: Option<&str>, database: &Database) -> Result<(), Failure> {
    let store = database.open(&database.configuration()?).await?;
    let dealer = store.dealers().get(code).await?;
    let kept = store.dealers().notices(code).await?;
    store.close().await;
    let dealer = dealer.ok_or_else(|| Failure::Asked(format!("no dealer has the code {code}")))?;
    let version = version.unwrap_or(&dealer.notice.version);
    let Some(found) = kept.iter().find(|kept| kept.notice.version == version) else {
        let versions: Vec<_> = kept.iter().map(|kept| &*kept.notice.version).collect();
        let versions = versions.join(", ");
        return Err(Failure::Asked(format!(
            "the notice of {code} never had a version {version}; it had {versions}"
        )));
    };
    print_notice(&dealer, found)
}

/// The text between the rules is what is hashed: its lines, joined by a newline.
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
