//! Protects secrets that are stored in the database or travel through a browser: encrypts
//! them (AES-256-GCM, "seals"), and authenticates texts as ours (HMAC-SHA256). Keys for
//! each purpose are derived from one root key, so that what was made for one purpose is not
//! accepted for another. What the sealed values mean is left to the callers.

mod dated;
mod key_file;
pub mod ledger_key;
pub mod pairwise;
mod sealing_key;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::random::Random;
pub use crate::sha256::sha256_hex;
pub use sealing_key::SealingKey;

const KEY_LEN: usize = 32;

/// What a sealed text or a MAC is for. Each purpose has its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Private signing keys in the database.
    SigningKey,
    /// Private keys with which we decrypt what clients send.
    EncryptionKey,
    /// Client secrets with which clients sign (HMAC).
    ClientSecret,
    /// Queued mails and text messages.
    Outbox,
    /// The copy of an authorization request in a page's URL.
    InteractionUrl,
    /// What a browser carries from one brand's host to another's.
    BetweenBrands,
    /// Opaque handles that stand for a token.
    TokenHandle,
    /// The MAC of a refresh token.
    RefreshToken,
    /// Verification codes, which are derived from MACs.
    VerificationCode,
    /// The token that binds a form to its browser.
    FormToken,
    /// The secret for pairwise subject identifiers (OpenID Connect Core §8.1).
    Pairwise,
    /// The secret for the hashes of the consent ledger.
    Ledger,
    /// Hashes that replace personal data in keys and logs, e.g. in rate limits per address.
    Fingerprint,
    /// The position at which a dealer's list of customers continues.
    DealerCursor,
    /// The `Authorization` header that is sent with a client's events.
    EventAuthorization,
    /// The browser state behind `session_state` (OpenID Connect Session Management 1.0).
    BrowserState,
    /// The challenges of passkey ceremonies, as MACs.
    PasskeyChallenge,
    /// The details typed in a registration that was not finished.
    RegistrationDraft,
    /// What binds an authorization code to its client.
    CodeBinding,
    /// The accounts that logged in in a browser before.
    KnownBrowser,
    /// The secrets shared with people's authenticator apps.
    AuthenticatorApp,
    /// The links in mails that end all sessions of an account.
    EndSessions,
}

/// Seals and opens with the keys of one file, which are derived once. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    roots: Arc<Roots>,
}

/// The first key seals; all keys open.
struct Roots {
    first: Derived,
    others: Vec<Derived>,
}

