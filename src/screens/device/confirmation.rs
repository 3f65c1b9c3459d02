//! The page that asks whether the device is the person's own. It shows the code again and
//! names the client, because somebody else may have sent the person here (RFC 8628 §5.4).

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::refusal::PageRefusal;
use crate::interaction::answer;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::authorization_request::Requester;
use crate::oidc::steps::Step;
use crate::oidc::{Error, ErrorCode};
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceConfirmation {
    /// The name of the client on the device.
    pub service: String,
    /// The code that the device must show.
    pub user_code: String,
    /// The login ID of the logged-in user.
    pub email: Option<String>,
}

impl Page for DeviceConfirmation {
    const TEMPLATE: &'static str = "device/confirmation.html";
    const SCREEN: &'static str = "device-confirmation";
}

/// `GET …/device`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let requester = &visit.interaction.request.requester;
    let (Step::ConfirmDevice, Requester::Device(device)) = (visit.step(), requester) else {
        return proceed(visit).await;
    };
    let live = visit.session.as_ref();
    let page = DeviceConfirmation {
        service: page::client_name(&visit),
        user_code: device.user_code.to_string(),
        email: live.map(|live| live.account.email.clone()),
    };
    let shell = page::shell(&mut visit, "device")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/device`: confirm, or deny.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if visit.step() != Step::ConfirmDevice {
        return proceed(visit).await;
    }
    if form.action() != "approve" {
        let denied = "the person said that the device is not theirs";
        let denied = Error::new(ErrorCode::AccessDenied, denied);
        return answer::refuse(visit, denied).await;
    }
    let live = visit.session.as_ref();
    let account_id = live.map(|live| live.account.id.clone());
    visit
        .save(|interaction| interaction.progress.confirm_device(account_id.as_deref()))
        .await?;
    proceed(visit).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        for (name, email) in [
            ("device-confirmation", None),
            (
                "device-confirmation-session",
                Some("f.enrirtest2019@gmail.com"),
            ),
        ] {
            let page = DeviceConfirmation {
                service: stage.of("TCスマホナビ"),
                user_code: stage.of("WDJB-MJHT"),
                email: email.map(|email| stage.of(email)),
            };
            stage.show(name, stage.shell(), &page);
        }
    }
}
