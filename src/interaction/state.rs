//! The state of an interaction: in short-lived state from the person's first action, and
//! before that only as the sealed copy in the page's URL, so a login that is only begun
//! costs no store anything (`docs/decisions/0001-a-login-begun-costs-nothing.md`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::factors::Strength;
use crate::accounts::one_time_code::SentCodes;
use crate::accounts::registration::{RawDetails, RegistrationDraft};
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::oidc::authorization_request::{
    AuthorizationRequest, RawAuthorizationRequest, Requester,
};
use crate::oidc::client::ClientId;
use crate::oidc::steps::Progress;
use crate::seal::Purpose;

/// How long an answered interaction is kept, so that a double submit or a reload gets the
/// same answer.
const ANSWERED_LIFE: Duration = Duration::from_secs(120);

/// One pending authorization request and what its person has done so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interaction {
    /// 128 random bits as base64url.
    pub id: String,
    /// The brand under which it runs, by name.
    pub brand: String,
    /// When the request arrived.
    pub started_at: Timestamp,
    /// The checked authorization request.
    pub request: AuthorizationRequest,
    /// The reference of a pushed request, where a version before 2026-12 writes and reads it.
    pushed_as: Option<String>,
    /// The steps that the person has done.
    pub progress: Progress,
    /// The registration in progress.
    pub draft: RegistrationDraft,
    /// The notices of ⑩ that the person agreed to, as they were shown, by dealer code.
    #[serde(default)]
    pub notices_read: BTreeMap<String, NoticeRead>,
    /// The codes sent as a second factor.
    #[serde(default)]
    pub second_factor: SecondFactorCodes,
    /// The recovery of a forgotten password, if one is in progress.
    #[serde(default)]
    pub recovery: Option<Recovery>,
    /// The closed account whose owner logged in and may open it again.
    #[serde(default)]
    pub reopening: Option<Reopening>,
    /// ⑫ in progress: the claims that the service needs, as filled in.
    #[serde(default)]
    pub service_profile: Option<ServiceProfile>,
    /// The fingerprint of the browser it belongs to, from the person's first action on.
    pub browser: Option<String>,
    /// Whether the client was answered.
    pub answered: bool,
}

/// The recovery of a forgotten password.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Recovery {
    /// The login ID as typed.
    pub login_id: String,
    /// The codes sent to that login ID.
    pub codes: SentCodes,
    /// When the right code was given.
    pub proven_at: Option<Timestamp>,
    /// Whether the new password was set: the page that confirms it may be shown.
    pub done: bool,
}

/// A closed account whose owner authenticated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// The id of the account.
    pub account_id: String,
    /// When its owner authenticated.
    pub proven_at: Timestamp,
    /// By what.
    pub by: FirstFactor,
    /// Stands in for the hash of a session's secret, which only an open account has.
    #[serde(default)]
    pub session: String,
    /// The second factor that was given, if the owner asked for two steps at every login.
    #[serde(default)]
    pub second: Option<SecondGiven>,
}

/// A second factor that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondGiven {
    /// Its authentication methods (RFC 8176), separated by spaces.
    pub methods: String,
    /// When it was given.
    pub at: Timestamp,
    /// How strong it makes the login.
    pub strength: Strength,
}

/// By what a person authenticated on ⑪.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstFactor {
    /// The password.
    #[serde(rename = "password")]
    Password,
    /// A passkey.
    #[serde(rename = "passkey")]
    Passkey,
}

/// ⑫ as filled in, for one account at one version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServiceProfile {
    /// The id of the account.
    pub account_id: String,
    /// The version of the account that the person saw while filling it in.
    pub version: i64,
    /// The fields as typed.
    pub typed: RawDetails,
}

/// The dealer's notice that a person read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRead {
    /// The notice's version.
    pub version: String,
    /// The language of the page that showed it.
    pub locale: Locale,
}

