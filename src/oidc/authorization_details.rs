//! Rich authorization requests (RFC 9396). Reads and checks the `authorization_details`
//! parameter. The only supported type is `dealer_link`: "link this dealer to the user's
//! account". `steps` decides which of the links are granted.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{Error, ErrorCode};

/// The `type` of a dealer link.
pub const DEALER_LINK: &str = "dealer_link";

/// The supported types, listed in the discovery document (RFC 9396 §10).
pub const TYPES: [&str; 1] = [DEALER_LINK];

/// Maximum number of objects in one request.
pub const MOST: usize = 16;

/// One `dealer_link` object of `authorization_details`.
///
/// ```json
/// {"type": "dealer_link", "identifier": "20100", "optional": true}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AuthorizationDetail {
    /// The user's account is to be linked to a dealer.
    DealerLink {
        /// The dealer's code in the dealer directory. `None` means any dealer that the user
        /// has linked or will choose.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// Whether the client can work without the link. If it can and the user declines,
        /// the response is a success without this object.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        optional: bool,
        /// The dealer's own number for this customer, so that the dealer can tell who
        /// linked. It is stored with the link and disclosed to that dealer only.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer_number: Option<String>,
    },
    /// An object from a newer version that this version does not understand completely. It
    /// is kept in storage, but neither granted nor disclosed.
    #[serde(untagged)]
    NotUnderstood(Value),
}

/// An object in which every member is understood.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Understood {
    DealerLink {
        #[serde(default)]
        identifier: Option<String>,
        #[serde(default)]
        optional: bool,
        #[serde(default)]
        customer_number: Option<String>,
    },
}

impl From<Understood> for AuthorizationDetail {
    fn from(understood: Understood) -> Self {
        let Understood::DealerLink {
            identifier,
            optional,
            customer_number,
        } = understood;
        Self::DealerLink {
            identifier,
            optional,
            customer_number,
        }
    }
}

/// Reads an object from storage, where one that is not understood is not an error.
impl<'de> Deserialize<'de> for AuthorizationDetail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(match Understood::deserialize(&value) {
            Ok(understood) => understood.into(),
            Err(_) => Self::NotUnderstood(value),
        })
    }
}

/// The longest customer number, in bytes.
const LONGEST_CUSTOMER_NUMBER: usize = 64;

/// Whether a request may contain customer numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerNumbers {
    /// Allowed: the request was pushed by a client that may send us personal data.
    Taken,
    /// Refused: the request was not pushed, or its client may not send personal data.
    Refused,
}

impl AuthorizationDetail {
    /// Returns the `type` of the object.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::DealerLink { .. } => DEALER_LINK,
            Self::NotUnderstood(value) => value.get("type").and_then(Value::as_str).unwrap_or(""),
        }
    }

    /// Builds the object for a granted link to this dealer, as it appears in a response.
    #[must_use]
    pub fn linked(code: impl Into<String>) -> Self {
        Self::DealerLink {
            identifier: Some(code.into()),
            optional: false,
            customer_number: None,
        }
    }

    /// Returns the customer number in this object.
    #[must_use]
    pub fn customer_number(&self) -> Option<&str> {
        match self {
            Self::DealerLink {
                customer_number, ..
            } => customer_number.as_deref(),
            Self::NotUnderstood(_) => None,
        }
    }
}

/// Returns the customer number that `details` contain for this dealer.
#[must_use]
pub fn customer_number<'d>(details: &'d [AuthorizationDetail], code: &str) -> Option<&'d str> {
    let of_dealer = |detail: &&AuthorizationDetail| {
        matches!(detail, AuthorizationDetail::DealerLink { identifier, .. }
            if identifier.as_deref() == Some(code))
    };
    details.iter().find(of_dealer)?.customer_number()
}

/// Removes customer numbers from the parameter. A parameter without any is returned
/// unchanged.
#[must_use]
pub fn without_customer_numbers(json: String) -> String {
    let Ok(mut values) = serde_json::from_str::<Vec<Value>>(&json) else {
        return json;
    };
    let mut removed = false;
    for value in values.iter_mut().filter_map(Value::as_object_mut) {
        removed |= value.remove("customer_number").is_some();
    }
    if removed {
        Value::Array(values).to_string()
    } else {
        json
    }
}

/// Returns the granted details with the current codes of their dealers. Dealers that have
/// merged appear once. Objects that are not understood are left out, because our tokens
/// never grant them.
#[must_use]
pub fn renamed(
    granted: &[AuthorizationDetail],
    now: impl Fn(&str) -> String,
) -> Vec<AuthorizationDetail> {
    let mut renamed = Vec::new();
    for detail in granted {
        let AuthorizationDetail::DealerLink {
            identifier,
            optional,
            customer_number,
        } = detail
        else {
            continue;
        };
        let detail = AuthorizationDetail::DealerLink {
            identifier: identifier.as_deref().map(&now),
            optional: *optional,
            customer_number: customer_number.clone(),
        };
        if !renamed.contains(&detail) {
            renamed.push(detail);
        }
    }
    renamed
}

