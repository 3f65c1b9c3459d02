//! Decides the next step of an interaction: what the user must still do before the client
//! gets its response. It is computed from facts and never stored as a page number, so back,
//! reload, a second tab and another device all lead to the same step. Each kind of step has
//! a pure check of its own; the caller carries the step out.

mod account;
mod dealer_links;
mod device;
mod progress;
mod registration;
mod scope_consent;
mod second_factor;
mod service_profile;

use std::collections::{BTreeMap, BTreeSet};

use super::authentication_context::AuthenticationContext;
use super::authorization_request::AuthorizationRequest;
use super::client::Client;
use super::grant::Access;
use super::prompt::Prompt;
use super::required_claims::RequiredClaim;
use super::rule::{self, Breaks as _};
use super::scope::Scope;
use super::{Error, ErrorCode};
use crate::accounts::second_factor::SecondFactor;
use crate::clock::Timestamp;
pub use progress::{
    AccountAndDealer, DeviceConfirmation, ProfileSaved, Progress, RegistrationChoice,
    RegistrationProgress,
};
pub use scope_consent::DEALERS;
pub use service_profile::ProfileRound;

/// The facts from which the next step is computed.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The authorization request.
    pub request: &'a AuthorizationRequest,
    /// The client that sent the request.
    pub client: &'a Client,
    /// When the request first arrived.
    pub started_at: Timestamp,
    /// What the user did within this interaction.
    pub progress: &'a Progress,
    /// The browser's valid session and its account; `None` if the user is not logged in.
    pub session: Option<&'a SessionFacts>,
    /// The newest version of the terms.
    pub terms_version: &'a str,
    /// From when that version binds users who agreed to an older one.
    pub terms_in_force_from: Option<Timestamp>,
    /// The requested dealers that have a successor: code of the dealer, code of its
    /// successor.
    pub successors: &'a BTreeMap<String, String>,
    /// The current time.
    pub now: Timestamp,
}

/// A browser session and its account.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFacts {
    /// The account that is logged in.
    pub account_id: String,
    /// The `sub` of this account for this client.
    pub subject: String,
    /// When the user last authenticated.
    pub auth_time: Timestamp,
    /// How strongly the user authenticated, as far as that still counts.
    pub context: AuthenticationContext,
    /// The second factors with which the user can authenticate more strongly.
    pub second_factors: BTreeSet<SecondFactor>,
    /// Whether the user asked for two steps at every login, and took only one.
    pub owes_second_step: bool,
    /// The version of the terms that the user last agreed to.
    pub terms_version: Option<String>,
    /// The scope that the user granted to this (third-party) client earlier.
    pub granted_scope: Option<Scope>,
    /// The codes of the dealers linked to the account.
    pub linked_dealers: BTreeSet<String>,
    /// The codes of those linked dealers whose notice has changed since the user agreed to
    /// it.
    pub dealers_to_reconsent: BTreeSet<String>,
    /// The customer numbers of links that this client told earlier.
    pub told_numbers: BTreeSet<String>,
    /// Whether this user needs a parent or guardian to link a dealer.
    pub needs_guardian: bool,
    /// The claims that the user's profile already contains. It is only read if the client
    /// requires claims.
    pub known_claims: BTreeSet<RequiredClaim>,
}

/// The next step of an interaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// ④ Read and agree to the terms (before registration, or when they have changed).
    Terms,
    /// ⑤ Enter an e-mail address.
    RegistrationEmail,
    /// ⑥ Enter the verification code.
    RegistrationCode,
    /// After ⑥: the verified address already has an account; log in or recover it.
    AlreadyRegistered,
    /// ⑦ Enter a password and the profile.
    RegistrationDetails,
    /// ⑧ Confirm the registration.
    RegistrationConfirmation,
    /// ⑨ The registration is complete.
    RegistrationComplete,
    /// ⑪ Log in, or authenticate again.
    Login(LoginReason),
    /// Authenticate with this second factor, because the client requires a stronger
    /// authentication, or the user asked for two steps at every login.
    SecondFactor(SecondFactor),
    /// Choose the account to continue with.
    SelectAccount,
    /// Confirm that the requesting device is the user's own (RFC 8628 §5.4).
    ConfirmDevice,
    /// Consent to these scopes of a third-party client.
    Consent(Scope),
    /// Choose the dealer to link: the client named none and the account has no dealer link.
    ChooseDealer,
    /// ⑩ Read the notice of the dealer with this code, then link it or decline.
    DealerLink(String),
    /// Instead of ⑩: only a parent or guardian can agree, by asking the dealer in person.
    GuardianNeeded,
    /// End the dealer links of a user who turned out to be too young. Has no page.
    EndDealerLinks,
    /// Put the pending consent to this dealer in force, as the user has just authenticated.
    /// Has no page.
    ActivateDealerLink(String),
    /// ⑫ Enter the claims that the service requires.
    CompleteProfile,
    /// ⑬ Review the entered claims; they are saved on this page.
    ProfileConfirmation,
    /// ⑭ The claims are saved.
    ProfileComplete,
    /// ⑮ The dealer with this code is linked.
    DealerLinkComplete(String),
    /// No step is left: send the client a response that grants this access.
    Answer(Access),
    /// Send the client this error.
    Refuse(Error),
}

