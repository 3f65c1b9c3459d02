//! 住所を検索: the button beside a postal code, on every page with an address. It
//! sends the form to its own page, which comes back with the address filled in or
//! a list to choose from; nothing is judged and nothing saved with the account.

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

/// The list is renewed with the program; a day is soon enough for a browser.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// What a page says of a search: nothing, where none was asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AddressFound {
    /// The sentence, as `address-<name>`; empty for none.
    pub sentence: &'static str,
    /// The places to choose from.
    pub choices: Vec<String>,
}

/// A form after the search.
#[derive(Debug)]
pub(super) struct Searched {
    /// The fields.
    pub(super) values: RawDetails,
    /// What is said of them.
    pub(super) found: AddressFound,
    /// What is wrong with the postal code.
    pub(super) errors: FieldErrors,
}

impl Searched {
    /// The status of the page that shows it.
    pub(super) fn status(&self) -> StatusCode {
        if self.errors.is_empty() {
            StatusCode::OK
        } else {
            page::FILLED_IN_WRONGLY
        }
    }
}

/// The form searched, if that is what its button asked for.
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

/// The answer to the script: what a code stands for.
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

/// `GET /postal-code/{code}`: for the script that fills in as a person types.
/// Public data, the same for everybody.
///
/// # Errors
/// 404 if that is no postal code.
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
