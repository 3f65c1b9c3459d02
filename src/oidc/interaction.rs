//! What a person still owes a request, computed from facts alone and never
//! stored as a page number: back, reload, a second tab or another device all
//! come to the same answer.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Error;
use super::authorization_details::AuthorizationDetail;
use super::authorization_request::AuthorizationRequest;
use super::client::Client;
use super::scope::Scope;
use crate::clock::Timestamp;

/// The facts a decision stands on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the client asks.
    pub request: &'a AuthorizationRequest,
    /// Who asks.
    pub client: &'a Client,
    /// When the request first came.
    pub started_at: Timestamp,
    /// What the person did within this interaction.
    pub progress: &'a Progress,
    /// The browser's session, with its account, if it has one that still holds.
    pub session: Option<&'a SessionFacts>,
    /// The version of the terms in force.
    pub terms_version: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// A browser session and the account behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFacts {
    /// Whose session it is.
    pub account_id: String,
    /// The `sub` this client sees for it.
    pub subject: String,
    /// When the person last authenticated.
    pub auth_time: Timestamp,
    /// The terms version the person agreed to last.
    pub terms_version: Option<String>,
    /// What the person granted this (third-party) client before.
    pub granted_scope: Option<Scope>,
    /// The codes of the dealers linked.
    pub linked_dealers: BTreeSet<String>,
}

/// What happened within one interaction. Stored with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The account that authenticated with its password in this interaction, and when.
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
    /// The scope consent given in this interaction: by whom, to what.
    pub consented: Option<(String, Scope)>,
    /// Dealer links agreed to by an account, not yet in force.
    pub pending_dealer_consents: Vec<(String, String)>,
    /// Dealers the person declined: an answer to this request only.
    pub declined_dealers: BTreeSet<String>,
    /// Whether the person declined to choose a dealer at all.
    pub declined_dealer_choice: bool,
    /// The dealer chosen where the client named none.
    pub chosen_dealer: Option<String>,
    /// Dealers linked in this interaction, whose ⑮ is still to be shown.
    pub just_linked: BTreeSet<String>,
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

/// How far a registration came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationProgress {
    /// ④ was agreed to, in the version in force.
    pub terms_agreed: bool,
    /// ⑤ named an address and a code was sent there.
    pub code_sent: bool,
    /// ⑥ the code came back.
    pub email_proven: bool,
    /// The proven address has an account already.
    pub already_registered: bool,
    /// ⑦ was filled in.
    pub details_given: bool,
}

/// The next thing to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// ④ read and agree to the terms (before registration, or when they changed).
    Terms,
    /// ⑤ name an address.
    RegistrationEmail,
    /// ⑥ give the code.
    RegistrationCode,
    /// After ⑥: the proven address has an account; log in or recover it.
    AlreadyRegistered,
    /// ⑦ password and details.
    RegistrationDetails,
    /// ⑧ confirm.
    RegistrationConfirmation,
    /// ⑨ done.
    RegistrationComplete,
    /// ⑪ log in, or authenticate again.
    Login(LoginReason),
    /// Choose which account to go on with.
    SelectAccount,
    /// Consent to the scopes of another company's client.
    Consent(Scope),
    /// Choose the dealer to link: the client named none and none is linked.
    ChooseDealer,
    /// ⑩ read the dealer's notice, link or decline.
    DealerLink(String),
    /// Fresh authentication is there: put the pending dealer consent in force. No page.
    ActivateDealerLink(String),
    /// ⑮ linked.
    DealerLinkComplete(String),
    /// Nothing is owed: answer the client.
    Answer(Granted),
    /// The client is told no.
    Refuse(Error),
}

/// Why ⑪ is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginReason {
    /// Nobody is logged in.
    NoSession,
    /// The client wants it (`prompt=login`, `max_age`, a higher `acr`).
    Requested,
    /// The session is not the person the client named by `id_token_hint`.
    OtherPerson,
    /// Before data is shared with a dealer: the same person, freshly.
    BeforeDealerLink,
}

/// What the client gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Granted {
    /// Scopes granted.
    pub scope: Scope,
    /// Authorization details granted, dealers named.
    pub authorization_details: Vec<AuthorizationDetail>,
}