/// Why ⑪ is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginReason {
    /// No user is logged in.
    NoSession,
    /// The client requires it (`prompt=login`, `max_age`).
    Requested,
    /// The session belongs to another user than the client named in `id_token_hint` or
    /// `claims`.
    OtherPerson,
    /// The same user must authenticate again before data is shared with a dealer.
    BeforeDealerLink,
}

/// A check that returns the step it requires, or `None` if it is satisfied.
type Owed = fn(&Facts<'_>, &SessionFacts) -> Option<Step>;

/// The checks for a user with a session, in the order in which their steps are shown.
const OWED: [Owed; 7] = [
    registration::completion,
    account::other_person,
    account::reauthentication,
    account::selection,
    second_factor::owed,
    account::terms,
    scope_consent::owed,
];

/// Returns the next step of the interaction.
#[must_use]
pub fn next(facts: &Facts<'_>) -> Step {
    let step = owed(facts);
    if facts.request.prompts(Prompt::None) {
        silently(step)
    } else {
        step
    }
}

fn owed(facts: &Facts<'_>) -> Step {
    if let Some(step) = device::owed(facts).or_else(|| registration::owed(facts)) {
        return step;
    }
    let Some(session) = facts.session else {
        return Step::Login(LoginReason::NoSession);
    };
    if let Some(step) = OWED.iter().find_map(|owed| owed(facts, session)) {
        return step;
    }
    let settled = dealer_links::settle(facts, session);
    if let (Ok(_) | Err(Step::DealerLinkComplete(_)), Some(step)) =
        (&settled, service_profile::owed(facts, session))
    {
        return step;
    }
    match settled {
        Ok(authorization_details) => Step::Answer(Access {
            scope: scope_consent::granted(facts, session),
            claims: scope_consent::granted_claims(facts, session),
            authorization_details,
        }),
        Err(step) => step,
    }
}

/// Whether a session at another brand would help a user who is not logged in here. It would
/// not if the request requires the password or a new account in any case.
#[must_use]
pub fn could_use_a_session(request: &AuthorizationRequest, progress: &Progress) -> bool {
    !progress.wants_registration(request)
        && !request.prompts(Prompt::Login)
        && request.max_age != Some(0)
}

/// Returns which claims ⑫, ⑬ and ⑭ are about; `None` if no user is logged in.
#[must_use]
pub fn profile_round(facts: &Facts<'_>) -> Option<ProfileRound> {
    facts
        .session
        .map(|session| service_profile::round(facts, session))
}

/// Returns until when the user may postpone agreeing to the newest terms: until they are in
/// force, provided that the user agreed to older ones.
#[must_use]
pub fn terms_may_wait_until(facts: &Facts<'_>) -> Option<Timestamp> {
    facts.session?.terms_version.as_ref()?;
    facts.terms_in_force_from.filter(|from| facts.now < *from)
}

/// Replaces each step that would show a page by an error, for `prompt=none` (OpenID Connect
/// Core §3.1.2.6).
fn silently(step: Step) -> Step {
    let (code, description) = match step {
        Step::Answer(_) | Step::ActivateDealerLink(_) | Step::EndDealerLinks | Step::Refuse(_) => {
            return step;
        }
        Step::Login(LoginReason::NoSession) => (ErrorCode::LoginRequired, "nobody is logged in"),
        Step::Login(LoginReason::OtherPerson) => (
            ErrorCode::LoginRequired,
            "the person expected is not logged in",
        ),
        Step::Login(LoginReason::Requested | LoginReason::BeforeDealerLink) => (
            ErrorCode::LoginRequired,
            "the person must authenticate again",
        ),
        Step::SecondFactor(_) => (
            ErrorCode::LoginRequired,
            "the person must authenticate more strongly",
        ),
        Step::SelectAccount => (
            ErrorCode::AccountSelectionRequired,
            "the person must choose an account",
        ),
        Step::Consent(_) => (
            ErrorCode::ConsentRequired,
            "the person has not consented to the scopes asked",
        ),
        Step::ChooseDealer | Step::DealerLink(_) | Step::GuardianNeeded => (
            ErrorCode::ConsentRequired,
            "the person has not linked the dealer asked, or not agreed to its notice as it is now",
        ),
        Step::CompleteProfile | Step::ProfileConfirmation => (
            ErrorCode::InteractionRequired,
            "the person must tell what the client needs of them",
        ),
        Step::Terms => (
            ErrorCode::InteractionRequired,
            "the person must agree to the terms in force",
        ),
        Step::RegistrationEmail
        | Step::RegistrationCode
        | Step::AlreadyRegistered
        | Step::RegistrationDetails
        | Step::RegistrationConfirmation
        | Step::RegistrationComplete
        | Step::ConfirmDevice
        | Step::DealerLinkComplete(_)
        | Step::ProfileComplete => (
            ErrorCode::InteractionRequired,
            "the person must be shown a page",
        ),
    };
    Step::Refuse(Error::new(code, description).breaks(rule::SILENT))
}

#[cfg(test)]
mod tests;
