//! ⑤ Entry of the e-mail address, to which a code is sent.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::sending;
use crate::accounts::email_address::{Carrier, EmailAddress};
use crate::accounts::field_errors::FieldErrors;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::pages::Page;
use crate::screens::code_page::Asked;
use crate::screens::form::Form;
use crate::screens::new_address;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Email {
    /// The URL that the form is sent to, because ⑥, ⑦ and ⑧ may answer with this page too.
    pub action: String,
    /// The address, as typed or prefilled.
    pub email: String,
    /// The domain of the address.
    pub domain: String,
    /// The name of the client that pushed the address, if any.
    pub prefilled_by: Option<String>,
    /// The address that was perhaps meant, if the typed one looks mistyped.
    pub suggestion: Option<String>,
    /// The mobile carrier whose mail filter may reject the mail; the catalogue key is
    /// `carrier-<name>`.
    pub carrier: Option<&'static str>,
}

impl Page for Email {
    const TEMPLATE: &'static str = "registration/email.html";
    const SCREEN: &'static str = "registration-email";
}

/// `GET …/registration/email`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if !super::may_name_an_address(&visit.step()) {
        return proceed(visit).await;
    }
    show(&mut visit, StatusCode::OK, None, FieldErrors::none())
}

/// `POST …/registration/email`: sends a code. The answer is the same whether or not the
/// address has an account.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if !super::may_name_an_address(&visit.step()) {
        return proceed(visit).await;
    }
    if form.action() == "back" {
        return visit.see_other("terms");
    }
    // The button with the suggestion sends the suggested address.
    let typed = match form.action() {
        "use_suggestion" => form.get("suggestion"),
        _ => form.get("email"),
    };
    let address = match EmailAddress::read(typed) {
        Ok(address) => address,
        Err(code) => {
            let errors = FieldErrors::one("email", code);
            return show(&mut visit, page::FILLED_IN_WRONGLY, Some(typed), errors);
        }
    };
    if let Some(code) = new_address::not_taken(&visit.app, visit.address, &address, &form).await? {
        return show_not_taken(&mut visit, &address, code);
    }
    match sending::send(&mut visit, &address).await? {
        // With `Wait`, the button was pressed twice or the same address was entered again;
        // the code was sent already.
        Asked::Sent | Asked::Wait(_) => proceed(visit).await,
        Asked::TooMany => {
            let errors = FieldErrors::one("email", "email-too-many");
            show(
                &mut visit,
                StatusCode::TOO_MANY_REQUESTS,
                Some(typed),
                errors,
            )
        }
    }
}

/// Shows the page again, with the reason why the address is not accepted.
pub(super) fn show_not_taken(
    visit: &mut Visit,
    address: &EmailAddress,
    code: &'static str,
) -> Result<Response, PageRefusal> {
    let (status, typed) = (page::FILLED_IN_WRONGLY, Some(address.typed()));
    show(visit, status, typed, FieldErrors::one("email", code))
}

/// Shows the page again because the verification of the address is too old.
pub(super) async fn ask_again(visit: &mut Visit) -> Result<Response, PageRefusal> {
    visit
        .save(|interaction| interaction.progress.withdraw_address())
        .await?;
    let errors = FieldErrors::one("email", "email-proof-expired");
    show(visit, page::FILLED_IN_WRONGLY, None, errors)
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    typed: Option<&str>,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let action = visit.url("registration/email")?;
    let draft = &visit.interaction.draft;
    let is_suggested = typed.is_none() && draft.email_is_suggested();
    let email = typed.unwrap_or(draft.email_to_show());
    let address = EmailAddress::read(email).ok();
    let domain = address.as_ref().map_or("", EmailAddress::domain).to_owned();
    let page = Email {
        action,
        email: email.to_owned(),
        domain: domain.clone(),
        suggestion: address.as_ref().and_then(EmailAddress::suggestion),
        carrier: address
            .as_ref()
            .and_then(EmailAddress::carrier)
            .map(Carrier::as_str),
        prefilled_by: is_suggested.then(|| page::client_name(visit)),
    };
    let shell = page::shell(visit, "registration/email")?
        .errors(errors)
        .error_value("domain", domain);
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("mytoYota.20180626@gmail.com");
        let page = |prefilled_by| Email {
            action: format!("/interaction/abc/email?request={}", stage.of("xyz")),
            email: email(),
            domain: stage.of("docomo.ne.jo"),
            prefilled_by,
            suggestion: None,
            carrier: None,
        };
        stage.show(
            "email",
            stage.shell(),
            &page(Some(stage.of("TOYOTA OWNER’S SITE"))),
        );
        let mistyped = Email {
            suggestion: Some(stage.of("hanako@docomo.ne.jp")),
            carrier: Some("softbank"),
            ..page(None)
        };
        stage.show("email-mistyped", stage.shell(), &mistyped.clone());
        let no_mail = FieldErrors::one("email", "email-domain-takes-no-mail");
        let no_mail = stage
            .shell()
            .errors(no_mail)
            .error_value("domain", stage.of("docomo.ne.jo"));
        stage.show("email-no-mail", no_mail, &mistyped);
        let wrong = FieldErrors::one("email", "email-incomplete");
        stage.show("email-error", stage.shell().errors(wrong), &page(None));
    }
}
