//! The client data (§5.8.1), in which the browser states the ceremony, the challenge and
//! the origin of the page. The authenticator signs its hash, so that it cannot be changed
//! on the way.

use serde::Deserialize;

use super::Expected;
use super::refused::Refused;

/// The two ceremonies of Web Authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ceremony {
    Registration,
    Authentication,
}

impl Ceremony {
    const fn name(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Authentication => "webauthn.get",
        }
    }
}

/// The members that are read. Unknown members are ignored, as §5.8.1 requires.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<String>,
}

/// Checks `clientDataJSON` (§7.1 and §7.2, steps 7 to 12 and 10 to 14).
pub(super) fn check(
    json: &[u8],
    ceremony: Ceremony,
    expected: &Expected<'_>,
) -> Result<(), Refused> {
    // "UTF-8 decode" of the Encoding standard removes a byte order mark.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let said: ClientData = serde_json::from_slice(json).map_err(|_| Refused::Unreadable)?;
    if said.r#type != ceremony.name() {
        return Err(Refused::Type);
    }
    if said.challenge != expected.challenge {
        return Err(Refused::Challenge);
    }
    if said.origin != expected.origin {
        return Err(Refused::Origin);
    }
    // Our pages are never shown in a frame.
    if said.cross_origin == Some(true) || said.top_origin.is_some() {
        return Err(Refused::CrossOrigin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const EXPECTED: Expected<'_> = Expected {
        challenge: "Y2hhbGxlbmdl",
        rp_id: "id.toyota.jp",
        origin: "https://id.toyota.jp",
    };

    fn said(changes: &Value) -> Vec<u8> {
        let mut said = json!({
            "type": "webauthn.get",
            "challenge": "Y2hhbGxlbmdl",
            "origin": "https://id.toyota.jp",
            "crossOrigin": false,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        });
        let members = said.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        said.to_string().into_bytes()
    }

    fn judged(json: &[u8]) -> Result<(), Refused> {
        check(json, Ceremony::Authentication, &EXPECTED)
    }

    #[test]
    fn what_was_asked_for_is_taken_and_nothing_else() {
        for (changes, judgement) in [
            (json!({}), Ok(())),
            (json!({"crossOrigin": null}), Ok(())),
            (json!({"type": "webauthn.create"}), Err(Refused::Type)),
            (json!({"type": "payment.get"}), Err(Refused::Type)),
            (json!({"challenge": "b3RoZXI"}), Err(Refused::Challenge)),
            (
                json!({"challenge": "Y2hhbGxlbmdl="}),
                Err(Refused::Challenge),
            ),
            (
                json!({"origin": "https://id.lexus.jp"}),
                Err(Refused::Origin),
            ),
            (
                json!({"origin": "http://id.toyota.jp"}),
                Err(Refused::Origin),
            ),
            (
                json!({"origin": "https://id.toyota.jp:8443"}),
                Err(Refused::Origin),
            ),
            (
                json!({"origin": "https://id.toyota.jp.evil.example"}),
                Err(Refused::Origin),
            ),
            (json!({"crossOrigin": true}), Err(Refused::CrossOrigin)),
            (
                json!({"topOrigin": "https://evil.example"}),
                Err(Refused::CrossOrigin),
            ),
            (json!({"origin": null}), Err(Refused::Unreadable)),
            (json!({"challenge": 1}), Err(Refused::Unreadable)),
        ] {
            assert_eq!(judged(&said(&changes)), judgement, "{changes}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_a_member_that_stands_twice_is_refused() {
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend(said(&json!({})));
        assert_eq!(judged(&marked), Ok(()));
        let twice = br#"{"type":"webauthn.get","type":"webauthn.get","challenge":"Y2hhbGxlbmdl","origin":"https://id.toyota.jp"}"#;
        assert_eq!(judged(twice), Err(Refused::Unreadable));
    }

    proptest! {
        #[test]
        fn nothing_breaks_the_check(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(judged(&bytes).is_err());
        }

        #[test]
        fn no_other_challenge_or_origin_passes(challenge in ".{0,40}", origin in ".{0,40}") {
            let ours = challenge == EXPECTED.challenge && origin == EXPECTED.origin;
            let said = said(&json!({"challenge": challenge, "origin": origin}));
            prop_assert_eq!(judged(&said).is_ok(), ours);
        }
    }
}
