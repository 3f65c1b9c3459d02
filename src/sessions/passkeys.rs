//! Passkey ceremonies between a page and the store: what a page asks its browser for, and
//! how the answer is checked. A challenge is not stored until it is answered, since a login
//! that is only begun costs no store anything
//! (`docs/decisions/0001-a-login-begun-costs-nothing.md`): it is a MAC over the browser,
//! the place and the time. An answer spends it, on any node.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::browser::{Browser, LiveSession};
use super::end_link;
use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::passkey::authentication::Assertion;
use crate::accounts::passkey::options::{CreationOptions, Holder, RelyingParty, RequestOptions};
use crate::accounts::passkey::refused::Refused;
use crate::accounts::passkey::{Expected, Passkey, registration};
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::mail::message::{Message, PasskeyNews};
use crate::seal::Purpose;
use crate::store::outbox::NewMessage;
use crate::store::passkeys::Added;

/// The number of random bytes in a challenge (Web Authentication §13.4.3 asks for 16) and
/// in a user handle.
const RANDOM: usize = 16;

/// The length of a MAC in bytes.
const MAC: usize = 32;

/// The ceremony, and the account it is for.
#[derive(Clone, Copy, Debug)]
pub enum Ceremony<'a> {
    /// Log in with any passkey.
    LogIn,
    /// Add a passkey to the account with that id.
    Add(&'a str),
}

/// A request for a passkey in one place. Its challenge is valid for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The application.
    pub app: &'a App,
    /// The brand, whose host the passkey belongs to.
    pub brand: &'a Brand,
    /// The browser.
    pub browser: &'a Browser,
    /// The interaction's id, or the page's path.
    pub place: &'a str,
    /// The ceremony.
    pub ceremony: Ceremony<'a>,
}

/// What a page needs to ask its browser for a passkey.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The challenge, which the page sends back with the answer.
    pub challenge: String,
    /// The options for the browser, as JSON.
    pub options: String,
}

/// The answer that a page sends back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The challenge that it was given.
    pub challenge: &'a str,
    /// The browser's credential, as JSON.
    pub credential: &'a str,
}

/// Why no passkey was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// The answer does not match the request.
    Refused(Refused),
    /// The passkey is registered already.
    Known,
    /// The account has as many passkeys as it may have.
    TooMany,
}

impl NotAdded {
    /// Reads why the store did not add a passkey; `None` if it did.
    #[must_use]
    pub const fn of(added: Added) -> Option<Self> {
        match added {
            Added::Done => None,
            Added::Known => Some(Self::Known),
            Added::TooMany => Some(Self::TooMany),
            Added::Closed | Added::Cancelled => Some(Self::Refused(Refused::UserHandle)),
        }
    }
}

