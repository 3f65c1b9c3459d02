//! What a person did within one interaction, one method for each deed. An
//! answer given by one account is never taken for another's: whoever logs in
//! next in the same interaction is asked for themselves.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::oidc::authorization_request::AuthorizationRequest;
use crate::oidc::prompt::Prompt;
use crate::oidc::required_claims::RequiredClaim;
use crate::oidc::scope::Scope;

/// What happened within one interaction. Stored with it. Pairs begin with the account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The account that authenticated with its password or a passkey in this interaction, and when.
    pub authenticated: Option<(String, Timestamp)>,
    /// The account that was registered in this interaction.
    pub registered: Option<String>,
    /// Whether ⑨ (registration complete) was left by its button.
    pub registration_acknowledged: bool,
    /// Whether the person chose "new" on ⑪, or "I have one" during registration.
    pub registration_choice: RegistrationChoice,
    /// How far a registration came.
    pub registration: RegistrationProgress,
    /// The account chosen on the select-account page.
    pub account_selected: Option<String>,
    /// Who put off agreeing to terms that are not in force yet.
    pub terms_postponed: BTreeSet<String>,
    /// Who said that they cannot give a code after the password.
    pub declined_second_factor: BTreeSet<String>,
    /// Who said that the device is theirs.
    pub device_confirmed: DeviceConfirmation,
    /// The scope consent given in this interaction: by whom, to what.
    pub consented: Option<(String, Scope)>,
    /// Dealer links agreed to, not yet in force.
    pub pending_dealer_consents: BTreeSet<(String, String)>,
    /// Dealers declined: an answer to this request only.
    pub declined_dealers: BTreeSet<(String, String)>,
    /// Who declined to choose a dealer at all.
    pub declined_dealer_choice: BTreeSet<String>,
    /// The dealer chosen where the client named none.
    pub chosen_dealer: Option<(String, String)>,
    /// Who was told that linking a dealer takes a parent or guardian.
    pub guardian_told: BTreeSet<String>,
    /// The links that ended here, since it took one and there was none.
    pub ended_for_guardian: BTreeSet<(String, String)>,
    /// Who filled in ⑫ and has not saved it yet.
    pub profile_filled_in: Option<String>,
    /// Whose profile was saved in this interaction, while ⑭ is still to be left.
    pub profile_completed: Option<String>,
    /// What was saved on ⑬ in this interaction.
    pub profile_saved: Option<ProfileSaved>,
    /// Dealers linked in this interaction, whose ⑮ is still to be shown.
    pub just_linked: BTreeSet<(String, String)>,
}

/// What the person said of having an account, against what the client supposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationChoice {
    /// Nothing: the request's `prompt` decides.
    #[default]
    Unsaid,
    /// "I want a new one."
    New,
    /// "I have one."
    Existing,
}

/// What one account saved on ⑬, of which several may follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileSaved {
    /// Whose profile.
    pub account_id: String,
    /// How many pages.
    pub pages: usize,
    /// The claims that they were about.
    pub claims: BTreeSet<RequiredClaim>,
}

/// Who said, of a device that asks, that it is theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceConfirmation {
    /// Nobody yet.
    #[default]
    Unsaid,
    /// Whoever uses this browser, before they logged in.
    ByVisitor,
    /// A person who was logged in.
    By(String),
}

/// How far a registration came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrationProgress {
    /// The version of the terms agreed to on ④.
    pub terms_agreed: Option<String>,
    /// ⑤ named an address and a code was sent there.
    pub code_sent: bool,
    /// ⑥ the code came back.
    pub email_proven: bool,
    /// The proven address has an account already.
    pub already_registered: bool,
    /// ⑦ was filled in.
    pub details_given: bool,
}

impl Progress {
    /// "I want a new one" (⑪). After a registration it has no effect: a reload
    /// or a second tab must not make a second account.
    pub fn choose_new(&mut self) {
        self.registration_choice = RegistrationChoice::New;
    }

    /// "I have one" (during registration).
    pub fn choose_existing(&mut self) {
        self.registration_choice = RegistrationChoice::Existing;
    }

