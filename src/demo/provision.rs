//! What a demo finds in its database: the relying parties, registered anew at
//! each start with a fresh secret, and the dealer directory.

use relying_parties::{RelyingPartyConfig, relying_parties};
use serde_json::{Map, Value, json};

use super::directory;
use crate::brand::Brands;
use crate::fault::Fault;
use crate::oidc::client::Client;
use crate::random::Random;
use crate::seal::sha256_hex;
use crate::store::Store;

/// Registers the relying parties and the dealers.
///
/// # Errors
/// If the database fails.
pub async fn provision(
    store: &Store,
    brands: &Brands,
    port: u16,
    random: &Random,
) -> Result<Vec<RelyingPartyConfig>, Fault> {
    let brand = brands.by_name("toyota");
    let issuer = brand
        .map(|brand| brand.issuer.clone())
        .ok_or_else(|| Fault::because("the demo's services need the brand toyota"))?;
    let parties = relying_parties(&issuer, port, |_| random.secret());
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
    for dealer in directory::dealers()? {
        store.dealers().put(&dealer).await?;
    }
    Ok(parties)
}

/// What a party says of itself, with what only the operator decides.
fn client_of(party: &RelyingPartyConfig, brands: &Brands) -> Result<Client, Fault> {
    let decided = json!({
        "brands": brands.iter().map(|brand| brand.name.as_str()).collect::<Vec<_>>(),
        "party": "first",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
    });
    let mut metadata: Map<String, Value> = serde_json::from_value(party.registration())?;
    metadata.extend(serde_json::from_value::<Map<String, Value>>(decided)?);
    Ok(serde_json::from_value(Value::Object(metadata))?)
}
