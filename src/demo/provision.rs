//! Fills the demo's database: registers the relying parties, with a fresh secret at each
//! start, and imports the dealer directory.

use std::path::Path;

use relying_parties::{
    OtherIssuer, RelyingPartyConfig, Service, Text, native_app, relying_parties,
};
use serde_json::{Map, Value, json};

use super::directory;
use crate::brand::Brands;
use crate::clock::Clock;
use crate::documents::strict;
use crate::fault::Fault;
use crate::oidc::client::Client;
use crate::random::Random;
use crate::seal::sha256_hex;
use crate::store::Store;
use crate::store::dealers::Imported;

/// Registers the relying parties and the dealers.
///
/// # Errors
/// `Fault` if the database fails, if there is no brand `toyota`, or if the database's
/// dealers do not fit those of this version.
pub async fn provision(
    store: &Store,
    brands: &Brands,
    port: u16,
    data: &Path,
    random: &Random,
) -> Result<Vec<RelyingPartyConfig>, Fault> {
    let brand = brands.by_name("toyota");
    let issuer = brand
        .map(|brand| brand.issuer.clone())
        .ok_or_else(|| Fault::because("the demo's services need the brand toyota"))?;
    let mut parties = relying_parties(&issuer, port, |_| random.secret());
    for party in &mut parties {
        party.other_issuer = other_issuer(party, brands);
        // Two of the services keep their data across restarts.
        party.keep = match party.service {
            Service::OwnersSite => Some(data.join("tos-members.json")),
            Service::DealerStaff => Some(data.join("dealer-events.json")),
            _ => None,
        };
    }
    for party in &parties {
        let secret_hash = party
            .client_secret
            .as_ref()
            .map(|secret| sha256_hex(secret.as_bytes()));
        store
            .clients()
            .put(&client_of(party, brands)?, secret_hash.as_deref())
            .await?;
    }
    let app = native_app::registration(&issuer, port);
    let app: Client = with(app, decided(brands, Company::Ours))?;
    store.clients().put(&app, None).await?;
    let told = directory::dealers()?;
    match store.dealers().import(&told, Clock::System.now()).await? {
        Imported::Done(_) => Ok(parties),
        Imported::Refused(refused) => Err(Fault::because(format!(
            "this folder's dealers are not those of this version of the demo: {refused:?}"
        ))),
    }
}

/// Returns the second issuer of my route, which is for users of either brand: there they
/// can see that one login serves both.
fn other_issuer(party: &RelyingPartyConfig, brands: &Brands) -> Option<OtherIssuer> {
    let lexus = brands.by_name("lexus")?;
    (party.service == Service::Journeys).then(|| OtherIssuer {
        log_in: Text {
            ja: "LEXUSのお客様のログイン",
            en: "Log in as a LEXUS customer",
        },
        issuer: lexus.issuer.clone(),
    })
}

/// The company that a relying party belongs to.
#[derive(Clone, Copy)]
enum Company {
    Ours,
    Another,
}

fn client_of(party: &RelyingPartyConfig, brands: &Brands) -> Result<Client, Fault> {
    let company = match party.service {
        Service::DealerStaff => Company::Another,
        _ => Company::Ours,
    };
    with(party.registration(), decided(brands, company))
}

/// Returns the metadata that only the operator decides.
fn decided(brands: &Brands, company: Company) -> Value {
    let (party, subject_type) = match company {
        Company::Ours => ("first", "public"),
        Company::Another => ("third", "pairwise"),
    };
    json!({
        "brands": brands.iter().map(|brand| brand.name.as_str()).collect::<Vec<_>>(),
        "party": party,
        "subject_type": subject_type,
        "id_token_signed_response_alg": "RS256",
    })
}

/// Returns a client with its own metadata and that which only the operator decides.
pub(super) fn with(registration: Value, decided: Value) -> Result<Client, Fault> {
    let mut metadata: Map<String, Value> = serde_json::from_value(registration)?;
    metadata.extend(serde_json::from_value::<Map<String, Value>>(decided)?);
    Ok(strict::from_value(Value::Object(metadata))?)
}