    /// ④ the terms were agreed to, in this version, by someone without an account.
    pub fn agree_to_terms(&mut self, version: impl Into<String>) {
        self.registration.terms_agreed = Some(version.into());
    }

    /// The newest terms are to be agreed to another time.
    pub fn postpone_terms(&mut self, account_id: impl Into<String>) {
        self.terms_postponed.insert(account_id.into());
    }

    /// ⑤ an address was named and a code sent there; what an earlier address
    /// proved is void.
    pub fn name_address(&mut self) {
        self.registration.code_sent = true;
        self.registration.email_proven = false;
        self.registration.already_registered = false;
    }

    /// Back to ⑤ for another address.
    pub fn withdraw_address(&mut self) {
        self.registration.code_sent = false;
        self.registration.email_proven = false;
        self.registration.already_registered = false;
    }

    /// ⑥ the code came back, for an address nobody registered.
    pub fn prove_address(&mut self) {
        self.registration.email_proven = true;
        self.registration.already_registered = false;
    }

    /// ⑥ the code came back, for an address that has an account.
    pub fn prove_registered_address(&mut self) {
        self.registration.email_proven = true;
        self.registration.already_registered = true;
    }

    /// ⑦ was filled in.
    pub fn give_details(&mut self) {
        self.registration.details_given = true;
    }

    /// Back to ⑦.
    pub fn withdraw_details(&mut self) {
        self.registration.details_given = false;
    }

    /// ⑧ the account was made.
    pub fn register(&mut self, account_id: impl Into<String>) {
        self.registered = Some(account_id.into());
        self.registration_acknowledged = false;
    }

    /// ⑨ was left by its button.
    pub fn acknowledge_registration(&mut self) {
        self.registration_acknowledged = true;
    }

    /// ⑪ the password, or the passkey, was right. Whoever logs in has an account.
    pub fn authenticate(&mut self, account_id: impl Into<String>, now: Timestamp) {
        self.authenticated = Some((account_id.into(), now));
        self.registration_choice = RegistrationChoice::Existing;
    }

    /// The account was chosen on the select-account page.
    pub fn select_account(&mut self, account_id: impl Into<String>) {
        self.account_selected = Some(account_id.into());
    }

    /// No code can be had: an answer to this request only.
    pub fn decline_second_factor(&mut self, account_id: impl Into<String>) {
        self.declined_second_factor.insert(account_id.into());
    }

    /// The device is the person's own.
    pub fn confirm_device(&mut self, account_id: Option<&str>) {
        self.device_confirmed = match account_id {
            None => DeviceConfirmation::ByVisitor,
            Some(account_id) => DeviceConfirmation::By(account_id.to_owned()),
        };
    }

    /// The scopes were consented to, all or some of them.
    pub fn consent(&mut self, account_id: impl Into<String>, scope: Scope) {
        self.consented = Some((account_id.into(), scope));
    }

