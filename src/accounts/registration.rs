//! A registration in progress: what the person entered so far, kept on the server as text
//! until it is valid. This module decides what each step changes and what account ⑧
//! creates. Which step comes next is decided in `oidc::steps`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{Account, AccountStatus};
use super::birthdate::Birthdate;
use super::email_address::EmailAddress;
use super::field_errors::FieldErrors;
use super::password::Owner;
use super::recovered::Recovered;
use super::second_factor::Enrolled;
use super::verification_code::{Attempt, CodeRule, IssuedCode, Sending, Serial, VerificationCode};
use crate::clock::Timestamp;
use crate::locale::Locale;

pub mod details;
mod prefill;

pub use details::{Details, RawDetails};

/// How old the verification of the e-mail address may be when the account is created.
const PROOF_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A registration in progress. It holds personal data, so its `Debug` output omits them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrationDraft {
    /// ④ The terms that the person agreed to.
    pub terms: Option<AgreedTerms>,
    /// The e-mail address that the client pushed, valid or not.
    pub suggested_email: Option<String>,
    /// ⑤ The e-mail address that the person entered.
    pub email: Option<EmailAddress>,
    /// The code sent to that address last; `None` once it was entered correctly.
    pub code: Option<IssuedCode>,
    /// How many different codes were issued.
    pub codes_made: u32,
    /// ⑥ When the e-mail address was verified.
    pub email_proven_at: Option<Timestamp>,
    /// ⑦ The hash of the password; the password itself is not stored.
    pub password_hash: Option<String>,
    /// ⑦ The fields as pushed or typed.
    pub details: RawDetails,
    /// Where the values of `details` come from.
    pub origin: DetailsOrigin,
    /// The names of the fields whose value is the one that the client pushed.
    pub prefilled: BTreeSet<String>,
    /// The birthdate that the client pushed; the password must not be derived from it.
    pub suggested_birthdate: Option<Birthdate>,
}

/// Where the values of the fields of ⑦ come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailsOrigin {
    /// The fields are empty, or as the client pushed them.
    #[default]
    Untouched,
    /// The person typed them in an earlier registration, which was lost.
    Restored,
    /// The person sent them from ⑦.
    Typed,
}

/// The terms a person agreed to on ④.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedTerms {
    /// The version of the terms.
    pub version: String,
    /// The SHA-256 of the text shown, hex.
    pub hash: String,
    /// The language the terms were shown in.
    pub locale: Locale,
    /// When the person agreed.
    pub at: Timestamp,
}

/// The values of a new account that the person does not enter.
#[derive(Clone, Copy, Debug)]
pub struct NewAccountFacts<'a> {
    /// The account's `sub`: 128 random bits as base64url.
    pub id: &'a str,
    /// The brand under which the account is registered.
    pub brand: &'a str,
    /// The language of the mails.
    pub locale: Locale,
    /// The current time.
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
    /// Returns a draft with the standard claims that a client pushed, as suggestions.
    /// Invalid values are kept too, to be shown and corrected.
    #[must_use]
    pub fn prefilled(claims: &BTreeMap<String, Value>) -> Self {
        prefill::draft_of(claims)
    }

    /// ④ Records the agreement to the terms.
    pub fn agree_to_terms(&mut self, terms: AgreedTerms) {
        self.terms = Some(terms);
    }

    /// Returns the text that the field on ⑤ has when the page is first shown.
    #[must_use]
    pub fn email_to_show(&self) -> &str {
        let named = self.email.as_ref().map(EmailAddress::typed);
        named.or(self.suggested_email.as_deref()).unwrap_or("")
    }

    /// Whether that text is the client's suggestion.
    #[must_use]
    pub fn email_is_suggested(&self) -> bool {
        self.email.is_none() && self.suggested_email.is_some()
    }

    /// ⑤ Records the e-mail address. If it differs from the previous one, the code sent to
    /// that one and its verification become void.
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

    /// Returns whether a code may be sent now, and which. A new code gets the number
    /// `serial`.
    #[must_use]
    pub fn code_due(&self, serial: Serial, rule: &CodeRule, now: Timestamp) -> Sending {
        IssuedCode::ask(self.code.as_ref(), serial, rule, now)
    }

    /// Records that a code was sent.
    pub fn code_sent(&mut self, code: IssuedCode) {
        let again = self
            .code
            .as_ref()
            .is_some_and(|sent| sent.serial == code.serial);
        self.codes_made = self.codes_made.saturating_add(u32::from(!again));
        self.code = Some(code);
    }

    /// ⑥ Compares the typed code with `right`, the code sent last. A right code verifies
    /// the address and can be used once.
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

    /// Whether the e-mail address is verified, and recently enough.
    #[must_use]
    pub fn email_is_proven(&self, now: Timestamp) -> bool {
        self.email_proven_at
            .is_some_and(|at| now.since(at) <= PROOF_LIFETIME)
    }

    /// ⑦ Records the fields as typed, valid or not. Fields that still have the value that
    /// the client pushed remain marked as prefilled.
    ///
    /// # Errors
    /// The errors, field by field.
    pub fn give_details(&mut self, typed: RawDetails, now: Timestamp) -> Result<(), FieldErrors> {
        let before = &self.details;
        self.prefilled
            .retain(|field| before.get(field) == typed.get(field));
        self.details = typed;
        self.origin = DetailsOrigin::Typed;
        self.details.check(now).map(drop)
    }

    /// ⑦ Fills in what the same person typed in an earlier registration, unless they have
    /// sent ⑦ since. It replaces what the client pushed.
    pub fn restore_details(&mut self, typed_before: RawDetails, now: Timestamp) {
        if self.origin != DetailsOrigin::Typed {
            // The errors are shown on ⑦ together with the restored values.
            let _errors = self.give_details(typed_before, now);
            self.origin = DetailsOrigin::Restored;
        }
    }

    /// Discards the restored values; the fields are again as the client pushed them.
    pub fn discard_restored(&mut self, claims: &BTreeMap<String, Value>) {
        if self.origin == DetailsOrigin::Restored {
            let fresh = Self::prefilled(claims);
            self.details = fresh.details;
            self.prefilled = fresh.prefilled;
            self.origin = fresh.origin;
        }
    }

    /// Returns the errors of the pushed or restored values, which ⑦ shows beside the fields
    /// before the person has sent anything.
    #[must_use]
    pub fn errors_at_first(&self, now: Timestamp) -> FieldErrors {
        let mut errors = self.details.check(now).err().unwrap_or_default();
        let is_restored = self.origin == DetailsOrigin::Restored;
        errors
            .0
            .retain(|error| is_restored || self.prefilled.contains(error.field));
        errors
    }

    /// Returns the data that a new password on ⑦ is checked against.
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

    /// ⑧ Returns the account, or `None` if a step is missing or the verification is too
    /// old.
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
            recovered: Recovered::default(),
            password_set_at: None,
            enrolled: Enrolled::default(),
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
