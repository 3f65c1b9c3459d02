//! Passkeys between a page and the store: what a page asks its browser for, and
//! what came back. A challenge rests nowhere until it is answered, since a login
//! that is only begun costs no store anything
//! (`docs/decisions/0001-a-login-begun-costs-nothing.md`): it is a MAC over the
//! browser, the place and the time. An answer spends it, on any node.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::browser::{Browser, LiveSession};
use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::passkey::authentication::Assertion;
use crate::accounts::passkey::options::{CreationOptions, Holder, RequestOptions};
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

/// How many random bytes a challenge has (§13.4.3 asks for 16), and a user handle.
const RANDOM: usize = 16;

/// The length of a MAC.
const MAC: usize = 32;

/// Which ceremony, and for whom.
#[derive(Clone, Copy, Debug)]
pub enum Ceremony<'a> {
    /// Whoever has a passkey.
    LogIn,
    /// A new passkey for the account of that id.
    Add(&'a str),
}

/// Where a passkey is asked for: its challenge is good for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The application.
    pub app: &'a App,
    /// The brand, whose host the passkey belongs to.
    pub brand: &'a Brand,
    /// The browser.
    pub browser: &'a Browser,
    /// The interaction, or the page's path.
    pub place: &'a str,
    /// What for.
    pub ceremony: Ceremony<'a>,
}

/// What a page needs to ask for a passkey.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The challenge, to come back with the answer.
    pub challenge: String,
    /// The options for the browser, as JSON.
    pub options: String,
}

/// What a page sends back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The challenge that it was given.
    pub challenge: &'a str,
    /// What the browser made of it, as JSON.
    pub credential: &'a str,
}

/// Why no passkey was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// The answer is not one to what was asked.
    Refused(Refused),
    /// Somebody has it already.
    Known,
    /// The account has as many as it may.
    TooMany,
}

impl Asking<'_> {
    /// For the passkey of whoever comes.
    ///
    /// # Errors
    /// If the options cannot be written.
    pub fn for_any(&self) -> Result<Asked, Fault> {
        let challenge = self.challenge(&[]);
        let options = RequestOptions::new(challenge.clone(), self.brand.domain());
        Ok(Asked {
            options: serde_json::to_string(&options)?,
            challenge,
        })
    }

    /// For a new passkey of someone who has those. Authenticators know them by one
    /// name, which the challenge brings back to us.
    ///
    /// # Errors
    /// If the options cannot be written.
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
        let rp = (self.brand.domain(), rp_name);
        let options = CreationOptions::new(challenge.clone(), rp, &holder);
        Ok(Asked {
            options: serde_json::to_string(&options)?,
            challenge,
        })
    }

    /// Whom a passkey lets in.
    ///
    /// # Errors
    /// If a store fails.
    pub async fn log_in(&self, answer: Answer<'_>) -> Result<Result<Account, Refused>, Fault> {
        let assertion = match Assertion::read(answer.credential) {
            Ok(assertion) => assertion,
            Err(refused) => return Ok(Err(refused)),
        };
        if self.spend(answer.challenge).await?.is_none() {
            return Ok(Err(Refused::Challenge));
        }
        let passkeys = self.app.store.passkeys();
        let Some((passkey, account)) = passkeys.find(&assertion.credential_id).await? else {
            return Ok(Err(Refused::UnknownCredential));
        };
        let checked = match assertion.check(&passkey, &self.expected(answer, &self.origin())) {
            Ok(used) => {
                if passkeys.note_use(&passkey.id, used, self.now()).await? {
                    Ok(())
                } else {
                    // Another answer was first, and counted as far.
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

    /// Adds a passkey for whoever is logged in, and tells them by mail.
    ///
    /// # Errors
    /// If a store fails.
    pub async fn add(
        &self,
        live: &LiveSession,
        answer: Answer<'_>,
    ) -> Result<Result<(), NotAdded>, Fault> {
        let Some(user_handle) = self.spend(answer.challenge).await? else {
            return Ok(Err(NotAdded::Refused(Refused::Challenge)));
        };
        let expected = self.origin();
        let expected = self.expected(answer, &expected);
        let made = match registration::check(answer.credential, &expected) {
            Ok(made) => made,
            Err(refused) => return Ok(Err(NotAdded::Refused(refused))),
        };
        let passkey = Passkey {
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
        };
        let mails = news(self.app, self.brand, &live.account, PasskeyNews::Added)?;
        let added = self.app.store.passkeys().add(&passkey, &mails).await?;
        self.app.outbox.wake();
        Ok(match added {
            Added::Done => Ok(()),
            Added::Known => Err(NotAdded::Known),
            Added::TooMany => Err(NotAdded::TooMany),
            Added::Closed => Err(NotAdded::Refused(Refused::UserHandle)),
        })
    }

    /// A challenge that brings back what was said with it.
    fn challenge(&self, said: &[u8]) -> String {
        let (context, nonce) = (self.context(), self.app.random.bytes::<RANDOM>());
        let at = self.now().0.to_be_bytes();
        let parts: [&[u8]; 4] = [context.as_bytes(), &nonce, &at, said];
        let mac = self.app.sealer.mac(Purpose::PasskeyChallenge, &parts);
        URL_SAFE_NO_PAD.encode([&nonce, at.as_slice(), &mac, said].concat())
    }

    /// What was said with a challenge; nothing if it is not ours, was given to
    /// another browser, elsewhere or too long ago, or was answered before.
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

    /// None of its parts has a line break.
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

    /// As long as the page that it stands in may be filled in.
    fn life(&self) -> Duration {
        self.app.config.interactions.lifetime
    }
}

/// The mail that tells an account's owner, if they have a mailbox.
///
/// # Errors
/// If sealing fails.
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
    Ok(vec![app.outbox.write(brand, account.locale, &message)?])
}
