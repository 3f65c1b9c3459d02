//! ⑦ Password, phone numbers and address.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::accounts::field_errors::FieldErrors;
use crate::accounts::postal_address::PREFECTURES;
use crate::accounts::registration::{DetailsOrigin, RawDetails, RegistrationDraft};
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::registration_draft;
use crate::interaction::registration_draft::LateForm;
use crate::interaction::visit::Visit;
use crate::locale::Locale;
use crate::pages::Page;
use crate::screens::address_search::{self, AddressFound, Searched};
use crate::screens::form::Form;
use crate::screens::new_password::{self, PasswordRules};
use crate::screens::page;
use crate::secret::Secret;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Details {
    /// The verified e-mail address.
    pub email: String,
    /// Whether a password was set already.
    pub password_set: bool,
    /// The rules for a password.
    #[serde(flatten)]
    pub rules: PasswordRules,
    /// Whether the fields hold what was typed in an earlier registration, which was lost.
    pub restored: bool,
    /// The name of the client that pushed prefilled values, if any.
    pub prefilled_by: Option<String>,
    /// The fields as typed or prefilled.
    pub values: RawDetails,
    /// The prefectures to choose from.
    pub prefectures: Vec<PrefectureChoice>,
    /// Sentences beside fields with a second value; always empty on this page.
    pub told: BTreeMap<&'static str, String>,
    /// The result of the search by postal code.
    pub found: AddressFound,
}

/// A prefecture in the list.
#[derive(Clone, Debug, Serialize)]
pub struct PrefectureChoice {
    /// The value of the option, which is stored: the Japanese name.
    pub value: &'static str,
    /// The name shown, in the language of the page.
    pub name: &'static str,
}

impl Page for Details {
    const TEMPLATE: &'static str = "registration/details.html";
    const SCREEN: &'static str = "registration-details";
}

/// `GET …/registration/details`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if !super::may_give_details(&visit.step()) {
        return proceed(visit).await;
    }
    // Values that the client pushed may be invalid; the errors are shown before the person
    // has typed anything.
    let errors = visit
        .interaction
        .draft
        .errors_at_first(visit.app.clock.now());
    show(&mut visit, StatusCode::OK, errors, AddressFound::default())
}

/// `POST …/registration/details`. The form is long: if the interaction expired while it was
/// filled in, the values are kept until the person is back on ⑦.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable. `Fault::Busy` if too many passwords wait to be hashed.
pub async fn post(
    late: LateForm,
    visit: Result<Visit, Response>,
    form: Form,
) -> Result<Response, PageRefusal> {
    let mut visit = match visit {
        Ok(visit) => visit,
        Err(instead) => {
            late.keep(form.token(), typed(&form)).await?;
            return Ok(instead);
        }
    };
    visit.check_form(form.token())?;
    if !super::may_give_details(&visit.step()) {
        return proceed(visit).await;
    }
    if form.action() == "back" {
        return visit.see_other("registration/email");
    }
    if form.action() == "discard" {
        return discard_restored(visit).await;
    }
    let typed = typed(&form);
    if !visit
        .interaction
        .draft
        .email_is_proven(visit.app.clock.now())
    {
        give(&mut visit, typed, Password::default(), Then::Stay).await?;
        return super::email::ask_again(&mut visit).await;
    }
    if let Some(searched) = address_search::searched(&form, &typed) {
        return show_searched(&mut visit, searched, form.secret("new_password")).await;
    }
    let password = Password::of(&visit, &typed, form.secret("new_password")).await?;
    let errors = give(&mut visit, typed, password, Then::GoOn).await?;
    if errors.is_empty() && visit.interaction.draft.password_hash.is_some() {
        return proceed(visit).await;
    }
    show(
        &mut visit,
        page::FILLED_IN_WRONGLY,
        errors,
        AddressFound::default(),
    )
}

/// Shows the page after an address search. Other typed values are kept. A password cannot
/// be shown again, so it is checked now and its hash is kept.
async fn show_searched(
    visit: &mut Visit,
    searched: Searched,
    secret: Secret,
) -> Result<Response, PageRefusal> {
    let password = if secret.expose().is_empty() {
        Password::default()
    } else {
        Password::of(visit, &searched.values, secret).await?
    };
    let mut errors = password.errors.clone();
    errors.0.extend(searched.errors.0);
    give(visit, searched.values, password, Then::Stay).await?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        page::FILLED_IN_WRONGLY
    };
    show(visit, status, errors, searched.found)
}

/// Returns the fields as sent, without the birthdate, which only ⑫ asks for.
fn typed(form: &Form) -> RawDetails {
    RawDetails::read(|field| {
        let belongs_here = !field.starts_with("birthdate");
        belongs_here.then(|| form.get(field).to_owned())
    })
}

/// Discards the values typed in an earlier registration.
async fn discard_restored(mut visit: Visit) -> Result<Response, PageRefusal> {
    visit
        .save(|interaction| {
            let claims = &interaction.request.prefill;
            interaction.draft.discard_restored(claims);
        })
        .await?;
    registration_draft::keep(&mut visit).await?;
    visit.see_other("registration/details")
}

/// The password as sent: its hash if it is lawful, else its errors. Both are empty if no
/// password was sent and none is needed.
#[derive(Default)]
struct Password {
    hash: Option<String>,
    errors: FieldErrors,
}

