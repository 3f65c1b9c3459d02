//! A client's registration as it is stored. A newer version may have written words that
//! this one does not know: what such a word stands for is never granted, and where it says
//! how the client is to be treated, the client is not served at all. Members that this
//! version does not know are left to `documents`; who refuses such a client, to the cache.

use serde::Deserialize;
use serde_json::Value;

use super::{
    ApplicationType, AssertionAlgorithm, Client, GrantType, Party, ResponseType, SigningAlgorithm,
    SubjectType, TokenEndpointAuthMethod,
};
use crate::documents;
use crate::oidc::encryption::{ContentEncryption, KeyManagementAlgorithm};
use crate::oidc::required_claims::RequiredClaim;

/// A registration as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadClient {
    /// The client. In the place of each word that is not understood stands the one that
    /// lets the client do least.
    pub client: Client,
    /// The members whose words are not understood. While there are any, the client may
    /// neither authenticate nor begin anything at this node.
    pub not_understood: Vec<&'static str>,
}

/// Words that allow something, each by itself: one that is not known allows nothing.
struct List {
    pointer: &'static str,
    knows: fn(&Value) -> bool,
}

/// A word that says how a client is treated: none can be put in its place.
struct Word {
    member: &'static str,
    knows: fn(&Value) -> bool,
    /// What stands there until the client is refused; nothing, where the member is optional.
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

const WORDS: [Word; 14] = [
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
    // To leave one of these out would mean "any", "in the clear" or "unsigned".
    optional("token_endpoint_auth_signing_alg", is::<AssertionAlgorithm>),
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
/// If it is none.
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

/// Writes `after` in the place of the stored registration `before`: members that this
/// version does not know stay. So do words, in a list that says otherwise what it said;
/// a list that says something else, and a word that has another in its place, are as told.
///
/// # Errors
/// If `before` is no registration, or `after` cannot be written.
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

/// Leaves out of a registration what its lists allow and is not known, and puts the least
/// in the place of the other words. Says in which members.
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
