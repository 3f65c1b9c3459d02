//! What the authorization endpoint itself issues, by response type (OpenID Connect Core
//! §3.1–3.3): an authorization code, an access token, an ID token. Everything issued for
//! one request belongs to one grant, so revoking the code's tokens revokes these too.

use super::dealer_linking;
use super::visit::Visit;
use crate::accounts::account::Account;
use crate::app::App;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::authorization_response::{Given, GivenAccessToken};
use crate::oidc::code_record::CodeRecord;
use crate::oidc::grant::Grant;
use crate::oidc::response_type::ResponseType;
use crate::seal::sha256_hex;
use crate::tokens::authorization_code::Holder;
use crate::tokens::source::{self, Beside, ScopeClaims, Source};

/// Issues what the response type asks for, and stores what the code stands for.
///
/// # Errors
/// `Fault` if short-lived state is unreachable or signing fails. `invalid_client_metadata`
/// if the ID token cannot be encrypted to the client.
pub async fn give(visit: &Visit, grant: Grant, account: Account) -> Result<Given, ProtocolRefusal> {
    let request = &visit.interaction.request;
    let wanted = request.response_type;
    let customer_numbers = dealer_linking::numbers_of(visit, &grant.access);
    let record = CodeRecord {
        customer_numbers,
        ..CodeRecord::new(request, grant, visit.app.clock.now())
    };
    let code = if wanted.gives_code() {
        Some(keep(&visit.app, &record).await?)
    } else {
        None
    };
    let given = Given {
        code,
        ..Given::default()
    };
    if !wanted.gives_tokens() {
        return Ok(given);
    }
    let grant = record.grant;
    with_tokens(visit, given, &Source { grant, account }).await
}

/// Stores what a new authorization code stands for, and returns the code.
async fn keep(app: &App, record: &CodeRecord) -> Result<String, Fault> {
    let holder = Holder {
        client_id: &record.grant.client_id,
        issuer: &record.grant.issuer,
    };
    let code = holder.new_code(&app.sealer, &app.random);
    let name = sha256_hex(code.as_bytes());
    let life = app.config.tokens.code_lifetime;
    app.ephemeral
        .put(Key::Code(&name), &record.to_bytes()?, life)
        .await?;
    Ok(code)
}

async fn with_tokens(
    visit: &Visit,
    given: Given,
    source: &Source,
) -> Result<Given, ProtocolRefusal> {
    let (app, brand, client) = (&visit.app, &visit.brand, &visit.client.client);
    let wanted = visit.interaction.request.response_type;
    let access_token = wanted
        .gives_access_token()
        .then(|| source::access_token(app, brand, client, source))
        .transpose()?;
    let beside = Beside {
        access_token: access_token.as_ref().map(|issued| issued.text.as_str()),
        code: given.code.as_deref(),
        state: visit.interaction.request.state.as_deref(),
        scope_claims: scope_claims(wanted),
    };
    let id_token = if wanted.gives_id_token() {
        Some(source::id_token(app, brand, client, source, &beside).await?)
    } else {
        None
    };
    Ok(Given {
        access_token: access_token.map(|issued| GivenAccessToken {
            issued,
            scope: source.grant.access.scope.clone(),
        }),
        id_token,
        ..given
    })
}

fn scope_claims(wanted: ResponseType) -> ScopeClaims {
    if wanted.leads_to_access_token() {
        ScopeClaims::AtUserInfo
    } else {
        ScopeClaims::InIdToken
    }
}
