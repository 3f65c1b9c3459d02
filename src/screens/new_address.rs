//! An address that is to become a login ID, before a code goes there: whether its
//! domain is one that the operator refuses, or one that seems to take no mail. The answer
//! follows from the domain, and from nothing that an account would change.

use super::form::Form;
use crate::accounts::email_address::EmailAddress;
use crate::app::App;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::one_time_codes::limits;

/// The field of a form that says which domain the page asked about.
const ASKED: &str = "asked_domain";

/// The code of what is the matter with `address`, if it is not taken. A domain that
/// seems to take no mail is a question: whoever sends the form once more means it.
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
