//! 2段階認証: a person asks for two steps at every login, and sees and ends the trust in the
//! devices that need only one. The page takes a login with a second factor, and its owner is
//! told of each change by mail.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::member::{Member, StrongMember};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::trusted_device::{TRUSTED_FOR, TrustedDevice};
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::mail::message::SecondFactorNews;
use crate::one_time_codes::authenticator_app::news;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sha256::sha256_hex;
use crate::store::trusted_devices::Steps;

/// The path of the page, for which the tokens of its forms are valid.
const PLACE: &str = OwnPage::TwoSteps.as_str();

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[
    ("on", "two-steps-switched-on"),
    ("off", "two-steps-switched-off"),
    ("revoked", "trusted-device-revoked"),
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountTwoSteps {
    /// The login ID.
    pub email: String,
    /// Whether every login takes two steps.
    pub on: bool,
    /// Whether there is an authenticator app.
    pub has_app: bool,
    /// How many recovery codes are left.
    pub codes_left: u32,
    /// For how many days a device is trusted.
    pub trust_days: u64,
    /// The trusted devices, most recently used first.
    pub devices: Vec<DeviceLine>,
}

/// A trusted device in the list.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceLine {
    /// Our own identifier.
    pub id: String,
    /// The kind of device; empty if it is not known.
    pub device: String,
    /// The name of the brand on whose host it is trusted.
    pub brand: String,
    /// When a login last needed no second step.
    pub last_used_at: String,
    /// Until when it is trusted.
    pub expires_at: String,
    /// Whether it is the browser of this request.
    pub here: bool,
}

impl Page for AccountTwoSteps {
    const TEMPLATE: &'static str = "account/two_steps.html";
    const SCREEN: &'static str = "account-two-steps";
}

/// `GET /account/two-steps`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`StrongMember`
/// sends a person without a second factor to ⑪.)
pub async fn get(member: StrongMember) -> Result<Response, PageRefusal> {
    show(&member, None).await
}

/// `POST /account/two-steps`: switches the second step on or off, or ends the trust in one
/// device. A device that is not trusted any more, or is another account's, is treated as
/// absent, not as an error.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// is unreachable.
pub async fn post(member: StrongMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    if let Some(refused) = member.too_weak().await? {
        return show(&member, Some(refused)).await;
    }
    let done = match form.action() {
        "switch_on" => {
            let told = SecondFactorNews::TwoStepsOn;
            set(&member, Steps::Two, told).await?.then_some("on")
        }
        "switch_off" => {
            let told = SecondFactorNews::TwoStepsOff;
            set(&member, Steps::One, told).await?.then_some("off")
        }
        "revoke" => {
            let (devices, account_id) =
                (member.app.store.trusted_devices(), &member.live.account.id);
            let revoked = devices.revoke(account_id, form.get("device")).await?;
            revoked.then_some("revoked")
        }
        _ => None,
    };
    Ok(match done {
        Some(what) => page::done(PLACE, what).into_response(),
        None => Redirect::to(PLACE).into_response(),
    })
}

async fn set(member: &Member, steps: Steps, told: SecondFactorNews) -> Result<bool, PageRefusal> {
    let (app, account) = (&member.app, &member.live.account);
    let mails = news(app, &member.brand, account, told)?;
    let devices = app.store.trusted_devices();
    let set = devices
        .set_steps(&account.id, steps, &mails, member.now())
        .await?;
    app.outbox.wake();
    Ok(set)
}

async fn show(
    member: &Member,
    refused: Option<(StatusCode, FieldErrors)>,
) -> Result<Response, PageRefusal> {
    let (app, account) = (&member.app, &member.live.account);
    let devices = app.store.trusted_devices();
    let devices = devices.of(&account.id, member.now()).await?;
    let page = AccountTwoSteps {
        email: account.email.clone(),
        on: account.enrolled.two_steps,
        has_app: account.enrolled.app,
        codes_left: account.enrolled.recovery_codes,
        trust_days: page::days(TRUSTED_FOR),
        devices: devices.iter().map(|device| line(member, device)).collect(),
    };
    let shell = page::told(member.shell(PLACE), &member.url, NOTICES);
    let (status, errors) = refused.unwrap_or((StatusCode::OK, FieldErrors::none()));
    member.show(status, &shell.errors(errors), &page)
}

fn line(member: &Member, device: &TrustedDevice) -> DeviceLine {
    let here = member.browser.trusted_by();
    let here = here.map(|secret| sha256_hex(secret.as_bytes()));
    DeviceLine {
        id: device.id.clone(),
        device: device.device.clone(),
        brand: device.brand.clone(),
        last_used_at: page::minute(device.last_used_at),
        expires_at: page::day(device.expires_at),
        here: here.as_deref() == Some(&device.secret_hash),
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = |on, devices| AccountTwoSteps {
            email: stage.of("f.enrirtest2019@gmail.com"),
            on,
            has_app: on,
            codes_left: if on { 10 } else { 0 },
            trust_days: 30,
            devices,
        };
        let line = |device: &str, here| DeviceLine {
            id: stage.of("id"),
            device: device.to_owned(),
            brand: stage.of("toyota"),
            last_used_at: stage.of("2026-11-23 08:10"),
            expires_at: stage.of("2026-12-23"),
            here,
        };
        let off = page(false, Vec::new());
        stage.show("account-two-steps-off", stage.shell(), &off);
        let devices = || {
            let here = line(&stage.of("iPhone · Safari"), true);
            vec![here, line("", false)]
        };
        stage.show("account-two-steps", stage.shell(), &page(true, devices()));
        let on = texts::text(stage.locale, "two-steps-switched-on", &[]);
        let on = stage.shell().notice(on);
        stage.show("account-two-steps-on", on, &page(true, Vec::new()));
    }
}
