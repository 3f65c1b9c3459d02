//! Reads `application/x-www-form-urlencoded` parameters strictly: a repeated name, a broken
//! escape or invalid UTF-8 is an error and never guessed at (RFC 6749 §3.1, §3.2 and
//! Appendix B). It treats all names alike; their meaning is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;

/// Parameters by name. No name occurs twice and no value is empty (a parameter without a
/// value counts as omitted).
pub type Parameters = BTreeMap<String, String>;

/// Maximum number of parameters in one request.
pub const MOST: usize = 64;

/// Why a query or body is refused, and the parameters that could be read all the same: they
/// may prove a redirect URI to which the error can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The first error found.
    pub error: Error,
    /// The parameters that occur once and are well formed.
    pub intact: Parameters,
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        malformed.error
    }
}

/// Reads a query (without its `?`) or a body.
///
/// # Errors
/// `invalid_request` naming the parameter that is repeated or malformed.
pub fn parse(encoded: &[u8]) -> Result<Parameters, Malformed> {
    let mut reading = Reading::default();
    let pairs = encoded.split(|b| *b == b'&').filter(|p| !p.is_empty());
    for (number, pair) in pairs.enumerate() {
        if number >= MOST {
            reading.fail(format!("a request may have {MOST} parameters at most"));
            break;
        }
        reading.pair(pair);
    }
    match reading.error {
        None => Ok(reading.intact),
        Some(error) => Err(Malformed {
            error,
            intact: reading.intact,
        }),
    }
}

#[derive(Default)]
struct Reading {
    seen: BTreeSet<String>,
    intact: Parameters,
    error: Option<Error>,
}

impl Reading {
    fn pair(&mut self, pair: &[u8]) {
        let mut halves = pair.splitn(2, |b| *b == b'=');
        let name = decode(halves.next().unwrap_or_default());
        let value = decode(halves.next().unwrap_or_default());
        let Some(name) = name else {
            self.fail("a parameter's name is not percent-encoded UTF-8".to_owned());
            return;
        };
        if name.is_empty() {
            return;
        }
        if !self.seen.insert(name.clone()) {
            self.fail(format!("the parameter {} is repeated", short(&name)));
            self.intact.remove(&name);
            return;
        }
        match value {
            None => self.fail(format!(
                "the value of {} is not percent-encoded UTF-8 without NUL",
                short(&name)
            )),
            Some(value) if value.is_empty() => {}
            Some(value) => {
                self.intact.insert(name, value);
            }
        }
    }

    fn fail(&mut self, description: String) {
        self.error
            .get_or_insert_with(|| Error::invalid_request(description));
    }
}

/// Shortens a name so that a response may repeat it.
fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

/// Decodes one component, as in the name and secret of HTTP Basic (RFC 6749 §2.3.1).
/// Returns `None` if it is not percent-encoded UTF-8.
#[must_use]
pub fn decode_component(encoded: &str) -> Option<String> {
    decode(encoded.as_bytes())
}

fn decode(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)? << 4 | hex(*rest.next()?)?,
            plain => plain,
        });
    }
    // No parameter may contain NUL, and PostgreSQL cannot store it.
    String::from_utf8(bytes).ok().filter(|s| !s.contains('\0'))
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oidc::ErrorCode;

    fn read(encoded: &str) -> Parameters {
        parse(encoded.as_bytes()).unwrap()
    }

    #[test]
    fn parameters_are_decoded() {
        let read = read(
            "scope=openid+profile&redirect_uri=https%3A%2F%2Frp.example%2Fcb&%E5%90%8D=%E5%A4%AA",
        );
        assert_eq!(read["scope"], "openid profile");
        assert_eq!(read["redirect_uri"], "https://rp.example/cb");
        assert_eq!(read["名"], "太");
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(read("a=b=c==")["a"], "b=c==");
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_omitted() {
        assert!(read("a=&b&=c&&").is_empty());
    }

    #[test]
    fn a_repeated_parameter_is_named_even_when_one_of_the_two_is_empty() {
        for encoded in ["a=1&a=2", "a=&a=2", "a=1&%61=1"] {
            let malformed = parse(encoded.as_bytes()).unwrap_err();
            assert_eq!(malformed.error.code, ErrorCode::InvalidRequest);
            assert_eq!(malformed.error.description, "the parameter a is repeated");
            assert!(malformed.intact.is_empty(), "{encoded}");
        }
    }

    #[test]
    fn what_was_well_formed_survives_a_malformed_request() {
        let malformed = parse(b"client_id=c&state=s&scope=a&scope=b&x=%zz").unwrap_err();
        assert_eq!(
            malformed.error.description,
            "the parameter scope is repeated"
        );
        let names: Vec<_> = malformed.intact.keys().map(String::as_str).collect();
        assert_eq!(names, ["client_id", "state"]);
    }

    #[test]
    fn broken_escapes_and_broken_text_are_refused() {
        for encoded in [
            &b"a=%"[..],
            b"a=%1",
            b"a=%zz",
            b"a=%+1",
            b"%=1",
            b"a=%ff",
            b"a=\xff",
            b"a=%00",
            b"a=%ed%a0%80",
        ] {
            let error = Error::from(parse(encoded).unwrap_err());
            assert_eq!(error.code, ErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn too_many_parameters_are_refused() {
        let many = |n: usize| {
            (0..n)
                .map(|i| format!("p{i}=1"))
                .collect::<Vec<_>>()
                .join("&")
        };
        assert_eq!(read(&many(MOST)).len(), MOST);
        assert!(parse(many(MOST + 1).as_bytes()).is_err());
    }

    #[test]
    fn a_component_is_decoded_alone() {
        assert_eq!(decode_component("a%3Ab+c").as_deref(), Some("a:b c"));
        assert_eq!(decode_component("100%"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(read) = parse(&bytes) {
                prop_assert!(read.len() <= MOST);
                prop_assert!(read.iter().all(|(name, value)| !name.is_empty() && !value.is_empty()));
            }
        }

        #[test]
        fn what_the_url_crate_writes_is_read_back(pairs in prop::collection::btree_map("[^\0]{1,9}", "[^\0]{1,30}", 0..20)) {
            let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert_eq!(parse(encoded.as_bytes()).unwrap(), pairs);
        }
    }
}
