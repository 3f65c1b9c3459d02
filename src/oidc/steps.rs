//! What a person still owes a request, computed from facts alone and never
//! stored as a page number: back, reload, a second tab or another device all
//! come to the same answer. Each thing owed is a pure check of its own.

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
    DeviceConfirmation, ProfileSaved, Progress, RegistrationChoice, RegistrationProgress,
};
pub use scope_consent::DEALERS;
pub use service_profile::ProfileRound;

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
    /// From when that version binds those who agreed to an older one.
    pub terms_in_force_from: Option<Timestamp>,
    /// The dealers asked for that others succeeded, and who answers for them.
    pub successors: &'a BTreeMap<String, String>,
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
    /// How strongly, as far as that counts now.
    pub context: AuthenticationContext,
    /// The second factors that the person has, to make that stronger.
    pub second_factors: BTreeSet<SecondFactor>,
    /// The terms version the person agreed to last.
    pub terms_version: Option<String>,
    /// What the person granted this (third-party) client before.
    pub granted_scope: Option<Scope>,
    /// The codes of the dealers linked.
    pub linked_dealers: BTreeSet<String>,
    /// Those of them whose notice changed since the person agreed to it.
    pub dealers_to_reconsent: BTreeSet<String>,
    /// Whether it takes a parent or guardian for this person to link a dealer.
    pub needs_guardian: bool,
    /// What the person told of what services may need; only looked at where the
    /// client needs anything.
    pub known_claims: BTreeSet<RequiredClaim>,
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
    /// Give this factor after the password: the client wants a stronger authentication.
    SecondFactor(SecondFactor),
    /// Choose which account to go on with.
    SelectAccount,
    /// Say whether the device that asks is one's own (RFC 8628 §5.4).
    ConfirmDevice,
    /// Consent to the scopes of another company's client.
    Consent(Scope),
    /// Choose the dealer to link: the client named none and none is linked.
    ChooseDealer,
    /// ⑩ read the dealer's notice, link or decline.
    DealerLink(String),
    /// In place of ⑩: it takes a parent or guardian, who asks the dealer in person.
    GuardianNeeded,
    /// A link of somebody who turned out to be too young: it ends. No page.
    EndDealerLinks,
    /// Fresh authentication is there: put the pending dealer consent in force. No page.
    ActivateDealerLink(String),
    /// ⑫ tell what the service needs.
    CompleteProfile,
    /// ⑬ see it once more; it is saved here.
    ProfileConfirmation,
    /// ⑭ saved.
    ProfileComplete,
    /// ⑮ linked.
    DealerLinkComplete(String),
    /// Nothing is owed: answer the client.
    Answer(Access),
    /// The client is told no.
    Refuse(Error),
}

/// Why ⑪ is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginReason {
    /// Nobody is logged in.
    NoSession,
    /// The client wants it (`prompt=login`, `max_age`).
    Requested,
    /// The session is not the person the client named, by `id_token_hint` or `claims`.
    OtherPerson,
    /// Before data is shared with a dealer: the same person, freshly.
    BeforeDealerLink,
}

/// One thing a person may owe: the step that settles it, or nothing.
type Owed = fn(&Facts<'_>, &SessionFacts) -> Option<Step>;

/// What a person with a session may owe, in the order it is asked.
const OWED: [Owed; 7] = [
    registration::completion,
    account::other_person,
    account::reauthentication,
    account::selection,
    second_factor::owed,
    account::terms,
    scope_consent::owed,
];

/// The next thing to happen.
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

/// Whether a session that a person has somewhere else would be of use to one who is
/// not logged in here: the request does not ask for the password, or for a new
/// account, whoever is.
#[must_use]
pub fn could_use_a_session(request: &AuthorizationRequest, progress: &Progress) -> bool {
    !progress.wants_registration(request)
        && !request.prompts(Prompt::Login)
        && request.max_age != Some(0)
}

/// What ⑫, ⑬ and ⑭ are about, for the person who is logged in.
#[must_use]
pub fn profile_round(facts: &Facts<'_>) -> Option<ProfileRound> {
    facts
        .session
        .map(|session| service_profile::round(facts, session))
}

/// Until when the person who is logged in may put off agreeing to the newest terms:
/// they agreed to older ones, and those still hold.
#[must_use]
pub fn terms_may_wait_until(facts: &Facts<'_>) -> Option<Timestamp> {
    facts.session?.terms_version.as_ref()?;
    facts.terms_in_force_from.filter(|from| facts.now < *from)
}

/// With `prompt=none` nothing is shown: what would be a page is an error
/// (OpenID Connect Core §3.1.2.6).
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
