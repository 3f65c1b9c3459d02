//! What the pages of the second step of a login share: when one is due, which other factors
//! the person may choose instead, and how the session goes on once a factor was given.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::reopen;
use crate::accounts::account::AccountStatus;
use crate::accounts::factors::Strength;
use crate::accounts::one_time_code::Destination;
use crate::accounts::second_factor::{METHODS_OF_ONE_TIME_PASSWORD, SecondFactor};
use crate::accounts::trusted_device::TRUSTED_FOR;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::{page_of_factor, proceed};
use crate::interaction::state::SecondFactorCodes;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::one_time_codes::guess::Guess;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::LiveSession;
use crate::sessions::log_out;
use crate::sessions::second_factor::{self, Second};

/// The page of the passkey, below `/interaction/{id}/`.
pub(super) const PASSKEY: &str = "login/passkey";

/// What every page of the second step shows.
#[derive(Clone, Debug, Serialize)]
pub struct SecondStep {
    /// The other ways to take the step.
    pub ways: Vec<Way>,
    /// Whether the person may go on without it.
    pub may_decline: bool,
    /// For how many days the person may trust this device; `None` if that is not offered.
    pub trust_days: Option<u64>,
}

/// A way to take the second step.
#[derive(Clone, Debug, Serialize)]
pub struct Way {
    /// The name; the catalogue key is `second-step-by-<name>`.
    pub name: &'static str,
    /// The address of its page.
    pub url: String,
}

impl SecondStep {
    /// Returns what the page at `place` shows.
    pub(super) async fn at(
        visit: &mut Visit,
        live: &LiveSession,
        place: &str,
    ) -> Result<Self, Fault> {
        let factors = SecondFactor::available_to(&live.account);
        let mut pages: Vec<&'static str> = factors.into_iter().map(page_of_factor).collect();
        let passkeys = visit.app.store.passkeys().of(&live.account.id).await?;
        let host = visit.brand.domain();
        if passkeys.iter().any(|passkey| passkey.rp_id == host) {
            pages.push(PASSKEY);
        }
        pages.retain(|page| *page != place);
        let ways = pages.into_iter().map(|page| {
            Ok(Way {
                name: page.strip_prefix("login/").unwrap_or(page),
                url: visit.url(page)?,
            })
        });
        Ok(Self {
            ways: ways.collect::<Result<_, Fault>>()?,
            may_decline: !second_factor::is_owed(live),
            trust_days: may_trust(live).then_some(page::days(TRUSTED_FOR)),
        })
    }
}

/// Returns the session that owes a second step, by whatever factor: that of a login, or the
/// one that would begin if a closed account were open.
pub(super) async fn owed_by(visit: &Visit) -> Result<Option<LiveSession>, Fault> {
    if let Some(live) = reopen::owing(visit).await? {
        return Ok(Some(live));
    }
    let is_owed = matches!(visit.step(), Step::SecondFactor(_));
    Ok(visit.session.clone().filter(|_| is_owed))
}

/// Returns the session that owes a second step, if its account has that factor.
pub(super) async fn owed_with(
    visit: &Visit,
    factor: SecondFactor,
) -> Result<Option<LiveSession>, Fault> {
    let live = owed_by(visit).await?;
    Ok(live.filter(|live| SecondFactor::available_to(&live.account).contains(&factor)))
}

/// Returns the page of the factor that is asked for first.
pub(super) fn first_page(live: &LiveSession) -> &'static str {
    let factors = SecondFactor::available_to(&live.account);
    factors
        .first()
        .map_or(reopen::PLACE, |factor| page_of_factor(*factor))
}

/// Leaves a page whose step is not owed, or not any more.
pub(super) async fn leave(visit: Visit) -> Result<Response, PageRefusal> {
    match reopen::recent(&visit) {
        Some(_) => visit.see_other(reopen::PLACE),
        None => proceed(visit).await,
    }
}