    /// A dealer was chosen.
    pub fn choose_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let account_id = account_id.into();
        self.declined_dealer_choice.remove(&account_id);
        self.chosen_dealer = Some((account_id, code.into()));
    }

    /// No dealer is to be chosen.
    pub fn decline_dealer_choice(&mut self, account_id: impl Into<String>) {
        self.chosen_dealer = None;
        self.declined_dealer_choice.insert(account_id.into());
    }

    /// ⑩ "link". Pending until the same account has authenticated freshly.
    pub fn agree_to_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = (account_id.into(), code.into());
        self.declined_dealers.remove(&pair);
        self.pending_dealer_consents.insert(pair);
    }

    /// What was agreed to no longer stands as it was read: ⑩ is asked again.
    pub fn withdraw_dealer_consent(&mut self, account_id: &str, code: &str) {
        self.pending_dealer_consents
            .remove(&(account_id.to_owned(), code.to_owned()));
    }

    /// ⑩ "not now".
    pub fn decline_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = (account_id.into(), code.into());
        self.pending_dealer_consents.remove(&pair);
        self.declined_dealers.insert(pair);
    }

    /// The link came into force.
    pub fn link_dealer(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = (account_id.into(), code.into());
        self.pending_dealer_consents.remove(&pair);
        self.just_linked.insert(pair);
    }

    /// A link ended, or a consent not yet in force: it took a parent or guardian.
    pub fn end_for_guardian(&mut self, account_id: impl Into<String>, code: impl Into<String>) {
        let pair = (account_id.into(), code.into());
        self.pending_dealer_consents.remove(&pair);
        self.just_linked.remove(&pair);
        self.ended_for_guardian.insert(pair);
    }

    /// The page that says so was left by its button: an answer to this request only.
    pub fn acknowledge_guardian(&mut self, account_id: impl Into<String>) {
        self.guardian_told.insert(account_id.into());
    }

    /// ⑮ was left by its button.
    pub fn acknowledge_dealer_link(&mut self, account_id: &str, code: &str) {
        self.just_linked
            .remove(&(account_id.to_owned(), code.to_owned()));
    }

    /// ⑫ was filled in.
    pub fn fill_in_profile(&mut self, account_id: impl Into<String>) {
        self.profile_filled_in = Some(account_id.into());
    }

    /// Back to ⑫.
    pub fn withdraw_profile(&mut self) {
        self.profile_filled_in = None;
    }

    /// ⑬ was saved, and it was about `claims`.
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

    /// ⑭ was left by its button.
    pub fn acknowledge_profile(&mut self) {
        self.profile_completed = None;
    }

    /// Whether an account is to be made: the person wants one, or the client
    /// supposes so and nobody said otherwise. It happens once per interaction.
    #[must_use]
    pub fn wants_registration(&self, request: &AuthorizationRequest) -> bool {
        let wanted = match self.registration_choice {
            RegistrationChoice::Unsaid => request.prompts(Prompt::Create),
            RegistrationChoice::New => true,
            RegistrationChoice::Existing => false,
        };
        wanted && self.registered.is_none()
    }

    /// Whether this account gave its password or a passkey in this interaction, since `started_at`.
    pub(super) fn authenticated_since(&self, account_id: &str, started_at: Timestamp) -> bool {
        self.authenticated
            .as_ref()
            .is_some_and(|(who, at)| who == account_id && *at >= started_at)
    }

    /// Whether this account logged in, or was made, in this interaction.
    fn entered_as(&self, account_id: &str) -> bool {
        let authenticated = self.authenticated.as_ref();
        authenticated.is_some_and(|(who, _)| who == account_id) || self.has_registered(account_id)
    }

    /// Whether this account was registered in this interaction.
    pub(super) fn has_registered(&self, account_id: &str) -> bool {
        self.registered.as_deref() == Some(account_id)
    }

    /// Whether this account said that it cannot give a code.
    pub(super) fn declined_second_factor_by(&self, account_id: &str) -> bool {
        self.declined_second_factor.contains(account_id)
    }

    /// Whether the device was confirmed, by the one who is logged in, if anyone is.
    pub(super) fn device_confirmed_by(&self, account_id: Option<&str>) -> bool {
        match &self.device_confirmed {
            DeviceConfirmation::Unsaid => false,
            // Then whoever logged in after it, here, is the one who said so.
            DeviceConfirmation::ByVisitor => {
                account_id.is_none_or(|account_id| self.entered_as(account_id))
            }
            DeviceConfirmation::By(who) => account_id.is_none_or(|account_id| who == account_id),
        }
    }

    /// Whether this account put off agreeing to the newest terms.
    pub(super) fn terms_postponed_by(&self, account_id: &str) -> bool {
        self.terms_postponed.contains(account_id)
    }

    /// What this account saved on ⑬ in this interaction.
    pub(super) fn profile_saved_by(&self, account_id: &str) -> Option<&ProfileSaved> {
        self.profile_saved
            .as_ref()
            .filter(|saved| saved.account_id == account_id)
    }

    /// The scope this account consented to in this interaction.
    pub(super) fn consented_by(&self, account_id: &str) -> Option<&Scope> {
        self.consented
            .as_ref()
            .filter(|(who, _)| who == account_id)
            .map(|(_, scope)| scope)
    }
}