impl Sealer {
    /// Reads the sealing keys: one per line, 32 bytes in base64. The first seals, all open.
    ///
    /// # Errors
    /// `Fault` if the file cannot be read, holds no key or an invalid one, or can be read
    /// by others than its owner.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let keys = key_file::read(path)?;
        let mut derived = keys.iter().map(Derived::from_root);
        let first = derived
            .next()
            .ok_or_else(|| key_file::refused(path, "it holds no key"))?;
        Ok(Self::over(first, derived.collect()))
    }

    /// Reads the sealing keys, or creates a file with a new key that only its owner can
    /// read.
    ///
    /// # Errors
    /// As [`Sealer::load`]; `Fault` if the file cannot be created.
    pub fn load_or_create(path: &Path, random: &Random) -> Result<Self, Fault> {
        if !path.try_exists()? {
            key_file::create(path, random)?;
        }
        Self::load(path)
    }

    /// Returns a sealer with one key.
    #[must_use]
    pub fn from_key(key: [u8; KEY_LEN]) -> Self {
        Self::over(Derived::from_root(&Zeroizing::new(key)), Vec::new())
    }

    fn over(first: Derived, others: Vec<Derived>) -> Self {
        Self {
            roots: Arc::new(Roots { first, others }),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Derived> {
        std::iter::once(&self.roots.first).chain(&self.roots.others)
    }

    /// Seals `plain` as base64url text. It opens only with the same purpose and context.
    ///
    /// # Errors
    /// `Fault` if the crypto library fails.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &[u8],
        plain: &[u8],
        random: &Random,
    ) -> Result<String, Fault> {
        let root = &self.roots.first;
        let nonce = random.bytes::<NONCE_LEN>();
        let mut body = plain.to_vec();
        root.keys(purpose)
            .seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut body,
            )
            .map_err(|_refused| Fault::because("sealing failed"))?;

        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(root.number);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Returns what was sealed for this purpose and context; `None` if this text was not.
    #[must_use]
    pub fn open(&self, purpose: Purpose, context: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        self.all()
            .find_map(|root| root.open(purpose, context, &sealed))
    }

    /// Whether the first key sealed this text. If another key did, the text must be sealed
    /// again where it has to outlive that key.
    #[must_use]
    pub fn sealed_by_first(&self, purpose: Purpose, context: &[u8], sealed: &str) -> bool {
        let first = &self.roots.first;
        URL_SAFE_NO_PAD
            .decode(sealed)
            .is_ok_and(|sealed| first.open(purpose, context, &sealed).is_some())
    }

    /// Returns the MAC of `parts` under the first key. It covers the lengths of the parts:
    /// `["ab", "c"]` and `["a", "bc"]` differ.
    #[must_use]
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        self.roots.first.keys(purpose).mac.mac(parts)
    }

    /// Whether the MAC of `parts` under any of the keys begins with `beginning`. Compares in
    /// constant time; the caller checks the length.
    #[must_use]
    pub fn verify_beginning(&self, purpose: Purpose, parts: &[&[u8]], beginning: &[u8]) -> bool {
        self.all().any(|root| {
            let right = root.keys(purpose).mac.mac(parts);
            let right = right.get(..beginning.len()).unwrap_or_default();
            constant_time::verify_slices_are_equal(right, beginning).is_ok()
        })
    }

    /// Whether `mac` is the MAC of `parts` under any of the keys. Compares in constant
    /// time.
    #[must_use]
    pub fn verify_mac(&self, purpose: Purpose, parts: &[&[u8]], mac: &[u8]) -> bool {
        self.all().any(|root| {
            let right = root.keys(purpose).mac.mac(parts);
            constant_time::verify_slices_are_equal(&right, mac).is_ok()
        })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer([..])")
    }
}

/// All keys derived from one root key.
struct Derived {
    /// The first byte of everything the key sealed; it tells which of several keys to try.
    number: u8,
    signing_key: PurposeKeys,
    encryption_key: PurposeKeys,
    client_secret: PurposeKeys,
    outbox: PurposeKeys,
    interaction_url: PurposeKeys,
    between_brands: PurposeKeys,
    token_handle: PurposeKeys,
    refresh_token: PurposeKeys,
    verification_code: PurposeKeys,
    form_token: PurposeKeys,
    pairwise: PurposeKeys,
    ledger: PurposeKeys,
    fingerprint: PurposeKeys,
    dealer_cursor: PurposeKeys,
    event_authorization: PurposeKeys,
    browser_state: PurposeKeys,
    passkey_challenge: PurposeKeys,
    registration_draft: PurposeKeys,
    code_binding: PurposeKeys,
    known_browser: PurposeKeys,
    authenticator_app: PurposeKeys,
    end_sessions: PurposeKeys,
}

