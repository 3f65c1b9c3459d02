//! Imports accounts from another system, one per line. An import may be repeated: what a
//! person has changed here since is never overwritten. `line` decides what a line must
//! contain, `store::accounts::import` what an import may change.

mod line;
mod lines;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{self, BufRead};

use crate::clock::Timestamp;
use crate::config::BrandSettings;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::random::Random;
use crate::store::Store;
use crate::store::accounts::import::ImportedAccount;
use lines::{Line, Lines};

/// How many accounts are stored in one transaction.
const BATCH: usize = 500;

/// The facts that a line does not contain.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The default language of each configured brand, by the brand's name.
    pub brands: BTreeMap<String, Locale>,
    /// The brand of lines that name none.
    pub brand: String,
    /// The present time.
    pub now: Timestamp,
}

impl Facts {
    /// Makes the facts from the configured brands. Lines that name no brand belong to
    /// `brand`, or without it to toyota, or else to the first brand. `None` if there is no
    /// such brand.
    #[must_use]
    pub fn new(brands: &[BrandSettings], brand: Option<&str>, now: Timestamp) -> Option<Self> {
        let known = |name: &str| brands.iter().any(|brand| brand.name == name);
        let brand = match brand {
            Some(name) => known(name).then_some(name)?,
            None if known("toyota") => "toyota",
            None => brands.first().map_or("", |brand| &*brand.name),
        };
        let languages = brands.iter();
        let languages = languages.map(|brand| (brand.name.clone(), brand.default_locale));
        Some(Self {
            brands: languages.collect(),
            brand: brand.to_owned(),
            now,
        })
    }
}

/// The result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many accounts were created.
    pub inserted: u64,
    /// How many accounts were changed.
    pub updated: u64,
    /// How many accounts needed no change.
    pub unchanged: u64,
    /// How many lines were refused.
    pub refused: u64,
}

/// A line that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// The number of the line, from 1.
    pub number: u64,
    /// The reason. It never repeats the content of the line.
    pub reason: Reason,
}

/// The reason why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The line is longer than any account.
    TooLong,
    /// The names of the members that are wrong, each with its problem.
    Unlawful(Vec<String>),
    /// Another account has its e-mail address or login number.
    Taken,
    /// It has another e-mail address or login number than its person, who uses the account
    /// here.
    Proven,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("is too long for an account"),
            Self::Unlawful(reasons) => f.write_str(&reasons.join("; ")),
            Self::Taken => f.write_str("its e-mail address or login number is another account's"),
            Self::Proven => f.write_str(
                "its e-mail address or mobile number is not what its person proved here",
            ),
        }
    }
}

/// Why an import ended before its last line. The accounts of earlier batches stay, and the
/// import may be repeated.
#[derive(Debug)]
pub enum Interrupted {
    /// The next line could not be read.
    Unread(io::Error),
    /// The database failed, or a refused line could not be reported.
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for Interrupted {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Imports the account of every line of `input`, and passes each refused line to `refuse`
/// at once.
///
/// # Errors
/// `Unread` if a line cannot be read; `Fault` if the database or `refuse` fails.
pub async fn import(
    store: &Store,
    random: &Random,
    facts: &Facts,
    input: Box<dyn BufRead>,
    refuse: impl FnMut(RefusedLine) -> io::Result<()>,
) -> Result<Summary, Interrupted> {
    let mut lines = Lines::new(input);
    let mut import = Import {
        store,
        refuse,
        batch: Vec::with_capacity(BATCH),
        places: HashMap::new(),
        summary: Summary::default(),
    };
    while let Some((number, line)) = lines.next().map_err(Interrupted::Unread)? {
        match line {
            Line::Whole(line) => match facts.read(line, random.id()) {
                Ok(account) => import.take(number, account),
                Err(reasons) => import.refuse(number, Reason::Unlawful(reasons))?,
            },
            Line::TooLong => import.refuse(number, Reason::TooLong)?,
        }
        if import.batch.len() == BATCH {
            import.bring_in().await?;
        }
    }
    import.bring_in().await?;
    Ok(import.summary)
}

/// An import in progress. It holds one batch in memory.
struct Import<'a, R> {
    store: &'a Store,
    refuse: R,
    batch: Vec<ImportedAccount>,
    /// The line number of each account of the batch, by its external id.
    places: HashMap<String, u64>,
    summary: Summary,
}

impl<R: FnMut(RefusedLine) -> io::Result<()>> Import<'_, R> {
    fn take(&mut self, number: u64, account: ImportedAccount) {
        self.places.insert(account.external_id.clone(), number);
        self.batch.push(account);
    }

    async fn bring_in(&mut self) -> Result<(), Fault> {
        let outcome = self.store.accounts().import(&self.batch).await?;
        self.summary.inserted += outcome.inserted;
        self.summary.updated += outcome.updated;
        self.summary.unchanged += outcome.unchanged;
        let taken = outcome.conflicts.into_iter().map(|id| (id, Reason::Taken));
        let proven = outcome.proven.into_iter().map(|id| (id, Reason::Proven));
        for (external_id, reason) in taken.chain(proven) {
            let number = self.places.get(&external_id).copied().unwrap_or_default();
            self.refuse(number, reason)?;
        }
        self.batch.clear();
        self.places.clear();
        Ok(())
    }

    fn refuse(&mut self, number: u64, reason: Reason) -> Result<(), Fault> {
        self.summary.refused += 1;
        (self.refuse)(RefusedLine { number, reason })?;
        Ok(())
    }
}
