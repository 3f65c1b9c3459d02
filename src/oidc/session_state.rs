//! `session_state` (OpenID Connect Session Management 1.0 §3), with which a client checks
//! in a frame of ours whether the user is still logged in. It binds the browser's login
//! state to the client and its origin, so that no other page can use it.

use url::{Origin, Url};

use super::client::ClientId;
use crate::sha256::sha256_hex;

/// Returns the `session_state` for a response to `redirect_uri`. `browser_state` is the
/// value stored in the browser, empty if no user is logged in. Returns `None` if the
/// redirect URI has no web origin, because such a client has no page that could load the
/// frame.
///
/// The script of `templates/check_session.js` computes the same value (§3.2).
#[must_use]
pub fn session_state(
    client_id: &ClientId,
    redirect_uri: &str,
    browser_state: &str,
    salt: &str,
) -> Option<String> {
    let origin = match Url::parse(redirect_uri).ok()?.origin() {
        origin @ Origin::Tuple(..) => origin.ascii_serialization(),
        Origin::Opaque(_) => return None,
    };
    let said = format!("{client_id} {origin} {browser_state} {salt}");
    Some(format!("{}.{salt}", sha256_hex(said.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(client: &str, uri: &str, state: &str, salt: &str) -> Option<String> {
        session_state(&ClientId(client.to_owned()), uri, state, salt)
    }

    #[test]
    fn a_state_is_the_hash_of_client_origin_browser_and_salt() {
        let expected = sha256_hex(b"c https://rp.example:8443 state salt");
        assert_eq!(
            of("c", "https://rp.example:8443/cb?x=1", "state", "salt"),
            Some(format!("{expected}.salt"))
        );
        // The origin is written as browsers write it.
        let plain = sha256_hex(b"c https://rp.example  salt");
        let stated = of("c", "https://RP.example:443/cb", "", "salt");
        assert_eq!(stated, Some(format!("{plain}.salt")));
    }

    #[test]
    fn it_differs_with_whatever_goes_in() {
        let state = of("c", "https://rp.example/cb", "state", "salt");
        for other in [
            of("d", "https://rp.example/cb", "state", "salt"),
            of("c", "https://rp2.example/cb", "state", "salt"),
            of("c", "https://rp.example/cb", "", "salt"),
            of("c", "https://rp.example/cb", "state", "pepper"),
        ] {
            assert_ne!(other, state);
        }
    }

    #[test]
    fn an_app_without_an_origin_is_given_none() {
        assert_eq!(of("c", "com.example.app:/cb", "state", "salt"), None);
    }
}
