//! The text of a refresh token: `<grant id>.<generation>.<MAC>`. It is derived,
//! not stored, so the database holds nothing that could be used
//! (`docs/decisions/0004-refresh-tokens-derived-not-stored.md`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::seal::{Purpose, Sealer};

/// A refresh token whose MAC was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant it refreshes.
    pub grant_id: String,
    /// How many times that grant was refreshed before it.
    pub generation: i64,
}

impl RefreshToken {
    /// The text that is given to the client.
    #[must_use]
    pub fn write(&self, sealer: &Sealer) -> String {
        let generation = self.generation.to_string();
        let mac = sealer.mac(
            Purpose::RefreshToken,
            &[self.grant_id.as_bytes(), generation.as_bytes()],
        );
        format!(
            "{}.{generation}.{}",
            self.grant_id,
            URL_SAFE_NO_PAD.encode(mac)
        )
    }

    /// Reads the text; nothing if we did not write it.
    #[must_use]
    pub fn read(sealer: &Sealer, text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (grant_id, generation, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        if !sealer.verify_mac(
            Purpose::RefreshToken,
            &[grant_id.as_bytes(), generation.as_bytes()],
            &mac,
        ) {
            return None;
        }
        Some(Self {
            grant_id: grant_id.to_owned(),
            generation: generation.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote_and_nothing_else() {
        let sealer = Sealer::from_key([7; 32]);
        let token = RefreshToken {
            grant_id: "g".to_owned(),
            generation: 3,
        };
        let text = token.write(&sealer);
        assert_eq!(RefreshToken::read(&sealer, &text), Some(token));
        assert_eq!(
            RefreshToken::read(&sealer, &text.replace(".3.", ".4.")),
            None
        );
        assert_eq!(RefreshToken::read(&Sealer::from_key([8; 32]), &text), None);
        assert_eq!(RefreshToken::read(&sealer, "g.3"), None);
    }
}