/// Reads the `authorization_details` parameter of a client that may use the types in
/// `allowed` (RFC 9396 §5).
///
/// # Errors
/// `invalid_authorization_details` if the parameter is not an array of at most [`MOST`]
/// objects, or if an object has an unknown or disallowed type, an unknown member, an
/// unknown dealer, a customer number that is refused or malformed, or repeats another
/// object.
pub fn parse(
    json: &str,
    allowed: &[String],
    dealer_exists: &dyn Fn(&str) -> bool,
    numbers: CustomerNumbers,
) -> Result<Vec<AuthorizationDetail>, Error> {
    let values: Vec<Value> = serde_json::from_str(json)
        .map_err(|_| invalid("authorization_details is not a JSON array of objects"))?;
    if values.len() > MOST {
        return Err(invalid(format!(
            "authorization_details may hold {MOST} objects at most"
        )));
    }
    let details = values
        .into_iter()
        .map(|value| one(value, allowed, dealer_exists))
        .collect::<Result<Vec<_>, _>>()?;
    details
        .iter()
        .try_for_each(|detail| check_number(detail, numbers))?;
    let mut seen = BTreeSet::new();
    for detail in &details {
        if let AuthorizationDetail::DealerLink { identifier, .. } = detail
            && !seen.insert(identifier.as_deref())
        {
            return Err(invalid("two objects of authorization_details ask the same"));
        }
    }
    Ok(details)
}

fn one(
    value: Value,
    allowed: &[String],
    dealer_exists: &dyn Fn(&str) -> bool,
) -> Result<AuthorizationDetail, Error> {
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .ok_or_else(|| invalid("an object of authorization_details has no type"))?;
    if !TYPES.contains(&kind) {
        return Err(invalid(format!(
            "the type {} of authorization_details is unknown",
            kind.chars().take(40).collect::<String>()
        )));
    }
    if !allowed.iter().any(|a| a == kind) {
        return Err(invalid(format!(
            "the client is not registered for authorization_details of type {kind}"
        )));
    }
    let understood: Understood = serde_json::from_value(value)
        .map_err(|e| invalid(format!("authorization_details: {e}")))?;
    match &understood {
        Understood::DealerLink {
            identifier: Some(code),
            ..
        } if !dealer_exists(code) => {
            Err(invalid("the identifier of a dealer_link names no dealer"))
        }
        Understood::DealerLink { .. } => Ok(understood.into()),
    }
}

