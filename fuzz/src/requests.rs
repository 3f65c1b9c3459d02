//! What clients and browsers send to the protocol's endpoints: parameters, and the JSON in
//! them.

mod authorization;
mod request_object;
mod structured;
mod token;

use common_id::oidc::parameters::{self, Parameters};
use url::form_urlencoded;

use crate::{choose, judge_error};

/// The dealers of the directory, for a request.
const DEALERS: [&str; 2] = ["20100", "20200"];

/// Runs the parser that the first byte names.
pub fn run(data: &[u8]) {
    let parsers: [fn(&[u8]); 9] = [
        authorization::authorization_request_of,
        request_object::request_object_of,
        structured::claims_parameter_of,
        structured::authorization_details_of,
        structured::prefill_of,
        token::token_request_of,
        authorization::redirect_uri_of,
        structured::words_of,
        token::logout_request_of,
    ];
    if let Some((parser, rest)) = choose(data, parsers.len()) {
        parsers[parser](rest);
    }
}

/// Reads a form as the endpoints do. What is read is what another reader of the form finds,
/// and writing it leads back to it.
fn form(encoded: &[u8]) -> Result<Parameters, parameters::Malformed> {
    let read = parameters::parse(encoded);
    match &read {
        Ok(parameters) => {
            let elsewhere: Vec<_> = form_urlencoded::parse(encoded)
                .filter(|(name, value)| !name.is_empty() && !value.is_empty())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            assert_eq!(elsewhere.len(), parameters.len());
            assert_eq!(Parameters::from_iter(elsewhere), *parameters);
            let written = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(parameters)
                .finish();
            assert_eq!(
                parameters::parse(written.as_bytes()).as_ref(),
                Ok(parameters)
            );
        }
        Err(malformed) => judge_error(&malformed.error),
    }
    let intact = match &read {
        Ok(parameters) => parameters,
        Err(malformed) => &malformed.intact,
    };
    assert!(intact.len() <= parameters::MOST);
    for (name, value) in intact {
        assert!(!name.is_empty() && !value.is_empty());
        assert!(!name.contains('\0') && !value.contains('\0'));
    }
    read
}
