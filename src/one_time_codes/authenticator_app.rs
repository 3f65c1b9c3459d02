//! Authenticator apps of accounts: a secret is offered to an app, kept sealed once a code
//! proved that the app has it, and asked for codes from then on. An offered secret travels
//! sealed in the page's form, so that a page that is only looked at costs no store anything.

use zeroize::Zeroizing;

use super::guess::{Guess, Guesses};
use crate::accounts::account::Account;
use crate::accounts::authenticator_app::{AuthenticatorApp, Named, SECRET_BYTES};
use crate::accounts::email_address::EmailAddress;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::mail::message::{Message, SecondFactorNews};
use crate::seal::Purpose;
use crate::sessions::end_link;
use crate::sessions::known_browser::KnownBrowser;
use crate::store::authenticator_apps::NewApp;
use crate::store::outbox::NewMessage;

/// The purpose under which guesses are counted.
const PURPOSE: &str = "authenticator-app";

type AppSecret = Zeroizing<[u8; SECRET_BYTES]>;

/// A secret that is offered to the app of an account's owner.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The sealed offer, for the form of the page.
    pub sealed: String,
    /// The app as it will be once it knows the secret.
    pub app: AuthenticatorApp,
}

/// Offers a new secret.
///
/// # Errors
/// `Fault` if sealing fails.
pub fn offer(app: &App, brand: &Brand, account: &Account) -> Result<Offer, Fault> {
    let secret = Zeroizing::new(app.random.bytes::<SECRET_BYTES>());
    let context = offer_context(&account.id);
    let of = (Purpose::AuthenticatorApp, context.as_slice());
    let (now, random) = (app.clock.now(), &app.random);
    Ok(Offer {
        sealed: app.sealer.seal_dated(of, secret.as_slice(), now, random)?,
        app: named(*secret, brand, account)?,
    })
}

/// Returns the same offer again, from the form of the page; `None` if it was not made for
/// this account, or has expired.
///
/// # Errors
/// `Fault` if the secret is unusable.
pub fn offered(
    app: &App,
    brand: &Brand,
    account: &Account,
    sealed: &str,
) -> Result<Option<Offer>, Fault> {
    let Some(secret) = opened(app, &account.id, sealed) else {
        return Ok(None);
    };
    Ok(Some(Offer {
        sealed: sealed.to_owned(),
        app: named(*secret, brand, account)?,
    }))
}

/// Adds the app to which the offer was made, if the code is one of its codes now, and tells
/// the account's owner by mail.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable.
pub async fn add(
    app: &App,
    brand: &Brand,
    account: &Account,
    (offer, typed): (&Offer, &str),
) -> Result<Guess, Fault> {
    let now = app.clock.now();
    let step = match offer.app.step_of(typed, now) {
        Ok(Some(step)) => step,
        Ok(None) => return Ok(Guess::Wrong("app-code-wrong")),
        Err(code) => return Ok(Guess::Wrong(code)),
    };
    let Some(secret) = opened(app, &account.id, &offer.sealed) else {
        return Ok(Guess::Wrong("app-code-wrong"));
    };
    let (context, sealer) = (account.id.as_bytes(), &app.sealer);
    let sealed = sealer.seal(
        Purpose::AuthenticatorApp,
        context,
        secret.as_slice(),
        &app.random,
    )?;
    let new = NewApp {
        account_id: &account.id,
        sealed: &sealed,
        step,
    };
    let mails = news(app, brand, account, SecondFactorNews::AppAdded)?;
    let added = app
        .store
        .authenticator_apps()
        .add(&new, &mails, now)
        .await?;
    app.outbox.wake();
    Ok(if added {
        Guess::Right
    } else {
        Guess::Wrong("app-known")
    })
}

/// Checks a typed code of the account's app. A right code uses up its time step.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the secret was sealed
/// with a key that this node does not have.
pub async fn check(
    app: &App,
    brand: &Brand,
    account: &Account,
    typed: &str,
    browser: &KnownBrowser,
) -> Result<Guess, Fault> {
    let apps = app.store.authenticator_apps();
    let Some(stored) = apps.of(&account.id).await? else {
        return Ok(Guess::Wrong("app-code-wrong"));
    };
    let guesses = Guesses::at(app, browser, account, PURPOSE);
    let context = account.id.as_bytes();
    let opened = app
        .sealer
        .open(Purpose::AuthenticatorApp, context, &stored.sealed);
    let secret = read_secret(opened).ok_or_else(|| unreadable(&account.id))?;
    let step = match named(*secret, brand, account)?.step_of(typed, app.clock.now()) {
        Err(code) => return Ok(Guess::Wrong(code)),
        Ok(_) if !guesses.may_try(app).await? => return Ok(Guess::TooMany),
        Ok(None) => {
            guesses.failed(app, brand, account).await?;
            return Ok(Guess::Wrong("app-code-wrong"));
        }
        Ok(Some(step)) => step,
    };
    if !apps.use_step(&account.id, &stored.sealed, step).await? {
        guesses.was_used(app).await?;
        return Ok(Guess::Wrong("app-code-used"));
    }
    guesses.succeeded(app).await?;
    Ok(Guess::Right)
}

/// Removes the account's app, and tells its owner by mail.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn remove(app: &App, brand: &Brand, account: &Account) -> Result<bool, Fault> {
    let mails = news(app, brand, account, SecondFactorNews::AppRemoved)?;
    let apps = app.store.authenticator_apps();
    let removed = apps.remove(&account.id, &mails).await?;
    app.outbox.wake();
    Ok(removed)
}

/// The mail that tells the account's owner, if the account has a mailbox.
///
/// # Errors
/// `Fault` if sealing fails.
pub fn news(
    app: &App,
    brand: &Brand,
    account: &Account,
    news: SecondFactorNews,
) -> Result<Vec<NewMessage>, Fault> {
    let Ok(to) = EmailAddress::read(&account.email) else {
        return Ok(Vec::new());
    };
    let message = Message::SecondFactor { to: &to, news };
    Ok(vec![end_link::write(app, brand, account, &message)?])
}

fn named(
    secret: [u8; SECRET_BYTES],
    brand: &Brand,
    account: &Account,
) -> Result<AuthenticatorApp, Fault> {
    let named = Named {
        issuer: brand.domain(),
        login_id: &account.email,
    };
    AuthenticatorApp::new(secret, named)
        .ok_or_else(|| Fault::because("an authenticator app cannot be named after this account"))
}

fn offer_context(account_id: &str) -> Vec<u8> {
    [b"offer\n", account_id.as_bytes()].concat()
}

fn opened(app: &App, account_id: &str, sealed: &str) -> Option<AppSecret> {
    let context = offer_context(account_id);
    let of = (Purpose::AuthenticatorApp, context.as_slice());
    let (now, life) = (app.clock.now(), app.config.interactions.lifetime);
    let opened = app.sealer.open_dated(of, sealed, now, life)?;
    let secret: [u8; SECRET_BYTES] = opened.value.as_slice().try_into().ok()?;
    Some(Zeroizing::new(secret))
}

fn read_secret(opened: Option<Vec<u8>>) -> Option<AppSecret> {
    let plain = Zeroizing::new(opened?);
    let secret: [u8; SECRET_BYTES] = plain.as_slice().try_into().ok()?;
    Some(Zeroizing::new(secret))
}

fn unreadable(account_id: &str) -> Fault {
    Fault::because(format_args!(
        "the authenticator app of the account {account_id} was sealed with a sealing key we do not have"
    ))
}
