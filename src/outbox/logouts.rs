//! Delivers logout tokens to the clients that took part in a session (OpenID Connect
//! Back-Channel Logout 1.0 §2.5). Each client has a few queues, so that one that is down or
//! slow gets few requests at a time and delays no other.

use reqwest::StatusCode;

use super::Outbox;
use super::events::unreadable;
use crate::documents;
use crate::fault::Fault;
use crate::keys::SigningKeys;
use crate::mail::Undelivered;
use crate::oidc::client::ClientId;
use crate::oidc::logout_token::{LogoutNotice, TYPE};
use crate::store::outbox::{Channel, NewMessage, logout_queues};

impl Outbox {
    /// Writes the notice that a session ended, which the store inserts in one transaction
    /// with the end of the session; call `wake` after that.
    ///
    /// # Errors
    /// `Fault` if the notice cannot be sealed.
    pub fn write_logout(&self, brand: &str, notice: &LogoutNotice) -> Result<NewMessage, Fault> {
        let queue = lane_of(&notice.aud, &notice.sid);
        let plain = serde_json::to_vec(notice)?;
        self.seal(Channel::Logout, brand, queue, &plain)
    }

    /// Sends the logout token to the client's currently registered URI.
    pub(super) async fn tell_of_logout(
        &self,
        plain: &[u8],
        keys: &SigningKeys,
    ) -> Result<Result<(), Undelivered>, Fault> {
        let Ok(notice) = serde_json::from_slice::<LogoutNotice>(plain) else {
            return Ok(unreadable());
        };
        let inner = &self.0;
        let stored = inner.store.clients().get(&notice.aud).await?;
        let Some(client) = stored.map(|stored| stored.client) else {
            return Ok(gone());
        };
        let Some(uri) = &client.backchannel_logout_uri else {
            return Ok(gone());
        };
        let token = serde_json::to_value(notice.token(inner.clock.now()))?;
        // With the claims that a newer version wrote.
        let token = documents::told_on::<LogoutNotice>(plain, token)?;
        let token = keys.sign(client.id_token_signed_response_alg, Some(TYPE), &token)?;
        let form = [("logout_token", token.as_str())];
        Ok(match inner.outgoing.post_form(uri, &form).await {
            Ok(status) => judge(status),
            Err(why) => Err(Undelivered::ForNow(why.to_string())),
        })
    }
}

/// Judges the response (§2.8): success is 200, or 204 of some frameworks; 400 is a
/// permanent failure.
fn judge(status: StatusCode) -> Result<(), Undelivered> {
    if status.is_success() {
        return Ok(());
    }
    let said = format!("the service answered {}", status.as_u16());
    Err(match status {
        StatusCode::BAD_REQUEST => Undelivered::ForEver(said),
        _ => Undelivered::ForNow(said),
    })
}

/// Returns the queue of a session; all logouts of one session use the same.
fn lane_of(client_id: &ClientId, sid: &str) -> Option<String> {
    let lanes = logout_queues(client_id);
    let sum = sid
        .bytes()
        .fold(0_usize, |sum, byte| sum.wrapping_add(byte.into()));
    lanes.get(sum.checked_rem(lanes.len())?).cloned()
}

fn gone() -> Result<(), Undelivered> {
    let why = "its client takes no logouts any more";
    Err(Undelivered::ForEver(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_answers_says_whether_it_is_asked_again() {
        let is_over = |status: u16| {
            let told = judge(StatusCode::from_u16(status).unwrap());
            told.map_err(|why| matches!(why, Undelivered::ForEver(_)))
        };
        for (status, expected) in [
            (200, Ok(())),
            (204, Ok(())),
            (400, Err(true)),
            (302, Err(false)),
            (401, Err(false)),
            (404, Err(false)),
            (429, Err(false)),
            (501, Err(false)),
            (503, Err(false)),
        ] {
            assert_eq!(is_over(status), expected, "{status}");
        }
    }

    #[test]
    fn a_login_keeps_its_lane() {
        let id = ClientId("a".to_owned());
        let lane = |sid| lane_of(&id, sid).unwrap();
        assert_eq!(lane("x1"), lane("x1"));
        assert_ne!(lane("x1"), lane("x2"));
        assert!(lane("x1").starts_with("a#"));
    }
}