impl Password {
    /// Checks the password and hashes it.
    async fn of(visit: &Visit, typed: &RawDetails, secret: Secret) -> Result<Self, PageRefusal> {
        if secret.expose().is_empty() && visit.interaction.draft.password_hash.is_some() {
            return Ok(Self::default());
        }
        let policy = visit.app.config.registration.password_policy;
        let draft = RegistrationDraft {
            details: typed.clone(),
            ..visit.interaction.draft.clone()
        };
        let errors = new_password::errors(policy, &secret, &draft.password_owner());
        if !errors.is_empty() {
            return Ok(Self { hash: None, errors });
        }
        Ok(Self {
            hash: Some(visit.app.passwords.hash(secret).await?),
            errors,
        })
    }
}

/// What follows if everything on the form is lawful.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// ⑦ is done.
    GoOn,
    /// ⑦ is shown again.
    Stay,
}

/// Saves the form in one step, and says what is wrong with it. The hash of a lawful password
/// is kept even if another field is wrong: the password is never sent back, and the person
/// need not type it twice.
async fn give(
    visit: &mut Visit,
    typed: RawDetails,
    password: Password,
    then: Then,
) -> Result<FieldErrors, PageRefusal> {
    let now = visit.app.clock.now();
    let errors = visit
        .save(|interaction| {
            let (draft, progress) = (&mut interaction.draft, &mut interaction.progress);
            if let Some(hash) = &password.hash {
                draft.password_hash = Some(hash.clone());
            }
            let mut errors = password.errors.clone();
            let given = draft.give_details(typed.clone(), now);
            errors.0.extend(given.err().unwrap_or_default().0);
            progress.withdraw_details();
            if then == Then::GoOn && errors.is_empty() && draft.password_hash.is_some() {
                progress.give_details();
            }
            errors
        })
        .await?;
    registration_draft::keep(visit).await?;
    Ok(errors)
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    errors: FieldErrors,
    found: AddressFound,
) -> Result<Response, PageRefusal> {
    let policy = visit.app.config.registration.password_policy;
    let draft = &visit.interaction.draft;
    let is_prefilled = !draft.prefilled.is_empty();
    let page = Details {
        email: super::address(visit),
        password_set: draft.password_hash.is_some(),
        rules: PasswordRules::of(policy),
        restored: draft.origin == DetailsOrigin::Restored,
        prefilled_by: is_prefilled.then(|| page::client_name(visit)),
        values: draft.details.clone(),
        prefectures: prefectures(visit.locale),
        told: BTreeMap::new(),
        found,
    };
    let shell = page::shell(visit, "registration/details")?.errors(errors);
    let shell = page.rules.named_in(shell);
    page::show(visit, status, &shell, &page)
}

pub(in crate::screens) fn prefectures(locale: Locale) -> Vec<PrefectureChoice> {
    let choice = |prefecture: &crate::accounts::postal_address::Prefecture| PrefectureChoice {
        value: prefecture.name,
        name: match locale {
            Locale::Ja => prefecture.name,
            Locale::En => prefecture.name_en,
        },
    };
    PREFECTURES.iter().map(choice).collect()
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::password::PasswordPolicy;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        stage.show("details", stage.shell(), &details(stage, false));
        let mut wrong = FieldErrors::one("new_password", "password-too-short");
        wrong.add("new_password", "password-needs-digit");
        let wrong = stage
            .shell()
            .errors(wrong)
            .error_value("min", 8)
            .error_value("max", 20);
        stage.show("details-error", wrong, &details(stage, true));
        let mut restored = details(stage, false);
        restored.restored = true;
        restored.prefilled_by = None;
        let wrong = FieldErrors::one("home_phone", "home-phone-length");
        stage.show("details-restored", stage.shell().errors(wrong), &restored);
        for sentence in ["filled", "choose", "differs"] {
            let mut page = details(stage, true);
            page.found = address_found(stage, sentence);
            stage.show(&format!("details-{sentence}"), stage.shell(), &page);
        }
    }

    fn details(stage: &Stage<'_>, password_set: bool) -> Details {
        let policy = if password_set {
            PasswordPolicy::Modern
        } else {
            PasswordPolicy::Seed2020
        };
        Details {
            email: stage.of("f.enrirtest2019@gmail.com"),
            password_set,
            rules: PasswordRules::of(policy),
            restored: false,
            prefilled_by: Some(stage.of("TOYOTA OWNER’S SITE")),
            values: RawDetails {
                family_name: stage.of("豊田"),
                prefecture: "愛知県".to_owned(),
                city: stage.of("名古屋市中区豊田"),
                block: stage.of("1-2-3"),
                ..RawDetails::default()
            },
            prefectures: vec![PrefectureChoice {
                value: "愛知県",
                name: if stage.locale == Locale::Ja {
                    "愛知県"
                } else {
                    "Aichi"
                },
            }],
            told: std::collections::BTreeMap::new(),
            found: AddressFound::default(),
        }
    }

    fn address_found(stage: &Stage<'_>, sentence: &'static str) -> AddressFound {
        let choices = ["愛知県弥富市", "三重県桑名郡木曽岬町"];
        let choices = choices.map(|choice| stage.of(choice));
        AddressFound {
            sentence,
            choices: match sentence {
                "filled" => Vec::new(),
                _ => choices.to_vec(),
            },
        }
    }
}
