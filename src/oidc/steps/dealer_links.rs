//! Decides which of the requested dealer links are granted and which step is needed first.
//! A dealer with a successor stands for its successor. If a notice has changed, the user is
//! asked again; if they decline, the link remains but is not granted. A link comes into
//! force only for the account that agreed to it and that authenticated in this interaction:
//! a session or registration is not enough to share data with another company. Users too
//! young to consent alone are told so; the client gets the response for a declined link.

use super::{AccountAndDealer, Facts, LoginReason, SessionFacts, Step, scope_consent};
use crate::oidc::authorization_details::AuthorizationDetail;
use crate::oidc::{Error, ErrorCode};

/// Returns the granted details, or the next step needed to grant them.
pub(super) fn settle(
    facts: &Facts<'_>,
    session: &SessionFacts,
) -> Result<Vec<AuthorizationDetail>, Step> {
    let details = &facts.request.authorization_details;
    if details.iter().any(is_not_understood) {
        return Err(not_here());
    }
    let mut granted = Vec::new();
    if !scope_consent::covers_dealers(facts, session) {
        return without_dealers(facts);
    }
    if session.needs_guardian && asks(facts) && !session.linked_dealers.is_empty() {
        return Err(Step::EndDealerLinks);
    }
    for detail in details {
        let AuthorizationDetail::DealerLink {
            identifier,
            optional,
            ..
        } = detail
        else {
            continue;
        };
        let links = match settled(facts, session, identifier.as_deref())? {
            Settled::Linked(links) => links,
            Settled::Declined if *optional => Vec::new(),
            Settled::Declined => return Err(declined()),
        };
        for link in links.into_iter().map(AuthorizationDetail::linked) {
            if !granted.contains(&link) {
                granted.push(link);
            }
        }
    }
    Ok(granted)
}

/// Whether the request asks for any dealer link.
fn asks(facts: &Facts<'_>) -> bool {
    !facts.request.authorization_details.is_empty()
}

enum Settled {
    Linked(Vec<String>),
    Declined,
}

fn settled(
    facts: &Facts<'_>,
    session: &SessionFacts,
    identifier: Option<&str>,
) -> Result<Settled, Step> {
    let account = &session.account_id;
    if session.needs_guardian {
        return if facts.progress.guardian_told.contains(account) {
            Ok(Settled::Declined)
        } else {
            Err(Step::GuardianNeeded)
        };
    }
    let chosen = facts.progress.chosen_dealer.as_ref();
    let chosen = chosen.filter(|chosen| chosen.account_id == *account);
    match identifier.or(chosen.map(|chosen| chosen.dealer.as_str())) {
        Some(code) => one(facts, session, code),
        None if !session.linked_dealers.is_empty() => any_linked(facts, session),
        None if facts.progress.declined_dealer_choice.contains(account) => Ok(Settled::Declined),
        None => Err(Step::ChooseDealer),
    }
}

/// Returns all linked dealers except those whose changed notice was declined.
fn any_linked(facts: &Facts<'_>, session: &SessionFacts) -> Result<Settled, Step> {
    let mut all = Vec::new();
    for code in &session.linked_dealers {
        if let Settled::Linked(links) = one(facts, session, code)? {
            all.extend(links);
        }
    }
    if all.is_empty() {
        Ok(Settled::Declined)
    } else {
        Ok(Settled::Linked(all))
    }
}

fn one(facts: &Facts<'_>, session: &SessionFacts, asked: &str) -> Result<Settled, Step> {
    let code = facts.successors.get(asked).map_or(asked, String::as_str);
    let account = &session.account_id;
    let answer = AccountAndDealer::new(account, code);
    if session.linked_dealers.contains(code) {
        if facts.progress.just_linked.contains(&answer) {
            return Err(Step::DealerLinkComplete(code.to_owned()));
        }
        if !session.dealers_to_reconsent.contains(code) {
            return Ok(Settled::Linked(vec![code.to_owned()]));
        }
    }
    if facts.progress.declined_dealers.contains(&answer) {
        return Ok(Settled::Declined);
    }
    if is_another_customer(facts, session) {
        return Err(another_customer());
    }
    if !facts.progress.pending_dealer_consents.contains(&answer) {
        return Err(Step::DealerLink(code.to_owned()));
    }
    Err(
        if facts
            .progress
            .authenticated_since(account, facts.started_at)
        {
            Step::ActivateDealerLink(code.to_owned())
        } else {
            Step::Login(LoginReason::BeforeDealerLink)
        },
    )
}

/// Returns no details, or a refusal if a link is required: the user's consent to a
/// third-party client did not include the dealers.
fn without_dealers(facts: &Facts<'_>) -> Result<Vec<AuthorizationDetail>, Step> {
    let required = |detail: &AuthorizationDetail| {
        matches!(
            detail,
            AuthorizationDetail::DealerLink {
                optional: false,
                ..
            }
        )
    };
    if facts.request.authorization_details.iter().any(required) {
        Err(declined())
    } else {
        Ok(Vec::new())
    }
}

/// Whether the client means another customer than before: it told customer numbers of this
/// account earlier, and now tells others without repeating those. A dealer is then not
/// linked, because the client sent the wrong person.
fn is_another_customer(facts: &Facts<'_>, session: &SessionFacts) -> bool {
    let details = &facts.request.authorization_details;
    let pushed: Vec<&str> = details
        .iter()
        .filter_map(AuthorizationDetail::customer_number)
        .collect();
    let mut told = session.told_numbers.iter();
    !pushed.is_empty() && told.any(|told| !pushed.contains(&told.as_str()))
}

fn another_customer() -> Step {
    Step::Refuse(Error::new(
        ErrorCode::InvalidAuthorizationDetails,
        "the account is linked under other customer numbers of this client: if it is the same customer, repeat those in authorization_details",
    ))
}

const fn is_not_understood(detail: &AuthorizationDetail) -> bool {
    matches!(detail, AuthorizationDetail::NotUnderstood(_))
}

/// Refuses a request that a newer version accepted. Granting only the part that is
/// understood is not possible: it may depend on a condition that is not.
fn not_here() -> Step {
    Step::Refuse(Error::new(
        ErrorCode::TemporarilyUnavailable,
        "the server is being updated; the client may try again",
    ))
}

fn declined() -> Step {
    Step::Refuse(Error::new(
        ErrorCode::AccessDenied,
        "the person declined to link the dealer",
    ))
}
