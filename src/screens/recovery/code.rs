//! Entry of the code that was sent to the login ID.

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::start::{is_for, send};
use super::{caller, destination, hidden, is_proven, proof, under_way};
use crate::accounts::login_id::LoginId;
use crate::accounts::one_time_code::SentCodes;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::state::{Interaction, Recovery};
use crate::interaction::visit::Visit;
use crate::pages::Page;
use crate::screens::code_page::{self, Asked, Shown};
use crate::screens::form::Form;
use crate::screens::login::code::by;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryCode {
    /// The login ID as typed.
    pub login_id: String,
    /// `sms` or `mail`.
    pub by: &'static str,
    /// For how many minutes the code is valid.
    pub valid_minutes: u64,
}

impl Page for RecoveryCode {
    const TEMPLATE: &'static str = "recovery/code.html";
    const SCREEN: &'static str = "recovery-code";
}

/// The page after a right code for a login ID without an account. Only the owner of the
/// mailbox or phone gets here.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryNobody {
    /// The login ID as typed.
    pub login_id: String,
}

impl Page for RecoveryNobody {
    const TEMPLATE: &'static str = "recovery/nobody.html";
    const SCREEN: &'static str = "recovery-nobody";
}

/// `GET …/recovery/code`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Result<Response, PageRefusal> {
    let Some((recovery, id)) = under_way(&visit) else {
        return super::start::get(visit).await;
    };
    if is_proven(&visit, &recovery) {
        return onward(visit, &recovery, &id).await;
    }
    show(&mut visit, &recovery, &id, Shown::by(query.as_deref())).await
}

/// `POST …/recovery/code`: the code, a new code, another login ID, or a registration.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some((recovery, id)) = under_way(&visit) else {
        return super::start::get(visit).await;
    };
    match form.action() {
        "back" => visit.see_other("recovery"),
        "register" => {
            visit
                .save(|interaction| {
                    interaction.recovery = None;
                    interaction.progress.choose_new();
                })
                .await?;
            proceed(visit).await
        }
        "resend_code" => match send(&mut visit, &recovery.login_id, &id).await? {
            Asked::Sent => code_page::resent(visit, "recovery/code"),
            Asked::Wait(wait) => show(&mut visit, &recovery, &id, Shown::Wait(wait)).await,
            Asked::TooMany => {
                let shown = Shown::TooMany("resend-too-many");
                show(&mut visit, &recovery, &id, shown).await
            }
        },
        _ => prove(visit, recovery, id, form.get("code")).await,
    }
}

async fn prove(
    mut visit: Visit,
    recovery: Recovery,
    id: LoginId,
    typed: &str,
) -> Result<Response, PageRefusal> {
    let now = visit.app.clock.now();
    let (place, hidden, to) = (
        visit.interaction.id.clone(),
        hidden(&visit.app, &id),
        destination(&id),
    );
    let caller = caller(&visit, &id).await?;
    let proof = proof(&place, &hidden, &to, caller);
    let proven = |interaction: &mut Interaction| {
        if let Some(recovery) = &mut interaction.recovery {
            recovery.proven_at = Some(now);
        }
    };
    match code_page::prove(&mut visit, &proof, typed, codes_to(&id), proven).await? {
        Ok(()) => onward(visit, &recovery, &id).await,
        // The button was pressed twice at once, and the other request entered the code.
        Err(_) if is_proven_meanwhile(&visit, &id) => onward(visit, &recovery, &id).await,
        Err(shown) => show(&mut visit, &recovery, &id, shown).await,
    }
}

fn is_proven_meanwhile(visit: &Visit, id: &LoginId) -> bool {
    let recovery = visit.interaction.recovery.as_ref();
    recovery.is_some_and(|recovery| is_for(recovery, id) && is_proven(visit, recovery))
}

/// Selects the codes sent to `id`, unless another tab entered another login ID meanwhile: a
/// code for one ID must not prove the other.
fn codes_to(id: &LoginId) -> impl for<'i> Fn(&'i mut Interaction) -> Option<&'i mut SentCodes> {
    move |interaction| {
        let recovery = interaction.recovery.as_mut()?;
        is_for(recovery, id).then_some(&mut recovery.codes)
    }
}

/// Continues after a right code: to the new password, or to the page that says that the
/// login ID has no account.
async fn onward(
    mut visit: Visit,
    recovery: &Recovery,
    id: &LoginId,
) -> Result<Response, PageRefusal> {
    if visit.owner_or_leaver(id).await?.is_some() {
        return visit.see_other("recovery/password");
    }
    let page = RecoveryNobody {
        login_id: recovery.login_id.clone(),
    };
    let shell = page::shell(&mut visit, "recovery/code")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

async fn show(
    visit: &mut Visit,
    recovery: &Recovery,
    id: &LoginId,
    shown: Shown,
) -> Result<Response, PageRefusal> {
    let page = RecoveryCode {
        login_id: recovery.login_id.clone(),
        by: by(&destination(id)),
        valid_minutes: code_page::valid_minutes(&visit.app.config),
    };
    let shell = page::shell(visit, "recovery/code")?;
    let arrives = code_page::arrives(&visit.app, &visit.interaction.id, &destination(id)).await?;
    let (status, shell) = shown.said(shell, "code", arrives);
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let login_id = || stage.of("f.enrirtest2019@gmail.com");
        for by in ["mail", "sms"] {
            let page = RecoveryCode {
                login_id: login_id(),
                by,
                valid_minutes: 10,
            };
            stage.show(&format!("recovery-code-{by}"), stage.shell(), &page);
        }
        let nobody = RecoveryNobody {
            login_id: login_id(),
        };
        stage.show("recovery-nobody", stage.shell(), &nobody);
    }
}
