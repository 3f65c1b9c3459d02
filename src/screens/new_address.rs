//! An address that is to become a login ID, before a code goes there: whether its
//! domain is one that the operator refuses. The answer follows from the domain, and
//! from nothing that an account would change.

use crate::accounts::email_address::EmailAddress;
use crate::app::App;

/// The code of what is the matter with `address`, if it is not taken.
pub(super) fn not_taken(app: &App, address: &EmailAddress) -> Option<&'static str> {
    let refused = &app.config.registration.refused_email_domains;
    let is_refused = refused.contain(address.domain());
    is_refused.then_some("email-domain-refused")
}
