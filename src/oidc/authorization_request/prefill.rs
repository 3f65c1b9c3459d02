//! Reads the `prefill` parameter, which is our own: a JSON object of standard claims that a
//! trusted client has about the user. They fill in the registration form. The parameter
//! must be pushed (RFC 9126) and never appears in a URL. Its values are only suggestions:
//! an e-mail address is verified here all the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::oidc::Error;

/// The parameter's name.
pub const PARAMETER: &str = "prefill";

/// The claims that may be prefilled (OpenID Connect Core §5.1, §5.2), and
/// `home_phone_number`, which has no standard name.
pub const CLAIMS: [&str; 9] = [
    "email",
    "family_name",
    "given_name",
    "family_name#ja-Kana-JP",
    "given_name#ja-Kana-JP",
    "birthdate",
    "phone_number",
    "home_phone_number",
    "address",
];

/// The members of `address` that may be prefilled (OpenID Connect Core §5.1.1).
pub const ADDRESS: [&str; 5] = [
    "postal_code",
    "region",
    "locality",
    "street_address",
    "country",
];

/// The longest value, in bytes.
const LONGEST: usize = 512;

/// Reads the parameter.
///
/// # Errors
/// `invalid_request` if it is not a JSON object, or naming the member that cannot be
/// prefilled or is not text of at most 512 bytes.
pub fn parse(json: &str) -> Result<BTreeMap<String, Value>, Error> {
    let claims: BTreeMap<String, Value> = serde_json::from_str(json)
        .map_err(|_| Error::invalid_request("prefill is not a JSON object of standard claims"))?;
    for (name, value) in &claims {
        let lawful = match (name.as_str(), value) {
            ("address", Value::Object(address)) => address
                .iter()
                .all(|(name, value)| ADDRESS.contains(&name.as_str()) && is_text(value, &['\n'])),
            ("address", _) => false,
            (name, value) => CLAIMS.contains(&name) && is_text(value, &[]),
        };
        if !lawful {
            let name: String = name.chars().take(40).collect();
            return Err(Error::invalid_request(format!(
                "prefill: {name} is not a claim that can be suggested, or not text"
            )));
        }
    }
    Ok(claims)
}

fn is_text(value: &Value, control: &[char]) -> bool {
    value.as_str().is_some_and(|text| {
        text.len() <= LONGEST && !text.contains(|c: char| c.is_control() && !control.contains(&c))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::oidc::ErrorCode;

    #[test]
    fn standard_claims_are_read() {
        let json = r#"{"email":"mytoYota@toyota.example","family_name":"豊田","family_name#ja-Kana-JP":"トヨタ",
            "phone_number":"09012345678","address":{"postal_code":"380-0801","region":"長野県","street_address":"箱清水1\nビル"}}"#;
        let claims = parse(json).unwrap();
        assert_eq!(claims["family_name"], "豊田");
        assert_eq!(claims["address"]["region"], "長野県");
    }

    #[test]
    fn anything_else_is_refused() {
        for json in [
            "[]",
            "null",
            r#"{"sub":"x"}"#,
            r#"{"email_verified":true}"#,
            r#"{"email":true}"#,
            r#"{"email":null}"#,
            r#"{"email":"a\r\nb"}"#,
            r#"{"address":"x"}"#,
            r#"{"address":{"formatted":{}}}"#,
            r#"{"address":{"region":1}}"#,
            r#"{"password":"x"}"#,
        ] {
            assert!(parse(json).is_err(), "{json}");
        }
        assert!(parse(&format!(r#"{{"email":"{}"}}"#, "x".repeat(LONGEST + 1))).is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_is_text_of_claims_that_can_be_suggested(
            json in "(\\{|\\}|\"email\"|\"address\"|\"region\"|:|,|null|\"x\"|\\[|\\]|\\{\"email\":|\\{\"address\":\\{\"region\":\"x\"){0,8}\\}{0,2}",
        ) {
            match parse(&json) {
                Ok(claims) => {
                    prop_assert_eq!(&json!(claims), &serde_json::from_str::<Value>(&json).unwrap());
                    for (name, value) in claims {
                        let is_address = name == "address"
                            && value.as_object().is_some_and(|address| address.values().all(Value::is_string));
                        prop_assert!(CLAIMS.contains(&name.as_str()) && (is_address || value.is_string()));
                    }
                }
                Err(error) => prop_assert_eq!(error.code, ErrorCode::InvalidRequest),
            }
        }
    }
}
