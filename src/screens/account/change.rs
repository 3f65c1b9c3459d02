//! A change of the login ID or the login phone that waits for its code. It is kept as long
//! as an interaction, one of each kind per session.

use serde::{Deserialize, Serialize};

use super::member::Member;
use crate::accounts::one_time_code::{Destination, SentCodes};
use crate::app::SharedApp;
use crate::documents;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::locale::Locale;
use crate::one_time_codes::limits::Caller;
use crate::one_time_codes::one_time_code::Proof;
use crate::screens::code_page::{self, Asked, KeepsCodes, Reach, Shown};

/// How often a change is saved again if another tab changed the state meanwhile.
const SAVE_ATTEMPTS: usize = 32;

/// The stored state of a change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Change {
    /// The ID of the change, which separates its codes from those of other changes.
    id: String,
    /// The new address or number, as it was typed.
    to: String,
    /// The value that the account had when the new one was entered.
    in_place_of: String,
    /// The codes sent to the new address or number.
    codes: SentCodes,
    /// Whether a code was entered correctly.
    proven: bool,
}

/// The change in progress of a logged-in user.
#[derive(Debug)]
pub(super) struct UnderWay<'m> {
    member: &'m Member,
    purpose: &'static str,
    key: String,
    change: Change,
    stored: Option<Vec<u8>>,
}

impl<'m> UnderWay<'m> {
    /// Loads the change for that purpose; it is empty if none was begun.
    pub(super) async fn find(member: &'m Member, purpose: &'static str) -> Result<Self, Fault> {
        let mut under_way = Self {
            member,
            purpose,
            key: format!("{purpose}:{}", member.live.session.sid),
            change: Change::default(),
            stored: None,
        };
        under_way.load().await?;
        Ok(under_way)
    }

    async fn load(&mut self) -> Result<(), Fault> {
        self.stored = self
            .member
            .app
            .ephemeral
            .get(Key::Change(&self.key))
            .await?;
        self.change = match &self.stored {
            Some(bytes) => serde_json::from_slice(bytes)?,
            None => Change::default(),
        };
        Ok(())
    }

    /// Returns the new address or number as it was typed, if a code was sent there.
    pub(super) fn named(&self) -> Option<&str> {
        let sent = self.change.codes.last().is_some() || self.change.proven;
        sent.then_some(self.change.to.as_str())
    }

    /// Returns the ID under which the codes of this change are derived and counted.
    pub(super) fn place(&self) -> &str {
        &self.change.id
    }

    /// Returns the value that the account had when the new one was entered.
    pub(super) fn in_place_of(&self) -> &str {
        &self.change.in_place_of
    }

    /// Sends a code to the address or number `typed`, if one may be sent now. Another
    /// address or number begins a new change.
    pub(super) async fn ask(
        &mut self,
        (typed, to): (&str, &Destination),
        in_place_of: &str,
    ) -> Result<Asked, PageRefusal> {
        let same = self.change.to == typed && self.change.in_place_of == in_place_of;
        let new = Change {
            id: if same {
                self.change.id.clone()
            } else {
                self.member.app.random.id()
            },
            to: typed.to_owned(),
            in_place_of: in_place_of.to_owned(),
            ..Change::default()
        };
        let (purpose, account_id) = (self.purpose, self.member.live.account.id.clone());
        let place = new.id.clone();
        let proof = Proof {
            purpose,
            place: &place,
            account_id: &account_id,
            to,
            caller: Caller::Member,
        };
        let codes = codes_of(new);
        code_page::send(self, &proof, codes, Reach::Somebody).await
    }

    /// Checks the typed code. A right code stays right: after a second press of the button,
    /// or an interruption before the change was made, it is not asked for again.
    pub(super) async fn prove(
        &mut self,
        to: &Destination,
        typed: &str,
    ) -> Result<Result<(), Shown>, PageRefusal> {
        if self.change.proven {
            return Ok(Ok(()));
        }
        let (id, account_id) = (self.change.id.clone(), self.member.live.account.id.clone());
        let proof = Proof {
            purpose: self.purpose,
            place: &id,
            account_id: &account_id,
            to,
            caller: Caller::Member,
        };
        let proven = |change: &mut Change| change.proven = true;
        let outcome = code_page::prove(self, &proof, typed, codes_named(&id), proven).await?;
        Ok(match outcome {
            Err(_) if self.change.id == id && self.change.proven => Ok(()),
            other => other,
        })
    }

    /// Removes the change after it was made or given up.
    pub(super) async fn end(self) -> Result<(), Fault> {
        self.member
            .app
            .ephemeral
            .remove(Key::Change(&self.key))
            .await
    }
}

/// Selects the codes of this change; a change with another ID is replaced by it.
fn codes_of(new: Change) -> impl for<'c> Fn(&'c mut Change) -> &'c mut SentCodes {
    move |change| {
        if change.id != new.id {
            change.clone_from(&new);
        }
        change.proven = false;
        &mut change.codes
    }
}

/// Selects the codes of the change with that ID, unless another replaced it meanwhile.
fn codes_named(id: &str) -> impl for<'c> Fn(&'c mut Change) -> Option<&'c mut SentCodes> {
    move |change| (change.id == id).then_some(&mut change.codes)
}

impl KeepsCodes for UnderWay<'_> {
    type State = Change;

    fn app(&self) -> &SharedApp {
        &self.member.app
    }

    fn brand(&self) -> &RequestBrand {
        &self.member.brand
    }

    fn locale(&self) -> Locale {
        self.member.locale
    }

    fn address(&self) -> ClientAddress {
        self.member.address
    }

    fn state(&self) -> &Change {
        &self.change
    }

    async fn save<T>(&mut self, change: impl Fn(&mut Change) -> T) -> Result<T, PageRefusal> {
        let life = self.member.app.config.interactions.lifetime;
        for _ in 0..SAVE_ATTEMPTS {
            let mut changed = self.change.clone();
            let outcome = change(&mut changed);
            let bytes = documents::rewritten_or_new(self.stored.as_deref(), &changed)?;
            let (app, key) = (&self.member.app, Key::Change(&self.key));
            let old = self.stored.as_deref();
            if app.ephemeral.swap(key, old, &bytes, life).await? {
                self.change = changed;
                self.stored = Some(bytes);
                return Ok(outcome);
            }
            self.load().await?;
        }
        let fault = Fault::because("a change under way kept changing while it was saved");
        Err(fault.into())
    }
}
