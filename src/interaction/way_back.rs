//! Return link from `/account/birthdate` to the interaction (screen ⑫) that the person
//! left. It is kept with the login for as long as an interaction lives, and is offered only
//! while the client still waits for its answer.

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

/// The return link as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    interaction: String,
    url: String,
}

/// A return link whose interaction still waits.
#[derive(Debug)]
pub struct WayBack {
    /// The URL of ⑫ of that interaction.
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
    /// Loads the return link of the logged-in session.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
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

    /// Tells the interaction that the account was saved with this birthdate, over the
    /// version that `before` has. The person who filled in ⑫ made this change, so ⑬ must
    /// not report it as a change from elsewhere, and must not write the old date back.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
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
        // If another tab changed the interaction first, ⑬ reports the change as one from
        // elsewhere.
        app.ephemeral
            .swap(key, Some(&self.stored), &new, life)
            .await?;
        Ok(())
    }
}

fn key_of(live: &LiveSession) -> String {
    format!("way-back:{}", live.session.sid)
}
