//! A registration under way: what a person has told so far, kept on the server
//! as text until it is lawful. Which step comes next is decided in
//! `oidc::steps`; here is what the steps put in and what ⑧ makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{Account, AccountStatus};
use super::birthdate::Birthdate;
use super::email_address::EmailAddress;
use super::field_errors::FieldErrors;
use super::password::Owner;
use super::verification_code::{Attempt, CodeRule, IssuedCode, Sending, VerificationCode};
use crate::clock::Timestamp;
use crate::locale::Locale;

pub mod details;
mod prefill;

pub use details::{Details, RawDetails};

/// How old the proof of a mailbox may be when the account is made.
const PROOF_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A registration under way. It holds personal data and does not print them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrationDraft {
    /// ④ the terms agreed to.
    pub terms: Option<AgreedTerms>,
    /// What the client pushed as the e-mail address, lawful or not.
    pub suggested_email: Option<String>,
    /// ⑤ the address named.
    pub email: Option<EmailAddress>,
    /// The code on its way to it, while it is good for anything.
    pub code: Option<IssuedCode>,
    /// How many different codes were made.
    pub codes_made: u32,
    /// ⑥ when the address was proven.
    pub email_proven_at: Option<Timestamp>,
    /// ⑦ the hash of the password; the password itself is nowhere.
    pub password_hash: Option<String>,
    /// ⑦ the fields as pushed or typed.
    pub details: RawDetails,
    /// How those came to be what they are.
    pub origin: DetailsOrigin,
    /// The names of the fields that hold what the client pushed.
    pub prefilled: BTreeSet<String>,
    /// A birthdate the client pushed: no password may be made of it.
    pub suggested_birthdate: Option<Birthdate>,
}

/// How the fields of ⑦ came to be what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailsOrigin {
    /// Empty, or as the client pushed them.
    #[default]
    Untouched,
    /// Typed in an earlier registration of the same person, which was lost.
    Restored,
    /// Sent from ⑦.
    Typed,
}

/// The terms a person agreed to on ④.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedTerms {
    /// Their version.
    pub version: String,
    /// The SHA-256 of the text shown, hex.
    pub hash: String,
    /// The language it was shown in.
    pub locale: Locale,
    /// When.
    pub at: Timestamp,
}

/// What an account gets that no person tells.
#[derive(Clone, Copy, Debug)]
pub struct NewAccountFacts<'a> {
    /// Its `sub`: 128 random bits as base64url.
    pub id: &'a str,
    /// The brand it is registered under.
    pub brand: &'a str,
    /// The language of its mails.
    pub locale: Locale,
    /// Now.
    pub now: Timestamp,
}

impl std::fmt::Debug for RegistrationDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistrationDraft")
            .field("terms", &self.terms)
            .field("code", &self.code)
            .field("email_proven_at", &self.email_proven_at)
            .finish_non_exhaustive()
    }
}

impl RegistrationDraft {
    /// A draft with what a client pushed: standard claims, as suggestions. What
    /// is not lawful is kept too, to be shown and corrected.
    #[must_use]
    pub fn prefilled(claims: &BTreeMap<String, Value>) -> Self {
        prefill::draft_of(claims)
    }

    /// ④ the terms were agreed to.
    pub fn agree_to_terms(&mut self, terms: AgreedTerms) {
        self.terms = Some(terms);
    }

    /// What stands in the field on ⑤ when the page is first shown.
    #[must_use]
    pub fn email_to_show(&self) -> &str {
        let named = self.email.as_ref().map(EmailAddress::typed);
        named.or(self.suggested_email.as_deref()).unwrap_or("")
    }

    /// Whether that is the client's suggestion.
    #[must_use]
    pub fn email_is_suggested(&self) -> bool {
        self.email.is_none() && self.suggested_email.is_some()
    }

    /// ⑤ an address was named. If it is another than before, what was sent to
    /// that one, and what it proved, is void.
    pub fn name_email(&mut self, address: EmailAddress) {
        let same = self
            .email
            .as_ref()
            .is_some_and(|before| before.key() == address.key());
        if !same {
            self.code = None;
            self.email_proven_at = None;
        }
        self.email = Some(address);
    }

    /// Whether a code may be sent now, and which.
    #[must_use]
    pub fn code_due(&self, rule: &CodeRule, now: Timestamp) -> Sending {
        IssuedCode::ask(self.code.as_ref(), self.codes_made, rule, now)
    }

