//! Records what the user did within one interaction; each action has one method. Answers
//! are kept with the account that gave them and never count for another account: if another
//! user logs in during the same interaction, they are asked again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::oidc::authorization_request::AuthorizationRequest;
use crate::oidc::prompt::Prompt;
use crate::oidc::required_claims::RequiredClaim;
use crate::oidc::scope::Scope;

/// What happened within one interaction; stored with it. Each pair begins with the account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The account that authenticated with its password or a passkey in this interaction,
    /// and when.
    pub authenticated: Option<(String, Timestamp)>,
    /// The account that was registered in this interaction.
    pub registered: Option<String>,
    /// Whether the user left ⑨ (registration complete) by its button.
    pub registration_acknowledged: bool,
    /// Whether the user chose "new" on ⑪, or "I have one" during registration.
    pub registration_choice: RegistrationChoice,
    /// The steps of the registration completed so far.
    pub registration: RegistrationProgress,
    /// The account chosen on the select-account page.
    pub account_selected: Option<String>,
    /// Accounts that postponed agreeing to terms which are not in force yet.
    pub terms_postponed: BTreeSet<String>,
    /// Accounts that said they cannot enter a code after the password.
    pub declined_second_factor: BTreeSet<String>,
    /// Who confirmed that the device is theirs.
    pub device_confirmed: DeviceConfirmation,
    /// The consent given in this interaction: the account and the scope.
    pub consented: Option<(String, Scope)>,
    /// Dealer links that were agreed to but are not in force yet.
    pub pending_dealer_consents: BTreeSet<AccountAndDealer>,
    /// Dealers declined; this holds for the current request only.
    pub declined_dealers: BTreeSet<AccountAndDealer>,
    /// Accounts that declined to choose a dealer.
    pub declined_dealer_choice: BTreeSet<String>,
    /// The dealer chosen because the client named none.
    pub chosen_dealer: Option<AccountAndDealer>,
    /// Accounts that were told that linking a dealer requires a parent or guardian.
    pub guardian_told: BTreeSet<String>,
    /// Links that ended in this interaction because they lacked a parent's or guardian's
    /// consent.
    pub ended_for_guardian: BTreeSet<AccountAndDealer>,
    /// The account that completed ⑫ and has not saved it yet.
    pub profile_filled_in: Option<String>,
    /// The account whose profile was saved in this interaction and that has not left ⑭ yet.
    pub profile_completed: Option<String>,
    /// What was saved on ⑬ in this interaction.
    pub profile_saved: Option<ProfileSaved>,
    /// Dealers linked in this interaction whose ⑮ has not been left yet.
    pub just_linked: BTreeSet<AccountAndDealer>,
}

/// An answer of one account about one dealer; stored as an array of both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(String, String)", into = "(String, String)")]
pub struct AccountAndDealer {
    /// The account that answered.
    pub account_id: String,
    /// The dealer's code.
    pub dealer: String,
}

impl AccountAndDealer {
    /// Returns the pair of an account and a dealer's code.
    #[must_use]
    pub fn new(account_id: impl Into<String>, dealer: impl Into<String>) -> Self {
        Self {
            account_id: account_id.into(),
            dealer: dealer.into(),
        }
    }
}

impl From<(String, String)> for AccountAndDealer {
    fn from((account_id, dealer): (String, String)) -> Self {
        Self { account_id, dealer }
    }
}

impl From<AccountAndDealer> for (String, String) {
    fn from(pair: AccountAndDealer) -> Self {
        (pair.account_id, pair.dealer)
    }
}

/// Whether the user wants a new account, as chosen on a page. It overrides the request's
/// `prompt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationChoice {
    /// No choice: the request's `prompt` decides.
    #[default]
    Unsaid,
    /// "I want a new one."
    New,
    /// "I have one."
    Existing,
}

/// What one account saved on ⑬, which may be shown several times in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileSaved {
    /// The account whose profile was saved.
    pub account_id: String,
    /// Number of pages saved.
    pub pages: usize,
    /// The claims on those pages.
    pub claims: BTreeSet<RequiredClaim>,
}

/// Who confirmed that the requesting device is theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceConfirmation {
    /// It is not confirmed.
    #[default]
    Unsaid,
    /// The user of this browser, before logging in.
    ByVisitor,
    /// A logged-in user, by account.
    By(String),
}

/// The steps of a registration completed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrationProgress {
    /// The version of the terms agreed to on ④.
    pub terms_agreed: Option<String>,
    /// ⑤ An address was entered and a code sent to it.
    pub code_sent: bool,
    /// ⑥ The correct code was entered.
    pub email_proven: bool,
    /// The verified address already has an account.
    pub already_registered: bool,
    /// ⑦ The details were entered.
    pub details_given: bool,
}