/// The status and the error code of a page that is shown again.
pub(super) type Refused = (StatusCode, &'static str);

/// Returns why the page is shown again after a guess at a code of an app or at a recovery
/// code; `None` if the factor was given, by this request or by the same button pressed
/// twice.
pub(super) async fn refusal(
    visit: &mut Visit,
    live: &LiveSession,
    guess: Guess,
) -> Result<Option<Refused>, PageRefusal> {
    Ok(match guess {
        Guess::Right => {
            note_given(visit, live).await?;
            None
        }
        Guess::Wrong(_) if given_meanwhile(visit, live).await? => None,
        Guess::Wrong(code) => Some((page::FILLED_IN_WRONGLY, code)),
        Guess::TooMany => Some((StatusCode::TOO_MANY_REQUESTS, "login-code-cooling-down")),
    })
}

/// Goes on without a second factor; the client decides whether that is enough.
pub(super) async fn decline(mut visit: Visit, live: &LiveSession) -> Result<Response, PageRefusal> {
    let account_id = &live.account.id;
    visit
        .save(|interaction| interaction.progress.decline_second_factor(account_id))
        .await?;
    proceed(visit).await
}

/// Notes that the factor was given in this session, which a new one then replaces.
pub(super) async fn note_given(visit: &mut Visit, live: &LiveSession) -> Result<(), PageRefusal> {
    let (account_id, session) = (&live.account.id, &live.secret_hash);
    visit
        .save(|interaction| SecondFactorCodes::given(interaction, account_id, session))
        .await
}

/// Whether the button was pressed twice, and the other request gave the factor.
async fn given_meanwhile(visit: &mut Visit, live: &LiveSession) -> Result<bool, Fault> {
    visit.read_again().await?;
    Ok(was_given(visit, live))
}

/// Whether the factor was given in this session, which a new session then replaces.
pub(super) fn was_given(visit: &Visit, live: &LiveSession) -> bool {
    SecondFactorCodes::was_given(&visit.interaction, &live.account.id, &live.secret_hash)
}

/// A second factor that was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    /// The factor.
    pub(super) second: Second<'a>,
    /// Where its code was sent, if it was sent.
    pub(super) to: Option<&'a Destination>,
}

impl Given<'_> {
    /// The code of an authenticator app, or a recovery code.
    pub(super) const ONE_TIME_PASSWORD: Self = Self {
        second: Second {
            methods: METHODS_OF_ONE_TIME_PASSWORD,
            strength: Strength::App,
        },
        to: None,
    };

    /// A passkey.
    pub(super) const PASSKEY: Self = Self {
        second: Second {
            methods: second_factor::PASSKEY,
            strength: Strength::Passkey,
        },
        to: None,
    };
}

/// Replaces the session by a new one: every authentication gets a new secret (ASVS 7.2.4).
/// The form says whether this device is to be trusted.
pub(super) async fn enter(
    mut visit: Visit,
    live: &LiveSession,
    (given, form): (Given<'_>, &Form),
) -> Result<Response, PageRefusal> {
    second_factor::note_other_factor(&visit.app, &live.account, given.to).await?;
    if live.account.status == AccountStatus::Closed {
        reopen::note_second(&mut visit, live, given.second).await?;
        return leave(visit).await;
    }
    let new = second_factor::session(&visit.app, &visit.brand, live, given.second);
    log_out::begin_session(&visit.app, &new, visit.session.as_ref()).await?;
    if may_trust(live) && !form.get("trust").is_empty() {
        visit.trust_device(&new.live).await?;
    }
    visit.enter(new).await?;
    proceed(visit).await
}

/// Whether trust in a device would spare the person of a session anything.
fn may_trust(live: &LiveSession) -> bool {
    live.account.enrolled.two_steps && live.account.status == AccountStatus::Active
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    /// Returns a step that can be taken in these ways too.
    pub(in crate::screens) fn with(stage: &Stage<'_>, ways: &[&'static str]) -> SecondStep {
        let url = |name: &str| format!("/interaction/abc/login/{name}?request={}", stage.of("xyz"));
        let way = |name: &&'static str| Way {
            name,
            url: url(name),
        };
        SecondStep {
            ways: ways.iter().map(way).collect(),
            may_decline: ways.is_empty(),
            trust_days: (!ways.is_empty()).then_some(30),
        }
    }
}
