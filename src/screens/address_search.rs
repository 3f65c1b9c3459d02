//! 住所を検索: the button beside a postal code, on every page with an address. It sends the form
//! to its own page, which is shown again with the address filled in or with a list to
//! choose from. It checks no other field and saves nothing to the account.

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::form::Form;
use super::page;
use crate::accounts::address_search::{Found, search, take};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::postal_address::read_postal_code;
use crate::accounts::postal_codes::{Place, places};
use crate::accounts::registration::RawDetails;
use crate::http::refusal::PageRefusal;

/// The list changes only with a new version of the program, so a browser may cache a
/// response for a day.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// The result of a search, as a page shows it; empty if no search was made.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AddressFound {
    /// The catalogue key of the sentence is `address-<sentence>`; empty for no sentence.
    pub sentence: &'static str,
    /// The places to choose from.
    pub choices: Vec<String>,
}

/// A form after the search.
#[derive(Debug)]
pub(super) struct Searched {
    /// The fields after the search.
    pub(super) values: RawDetails,
    /// The result to show.
    pub(super) found: AddressFound,
    /// The error of the postal code, if any.
    pub(super) errors: FieldErrors,
}

impl Searched {
    /// Returns the status of the page that shows the result.
    pub(super) fn status(&self) -> StatusCode {
        if self.errors.is_empty() {
            StatusCode::OK
        } else {
            page::FILLED_IN_WRONGLY
        }
    }
}

/// Makes the search if the form was sent by one of its buttons; otherwise returns `None`.
pub(super) fn searched(form: &Form, typed: &RawDetails) -> Option<Searched> {
    let mut values = typed.clone();
    let has_taken = match form.action() {
        "find_address" => false,
        "take_address" => take(&mut values, form.get("found_address")),
        _ => return None,
    };
    let found = if has_taken {
        Ok(Found::FilledIn)
    } else {
        search(&mut values)
    };
    let (found, errors) = match found {
        Ok(found) => (AddressFound::from(found), FieldErrors::none()),
        Err(code) => (
            AddressFound::default(),
            FieldErrors::one("postal_code", code),
        ),
    };
    Some(Searched {
        values,
        found,
        errors,
    })
}

impl From<Found> for AddressFound {
    fn from(found: Found) -> Self {
        let (sentence, places) = match found {
            Found::Nothing => ("none", Vec::new()),
            Found::FilledIn => ("filled", Vec::new()),
            Found::Agrees => ("agrees", Vec::new()),
            Found::Several(places) => ("choose", places),
            Found::Differs(places) => ("differs", places),
        };
        Self {
            sentence,
            choices: places.iter().map(Place::text).collect(),
        }
    }
}

/// The answer to the script: the places of a postal code.
#[derive(Debug, Serialize)]
struct Addresses {
    addresses: Vec<Address>,
}

#[derive(Debug, Serialize)]
struct Address {
    prefecture: &'static str,
    city: &'static str,
    town: &'static str,
}

/// `GET /postal-code/{code}`: answers the script that fills in the address while a person
/// types. The data is public and the same for everybody.
///
/// # Errors
/// 404 if the path is not a postal code.
pub async fn get(Path(code): Path<String>) -> Result<Response, PageRefusal> {
    let code = read_postal_code(&code)
        .map_err(|_| PageRefusal::Page(StatusCode::NOT_FOUND, "not-found"))?;
    let address = |place: &Place| Address {
        prefecture: place.prefecture.name,
        city: place.city,
        town: place.town,
    };
    let addresses = places(&code).iter().map(address).collect();
    Ok((
        [(header::CACHE_CONTROL, A_DAY)],
        Json(Addresses { addresses }),
    )
        .into_response())
}