impl Derived {
    /// Derives the keys. The labels must never change: with another label, nothing sealed
    /// before opens.
    fn from_root(root: &Zeroizing<[u8; KEY_LEN]>) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"common-id").extract(root.as_slice());
        let numbering: hmac::Key = expand(&prk, "number", "", hmac::HMAC_SHA256);
        let number = hmac::sign(&numbering, b"").as_ref().first().copied();
        let of = |label| PurposeKeys::derive(&prk, label);
        Self {
            number: number.unwrap_or_default(),
            signing_key: of("signing-key"),
            encryption_key: of("encryption-key"),
            client_secret: of("client-secret"),
            outbox: of("outbox"),
            interaction_url: of("interaction-url"),
            between_brands: of("between-brands"),
            token_handle: of("token-handle"),
            refresh_token: of("refresh-token"),
            verification_code: of("verification-code"),
            form_token: of("form-token"),
            pairwise: of("pairwise"),
            ledger: of("ledger"),
            fingerprint: of("fingerprint"),
            dealer_cursor: of("dealer-cursor"),
            event_authorization: of("event-authorization"),
            browser_state: of("browser-state"),
            passkey_challenge: of("passkey-challenge"),
            registration_draft: of("registration-draft"),
            code_binding: of("code-binding"),
            known_browser: of("known-browser"),
            authenticator_app: of("authenticator-app"),
            end_sessions: of("end-sessions"),
        }
    }

    /// Opens what this key sealed.
    fn open(&self, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (_, rest) = sealed.split_first().filter(|(n, _)| **n == self.number)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let length = self
            .keys(purpose)
            .seal
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context),
                &mut body,
            )
            .ok()?
            .len();
        body.truncate(length);
        Some(body)
    }

    const fn keys(&self, purpose: Purpose) -> &PurposeKeys {
        match purpose {
            Purpose::SigningKey => &self.signing_key,
            Purpose::EncryptionKey => &self.encryption_key,
            Purpose::ClientSecret => &self.client_secret,
            Purpose::Outbox => &self.outbox,
            Purpose::InteractionUrl => &self.interaction_url,
            Purpose::BetweenBrands => &self.between_brands,
            Purpose::TokenHandle => &self.token_handle,
            Purpose::RefreshToken => &self.refresh_token,
            Purpose::VerificationCode => &self.verification_code,
            Purpose::FormToken => &self.form_token,
            Purpose::Pairwise => &self.pairwise,
            Purpose::Ledger => &self.ledger,
            Purpose::Fingerprint => &self.fingerprint,
            Purpose::DealerCursor => &self.dealer_cursor,
            Purpose::EventAuthorization => &self.event_authorization,
            Purpose::BrowserState => &self.browser_state,
            Purpose::PasskeyChallenge => &self.passkey_challenge,
            Purpose::RegistrationDraft => &self.registration_draft,
            Purpose::CodeBinding => &self.code_binding,
            Purpose::KnownBrowser => &self.known_browser,
            Purpose::AuthenticatorApp => &self.authenticator_app,
            Purpose::EndSessions => &self.end_sessions,
        }
    }
}

struct PurposeKeys {
    seal: LessSafeKey,
    mac: MacKey,
}

impl PurposeKeys {
    fn derive(prk: &hkdf::Prk, label: &str) -> Self {
        Self {
            seal: LessSafeKey::new(expand::<_, UnboundKey>(prk, "seal", label, &AES_256_GCM)),
            mac: MacKey(expand(prk, "mac", label, hmac::HMAC_SHA256)),
        }
    }
}

/// A key that authenticates texts (HMAC-SHA256).
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// Returns a key made from `secret`, independent of the sealing keys.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Returns the MAC of `parts`, which covers their lengths too.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey([..])")
    }
}

