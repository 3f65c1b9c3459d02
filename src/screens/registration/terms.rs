//! ④ What the common ID is, and its terms. Also shown when the terms have changed.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::accounts::consent;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::registration::AgreedTerms;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::dealer_linking::consent_context;
use crate::interaction::proceed::proceed;
use crate::interaction::registration_draft;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::texts;

/// The catalogue keys of the services that the seed names on ④.
const SERVICES: [&str; 4] = [
    "terms-service-1",
    "terms-service-2",
    "terms-service-3",
    "terms-service-4",
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Terms {
    /// Whether the user agreed to an earlier version already.
    pub changed: bool,
    /// The version in force.
    pub version: String,
    /// The names of the services that can be used with the ID.
    pub services: Vec<String>,
    /// The day from which the terms apply, if the agreement can wait until then.
    pub in_force_from: Option<String>,
}

impl Page for Terms {
    const TEMPLATE: &'static str = "registration/terms.html";
    const SCREEN: &'static str = "terms";
}

/// `GET …/terms`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if super::is_under_way(&visit) || visit.step() == Step::Terms {
        return show(&mut visit, StatusCode::OK, FieldErrors::none());
    }
    proceed(visit).await
}

/// `POST …/terms`: agree, agree later, or log in instead.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let registers = super::is_under_way(&visit);
    if !registers && visit.step() != Step::Terms {
        return proceed(visit).await;
    }
    if registers && form.action() == "login" {
        visit
            .save(|interaction| interaction.progress.choose_existing())
            .await?;
        registration_draft::forget(&visit).await?;
        return proceed(visit).await;
    }
    let account = visit.session.as_ref().map(|live| live.account.id.clone());
    if let ("later", Some(_), Some(account)) =
        (form.action(), visit.terms_may_wait_until(), account)
        && !registers
    {
        visit
            .save(|interaction| interaction.progress.postpone_terms(account.as_str()))
            .await?;
        return proceed(visit).await;
    }
    // The person agrees only to the version that the page showed.
    if form.get("terms_version") != visit.brand.terms.version {
        return show(
            &mut visit,
            StatusCode::CONFLICT,
            FieldErrors::one("terms", "terms-changed"),
        );
    }
    if form.get("terms") != "agree" {
        return show(
            &mut visit,
            page::FILLED_IN_WRONGLY,
            FieldErrors::one("terms", "terms-missing"),
        );
    }
    if registers {
        agree_before_registration(&mut visit).await?;
    } else {
        agree_again(&mut visit).await?;
    }
    proceed(visit).await
}

/// Returns the terms that this visit shows.
fn shown(visit: &Visit) -> AgreedTerms {
    let terms = &visit.brand.terms;
    AgreedTerms {
        version: terms.version.clone(),
        hash: terms.text(visit.locale).hash.clone(),
        locale: terms.shown_in(visit.locale),
        at: visit.app.clock.now(),
    }
}

async fn agree_before_registration(visit: &mut Visit) -> Result<(), PageRefusal> {
    let terms = shown(visit);
    visit
        .save(|interaction| {
            interaction.progress.agree_to_terms(terms.version.as_str());
            interaction.draft.agree_to_terms(terms.clone());
        })
        .await
}

/// Records the agreement of an account that agreed to an earlier version.
async fn agree_again(visit: &mut Visit) -> Result<(), Fault> {
    let terms = shown(visit);
    let context = consent_context(visit);
    let app = visit.app.clone();
    let Some(live) = &mut visit.session else {
        return Err(Fault::because("the terms were agreed to by nobody"));
    };
    let given = consent::terms(&live.account, &terms, &context, app.random.id());
    app.store
        .accounts()
        .agree_to_terms(&live.account.id, &terms.version, &given, terms.at)
        .await?;
    live.account.terms_version = Some(terms.version);
    Ok(())
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let changed = !super::is_under_way(visit);
    let may_wait_until = visit.terms_may_wait_until().filter(|_| changed);
    let page = Terms {
        changed,
        in_force_from: may_wait_until.map(page::day),
        version: visit.brand.terms.version.clone(),
        services: SERVICES
            .map(|key| texts::text(visit.locale, key, &[]))
            .to_vec(),
    };
    let shell = page::shell(visit, "terms")?.errors(errors);
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let services = || {
            [
                "my route",
                "TOYOTA SHARE",
                "TCスマホナビ",
                "MyTOYOTA for T-Connect",
            ]
            .map(|name| stage.of(name))
            .to_vec()
        };
        let terms = |changed| Terms {
            changed,
            version: stage.of("2026-11-01"),
            services: services(),
            in_force_from: None,
        };
        stage.show("terms", stage.shell(), &terms(false));
        stage.show("terms-changed", stage.shell(), &terms(true));
        let later = Terms {
            in_force_from: Some("2027-04-01".to_owned()),
            ..terms(true)
        };
        stage.show("terms-changed-later", stage.shell(), &later);
        let unticked = FieldErrors::one("terms", "terms-missing");
        stage.show("terms-error", stage.shell().errors(unticked), &terms(false));
    }
}