fn check_number(detail: &AuthorizationDetail, numbers: CustomerNumbers) -> Result<(), Error> {
    let AuthorizationDetail::DealerLink {
        identifier,
        customer_number: Some(number),
        ..
    } = detail
    else {
        return Ok(());
    };
    if numbers == CustomerNumbers::Refused {
        return Err(invalid(
            "customer_number is personal data: only a client that may send prefill tells it, and pushes it (RFC 9126)",
        ));
    }
    if identifier.is_none() {
        return Err(invalid("customer_number without the dealer whose it is"));
    }
    let lawful = (1..=LONGEST_CUSTOMER_NUMBER).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_graphic());
    lawful
        .then_some(())
        .ok_or_else(|| invalid("customer_number must be 1 to 64 visible ASCII characters"))
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidAuthorizationDetails, description)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn read(json: &str) -> Result<Vec<AuthorizationDetail>, Error> {
        read_with(json, CustomerNumbers::Refused)
    }

    fn read_with(json: &str, numbers: CustomerNumbers) -> Result<Vec<AuthorizationDetail>, Error> {
        let dealer_exists = |code: &str| code == "20100";
        parse(json, &[DEALER_LINK.to_owned()], &dealer_exists, numbers)
    }

    #[test]
    fn a_customer_number_is_taken_with_its_dealer_and_from_who_may_tell_it() {
        let json = |number: &str| {
            format!(
                r#"[{{"type":"dealer_link","identifier":"20100","customer_number":"{number}"}}]"#
            )
        };
        let taken = read_with(&json("N-001"), CustomerNumbers::Taken).unwrap();
        assert_eq!(customer_number(&taken, "20100"), Some("N-001"));
        assert_eq!(customer_number(&taken, "20200"), None);
        assert!(read(&json("N-001")).is_err());
        let long = "1".repeat(65);
        for number in ["", "N 1", "\u{e9}", "\\u0000", &long] {
            let read = read_with(&json(number), CustomerNumbers::Taken);
            assert!(read.is_err(), "{number}");
        }
        let anyone = r#"[{"type":"dealer_link","customer_number":"N-001"}]"#;
        assert!(read_with(anyone, CustomerNumbers::Taken).is_err());
    }

    #[test]
    fn what_travels_in_a_url_loses_its_customer_numbers() {
        let told = r#"[{"customer_number":"N-001","identifier":"20100","type":"dealer_link"}]"#;
        assert_eq!(
            without_customer_numbers(told.to_owned()),
            r#"[{"identifier":"20100","type":"dealer_link"}]"#
        );
        for other in [r#"[{"type" : 7}]"#, "{", "7"] {
            assert_eq!(without_customer_numbers(other.to_owned()), other);
        }
    }

    #[test]
    fn a_dealer_link_is_read() {
        let json = r#"[{"type":"dealer_link","identifier":"20100","optional":true},{"type":"dealer_link"}]"#;
        let expected = [(Some("20100"), true), (None, false)].map(|(identifier, optional)| {
            AuthorizationDetail::DealerLink {
                identifier: identifier.map(str::to_owned),
                optional,
                customer_number: None,
            }
        });
        assert_eq!(read(json).unwrap(), expected);
        assert_eq!(read("[]").unwrap(), []);
    }

    #[test]
    fn what_is_granted_is_written_without_defaults() {
        let json = serde_json::to_string(&AuthorizationDetail::linked("20100")).unwrap();
        assert_eq!(json, r#"{"type":"dealer_link","identifier":"20100"}"#);
    }

    #[test]
    fn what_is_stored_and_not_understood_is_kept_and_not_granted() {
        let stored = serde_json::json!([
            {"type": "dealer_link", "identifier": "20100"},
            {"type": "dealer_link", "identifier": "20200", "actions": ["read"]},
            {"type": "payment"},
        ]);
        let read: Vec<AuthorizationDetail> = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
        let granted = renamed(&read, str::to_owned);
        assert_eq!(granted, [AuthorizationDetail::linked("20100")]);
        assert_eq!(customer_number(&read, "20200"), None);
        let kinds: Vec<_> = read.iter().map(AuthorizationDetail::kind).collect();
        assert_eq!(kinds, [DEALER_LINK, DEALER_LINK, "payment"]);
    }

    #[test]
    fn a_member_that_is_not_known_is_named_in_the_refusal() {
        let error = read(r#"[{"type":"dealer_link","actions":["read"]}]"#).unwrap_err();
        assert_eq!(
            error.description,
            "authorization_details: unknown field `actions`, expected one of `identifier`, `optional`, `customer_number`"
        );
    }

    #[test]
    fn dealers_that_became_one_are_named_once() {
        let granted = ["1", "20100", "2"].map(AuthorizationDetail::linked);
        let merged = |code: &str| if code == "2" { "1" } else { code }.to_owned();
        let expected = ["1", "20100"].map(AuthorizationDetail::linked);
        assert_eq!(renamed(&granted, merged), expected);
    }

    #[test]
    fn whatever_is_not_understood_to_the_letter_is_refused() {
        for json in [
            "",
            "{}",
            r#"{"type":"dealer_link"}"#,
            "[1]",
            "[{}]",
            r#"[{"type":7}]"#,
            r#"[{"type":"payment"}]"#,
            r#"[{"type":"dealer_link","actions":["read"]}]"#,
            r#"[{"type":"dealer_link","identifier":"99999"}]"#,
            r#"[{"type":"dealer_link","identifier":""}]"#,
            r#"[{"type":"dealer_link","identifier":20100}]"#,
            r#"[{"type":"dealer_link","optional":"yes"}]"#,
            r#"[{"type":"dealer_link"},{"type":"dealer_link","optional":true}]"#,
        ] {
            let error = read(json).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidAuthorizationDetails, "{json}");
        }
        let many = vec!["{}"; MOST + 1].join(",");
        assert!(read(&format!("[{many}]")).is_err());
    }

    #[test]
    fn a_client_uses_only_the_types_it_is_registered_for() {
        let refused = CustomerNumbers::Refused;
        let error = parse(r#"[{"type":"dealer_link"}]"#, &[], &|_| true, refused).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidAuthorizationDetails);
        assert_eq!(
            error.description,
            "the client is not registered for authorization_details of type dealer_link"
        );
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_the_text_says(
            json in "\\[?(\\{|\\}|,|\"type\":|\"dealer_link\"|\"identifier\":|\"20100\"|null|true|1| |\\{\"type\":\"dealer_link\"){0,8}\\}?\\]?",
        ) {
            match read(&json) {
                Ok(details) => {
                    let mut said: Vec<Value> = serde_json::from_str(&json).unwrap();
                    for detail in said.iter_mut().filter_map(Value::as_object_mut) {
                        detail.retain(|_, value| !value.is_null());
                    }
                    prop_assert_eq!(serde_json::to_value(&details).unwrap(), Value::Array(said));
                }
                Err(error) => prop_assert_eq!(error.code, ErrorCode::InvalidAuthorizationDetails),
            }
        }
    }
}
