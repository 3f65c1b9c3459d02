//! Keeps an unfinished registration: its address and what was typed on ⑦. The draft
//! outlives the interaction, so that nobody types it twice after an hour, and it is sealed.
//! It holds neither the password nor the proof of the mailbox. It is shown again only in
//! the same browser and after the same mailbox was proven again, since a computer may have
//! several users. A browser has one draft at most.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::visit::Visit;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::registration::{DetailsOrigin, RawDetails};
use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::seal::Purpose;
use crate::sessions::browser::Browser;

/// The longest draft that is kept, sealed; what people type is shorter.
const LONGEST: usize = 16 * 1024;

/// The draft as stored.
#[derive(Clone, Serialize, Deserialize)]
struct KeptDraft {
    /// The id of the interaction it belonged to last.
    interaction: String,
    /// ⑤ The address that was proven in that interaction.
    email: EmailAddress,
    /// ⑦ as it was submitted last, valid or not.
    details: Option<RawDetails>,
    /// When it expires. Reading it does not prolong it.
    until: Timestamp,
}

/// The place of one browser's draft.
struct Place<'a> {
    app: &'a App,
    brand: &'a Brand,
    /// The browser's fingerprint.
    browser: String,
}

impl Place<'_> {
    async fn find(&self) -> Result<Option<KeptDraft>, Fault> {
        let key = Key::RegistrationDraft(&self.browser);
        let Some(bytes) = self.app.ephemeral.get(key).await? else {
            return Ok(None);
        };
        let opened = std::str::from_utf8(&bytes).ok().and_then(|sealed| {
            let (purpose, context) = (Purpose::RegistrationDraft, self.context());
            self.app.sealer.open(purpose, context.as_bytes(), sealed)
        });
        let kept: Option<KeptDraft> = opened.and_then(|plain| serde_json::from_slice(&plain).ok());
        Ok(kept.filter(|kept| kept.until > self.app.clock.now()))
    }

    async fn keep(&self, kept: &KeptDraft) -> Result<(), Fault> {
        let plain = serde_json::to_vec(kept)?;
        let (purpose, context) = (Purpose::RegistrationDraft, self.context());
        let (sealer, random) = (&self.app.sealer, &self.app.random);
        let sealed = sealer.seal(purpose, context.as_bytes(), &plain, random)?;
        let life = kept.until.since(self.app.clock.now());
        let key = Key::RegistrationDraft(&self.browser);
        if sealed.len() > LONGEST {
            return Ok(());
        }
        match self.app.ephemeral.put(key, sealed.as_bytes(), life).await {
            // The registration goes on without a draft.
            Err(Fault::Full) => Ok(()),
            other => other,
        }
    }

    async fn forget(&self) -> Result<(), Fault> {
        let key = Key::RegistrationDraft(&self.browser);
        self.app.ephemeral.remove(key).await
    }

    fn context(&self) -> String {
        format!("{}:{}", self.brand.name, self.browser)
    }
}

/// ⑥: the mailbox is proven. What its owner typed into ⑦ in this browser before is shown
/// again; what belongs to another address is dropped.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn resume(visit: &mut Visit) -> Result<(), PageRefusal> {
    let Some(email) = visit.interaction.draft.email.clone() else {
        return Ok(());
    };
    let before = place_of(visit).find().await?;
    let before = before.filter(|kept| kept.email.key() == email.key());
    let Some((typed, until)) = before.and_then(|kept| Some((kept.details?, kept.until))) else {
        return keep(visit).await;
    };
    let now = visit.app.clock.now();
    visit
        .save(|interaction| interaction.draft.restore_details(typed.clone(), now))
        .await?;
    keep_until(visit, until).await
}

/// Stores the draft after ⑥ or ⑦ was submitted.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn keep(visit: &mut Visit) -> Result<(), PageRefusal> {
    let life = visit.app.config.registration.draft_lifetime;
    let until = visit.app.clock.now().after(life);
    keep_until(visit, until).await
}

async fn keep_until(visit: &mut Visit, until: Timestamp) -> Result<(), PageRefusal> {
    let draft = &visit.interaction.draft;
    let Some(email) = draft.email.clone() else {
        return Ok(());
    };
    let is_typed = draft.origin != DetailsOrigin::Untouched;
    let kept = KeptDraft {
        interaction: visit.interaction.id.clone(),
        email,
        details: is_typed.then(|| draft.details.clone()),
        until,
    };
    place_of(visit).keep(&kept).await?;
    Ok(())
}

/// Removes the draft: the registration was finished or given up.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn forget(visit: &Visit) -> Result<(), Fault> {
    place_of(visit).forget().await
}

/// Fills in the address that was proven in the interaction `lost`, which begins anew
/// here. A person who only comes to register does not see it.
pub(super) async fn resume_address(visit: &mut Visit, lost: &str) -> Result<(), PageRefusal> {
    let kept = place_of(visit).find().await?;
    match kept.filter(|kept| kept.interaction == lost) {
        Some(kept) => {
            visit
                .save(|interaction| interaction.draft.name_email(kept.email.clone()))
                .await
        }
        None => Ok(()),
    }
}

fn place_of(visit: &Visit) -> Place<'_> {
    Place {
        app: &visit.app,
        brand: &visit.brand,
        browser: visit.browser.fingerprint(),
    }
}

/// A submitted form whose interaction may be lost.
#[derive(Debug)]
pub struct LateForm {
    app: SharedApp,
    brand: RequestBrand,
    browser: Browser,
    interaction: String,
}

impl FromRequestParts<SharedApp> for LateForm {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Response> {
        let brand = RequestBrand::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let named = params.iter().find(|(name, _)| *name == "interaction");
        Ok(Self {
            app: app.clone(),
            browser: Browser::of(app, &brand, &parts.headers),
            brand,
            interaction: named.map_or("", |(_, id)| id).to_owned(),
        })
    }
}

impl LateForm {
    /// Stores a ⑦ that was submitted after its interaction was lost, if this browser was
    /// given the form and a mailbox was proven in that interaction.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn keep(&self, token: &str, typed: RawDetails) -> Result<(), Fault> {
        if !self.browser.owns_form(&self.app, &self.interaction, token) {
            return Ok(());
        }
        let place = Place {
            app: &self.app,
            brand: &self.brand,
            browser: self.browser.fingerprint(),
        };
        let kept = place.find().await?;
        let Some(kept) = kept.filter(|kept| kept.interaction == self.interaction) else {
            return Ok(());
        };
        let late = KeptDraft {
            details: Some(typed),
            ..kept
        };
        place.keep(&late).await
    }
}
