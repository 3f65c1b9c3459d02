//! The text of an authorization code: a secret, and a MAC that binds it to its client and
//! issuer. So a code that another client presents is recognised by the text alone, before
//! anything is spent or revoked. To a node before 2026-12, the text is one opaque secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::oidc::client::ClientId;
use crate::random::Random;
use crate::seal::{Purpose, Sealer};

/// How much of the MAC a code contains: 128 bits.
const BINDING_BYTES: usize = 16;

/// The client and the issuer that a code belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The client.
    pub client_id: &'a ClientId,
    /// The issuer.
    pub issuer: &'a str,
}

impl Holder<'_> {
    /// Makes a new code for this client.
    #[must_use]
    pub fn new_code(&self, sealer: &Sealer, random: &Random) -> String {
        let secret = random.secret();
        let mac = sealer.mac(Purpose::CodeBinding, &self.bound(&secret));
        let binding = mac.get(..BINDING_BYTES).unwrap_or(&mac);
        format!("{secret}.{}", URL_SAFE_NO_PAD.encode(binding))
    }

    /// Whether the text shows that the code was made for this client. A code of a node
    /// before 2026-12 does not show it.
    #[must_use]
    pub fn is_shown_by(&self, sealer: &Sealer, code: &str) -> bool {
        let Some((secret, binding)) = code.split_once('.') else {
            return false;
        };
        let Ok(binding) = URL_SAFE_NO_PAD.decode(binding) else {
            return false;
        };
        binding.len() == BINDING_BYTES
            && sealer.verify_beginning(Purpose::CodeBinding, &self.bound(secret), &binding)
    }

    fn bound<'b>(&'b self, secret: &'b str) -> [&'b [u8]; 3] {
        [
            secret.as_bytes(),
            self.client_id.0.as_bytes(),
            self.issuer.as_bytes(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_shows_its_client_and_issuer_and_nothing_else_does() {
        let (sealer, random) = (Sealer::from_key([7; 32]), Random::seeded(1));
        let id = |text: &str| ClientId(text.to_owned());
        let (own, other) = (id("own"), id("other"));
        let holder = |client_id, issuer| Holder { client_id, issuer };
        let code = holder(&own, "https://a.example").new_code(&sealer, &random);
        let shows =
            |client_id, issuer, code: &str| holder(client_id, issuer).is_shown_by(&sealer, code);
        assert!(shows(&own, "https://a.example", &code));
        assert!(!shows(&other, "https://a.example", &code));
        assert!(!shows(&own, "https://b.example", &code));
        let (secret, binding) = code.split_once('.').unwrap();
        for forged in [
            secret,
            &format!("{secret}."),
            &format!("{secret}.AA"),
            &format!("x{secret}.{binding}"),
            &format!("{secret}.{binding}AAAA"),
        ] {
            assert!(!shows(&own, "https://a.example", forged), "{forged}");
        }
    }
}
