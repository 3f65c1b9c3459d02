//! A software authenticator and the browser around it: it creates passkeys of every
//! algorithm and signs with them (CTAP2, Web Authentication), and a test can change
//! everything it reports. The library's unit tests use this file, too.

use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Flags of the authenticator data.
pub(crate) const PRESENT: u8 = 0x01;
pub(crate) const VERIFIED: u8 = 0x04;
pub(crate) const BACKUP_ELIGIBLE: u8 = 0x08;
pub(crate) const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// A private key, by the passkey's algorithm.
#[derive(Clone)]
enum Key {
    EdDsa(Arc<Ed25519KeyPair>),
    Es256(Arc<EcdsaKeyPair>),
    Rs256(Arc<rsa::KeyPair>),
}

/// An authenticator with one passkey, in a browser on one site.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: Key,
    /// The site's origin.
    pub(crate) origin: String,
    /// The relying party ID; `None` takes the one of the options.
    pub(crate) rp_id: Option<String>,
    /// The flags of the authenticator data.
    pub(crate) flags: u8,
    /// The signature counter it reports; only tests increase it.
    pub(crate) sign_count: u32,
    /// Members of the client data that a test replaces.
    pub(crate) said: Value,
    /// The user handle, once the passkey is created.
    pub(crate) user_handle: String,
    /// The COSE encoding of the public key, which a test may replace.
    pub(crate) cose_key: Vec<u8>,
}

impl Authenticator {
    /// Creates an authenticator with a key of that COSE algorithm.
    pub(crate) fn new(algorithm: i64, origin: &str) -> Self {
        let key = match algorithm {
            -8 => Key::EdDsa(Arc::new(Ed25519KeyPair::generate().unwrap())),
            -7 => Key::Es256(Arc::new(
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            )),
            -257 => Key::Rs256(Arc::new(
                rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap(),
            )),
            _ => panic!("no key of algorithm {algorithm}"),
        };
        Self {
            cose_key: key.cose(),
            key,
            origin: origin.to_owned(),
            rp_id: None,
            flags: PRESENT | VERIFIED,
            sign_count: 0,
            said: json!({}),
            user_handle: String::new(),
        }
    }

    /// Returns the passkey's credential ID.
    pub(crate) fn credential_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.raw_id())
    }

    fn raw_id(&self) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA256, &self.key.cose());
        hash.as_ref()[..16].to_vec()
    }

    /// `navigator.credentials.create()`: returns a `RegistrationResponseJSON`.
    pub(crate) fn create(&mut self, options: &Value) -> Value {
        self.user_handle = text(&options["user"]["id"]);
        self.rp_id.get_or_insert_with(|| text(&options["rp"]["id"]));
        let id = self.raw_id();
        let mut data = self.data(self.flags | ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(&id);
        data.extend(&self.cose_key);
        let mut object = head(5, 3);
        object.extend([words("fmt"), words("none")].concat());
        object.extend([words("attStmt"), head(5, 0)].concat());
        object.extend([words("authData"), bytes(&data)].concat());
        let client_data = self.client_data("webauthn.create", options);
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "transports": ["internal", "hybrid"],
        });
        self.credential(&response)
    }

    /// `navigator.credentials.get()`: returns an `AuthenticationResponseJSON`.
    pub(crate) fn get(&self, options: &Value) -> Value {
        let data = self.data(self.flags);
        let client_data = self.client_data("webauthn.get", options);
        let hash = digest::digest(&digest::SHA256, &client_data);
        let signature = self.key.sign(&[&data, hash.as_ref()].concat());
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": self.user_handle,
        });
        self.credential(&response)
    }

    fn credential(&self, response: &Value) -> Value {
        let id = self.credential_id();
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response })
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let rp_id = self.rp_id.as_deref().unwrap();
        let mut data = digest::digest(&digest::SHA256, rp_id.as_bytes())
            .as_ref()
            .to_vec();
        data.push(flags);
        data.extend(self.sign_count.to_be_bytes());
        data
    }

    fn client_data(&self, ceremony: &str, options: &Value) -> Vec<u8> {
        let mut said = json!({
            "type": ceremony,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        let members = said.as_object_mut().unwrap();
        members.extend(self.said.as_object().unwrap().clone());
        said.to_string().into_bytes()
    }
}

impl Key {
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::EdDsa(pair) => {
                let parts = [(1, integer(1)), (3, integer(-8)), (-1, integer(6))];
                let x = bytes(pair.public_key().as_ref());
                map(&[&parts[..], &[(-2, x)]].concat())
            }
            Self::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let parts = [(1, integer(2)), (3, integer(-7)), (-1, integer(1))];
                let point = [(-2, bytes(&point[1..33])), (-3, bytes(&point[33..]))];
                map(&[&parts[..], &point].concat())
            }
            Self::Rs256(pair) => {
                let public = pair.public_key();
                let n = bytes(public.modulus().big_endian_without_leading_zero());
                let e = bytes(public.exponent().big_endian_without_leading_zero());
                map(&[(1, integer(3)), (3, integer(-257)), (-1, n), (-2, e)])
            }
        }
    }

    #[expect(
        clippy::disallowed_types,
        reason = "aws-lc-rs asks for a generator in these signatures and ignores it"
    )]
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let unused = aws_lc_rs::rand::SystemRandom::new();
        match self {
            Self::EdDsa(pair) => pair.try_sign(message).unwrap().as_ref().to_vec(),
            Self::Es256(pair) => pair.sign(&unused, message).unwrap().as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &unused, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Encodes the head of a CBOR item (RFC 8949 §3).
fn head(major: u8, argument: usize) -> Vec<u8> {
    let argument = u16::try_from(argument).unwrap();
    let [high, low] = argument.to_be_bytes();
    match argument {
        0..=23 => vec![major << 5 | low],
        24..=255 => vec![major << 5 | 24, low],
        _ => vec![major << 5 | 25, high, low],
    }
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()), bytes.to_vec()].concat()
}

fn words(words: &str) -> Vec<u8> {
    [head(3, words.len()), words.as_bytes().to_vec()].concat()
}

fn integer(number: i64) -> Vec<u8> {
    match usize::try_from(number) {
        Ok(number) => head(0, number),
        Err(_) => head(1, usize::try_from(-1 - number).unwrap()),
    }
}

/// Encodes a CBOR map of such parts; tests encode made-up keys with it, too.
pub(crate) fn map(parts: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let entries = parts
        .iter()
        .flat_map(|(label, value)| [integer(*label), value.clone()]);
    let entries: Vec<Vec<u8>> = entries.collect();
    [head(5, parts.len()), entries.concat()].concat()
}