impl Progress {
    /// Records "I want a new one" (⑪). After a registration it has no effect, because a
    /// reload or a second tab must not create a second account.
    pub fn choose_new(&mut self) {
        self.registration_choice = RegistrationChoice::New;
    }

    /// Records "I have one" (during registration).
    pub fn choose_existing(&mut self) {
        self.registration_choice = RegistrationChoice::Existing;
    }

    /// ④ Records that a user without an account agreed to this version of the terms.
    pub fn agree_to_terms(&mut self, version: impl Into<String>) {
        self.registration.terms_agreed = Some(version.into());
    }

    /// Records that the account postponed agreeing to the newest terms.
    pub fn postpone_terms(&mut self, account_id: impl Into<String>) {
        self.terms_postponed.insert(account_id.into());
    }

    /// ⑤ Records that an address was entered and a code sent. This voids the verification
    /// of an earlier address.
    pub fn name_address(&mut self) {
        self.registration.code_sent = true;
        self.registration.email_proven = false;
        self.registration.already_registered = false;
    }

    /// Returns to ⑤ for another address.
    pub fn withdraw_address(&mut self) {
        self.registration.code_sent = false;
        self.registration.email_proven = false;
        self.registration.already_registered = false;
    }

    /// ⑥ Records the correct code for an address without an account.
    pub fn prove_address(&mut self) {
        self.registration.email_proven = true;
        self.registration.already_registered = false;
    }

    /// ⑥ Records the correct code for an address that has an account.
    pub fn prove_registered_address(&mut self) {
        self.registration.email_proven = true;
        self.registration.already_registered = true;
    }

    /// ⑦ Records that the details were entered.
    pub fn give_details(&mut self) {
        self.registration.details_given = true;
    }

    /// Returns to ⑦.
    pub fn withdraw_details(&mut self) {
        self.registration.details_given = false;
    }

    /// ⑧ Records that the account was created.
    pub fn register(&mut self, account_id: impl Into<String>) {
        self.registered = Some(account_id.into());
        self.registration_acknowledged = false;
    }

    /// Records that ⑨ was left by its button.
    pub fn acknowledge_registration(&mut self) {
        self.registration_acknowledged = true;
    }

    /// ⑪ Records a login with password or passkey. A user who logs in has an account, so no
    /// registration is wanted any more.
    pub fn authenticate(&mut self, account_id: impl Into<String>, now: Timestamp) {
        self.authenticated = Some((account_id.into(), now));
        self.registration_choice = RegistrationChoice::Existing;
    }

    /// Records the account chosen on the select-account page.
    pub fn select_account(&mut self, account_id: impl Into<String>) {
        self.account_selected = Some(account_id.into());
    }

    /// Records that the user cannot obtain a code; this holds for the current request only.
    pub fn decline_second_factor(&mut self, account_id: impl Into<String>) {
        self.declined_second_factor.insert(account_id.into());
    }

    /// Records that the device is the user's own.
    pub fn confirm_device(&mut self, account_id: Option<&str>) {
        self.device_confirmed = match account_id {
            None => DeviceConfirmation::ByVisitor,
            Some(account_id) => DeviceConfirmation::By(account_id.to_owned()),
        };
    }

    /// Records the scopes consented to, which may be fewer than were requested.
    pub fn consent(&mut self, account_id: impl Into<String>, scope: Scope) {
        self.consented = Some((account_id.into(), scope));
    }