/// Expands the key material (RFC 5869 §2.3) directly into a key, so that the bytes are
/// never kept.
#[expect(
    clippy::expect_used,
    reason = "fails only for an output of over 255 hashes (RFC 5869 §2.3); every length here is 32"
)]
fn expand<L: hkdf::KeyType, K: for<'a> From<hkdf::Okm<'a, L>>>(
    prk: &hkdf::Prk,
    use_of_it: &str,
    label: &str,
    algorithm: L,
) -> K {
    let info = [use_of_it.as_bytes(), b"/", label.as_bytes()];
    K::from(prk.expand(&info, algorithm).expect("32 bytes"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::from_key([byte; KEY_LEN])
    }

    fn file_with(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sealing.key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (directory, path)
    }

    #[test]
    fn what_is_sealed_opens_only_for_its_purpose_and_context() {
        let (sealer, random) = (sealer(1), Random::seeded(1));
        let sealed = sealer
            .seal(Purpose::Outbox, b"mail 1", b"code 012345", &random)
            .unwrap();
        assert_eq!(
            sealer.open(Purpose::Outbox, b"mail 1", &sealed).as_deref(),
            Some(&b"code 012345"[..])
        );
        assert_eq!(sealer.open(Purpose::Outbox, b"mail 2", &sealed), None);
        assert_eq!(sealer.open(Purpose::SigningKey, b"mail 1", &sealed), None);
        assert_eq!(
            super::tests::sealer(2).open(Purpose::Outbox, b"mail 1", &sealed),
            None
        );
    }

    #[test]
    fn a_changed_byte_anywhere_does_not_open() {
        let (sealer, random) = (sealer(1), Random::seeded(1));
        let sealed = sealer
            .seal(Purpose::Outbox, b"", b"plain", &random)
            .unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(sealer.open(Purpose::Outbox, b"", &changed), None);
        }
        for short in ["", "AA", "AAAAAAAAAAAAAAAAAA", "not base64!"] {
            assert_eq!(sealer.open(Purpose::Outbox, b"", short), None);
        }
    }

    #[test]
    fn the_same_text_sealed_twice_looks_different() {
        let (sealer, random) = (sealer(1), Random::seeded(1));
        let seal = || sealer.seal(Purpose::Outbox, b"", b"x", &random).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn after_a_new_key_is_put_in_front_the_old_one_still_opens_and_verifies() {
        let random = Random::seeded(1);
        let (old, new) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
        let sealed = sealer(1)
            .seal(Purpose::Outbox, b"", b"plain", &random)
            .unwrap();
        let mac = sealer(1).mac(Purpose::FormToken, &[b"a"]);

        let (_directory, path) = file_with(&format!("{new}\n{old}\n"), 0o600);
        let both = Sealer::load(&path).unwrap();
        assert!(both.open(Purpose::Outbox, b"", &sealed).is_some());
        assert!(both.verify_mac(Purpose::FormToken, &[b"a"], &mac));
        assert_eq!(
            both.mac(Purpose::FormToken, &[b"a"]),
            sealer(2).mac(Purpose::FormToken, &[b"a"])
        );
        assert!(!both.sealed_by_first(Purpose::Outbox, b"", &sealed));
        let sealed = both.seal(Purpose::Outbox, b"", b"new", &random).unwrap();
        assert!(both.sealed_by_first(Purpose::Outbox, b"", &sealed));
        assert!(sealer(2).open(Purpose::Outbox, b"", &sealed).is_some());
    }

    #[test]
    fn a_mac_knows_where_each_part_ends_and_what_it_is_for() {
        let sealer = sealer(1);
        let mac = sealer.mac(Purpose::FormToken, &[b"ab", b"c"]);
        assert!(sealer.verify_mac(Purpose::FormToken, &[b"ab", b"c"], &mac));
        assert!(!sealer.verify_mac(Purpose::FormToken, &[b"a", b"bc"], &mac));
        assert!(!sealer.verify_mac(Purpose::FormToken, &[b"abc"], &mac));
        assert!(!sealer.verify_mac(Purpose::RefreshToken, &[b"ab", b"c"], &mac));
        assert!(!sealer.verify_mac(Purpose::FormToken, &[b"ab", b"c"], &mac[..31]));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let key = STANDARD.encode([1; 32]);
        for mode in [0o640, 0o604, 0o660] {
            let (_directory, path) = file_with(&key, mode);
            assert!(Sealer::load(&path).is_err(), "{mode:o}");
        }
        let (_directory, path) = file_with(&key, 0o400);
        assert!(Sealer::load(&path).is_ok());
    }

    #[test]
    fn a_file_without_a_good_key_is_refused() {
        for text in ["", "\n \n", "AAAA", "not base64", "AAAA\nAAAA"] {
            let (_directory, path) = file_with(text, 0o600);
            assert!(Sealer::load(&path).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_missing_file_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys/sealing.key");
        let macs: Vec<_> = std::thread::scope(|scope| {
            let start = |_| scope.spawn(|| Sealer::load_or_create(&path, &Random::System).unwrap());
            let started: Vec<_> = (0..8).map(start).collect();
            let sealers = started.into_iter().map(|thread| thread.join().unwrap());
            sealers
                .map(|sealer| sealer.mac(Purpose::Fingerprint, &[]))
                .collect()
        });
        assert!(macs.iter().all(|mac| *mac == macs[0]));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let beside = fs::read_dir(directory.path().join("keys")).unwrap().count();
        assert_eq!(beside, 1, "no draft stays behind");
    }
}