/// The codes of a second factor, and the account they were sent to. For another account,
/// the codes begin anew.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SecondFactorCodes {
    account_id: String,
    codes: SentCodes,
    /// The hash of the session in which a code was given; that session was replaced.
    #[serde(default)]
    given_in: Option<String>,
}

impl SecondFactorCodes {
    /// Notes that the account gave a code, in the session with that hash.
    pub fn given(interaction: &mut Interaction, account_id: &str, session: &str) {
        Self::of(interaction, account_id);
        interaction.second_factor.given_in = Some(session.to_owned());
    }

    /// Whether the account gave a code in the session with that hash.
    #[must_use]
    pub fn was_given(interaction: &Interaction, account_id: &str, session: &str) -> bool {
        let kept = &interaction.second_factor;
        kept.account_id == account_id && kept.given_in.as_deref() == Some(session)
    }

    /// The codes sent to an account.
    pub fn of<'i>(interaction: &'i mut Interaction, account_id: &str) -> &'i mut SentCodes {
        let kept = &mut interaction.second_factor;
        if kept.account_id != account_id {
            *kept = Self {
                account_id: account_id.to_owned(),
                ..Self::default()
            };
        }
        &mut kept.codes
    }
}

impl Interaction {
    /// Makes an interaction that starts now.
    #[must_use]
    pub fn begin(id: String, brand: &Brand, request: AuthorizationRequest, now: Timestamp) -> Self {
        let draft = RegistrationDraft::prefilled(&request.prefill);
        let pushed_as = match &request.requester {
            Requester::Browser { pushed_as } => pushed_as.clone(),
            Requester::Device(_) | Requester::OwnPage(_) => None,
        };
        Self {
            id,
            brand: brand.name.clone(),
            started_at: now,
            request,
            pushed_as,
            progress: Progress::default(),
            draft,
            notices_read: BTreeMap::new(),
            recovery: None,
            reopening: None,
            service_profile: None,
            second_factor: SecondFactorCodes::default(),
            browser: None,
            answered: false,
        }
    }

    /// Reads a stored interaction, written by this version or the one before.
    fn from_bytes(bytes: &[u8]) -> serde_json::Result<Self> {
        let mut interaction: Self = serde_json::from_slice(bytes)?;
        let (request, pushed_as) = (&mut interaction.request, interaction.pushed_as.clone());
        let requester = request.requester.clone();
        request.requester =
            requester.or_as_stored_before(pushed_as, &request.client_id, &request.redirect_uri);
        Ok(interaction)
    }

    /// Marks the interaction as answered for as long as its URL can be opened, beyond the
    /// time for which it is kept itself: the URL does not bring it back.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub(super) async fn leave_tombstone(&self, app: &App) -> Result<(), Fault> {
        let until = self.started_at.after(app.config.interactions.lifetime);
        // Two nodes' clocks may differ by as much.
        let life = until.since(app.clock.now()) + ANSWERED_LIFE;
        app.ephemeral.put(Key::Answered(&self.id), b"", life).await
    }

    /// How long the interaction is kept from now on.
    #[must_use]
    pub fn life(&self, app: &App) -> Duration {
        if self.answered {
            ANSWERED_LIFE
        } else {
            app.config.interactions.lifetime
        }
    }
}

/// Whether an interaction that is no longer stored was answered. One that started less than
/// [`ANSWERED_LIFE`] ago would still be stored.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub(super) async fn was_answered(app: &App, copy: &SealedRequest) -> Result<bool, Fault> {
    if app.clock.now().since(copy.started_at) < ANSWERED_LIFE {
        return Ok(false);
    }
    let found = app.ephemeral.get(Key::Answered(&copy.id)).await?;
    Ok(found.is_some())
}

/// Reads a stored interaction, with the bytes that a later compare-and-swap must find.
///
/// # Errors
/// `Fault` if short-lived state is unreachable, or what it holds is no interaction.
pub async fn load(app: &App, id: &str) -> Result<Option<(Interaction, Vec<u8>)>, Fault> {
    let Some(bytes) = app.ephemeral.get(Key::Interaction(id)).await? else {
        return Ok(None);
    };
    Ok(Some((Interaction::from_bytes(&bytes)?, bytes)))
}

