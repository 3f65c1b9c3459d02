//! Reads and rewrites the stored registration of a client. A newer version may have stored
//! values that this version does not recognise. An unrecognised permission is not granted;
//! an unrecognised value that decides how the client is treated means that the client must
//! not be served. `documents` handles unknown members, and the client cache refuses clients
//! that must not be served.

use serde::Deserialize;
use serde_json::Value;

use super::{
    ApplicationType, AssertionAlgorithm, AssertionAudience, Client, GrantType, Party, ResponseType,
    SigningAlgorithm, SubjectType, TokenEndpointAuthMethod,
};
use crate::documents;
use crate::oidc::encryption::{ContentEncryption, KeyManagementAlgorithm};
use crate::oidc::required_claims::RequiredClaim;

/// A registration read from storage.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadClient {
    /// The client. Each value that is not understood is replaced by the most restrictive
    /// one.
    pub client: Client,
    /// The members whose values are not understood. Unless this is empty, the client may
    /// neither authenticate nor start a request at this node.
    pub not_understood: Vec<&'static str>,
}

/// A list in which each value grants a permission. An unknown value grants none.
struct List {
    pointer: &'static str,
    knows: fn(&Value) -> bool,
}

/// A member whose value decides how a client is treated. An unknown value has no safe
/// substitute.
struct Word {
    member: &'static str,
    knows: fn(&Value) -> bool,
    /// Most restrictive value, used until the client is refused; `None` if the member is
    /// optional.
    least: Option<&'static str>,
}

const LISTS: [List; 3] = [
    List {
        pointer: "/grant_types",
        knows: is::<GrantType>,
    },
    List {
        pointer: "/response_types",
        knows: is::<ResponseType>,
    },
    List {
        pointer: "/required_claims/claims",
        knows: is::<RequiredClaim>,
    },
];

const WORDS: [Word; 15] = [
    required("party", is::<Party>, "third"),
    required(
        "token_endpoint_auth_method",
        is::<TokenEndpointAuthMethod>,
        "none",
    ),
    required("subject_type", is::<SubjectType>, "pairwise"),
    required(
        "id_token_signed_response_alg",
        is::<SigningAlgorithm>,
        "RS256",
    ),
    // If one of these were merely left out, that would mean "any", "not encrypted" or "not
    // signed".
    optional("token_endpoint_auth_signing_alg", is::<AssertionAlgorithm>),
    optional("assertion_audience", is::<AssertionAudience>),
    optional("application_type", is::<ApplicationType>),
    optional("request_object_signing_alg", is::<SigningAlgorithm>),
    optional(
        "request_object_encryption_alg",
        is::<KeyManagementAlgorithm>,
    ),
    optional("request_object_encryption_enc", is::<ContentEncryption>),
    optional(
        "id_token_encrypted_response_alg",
        is::<KeyManagementAlgorithm>,
    ),
    optional("id_token_encrypted_response_enc", is::<ContentEncryption>),
    optional("userinfo_signed_response_alg", is::<SigningAlgorithm>),
    optional(
        "userinfo_encrypted_response_alg",
        is::<KeyManagementAlgorithm>,
    ),
    optional("userinfo_encrypted_response_enc", is::<ContentEncryption>),
];

const fn required(member: &'static str, knows: fn(&Value) -> bool, least: &'static str) -> Word {
    Word {
        member,
        knows,
        least: Some(least),
    }
}

const fn optional(member: &'static str, knows: fn(&Value) -> bool) -> Word {
    Word {
        member,
        knows,
        least: None,
    }
}

fn is<T: for<'de> Deserialize<'de>>(value: &Value) -> bool {
    T::deserialize(value).is_ok()
}

/// Reads a stored registration.
///
/// # Errors
/// The serde error if the document is not a client registration.
pub fn read(document: &str) -> serde_json::Result<ReadClient> {
    let error = match serde_json::from_str(document) {
        Ok(client) => {
            return Ok(ReadClient {
                client,
                not_understood: Vec::new(),
            });
        }
        Err(error) => error,
    };
    let mut value: Value = serde_json::from_str(document)?;
    let not_understood = understand(&mut value);
    let client = Client::deserialize(value).map_err(|_| error)?;
    Ok(ReadClient {
        client,
        not_understood,
    })
}

/// Serialises `after` to replace the stored registration `before`. Members that this
/// version does not know are kept. A list keeps its unknown values as long as `after` does
/// not change its known ones; another member keeps its unknown value unless `after` sets a
/// new one.
///
/// # Errors
/// The serde error if `before` is not a registration or `after` cannot be serialised.
pub fn rewritten(before: &str, after: &Client) -> serde_json::Result<String> {
    if serde_json::from_str::<Client>(before).is_ok() {
        return documents::rewritten(before.as_bytes(), after);
    }
    let stored: Value = serde_json::from_str(before)?;
    let mut understood = stored.clone();
    let not_understood = understand(&mut understood);
    let mut understood = serde_json::to_value(Client::deserialize(understood)?)?;
    for member in not_understood {
        if let (Some(understood), Some(word)) = (understood.as_object_mut(), stored.get(member)) {
            understood.insert(member.to_owned(), word.clone());
        }
    }
    let after = serde_json::to_value(after)?;
    if after == understood {
        return Ok(before.to_owned());
    }
    serde_json::to_string(&documents::carried(&stored, &understood, after))
}

/// Removes unknown values from the lists and replaces unknown values of the other members
/// by the most restrictive one. Returns the names of those other members.
fn understand(registration: &mut Value) -> Vec<&'static str> {
    for list in &LISTS {
        if let Some(Value::Array(words)) = registration.pointer_mut(list.pointer) {
            words.retain(list.knows);
        }
    }
    let mut not_understood = Vec::new();
    let Value::Object(members) = registration else {
        return not_understood;
    };
    for word in &WORDS {
        if members.get(word.member).is_none_or(word.knows) {
            continue;
        }
        not_understood.push(word.member);
        members.remove(word.member);
        if let Some(least) = word.least {
            members.insert(word.member.to_owned(), least.into());
        }
    }
    not_understood
}

#[cfg(test)]
mod tests;
