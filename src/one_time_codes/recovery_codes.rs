//! The recovery codes of an account: ten are made at a time, shown once, kept hashed as
//! passwords are, and each is spent by its first use.

use super::authenticator_app::news;
use super::guess::{Guess, Guesses};
use super::limits::DAY;
use crate::accounts::account::Account;
use crate::accounts::recovery_code::{COUNT, RANDOM_BYTES, RecoveryCode};
use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::mail::message::SecondFactorNews;
use crate::passwords::Verdict;
use crate::secret::Secret;
use crate::sessions::known_browser::KnownBrowser;
use crate::store::recovery_codes::HashedCode;

/// The purpose under which guesses are counted.
const PURPOSE: &str = "recovery-code";

/// How often a code is drawn again if too many random bytes had to be skipped.
const DRAWS: usize = 8;

/// How many sets of codes an account may make in a day: each costs ten password hashes.
const SETS_A_DAY: u64 = 10;

/// Makes new codes in place of all older ones, and tells the account's owner by mail.
/// Returns `None` if the account made too many today.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable. `Fault::Busy` if too many
/// passwords wait to be hashed.
pub async fn make(
    app: &App,
    brand: &Brand,
    account: &Account,
) -> Result<Option<Vec<RecoveryCode>>, Fault> {
    app.passwords.admit()?;
    let made = format!("recovery-codes-made:{}", account.id);
    let limit = Limit::new(made, DAY, SETS_A_DAY);
    if !app.ephemeral.count_within(&[limit]).await? {
        return Ok(None);
    }
    let (mut codes, mut hashed) = (Vec::new(), Vec::new());
    for number in 0..COUNT {
        let code = drawn(app, number)?;
        let letters = Secret::from(code.letters().to_owned());
        let hash = app.passwords.hash(letters).await?;
        hashed.push(HashedCode { number, hash });
        codes.push(code);
    }
    let mails = news(app, brand, account, SecondFactorNews::RecoveryCodesMade)?;
    let recovery_codes = app.store.recovery_codes();
    if !recovery_codes.replace(&account.id, &hashed, &mails).await? {
        return Err(Fault::because("the account was closed meanwhile"));
    }
    app.outbox.wake();
    Ok(Some(codes))
}

/// Checks a typed code and spends it if it is right; its owner is told by mail.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable. `Fault::Busy` if too many
/// passwords wait to be checked.
pub async fn check(
    app: &App,
    brand: &Brand,
    account: &Account,
    typed: &str,
    browser: &KnownBrowser,
) -> Result<Guess, Fault> {
    let code = match RecoveryCode::read(typed) {
        Ok(code) => code,
        Err(code) => return Ok(Guess::Wrong(code)),
    };
    app.passwords.admit()?;
    let guesses = Guesses::at(app, browser, account, PURPOSE);
    if !guesses.may_try(app).await? {
        return Ok(Guess::TooMany);
    }
    let recovery_codes = app.store.recovery_codes();
    let hash = recovery_codes.hash_of(&account.id, code.number).await?;
    let letters = Secret::from(code.letters().to_owned());
    let verdict = app.passwords.verify(letters, hash.clone()).await?;
    let (Some(hash), Verdict::Right | Verdict::RightButRenew) = (hash, verdict) else {
        guesses.failed(app, brand, account).await?;
        return Ok(Guess::Wrong("recovery-code-wrong"));
    };
    let used = HashedCode {
        number: code.number,
        hash,
    };
    let left = account.enrolled.recovery_codes.saturating_sub(1);
    let mails = news(
        app,
        brand,
        account,
        SecondFactorNews::RecoveryCodeUsed { left },
    )?;
    if !recovery_codes.spend(&account.id, &used, &mails).await? {
        return Ok(Guess::Wrong("recovery-code-wrong"));
    }
    app.outbox.wake();
    guesses.succeeded(app).await?;
    Ok(Guess::Right)
}

fn drawn(app: &App, number: u8) -> Result<RecoveryCode, Fault> {
    (0..DRAWS)
        .find_map(|_| RecoveryCode::of_random(number, &app.random.bytes::<RANDOM_BYTES>()))
        .ok_or_else(|| Fault::because("the random numbers are no random numbers"))
}
