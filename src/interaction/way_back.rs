//! The way back to ⑫ for who left it to change their birthdate on a page of their own.
//! It is kept with the login for as long as an interaction lasts, and leads back only
//! while the service still waits for its answer.

use axum::response::{IntoResponse as _, Redirect, Response};
use serde::{Deserialize, Serialize};

use super::state::{self, Interaction};
use super::visit::Visit;
use crate::accounts::account::Account;
use crate::accounts::birthdate::Birthdate;
use crate::app::App;
use crate::documents;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::sessions::browser::{Browser, LiveSession};

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    interaction: String,
    url: String,
}

/// The way back, which leads somewhere.
#[derive(Debug)]
pub struct WayBack {
    /// ⑫ of the interaction.
    pub url: String,
    interaction: Interaction,
    stored: Vec<u8>,
}

/// Leaves ⑫ for the account page at `path`, and keeps the return link.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn leave_for(mut visit: Visit, path: &str) -> Result<Response, PageRefusal> {
    let kept = Kept {
        interaction: visit.interaction.id.clone(),
        url: visit.url("profile")?,
    };
    if let Some(live) = &visit.session {
        let (key, kept) = (key_of(live), serde_json::to_vec(&kept)?);
        let life = visit.app.config.interactions.lifetime;
        let ephemeral = &visit.app.ephemeral;
        ephemeral.put(Key::Change(&key), &kept, life).await?;
    }
    Ok(visit.dress(Redirect::to(path).into_response()))
}

impl WayBack {
    /// That of who is logged in here.
    ///
    /// # Errors
    /// If short-lived state cannot be reached.
    pub async fn of(
        app: &App,
        live: &LiveSession,
        browser: &Browser,
    ) -> Result<Option<Self>, Fault> {
        let kept = app.ephemeral.get(Key::Change(&key_of(live))).await?;
        let Some(kept) = kept else {
            return Ok(None);
        };
        let kept: Kept = serde_json::from_slice(&kept)?;
        let found = state::load(app, &kept.interaction).await?;
        let found = found.filter(|(interaction, _)| {
            !interaction.answered && interaction.browser == Some(browser.fingerprint())
        });
        Ok(found.map(|(interaction, stored)| Self {
            url: kept.url,
            interaction,
            stored,
        }))
    }

    /// The account was saved with this birthdate, over the version that `before` has.
    /// What ⑫ held of it was seen by the person who changed it: that is no change of
    /// somebody else's, and ⑬ must not write the old date back.
    ///
    /// # Errors
    /// If short-lived state cannot be reached.
    pub async fn tell(mut self, app: &App, before: &Account, born: Birthdate) -> Result<(), Fault> {
        let filled_in = self.interaction.service_profile.as_mut();
        let Some(filled_in) = filled_in
            .filter(|filled| filled.account_id == before.id && filled.version == before.version)
        else {
            return Ok(());
        };
        filled_in.version += 1;
        filled_in.typed.birthdate_year = born.year().to_string();
        filled_in.typed.birthdate_month = born.month().to_string();
        filled_in.typed.birthdate_day = born.day().to_string();
        let key = Key::Interaction(&self.interaction.id);
        let (new, life) = (
            documents::rewritten(&self.stored, &self.interaction)?.into_bytes(),
            self.interaction.life(app),
        );
        // If another tab was first, ⑬ shows the change as one from elsewhere.
        app.ephemeral
            .swap(key, Some(&self.stored), &new, life)
            .await?;
        Ok(())
    }
}

fn key_of(live: &LiveSession) -> String {
    format!("way-back:{}", live.session.sid)
}