impl Asking<'_> {
    /// Asks for the passkey of any account.
    ///
    /// # Errors
    /// `Fault` if the options cannot be written as JSON.
    pub fn for_any(&self) -> Result<Asked, Fault> {
        let challenge = self.challenge(&[]);
        let options = RequestOptions::new(challenge.clone(), self.brand.domain());
        Ok(Asked {
            options: serde_json::to_string(&options)?,
            challenge,
        })
    }

    /// Asks for a new passkey of an account that has the passkeys `has`. Authenticators
    /// know the account by one user handle, which the challenge brings back.
    ///
    /// # Errors
    /// `Fault` if the options cannot be written as JSON.
    pub fn for_new(&self, rp_name: &str, login_id: &str, has: &[Passkey]) -> Result<Asked, Fault> {
        let known = has.first().map(|passkey| passkey.user_handle.clone());
        let new = || URL_SAFE_NO_PAD.encode(self.app.random.bytes::<RANDOM>());
        let user_handle = known.unwrap_or_else(new);
        let challenge = self.challenge(user_handle.as_bytes());
        let holder = Holder {
            user_handle: &user_handle,
            login_id,
            has,
        };
        let rp = RelyingParty {
            id: self.brand.domain().to_owned(),
            name: rp_name.to_owned(),
        };
        let options = CreationOptions::new(challenge.clone(), rp, &holder);
        Ok(Asked {
            options: serde_json::to_string(&options)?,
            challenge,
        })
    }

    /// Checks the answer to a login ceremony, and returns the account of the passkey.
    ///
    /// # Errors
    /// `Fault` if the database or short-lived state is unreachable.
    pub async fn log_in(&self, answer: Answer<'_>) -> Result<Result<Account, Refused>, Fault> {
        let assertion = match Assertion::read(answer.credential) {
            Ok(assertion) => assertion,
            Err(refused) => return Ok(Err(refused)),
        };
        if self.opened(answer.challenge).is_none() {
            return Ok(Err(Refused::Challenge));
        }
        let passkeys = self.app.store.passkeys();
        let Some((passkey, account)) = passkeys.find(&assertion.credential_id, self.now()).await?
        else {
            return Ok(Err(Refused::UnknownCredential));
        };
        let checked = match assertion.check(&passkey, &self.expected(answer, &self.origin())) {
            // The challenge is spent only now: strangers leave nothing behind.
            Ok(_) if self.spend(answer.challenge).await?.is_none() => Err(Refused::Challenge),
            Ok(used) => {
                if passkeys.note_use(&passkey.id, used, self.now()).await? {
                    Ok(())
                } else {
                    // Another answer was first, and its counter is at least as high.
                    Err(Refused::Counter)
                }
            }
            Err(refused) => Err(refused),
        };
        if checked == Err(Refused::Counter) {
            tracing::warn!(
                account.id = account.id,
                passkey.id = passkey.id,
                "a passkey's counter did not go on: its authenticator may have been copied"
            );
        }
        Ok(checked.map(|()| account))
    }

    /// Checks the answer to a ceremony that adds a passkey, and returns the passkey for the
    /// logged-in account. It is not stored yet.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn made(
        &self,
        live: &LiveSession,
        answer: Answer<'_>,
    ) -> Result<Result<Passkey, NotAdded>, Fault> {
        let refused = |why| Ok(Err(NotAdded::Refused(why)));
        if self.opened(answer.challenge).is_none() {
            return refused(Refused::Challenge);
        }
        let expected = self.origin();
        let expected = self.expected(answer, &expected);
        let made = match registration::check(answer.credential, &expected) {
            Ok(made) => made,
            Err(why) => return refused(why),
        };
        // Only an answer that is right spends the challenge.
        let Some(user_handle) = self.spend(answer.challenge).await? else {
            return refused(Refused::Challenge);
        };
        Ok(Ok(Passkey {
            id: self.app.random.id(),
            account_id: live.account.id.clone(),
            rp_id: expected.rp_id.to_owned(),
            credential_id: made.credential_id,
            user_handle,
            public_key: made.public_key,
            sign_count: made.sign_count,
            backup_eligible: made.backup_eligible,
            backed_up: made.backed_up,
            transports: made.transports,
            label: live.session.device.clone(),
            created_at: self.now(),
            last_used_at: None,
        }))
    }

    /// Makes a challenge that brings back `said`.
    fn challenge(&self, said: &[u8]) -> String {
        let (context, nonce) = (self.context(), self.app.random.bytes::<RANDOM>());
        let at = self.now().0.to_be_bytes();
        let parts: [&[u8]; 4] = [context.as_bytes(), &nonce, &at, said];
        let mac = self.app.sealer.mac(Purpose::PasskeyChallenge, &parts);
        URL_SAFE_NO_PAD.encode([&nonce, at.as_slice(), &mac, said].concat())
    }

    /// Spends a challenge and returns what was `said` with it. `None` if this provider did
    /// not make it, it was made for another browser or place, it has expired, or it was
    /// answered before.
    async fn spend(&self, challenge: &str) -> Result<Option<String>, Fault> {
        let Some(said) = self.opened(challenge) else {
            return Ok(None);
        };
        let key = Key::Challenge(challenge);
        let first = self.app.ephemeral.put_once(key, self.life()).await?;
        Ok(first.then_some(said))
    }

    fn opened(&self, challenge: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(challenge).ok()?;
        let (nonce, rest) = bytes.split_first_chunk::<RANDOM>()?;
        let (at, rest) = rest.split_first_chunk()?;
        let (mac, said) = rest.split_first_chunk::<MAC>()?;
        let context = self.context();
        let parts: [&[u8]; 4] = [context.as_bytes(), nonce, at, said];
        let ours = self
            .app
            .sealer
            .verify_mac(Purpose::PasskeyChallenge, &parts, mac);
        let given_at = Timestamp(i64::from_be_bytes(*at));
        let holds = ours && self.now().since(given_at) < self.life();
        holds.then(|| String::from_utf8(said.to_vec()).ok())?
    }

    /// The context that the MAC covers. None of its parts contains a line break.
    fn context(&self) -> String {
        let (ceremony, account_id) = match self.ceremony {
            Ceremony::LogIn => ("log in", ""),
            Ceremony::Add(account_id) => ("add", account_id),
        };
        let (brand, browser) = (&self.brand.name, self.browser.fingerprint());
        let place = self.place;
        [ceremony, account_id, brand, &browser, place].join("\n")
    }

    fn expected<'e>(&'e self, answer: Answer<'e>, origin: &'e str) -> Expected<'e> {
        Expected {
            challenge: answer.challenge,
            rp_id: self.brand.domain(),
            origin,
        }
    }

    fn origin(&self) -> String {
        self.brand.origin()
    }

    fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The lifetime of a challenge: as long as the page that holds it may be filled in.
    fn life(&self) -> Duration {
        self.app.config.interactions.lifetime
    }
}

/// The mail that tells the account's owner, if the account has a mailbox.
///
/// # Errors
/// `Fault` if sealing fails.
pub fn news(
    app: &App,
    brand: &Brand,
    account: &Account,
    news: PasskeyNews,
) -> Result<Vec<NewMessage>, Fault> {
    let Ok(to) = EmailAddress::read(&account.email) else {
        return Ok(Vec::new());
    };
    let message = Message::Passkey { to: &to, news };
    Ok(vec![end_link::write(app, brand, account, &message)?])
}
