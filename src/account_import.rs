//! Bringing people over from another system, a line each, as often as one likes: what a
//! person has done here since is never undone. What a line must say is decided by `line`,
//! what an import may change by `store::accounts::import`.

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

/// How many accounts are brought in at once.
const BATCH: usize = 500;

/// What a line does not tell.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The brands there are, with the language of each.
    pub brands: BTreeMap<String, Locale>,
    /// The brand of lines that name none.
    pub brand: String,
    /// The present time.
    pub now: Timestamp,
}

impl Facts {
    /// The facts where there are these brands. Lines that name none are of `brand`, and
    /// without it of toyota, or else of the first; nothing if there is no such brand.
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

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many accounts are new.
    pub inserted: u64,
    /// How many changed.
    pub updated: u64,
    /// How many were as they are.
    pub unchanged: u64,
    /// How many lines were refused.
    pub refused: u64,
}

/// A line that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// Its number, from 1.
    pub number: u64,
    /// Why. Never what the line holds.
    pub reason: Reason,
}

/// Why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is longer than any account.
    TooLong,
    /// These of its members are wrong.
    Unlawful(Vec<String>),
    /// Another account has its e-mail address or login number.
    Taken,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("is too long for an account"),
            Self::Unlawful(reasons) => f.write_str(&reasons.join("; ")),
            Self::Taken => f.write_str("its e-mail address or login number is another account's"),
        }
    }
}

/// Why an import ended before its last line. What came before stays: it may be run again.
#[derive(Debug)]
pub enum Interrupted {
    /// The lines could not be read on.
    Unread(io::Error),
    /// Something failed.
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for Interrupted {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Brings in the account of every line of `input`; tells each line that is refused to
/// `refuse`, as soon as it is.
///
/// # Errors
/// If the lines cannot be read, the database fails, or `refuse` does.
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

/// An import under way: it holds one batch and no more.
struct Import<'a, R> {
    store: &'a Store,
    refuse: R,
    batch: Vec<ImportedAccount>,
    /// The line of each account of the batch, by its external id.
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
        for external_id in outcome.conflicts {
            let number = self.places.get(&external_id).copied().unwrap_or_default();
            self.refuse(number, Reason::Taken)?;
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
