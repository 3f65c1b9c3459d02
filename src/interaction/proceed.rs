//! Leaves a visit for whatever comes next: the page of the next step, or the answer to
//! the client. Steps that show no page are done on the way. Which step is next is
//! decided in `oidc::steps`.

use axum::response::Response;

use super::visit::Visit;
use super::{answer, dealer_linking};
use crate::accounts::second_factor::SecondFactor;
use crate::dealer_links::guardian;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::oidc::grant::Access;
use crate::oidc::steps::Step;
use crate::sessions::clients;

/// Leaves for whatever comes next: a page, or the client.
///
/// # Errors
/// A page, if the browser may not go on; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn proceed(mut visit: Visit) -> Result<Response, PageRefusal> {
    loop {
        match visit.step() {
            Step::ActivateDealerLink(code) => {
                dealer_linking::link(&mut visit, &code).await?;
                visit.load_account_facts().await?;
            }
            Step::EndDealerLinks => end_links_without_guardian(&mut visit).await?,
            Step::Answer(access)
                if join(&mut visit, &access).await? && mark_answered(&mut visit).await? =>
            {
                return answer::grant(visit, access).await;
            }
            Step::Answer(_) => {}
            Step::Refuse(error) => return answer::refuse(visit, error).await,
            step => return visit.see_other(page_of(&step)),
        }
    }
}

/// Ends the dealer links of the logged-in person, if they are too young to have them
/// without a guardian.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable.
pub async fn end_links_without_guardian(visit: &mut Visit) -> Result<(), PageRefusal> {
    let Some(account) = visit.session.as_ref().map(|live| live.account.clone()) else {
        return Ok(());
    };
    let context = dealer_linking::consent_context(visit);
    let ended = guardian::end_links(&visit.app, &visit.brand, &account, &context).await?;
    visit.load_account_facts().await?;
    if ended.is_empty() {
        return Ok(());
    }
    visit
        .save(|interaction| {
            for code in &ended {
                interaction.progress.end_for_guardian(&account.id, code);
            }
        })
        .await
}

/// Notes that the client is given tokens in this login, if it asked to be told of the
/// login's end. `false` if the login ended meanwhile: then nobody is logged in here.
async fn join(visit: &mut Visit, access: &Access) -> Result<bool, Fault> {
    // The browser in which a device was approved is not the device.
    let takes_part =
        access.scope.contains("openid") && visit.interaction.request.requester.is_in_the_browser();
    let Some(live) = visit.session.as_ref().filter(|_| takes_part) else {
        return Ok(true);
    };
    let joined = clients::join(&visit.app, live, &visit.client.client).await?;
    if !joined {
        visit.lose_session();
    }
    Ok(joined)
}

/// Marks the interaction as answered. `false` if it is not to be answered any more: a
/// second press of the same button may have changed it since it was read.
async fn mark_answered(visit: &mut Visit) -> Result<bool, PageRefusal> {
    if visit.stored.is_none() {
        return Ok(true);
    }
    visit
        .save(|interaction| interaction.answered = true)
        .await?;
    if matches!(visit.step(), Step::Answer(_)) {
        visit.interaction.leave_tombstone(&visit.app).await?;
        return Ok(true);
    }
    visit
        .save(|interaction| interaction.answered = false)
        .await?;
    visit.load_account_facts().await?;
    Ok(false)
}

/// The page that asks for a second factor, below `/interaction/{id}/`.
#[must_use]
pub const fn page_of_factor(factor: SecondFactor) -> &'static str {
    match factor {
        SecondFactor::App => "login/app",
        SecondFactor::SentCode => "login/code",
        SecondFactor::RecoveryCode => "login/recovery-code",
    }
}

/// The page of a step, below `/interaction/{id}/`.
#[must_use]
pub const fn page_of(step: &Step) -> &'static str {
    match step {
        Step::Terms => "terms",
        Step::RegistrationEmail => "registration/email",
        Step::RegistrationCode => "registration/code",
        Step::AlreadyRegistered => "registration/already-registered",
        Step::RegistrationDetails => "registration/details",
        Step::RegistrationConfirmation => "registration/confirmation",
        Step::RegistrationComplete => "registration/complete",
        Step::Login(_) => "login",
        Step::SelectAccount => "select-account",
        Step::SecondFactor(factor) => page_of_factor(*factor),
        Step::ConfirmDevice => "device",
        Step::Consent(_) => "consent",
        Step::ChooseDealer => "dealer-choice",
        Step::DealerLink(_) => "dealer-link",
        Step::GuardianNeeded => "dealer-link/guardian",
        Step::CompleteProfile => "profile",
        Step::ProfileConfirmation => "profile/confirmation",
        Step::ProfileComplete => "profile/complete",
        Step::DealerLinkComplete(_) => "dealer-link/complete",
        // These show no page: the step is computed again.
        Step::ActivateDealerLink(_) | Step::EndDealerLinks | Step::Answer(_) | Step::Refuse(_) => {
            ""
        }
    }
}