    /// Records the dealer that the user chose.
    pub fn choose_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let account_id = account_id.into();
        self.declined_dealer_choice.remove(&account_id);
        self.chosen_dealer = Some(AccountAndDealer::new(account_id, code));
    }

    /// Records that the user declined to choose a dealer.
    pub fn decline_dealer_choice(&mut self, account_id: impl Into<String>) {
        self.chosen_dealer = None;
        self.declined_dealer_choice.insert(account_id.into());
    }

    /// ⑩ Records "link". It is pending until the same account has authenticated again.
    pub fn agree_to_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = AccountAndDealer::new(account_id, code);
        self.declined_dealers.remove(&pair);
        self.pending_dealer_consents.insert(pair);
    }

    /// Withdraws a pending consent because what the user agreed to has changed: ⑩ is shown
    /// again.
    pub fn withdraw_dealer_consent(&mut self, account_id: &str, code: &str) {
        self.pending_dealer_consents
            .remove(&AccountAndDealer::new(account_id, code));
    }

    /// ⑩ Records "not now".
    pub fn decline_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = AccountAndDealer::new(account_id, code);
        self.pending_dealer_consents.remove(&pair);
        self.declined_dealers.insert(pair);
    }

    /// Records that the link came into force.
    pub fn link_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = AccountAndDealer::new(account_id, code);
        self.pending_dealer_consents.remove(&pair);
        self.just_linked.insert(pair);
    }

    /// Records that a link, or a pending consent, ended because it required a parent or
    /// guardian.
    pub fn end_for_guardian(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = AccountAndDealer::new(account_id, code);
        self.pending_dealer_consents.remove(&pair);
        self.just_linked.remove(&pair);
        self.ended_for_guardian.insert(pair);
    }

    /// Records that the page about the parent or guardian was left by its button; this
    /// holds for the current request only.
    pub fn acknowledge_guardian(&mut self, account_id: impl Into<String>) {
        self.guardian_told.insert(account_id.into());
    }

    /// Records that ⑮ was left by its button.
    pub fn acknowledge_dealer_link(&mut self, account_id: &str, code: &str) {
        self.just_linked
            .remove(&AccountAndDealer::new(account_id, code));
    }

    /// Records that ⑫ was completed.
    pub fn fill_in_profile(&mut self, account_id: impl Into<String>) {
        self.profile_filled_in = Some(account_id.into());
    }

    /// Returns to ⑫.
    pub fn withdraw_profile(&mut self) {
        self.profile_filled_in = None;
    }

    /// Records that `claims` were saved on ⑬.
    pub fn complete_profile(
        &mut self,
        account_id: impl Into<String>,
        claims: &BTreeSet<RequiredClaim>,
    ) {
        let account_id = account_id.into();
        let before = self.profile_saved.take();
        let before = before.filter(|saved| saved.account_id == account_id);
        let mut saved = before.unwrap_or_default();
        saved.account_id.clone_from(&account_id);
        saved.pages += 1;
        saved.claims.extend(claims);
        self.profile_saved = Some(saved);
        self.profile_filled_in = None;
        self.profile_completed = Some(account_id);
    }

    /// Records that ⑭ was left by its button.
    pub fn acknowledge_profile(&mut self) {
        self.profile_completed = None;
    }

    /// Whether an account is to be created: the user chose so, or the client requested it
    /// and the user did not choose otherwise. It happens once per interaction.
    #[must_use]
    pub fn wants_registration(&self, request: &AuthorizationRequest) -> bool {
        let wanted = match self.registration_choice {
            RegistrationChoice::Unsaid => request.prompts(Prompt::Create),
            RegistrationChoice::New => true,
            RegistrationChoice::Existing => false,
        };
        wanted && self.registered.is_none()
    }

    /// Whether this account authenticated with its password or a passkey in this
    /// interaction, since `started_at`.
    pub(super) fn authenticated_since(&self, account_id: &str, started_at: Timestamp) -> bool {
        self.authenticated
            .as_ref()
            .is_some_and(|(who, at)| who == account_id && *at >= started_at)
    }

    /// Whether this account logged in or was created in this interaction.
    fn entered_as(&self, account_id: &str) -> bool {
        let authenticated = self.authenticated.as_ref();
        authenticated.is_some_and(|(who, _)| who == account_id) || self.has_registered(account_id)
    }

    /// Whether this account was registered in this interaction.
    pub(super) fn has_registered(&self, account_id: &str) -> bool {
        self.registered.as_deref() == Some(account_id)
    }

    /// Whether this account said that it cannot enter a code.
    pub(super) fn declined_second_factor_by(&self, account_id: &str) -> bool {
        self.declined_second_factor.contains(account_id)
    }

    /// Whether the device was confirmed; if an account is logged in, whether that account
    /// did.
    pub(super) fn device_confirmed_by(&self, account_id: Option<&str>) -> bool {
        match &self.device_confirmed {
            DeviceConfirmation::Unsaid => false,
            // The account that logged in after the confirmation, in this browser, counts as
            // the one that confirmed.
            DeviceConfirmation::ByVisitor => {
                account_id.is_none_or(|account_id| self.entered_as(account_id))
            }
            DeviceConfirmation::By(who) => account_id.is_none_or(|account_id| who == account_id),
        }
    }

    /// Whether this account postponed agreeing to the newest terms.
    pub(super) fn terms_postponed_by(&self, account_id: &str) -> bool {
        self.terms_postponed.contains(account_id)
    }

    /// Returns what this account saved on ⑬ in this interaction.
    pub(super) fn profile_saved_by(&self, account_id: &str) -> Option<&ProfileSaved> {
        self.profile_saved
            .as_ref()
            .filter(|saved| saved.account_id == account_id)
    }

    /// Returns the scope this account consented to in this interaction.
    pub(super) fn consented_by(&self, account_id: &str) -> Option<&Scope> {
        self.consented
            .as_ref()
            .filter(|(who, _)| who == account_id)
            .map(|(_, scope)| scope)
    }
}
