//! Puts a dealer link in force. The person agreed to the notice and has freshly
//! authenticated since, so both consents and the link are written in one transaction.

use axum::http::StatusCode;

use super::state::NoticeRead;
use super::visit::Visit;
use crate::accounts::consent::{self, ConsentContext};
use crate::accounts::dealer::{Dealer, DealerLink};
use crate::dealer_links::events;
use crate::dealer_links::withdrawal::fingerprint;
use crate::fault::Fault;
use crate::http::kept;
use crate::http::refusal::PageRefusal;
use crate::oidc::authorization_details::{AuthorizationDetail, customer_number};
use crate::oidc::code_record::CustomerNumber;
use crate::oidc::grant::Access;
use crate::oidc::steps::AccountAndDealer;
use crate::store::dealer_links::Linked;

/// Notes that the account agreed to link the dealer, by the notice as it reads now in the
/// language of this visit.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn agree(
    visit: &mut Visit,
    account_id: &str,
    dealer: &Dealer,
) -> Result<(), PageRefusal> {
    let read = NoticeRead {
        version: dealer.notice.version.clone(),
        locale: visit.locale,
    };
    visit
        .save(|interaction| {
            interaction
                .progress
                .agree_to_dealer(account_id, &dealer.code);
            interaction
                .notices_read
                .insert(dealer.code.clone(), read.clone());
        })
        .await
}

/// Links the dealer with that code to the logged-in account. If the notice changed since
/// the person agreed, or the dealer closed, nothing is linked and the person reads the
/// notice again. Nothing is linked either if the account was closed meanwhile.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable.
pub async fn link(visit: &mut Visit, code: &str) -> Result<(), PageRefusal> {
    let app = visit.app.clone();
    let Some(live) = visit.session.clone() else {
        return Err(Fault::because("a dealer was to be linked to nobody").into());
    };
    let Some(dealer) = app.dealers.get(code) else {
        return Err(
            Fault::because("a dealer vanished from the directory while it was linked").into(),
        );
    };
    let read = visit.interaction.notices_read.get(code).cloned();
    let Some(read) = read.filter(|read| dealer.open && read.version == dealer.notice.version)
    else {
        return visit
            .save(|interaction| {
                interaction
                    .progress
                    .withdraw_dealer_consent(&live.account.id, code);
            })
            .await;
    };
    if !kept::may_consent(&app, &live.account.id).await? {
        let code = "temporarily_unavailable";
        return Err(PageRefusal::Page(StatusCode::TOO_MANY_REQUESTS, code));
    }
    let context = ConsentContext {
        locale: read.locale,
        ..consent_context(visit)
    };
    let consents = consent::dealer_link(
        &live.account,
        &dealer,
        &context,
        [app.random.id(), app.random.id()],
    )
    .ok_or_else(|| Fault::because("a dealer without a notice was to be linked"))?;
    let [to_toyota, to_dealer] = &consents;
    let link = DealerLink {
        dealer_code: code.to_owned(),
        linked_at: context.at,
        consent_ids: [to_toyota.id.clone(), to_dealer.id.clone()],
        client_id: context.client_id.clone(),
        notice_version: dealer.notice.version.clone(),
        made_with: None,
        taken_over: Vec::new(),
        // The number comes when the client redeems the code.
        customer_number: None,
        numbered_by: None,
    };
    let said = (&link, to_dealer.wording_version.as_str());
    let events = events::linked(&app, &visit.brand, &live.account.id, said).await?;
    // Noted as just linked before the link is stored: a second press of the button in
    // between must still be shown ⑮.
    let just_linked = AccountAndDealer::new(&live.account.id, code);
    visit
        .save(|interaction| interaction.progress.just_linked.insert(just_linked.clone()))
        .await?;
    let links = app.store.dealer_links();
    let linked = links.link(&live.account.id, &link, &consents, &events);
    if linked.await? == Linked::Closed {
        visit.lose_session();
        return Ok(());
    }
    app.outbox.wake();
    visit
        .save(|interaction| {
            interaction.progress.link_dealer(&live.account.id, code);
        })
        .await
}

/// Returns the customer numbers that the client pushed for the dealers that it is granted.
#[must_use]
pub(super) fn numbers_of(visit: &Visit, granted: &Access) -> Vec<CustomerNumber> {
    let request = &visit.interaction.request;
    let granted = |code: &str| {
        let linked = AuthorizationDetail::linked(code);
        granted.authorization_details.contains(&linked)
    };
    let pushed = request.dealers_asked().filter_map(|asked| {
        let number = customer_number(&request.authorization_details, asked)?;
        let dealer_code = visit.app.dealers.present(asked)?.code.clone();
        granted(&dealer_code).then(|| CustomerNumber {
            dealer_code,
            number: number.to_owned(),
        })
    });
    pushed.collect()
}

/// Returns the customer number that ⑩ shows for this dealer: the link gets it if the person
/// agrees.
#[must_use]
pub fn number_for(visit: &Visit, code: &str) -> Option<String> {
    let request = &visit.interaction.request;
    let of_dealer = |asked: &&str| {
        let dealer = visit.app.dealers.present(asked);
        dealer.is_some_and(|dealer| dealer.code == code)
    };
    let mut asked = request.dealers_asked().filter(of_dealer);
    asked
        .find_map(|asked| customer_number(&request.authorization_details, asked))
        .map(str::to_owned)
}

/// The circumstances of a consent given in this visit. The client address and the user
/// agent are kept as keyed hashes: they can be compared, but not read without the key.
#[must_use]
pub fn consent_context(visit: &Visit) -> ConsentContext {
    let app = &visit.app;
    ConsentContext {
        at: app.clock.now(),
        locale: visit.locale,
        brand: visit.brand.name.clone(),
        operator: app.config.operator.clone(),
        client_id: Some(visit.interaction.request.client_id.to_string()),
        ip_hash: Some(fingerprint(app, "ip", &visit.address.0.to_string())),
        user_agent_hash: Some(fingerprint(app, "user agent", &visit.user_agent)),
        auth_time: visit.session.as_ref().map(|live| live.session.auth_time),
    }
}