    /// A code went out.
    pub fn code_sent(&mut self, code: IssuedCode) {
        self.codes_made = self.codes_made.max(code.serial);
        self.code = Some(code);
    }

    /// ⑥ a code came back; `right` is what the last one sent stands for. A code
    /// proves once.
    pub fn try_code(
        &mut self,
        typed: &VerificationCode,
        right: &VerificationCode,
        rule: &CodeRule,
        now: Timestamp,
    ) -> Attempt {
        let Some(code) = &mut self.code else {
            return Attempt::Expired;
        };
        let attempt = code.attempt(typed, right, rule, now);
        if attempt == Attempt::Right {
            self.code = None;
            self.email_proven_at = Some(now);
        }
        attempt
    }

    /// Whether the address is proven, and that not too long ago.
    #[must_use]
    pub fn email_is_proven(&self, now: Timestamp) -> bool {
        self.email_proven_at
            .is_some_and(|at| now.since(at) <= PROOF_LIFETIME)
    }

    /// ⑦ the fields were sent. They are kept whatever they hold; what was
    /// pushed and left alone is still known as such.
    ///
    /// # Errors
    /// With what is wrong, field by field.
    pub fn give_details(&mut self, typed: RawDetails, now: Timestamp) -> Result<(), FieldErrors> {
        let before = &self.details;
        self.prefilled
            .retain(|field| before.get(field) == typed.get(field));
        self.details = typed;
        self.origin = DetailsOrigin::Typed;
        self.details.check(now).map(drop)
    }

    /// ⑦ is filled in with what the same person typed before, unless they have sent
    /// it meanwhile. It goes before what a client pushed.
    pub fn restore_details(&mut self, typed_before: RawDetails, now: Timestamp) {
        if self.origin != DetailsOrigin::Typed {
            // What is wrong with it is shown with it.
            let _errors = self.give_details(typed_before, now);
            self.origin = DetailsOrigin::Restored;
        }
    }

    /// What was restored is not wanted: the fields are as the client pushed them.
    pub fn discard_restored(&mut self, claims: &BTreeMap<String, Value>) {
        if self.origin == DetailsOrigin::Restored {
            let fresh = Self::prefilled(claims);
            self.details = fresh.details;
            self.prefilled = fresh.prefilled;
            self.origin = fresh.origin;
        }
    }

    /// What is wrong with the fields as the client pushed them, or as they were
    /// restored: shown beside them on ⑦ before the person has done anything.
    #[must_use]
    pub fn errors_at_first(&self, now: Timestamp) -> FieldErrors {
        let mut errors = self.details.check(now).err().unwrap_or_default();
        let is_restored = self.origin == DetailsOrigin::Restored;
        errors
            .0
            .retain(|error| is_restored || self.prefilled.contains(error.field));
        errors
    }

    /// Whom a new password on ⑦ would belong to.
    #[must_use]
    pub fn password_owner(&self) -> Owner {
        let details = &self.details;
        let texts = |fields: &[&str]| {
            let texts = fields.iter().map(|field| details.get(field).to_owned());
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
        };
        Owner {
            email: self.email.as_ref().map_or("", EmailAddress::key).to_owned(),
            phones: texts(&["mobile_phone", "home_phone"]),
            birthdate: self.suggested_birthdate.map(|date| date.to_string()),
            names: texts(&[
                "family_name",
                "given_name",
                "family_name_kana",
                "given_name_kana",
            ]),
        }
    }

    /// ⑧ the account, if everything it needs is there.
    #[must_use]
    pub fn account(&self, facts: &NewAccountFacts<'_>) -> Option<Account> {
        let email = self.email.as_ref()?;
        let terms = self.terms.as_ref()?;
        let details = self.details.check(facts.now).ok()?;
        if !self.email_is_proven(facts.now) || self.password_hash.is_none() {
            return None;
        }
        Some(Account {
            id: facts.id.to_owned(),
            email: email.typed().to_owned(),
            email_verified: true,
            mobile_phone: details.mobile_phone.map(|number| number.e164()),
            mobile_phone_verified: false,
            phone_login: false,
            profile: details.profile,
            brand: facts.brand.to_owned(),
            locale: facts.locale,
            status: AccountStatus::Active,
            terms_version: Some(terms.version.clone()),
            created_at: facts.now,
            updated_at: facts.now,
            version: 1,
        })
    }
}

#[cfg(test)]
mod tests;
