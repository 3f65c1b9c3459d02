//! The authorization code grant (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3): a code can
//! be exchanged once. Using it again revokes the tokens that it gave (RFC 6749 §4.1.2). What
//! another client presents spends and revokes nothing.

use crate::app::App;
use crate::brand::Brand;
use crate::dealer_links::customer_numbers;
use crate::ephemeral::{Key, Spent};
use crate::http::client_authentication::AuthenticatedClient;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::code_record::TOMBSTONE_LIFE;
use crate::oidc::code_record::{self, CodeRecord};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::token_request::CodeExchange;
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::seal::sha256_hex;
use crate::tokens::authorization_code::Holder;
use crate::tokens::issue;

/// Exchanges a code.
///
/// # Errors
/// `invalid_grant` if the code is not valid for this client and request.
pub async fn exchange(
    app: &App,
    brand: &Brand,
    client: &AuthenticatedClient,
    exchange: &CodeExchange,
) -> Result<TokenResponse, ProtocolRefusal> {
    let name = sha256_hex(exchange.code.as_bytes());
    let holder = Holder {
        client_id: &client.client_id,
        issuer: &brand.issuer,
    };
    if !holder.is_shown_by(&app.sealer, &exchange.code) {
        look_before_spending(app, brand, client, &name).await?;
    }
    let record = match app
        .ephemeral
        .spend(Key::Code(&name), TOMBSTONE_LIFE)
        .await?
    {
        Spent::First(bytes) => CodeRecord::from_bytes(&bytes)?,
        Spent::Again(bytes) => {
            issue::revoke(app, &code_record::grant_id_of(&bytes)).await?;
            let error = invalid_grant("the code was used before; what it gave is revoked");
            return Err(error.breaks(rule::CODE_ONCE).into());
        }
        Spent::Never => return Err(unknown()),
    };
    record.check(exchange, client, &brand.issuer, app.clock.now())?;
    customer_numbers::take_effect(app, brand, &record).await?;
    let source = issue::source_of(app, record.grant, record.issued_at).await?;
    issue::first_tokens(app, brand, client, &source).await
}

/// Reads a code whose text does not show that it is this client's: it is another's, or an
/// older node made it, or it is none.
async fn look_before_spending(
    app: &App,
    brand: &Brand,
    client: &AuthenticatedClient,
    name: &str,
) -> Result<(), ProtocolRefusal> {
    if let Some(bytes) = app.ephemeral.get(Key::Code(name)).await? {
        let record = CodeRecord::from_bytes(&bytes)?;
        return Ok(record.check_client(client, &brand.issuer, app.clock.now())?);
    }
    // Nothing is left to spend: only a mark of what was spent, if the code ever was.
    match app.ephemeral.spend(Key::Code(name), TOMBSTONE_LIFE).await? {
        Spent::Again(_) => {
            let error = invalid_grant("the code was used before");
            Err(error.breaks(rule::CODE_ONCE).into())
        }
        Spent::First(_) | Spent::Never => Err(unknown()),
    }
}

fn unknown() -> ProtocolRefusal {
    let error = invalid_grant("the code is unknown or has expired");
    error.breaks(rule::CODE).into()
}

fn invalid_grant(description: &'static str) -> Error {
    Error::new(ErrorCode::InvalidGrant, description)
}
