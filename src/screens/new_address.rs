//! Checks an address that is to become a login ID, before a code is sent there: whether the
//! operator refuses its domain, and whether the domain seems to accept no mail. The result
//! depends on the domain only, never on whether an account has the address.

use super::form::Form;
use crate::accounts::email_address::EmailAddress;
use crate::app::App;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::one_time_codes::limits;

/// The form field with the domain that the page asked about.
const ASKED: &str = "asked_domain";

/// Returns the error code if `address` is not accepted. For a domain that seems to accept
/// no mail the page only asks: sending the form once more accepts the address.
pub(super) async fn not_taken(
    app: &App,
    from: ClientAddress,
    address: &EmailAddress,
    form: &Form,
) -> Result<Option<&'static str>, Fault> {
    let domain = address.domain();
    if app
        .config
        .registration
        .refused_email_domains
        .contain(domain)
    {
        return Ok(Some("email-domain-refused"));
    }
    let is_certain = !app.mail_domains.are_looked_up()
        || address.is_of_a_known_provider()
        || form.get(ASKED) == domain;
    if is_certain || !limits::may_look_up_domain(app, from).await? {
        return Ok(None);
    }
    let takes_no_mail = app.mail_domains.takes_no_mail(domain).await;
    Ok(takes_no_mail.then_some("email-domain-takes-no-mail"))
}
