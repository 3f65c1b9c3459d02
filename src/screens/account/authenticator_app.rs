//! 認証アプリ: adds and removes the authenticator app of an account. The page takes a login
//! with a second factor, and its owner is told of each change by mail (ASVS 6.3.7).

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::member::{Member, StrongMember};
use crate::accounts::field_errors::FieldErrors;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::one_time_codes::authenticator_app::{self, Offer};
use crate::one_time_codes::guess::Guess;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::screens::qr_code::{self, DrawnCode};

/// The path of the page, for which the tokens of its forms are valid.
const PLACE: &str = OwnPage::AuthenticatorApp.as_str();

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[("added", "app-added"), ("removed", "app-removed")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountAuthenticatorApp {
    /// The login ID.
    pub email: String,
    /// When the app was added; empty if there is none.
    pub added_at: String,
    /// How many recovery codes are left.
    pub codes_left: u32,
    /// The secret for a new app, if there is none.
    pub offer: Option<ShownOffer>,
}

/// The secret for a new app.
#[derive(Clone, Debug, Serialize)]
pub struct ShownOffer {
    /// The sealed offer, which the form sends back.
    pub sealed: String,
    /// The secret, for an app that is on the same device or has no camera.
    pub secret: String,
    /// The address that the QR code contains.
    pub address: String,
    /// The QR code.
    pub qr: DrawnCode,
}

impl Page for AccountAuthenticatorApp {
    const TEMPLATE: &'static str = "account/authenticator_app.html";
    const SCREEN: &'static str = "account-authenticator-app";
}

/// `GET /account/authenticator-app`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`StrongMember`
/// sends a person without a second factor to ⑪.)
pub async fn get(member: StrongMember) -> Result<Response, PageRefusal> {
    show(&member, None, None).await
}

/// `POST /account/authenticator-app`: adds the app that has the offered secret, or removes
/// the app. An app that was removed already is treated as absent, not as an error.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// is unreachable.
pub async fn post(member: StrongMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    if let Some(refused) = member.too_weak().await? {
        return show(&member, None, Some(refused)).await;
    }
    let (app, brand, account) = (&member.app, &member.brand, &member.live.account);
    match form.action() {
        "add_app" => add(&member, &form).await,
        "remove" => {
            authenticator_app::remove(app, brand, account).await?;
            Ok(page::done(PLACE, "removed").into_response())
        }
        _ => Ok(Redirect::to(PLACE).into_response()),
    }
}

async fn add(member: &Member, form: &Form) -> Result<Response, PageRefusal> {
    let (app, brand, account) = (&member.app, &member.brand, &member.live.account);
    let Some(offer) = authenticator_app::offered(app, brand, account, form.get("offer"))? else {
        return show(member, None, Some(wrong("app-offer-expired"))).await;
    };
    let typed = (&offer, form.get("code"));
    match authenticator_app::add(app, brand, account, typed).await? {
        Guess::Right => Ok(page::done(PLACE, "added").into_response()),
        Guess::Wrong(code) => show(member, Some(offer), Some(wrong(code))).await,
        Guess::TooMany => {
            let refused = wrong("login-code-cooling-down");
            show(member, Some(offer), Some(refused)).await
        }
    }
}

/// The status and the error of a code that is wrong.
fn wrong(code: &'static str) -> (StatusCode, FieldErrors) {
    (page::FILLED_IN_WRONGLY, FieldErrors::one("code", code))
}

/// Shows the app, or `offered` (by default a new offer) if there is none.
async fn show(
    member: &Member,
    offered: Option<Offer>,
    refused: Option<(StatusCode, FieldErrors)>,
) -> Result<Response, PageRefusal> {
    let (app, account) = (&member.app, &member.live.account);
    let stored = app.store.authenticator_apps().of(&account.id).await?;
    let offer = match (&stored, offered) {
        (Some(_), _) => None,
        (None, Some(offer)) => Some(offer),
        (None, None) => Some(authenticator_app::offer(app, &member.brand, account)?),
    };
    let page = AccountAuthenticatorApp {
        email: account.email.clone(),
        added_at: stored
            .map(|stored| page::minute(stored.added_at))
            .unwrap_or_default(),
        codes_left: account.enrolled.recovery_codes,
        offer: offer.as_ref().map(shown).transpose()?,
    };
    let shell = page::told(member.shell(PLACE), &member.url, NOTICES);
    let (status, errors) = refused.unwrap_or((StatusCode::OK, FieldErrors::none()));
    member.show(status, &shell.errors(errors), &page)
}

fn shown(offer: &Offer) -> Result<ShownOffer, crate::fault::Fault> {
    let address = offer.app.address().unwrap_or_default();
    Ok(ShownOffer {
        sealed: offer.sealed.clone(),
        secret: offer.app.secret_in_groups(),
        qr: qr_code::drawn(&address)?,
        address,
    })
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = |added_at: &str, codes_left, offer| AccountAuthenticatorApp {
            email: stage.of("f.enrirtest2019@gmail.com"),
            added_at: added_at.to_owned(),
            codes_left,
            offer,
        };
        let offer = || {
            let address = "otpauth://totp/id.toyota.jp:f.enrirtest2019%40gmail.com\
                ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=id.toyota.jp";
            let drawn = qr_code::drawn(address).unwrap();
            Some(ShownOffer {
                sealed: stage.of("sealed"),
                secret: stage.of("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"),
                address: stage.of(address),
                qr: DrawnCode {
                    view_box: drawn.view_box,
                    path: stage.of(&drawn.path),
                },
            })
        };
        let none = || page("", 0, offer());
        stage.show("account-authenticator-app-none", stage.shell(), &none());
        let wrong = FieldErrors::one("code", "app-code-wrong");
        let wrong = stage.shell().errors(wrong);
        stage.show("account-authenticator-app-error", wrong, &none());
        let added = texts::text(stage.locale, "app-added", &[]);
        let added = stage.shell().notice(added);
        let at = stage.of("2026-11-22 21:05");
        stage.show(
            "account-authenticator-app-added",
            added,
            &page(&at, 0, None),
        );
        let one = page(&at, 8, None);
        stage.show("account-authenticator-app", stage.shell(), &one);
    }
}
