//! ⑥ Entry of the code that was sent to the e-mail address.

use axum::extract::RawQuery;
use axum::response::Response;
use serde::Serialize;

use super::{email, sending};
use crate::accounts::email_address::{Carrier, EmailAddress};
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::{Attempt, CodeLength, VerificationCode};
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::registration_draft;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::code_page::{self, Arrives, Asked, Shown};
use crate::screens::form::Form;
use crate::screens::new_address;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// The address to which the code was sent.
    pub email: String,
    /// The address that was perhaps meant, if the typed one looks mistyped.
    pub suggestion: Option<String>,
    /// The mobile carrier whose mail filter may reject the mail; the catalogue key is
    /// `carrier-<name>`.
    pub carrier: Option<&'static str>,
    /// For how many minutes the code is valid.
    pub valid_minutes: u64,
}

impl Page for Code {
    const TEMPLATE: &'static str = "registration/code.html";
    const SCREEN: &'static str = "registration-code";
}

/// `GET …/registration/code`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Result<Response, PageRefusal> {
    if visit.step() != Step::RegistrationCode {
        return proceed(visit).await;
    }
    show(&mut visit, Shown::by(query.as_deref())).await
}

/// `POST …/registration/code`: the code, a new code, or another address.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::RegistrationCode, Some(address)) =
        (visit.step(), visit.interaction.draft.email.clone())
    else {
        return proceed(visit).await;
    };
    match form.action() {
        "back" => {
            visit
                .save(|interaction| interaction.progress.withdraw_address())
                .await?;
            proceed(visit).await
        }
        "resend_code" => resend(visit, &address).await,
        "use_suggestion" => send_elsewhere(visit, &form).await,
        _ => prove(visit, &address, form.get("code")).await,
    }
}

async fn resend(mut visit: Visit, address: &EmailAddress) -> Result<Response, PageRefusal> {
    match sending::send(&mut visit, address).await? {
        Asked::Sent => code_page::resent(visit, "registration/code"),
        Asked::Wait(wait) => show(&mut visit, Shown::Wait(wait)).await,
        Asked::TooMany => show(&mut visit, Shown::TooMany("resend-too-many")).await,
    }
}

/// Sends a code to the address that was perhaps meant. If the button is pressed twice, one
/// code is sent.
async fn send_elsewhere(mut visit: Visit, form: &Form) -> Result<Response, PageRefusal> {
    let Ok(meant) = EmailAddress::read(form.get("suggestion")) else {
        return visit.see_other("registration/email");
    };
    if let Some(code) = new_address::not_taken(&visit.app, visit.address, &meant, form).await? {
        return email::show_not_taken(&mut visit, &meant, code);
    }
    match sending::send(&mut visit, &meant).await? {
        Asked::Sent | Asked::Wait(_) => proceed(visit).await,
        Asked::TooMany => show(&mut visit, Shown::TooMany("resend-too-many")).await,
    }
}

async fn prove(
    mut visit: Visit,
    address: &EmailAddress,
    typed: &str,
) -> Result<Response, PageRefusal> {
    let typed = match VerificationCode::read(typed, CodeLength::Six) {
        Ok(typed) => typed,
        Err(code) => return show(&mut visit, Shown::Wrong(code)).await,
    };
    if !sending::may_try(&visit, address).await? {
        return show(&mut visit, Shown::TooMany("code-cooling-down")).await;
    }
    let attempt = attempt(&mut visit, address, &typed).await?;
    let Some(code) = attempt.error() else {
        sending::succeeded(&visit, address).await?;
        match visit.step() {
            Step::RegistrationDetails => registration_draft::resume(&mut visit).await?,
            _ => registration_draft::forget(&visit).await?,
        }
        return proceed(visit).await;
    };
    // The button was pressed twice at once, and the other request verified the address.
    if visit.step() != Step::RegistrationCode {
        return proceed(visit).await;
    }
    show(&mut visit, Shown::Wrong(code)).await
}

async fn attempt(
    visit: &mut Visit,
    address: &EmailAddress,
    typed: &VerificationCode,
) -> Result<Attempt, PageRefusal> {
    let app = visit.app.clone();
    let now = app.clock.now();
    let rule = super::code_rule(visit);
    // The store is asked whether the code is right or wrong, so that the response time
    // reveals nothing.
    let is_registered = app
        .store
        .accounts()
        .email_is_registered(address.key())
        .await?;
    visit
        .save(|interaction| {
            // Another tab may have entered another address, which voids the code.
            let Some(right) = sending::right_code(&app.sealer, interaction) else {
                return Attempt::Expired;
            };
            let same = interaction
                .draft
                .email
                .as_ref()
                .is_some_and(|email| email.key() == address.key());
            if !same {
                return Attempt::Expired;
            }
            let attempt = interaction.draft.try_code(typed, &right, &rule, now);
            match attempt {
                Attempt::Right if is_registered => interaction.progress.prove_registered_address(),
                Attempt::Right => interaction.progress.prove_address(),
                Attempt::Wrong(_) | Attempt::Expired | Attempt::TooMany => {}
            }
            attempt
        })
        .await
}

async fn show(visit: &mut Visit, shown: Shown) -> Result<Response, PageRefusal> {
    let address = visit.interaction.draft.email.as_ref();
    let arrives = match address {
        Some(address) => {
            let to = Destination::Mailbox(address.clone());
            code_page::arrives(&visit.app, &visit.interaction.id, &to).await?
        }
        None => Arrives::Soon,
    };
    let page = Code {
        email: super::address(visit),
        suggestion: address.and_then(EmailAddress::suggestion),
        carrier: address.and_then(EmailAddress::carrier).map(Carrier::as_str),
        valid_minutes: code_page::valid_minutes(&visit.app.config),
    };
    let shell = page::shell(visit, "registration/code")?;
    let (status, shell) = shown.said(shell, "code", arrives);
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::field_errors::FieldErrors;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("mytoYota.20180626@gmail.com");
        let code = || Code {
            email: email(),
            suggestion: Some(stage.of("hanako@docomo.ne.jp")),
            carrier: Some("docomo"),
            valid_minutes: 10,
        };
        stage.show("code", stage.shell(), &code());
        let plain = Code {
            suggestion: None,
            carrier: None,
            ..code()
        };
        let resent = stage
            .shell()
            .notice(texts::text(stage.locale, "code-resent", &[]));
        stage.show("code-resent", resent, &plain.clone());
        let never = stage
            .shell()
            .caution(texts::text(stage.locale, "code-undeliverable", &[]));
        stage.show("code-undeliverable", never, &plain);
        let soon = FieldErrors::one("code", "resend-too-soon");
        stage.show(
            "code-error",
            stage.shell().errors(soon).error_value("seconds", 42),
            &code(),
        );
    }
}
