//! After ⑥: the address, now proven, has an account already.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AlreadyRegistered {
    /// The address.
    pub email: String,
}

impl Page for AlreadyRegistered {
    const TEMPLATE: &'static str = "registration/already_registered.html";
    const SCREEN: &'static str = "registration-already-registered";
}