/// The sealed copy of a request that travels in the URLs of its pages. It contains what is
/// needed to begin again and no personal data: pushed prefill stays at the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealedRequest {
    /// The id of the interaction it was made for.
    pub id: String,
    /// When that interaction started.
    pub started_at: Timestamp,
    /// Who sent the request.
    #[serde(flatten)]
    pub requester: Requester,
    /// The parameters, to be checked again.
    pub raw: RawAuthorizationRequest,
}

impl SealedRequest {
    /// Seals the copy into the text for the URL.
    ///
    /// # Errors
    /// `Fault` if sealing fails.
    pub fn seal(&self, app: &App, brand: &Brand) -> Result<String, Fault> {
        let plain = serde_json::to_vec(self)?;
        app.sealer.seal(
            Purpose::InteractionUrl,
            brand.name.as_bytes(),
            &plain,
            &app.random,
        )
    }

    /// The client whose request it is.
    #[must_use]
    pub fn client_id(&self) -> ClientId {
        ClientId(self.raw.get("client_id").unwrap_or_default().to_owned())
    }

    /// Opens the text of a URL; `None` if this provider did not seal it for this brand.
    #[must_use]
    pub fn open(app: &App, brand: &Brand, text: &str) -> Option<Self> {
        let plain = app
            .sealer
            .open(Purpose::InteractionUrl, brand.name.as_bytes(), text)?;
        let sealed: Self = serde_json::from_slice(&plain).ok()?;
        let client_id = sealed.client_id();
        let redirect_uri = sealed.raw.get("redirect_uri").unwrap_or_default();
        let requester = sealed.requester.clone();
        let requester = requester.or_as_stored_before(None, &client_id, redirect_uri);
        Some(Self {
            requester,
            ..sealed
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::oidc::client::RESERVED;

    /// An interaction as a version before 2026-12 stored it.
    fn stored(request: Value, pushed_as: Value) -> Interaction {
        let mut whole = json!({
            "client_id": "maintenance", "redirect_uri": "https://rp.example/cb", "redirect_uri_given": true,
            "response_mode": "query", "scope": "openid", "state": null, "nonce": null,
            "code_challenge": null, "prompt": [], "max_age": null, "login_hint": null,
            "hinted_subject": null, "ui_locales": null, "claims": {}, "acr_values": [],
            "authorization_details": [], "prefill": {},
        });
        for (name, value) in request.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let stored = json!({
            "id": "i", "brand": "toyota", "started_at": 1000, "request": whole, "pushed_as": pushed_as,
            "progress": {}, "draft": {}, "browser": null, "answered": false,
        });
        Interaction::from_bytes(stored.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn an_interaction_that_an_older_node_stored_is_read_and_stored_for_it() {
        let browser = |pushed_as| Requester::Browser { pushed_as };
        let device = json!({"request": "r", "user_code": "WDJBMJHT"});
        let page = "https://rp.example/cb".to_owned();
        for (request, pushed_as, requester) in [
            (json!({}), json!(null), browser(None)),
            (json!({}), json!("p"), browser(Some("p".to_owned()))),
            (
                json!({"device": device}),
                json!(null),
                Requester::Device(serde_json::from_value(device.clone()).unwrap()),
            ),
            (
                json!({"client_id": RESERVED}),
                json!(null),
                Requester::OwnPage(page),
            ),
        ] {
            let interaction = stored(request.clone(), pushed_as.clone());
            assert_eq!(interaction.request.requester, requester);
            // An older node finds each member where it expects it.
            let again = serde_json::to_value(&interaction).unwrap();
            assert_eq!(again["pushed_as"], pushed_as);
            assert_eq!(again["request"]["device"], request["device"]);
            let read = Interaction::from_bytes(again.to_string().as_bytes()).unwrap();
            assert_eq!(read.request.requester, requester);
        }
    }
}
