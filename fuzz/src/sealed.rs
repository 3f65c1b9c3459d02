//! Values that we sealed or signed with a MAC, and that travel through browsers and clients.

use std::sync::LazyLock;

use common_id::oidc::client::ClientId;
use common_id::random::Random;
use common_id::seal::{Purpose, Sealer};
use common_id::tokens::authorization_code::Holder;
use common_id::tokens::refresh_token::RefreshToken;

use crate::edits::edited;
use crate::{ISSUER, choose, text};

static SEALER: LazyLock<Sealer> = LazyLock::new(|| Sealer::from_key([7; 32]));

/// `KIND EDITS`: a sealed value, a refresh token or an authorization code with edits.
pub fn sealed_and_edited(data: &[u8]) {
    const PURPOSES: [Purpose; 4] = [
        Purpose::InteractionUrl,
        Purpose::BetweenBrands,
        Purpose::KnownBrowser,
        Purpose::RegistrationDraft,
    ];
    let Some((kind, script)) = choose(data, PURPOSES.len() + 2) else {
        return;
    };
    let (sealer, random) = (&*SEALER, Random::seeded(3));
    if let Some(purpose) = PURPOSES.get(kind) {
        let genuine = sealer
            .seal(*purpose, b"toyota", b"a request", &random)
            .expect("sealed");
        let bytes = edited(genuine.as_bytes(), script);
        let text = text(&bytes);
        for other in PURPOSES {
            let opened = sealer.open(other, b"toyota", &text);
            assert_eq!(opened.is_some(), other == *purpose && text == genuine);
            assert_eq!(sealer.open(other, b"lexus", &text), None);
        }
    } else if kind == PURPOSES.len() {
        let token = RefreshToken {
            grant_id: "0123456789012345678901".to_owned(),
            generation: 41,
        };
        let genuine = token.write(sealer);
        let bytes = edited(genuine.as_bytes(), script);
        let text = text(&bytes);
        let read = RefreshToken::read(sealer, &text);
        assert_eq!(read, (text == genuine).then_some(token));
    } else {
        let (client_id, other) = (ClientId("web".to_owned()), ClientId("app".to_owned()));
        let holder = Holder {
            client_id: &client_id,
            issuer: ISSUER,
        };
        let genuine = holder.new_code(sealer, &random);
        let bytes = edited(genuine.as_bytes(), script);
        let text = text(&bytes);
        assert_eq!(holder.is_shown_by(sealer, &text), text == genuine);
        let other = Holder {
            client_id: &other,
            issuer: ISSUER,
        };
        assert!(!other.is_shown_by(sealer, &text));
    }
}
