//! The client that asks for the account pages (`/account`). It is in no register: it is
//! given no code, only a redirect back to the page. The list of account pages is here;
//! their routes are in `screens::account`.

use std::collections::BTreeMap;

use crate::brand::Brand;
use crate::locale::Locale;
use crate::oidc::client::{Client, ClientId, GrantType, Party, RESERVED, ResponseType};
use crate::oidc::scope::Scope;
use crate::store::clients::StoredClient;

crate::wire_words! {
    /// An account page, by its path below the issuer.
    pub enum OwnPage {
        /// The list of all account pages.
        Home = "/account",
        /// Adds and removes the authenticator app.
        AuthenticatorApp = "/account/authenticator-app",
        /// Changes a birthdate that is wrong.
        Birthdate = "/account/birthdate",
        /// The consents given and withdrawn.
        Consents = "/account/consents",
        /// Changes the e-mail address.
        Email = "/account/email",
        /// Asks for the code sent to the new address.
        EmailCode = "/account/email/code",
        /// The login history.
        History = "/account/history",
        /// Closes the account (退会).
        Leave = "/account/leave",
        /// Adds, renames and removes passkeys.
        Passkeys = "/account/passkeys",
        /// Changes the password.
        Password = "/account/password",
        /// Switches login by mobile number on and off.
        PhoneLogin = "/account/phone-login",
        /// Asks for the code sent to the mobile number.
        PhoneLoginCode = "/account/phone-login/code",
        /// Changes the profile (会員情報の編集).
        Profile = "/account/profile",
        /// Makes recovery codes.
        RecoveryCodes = "/account/recovery-codes",
        /// The linked dealers and the allowed services.
        Services = "/account/services",
        /// The devices on which the person is logged in.
        Sessions = "/account/sessions",
        /// Asks for two steps at every login, and lists the trusted devices.
        TwoSteps = "/account/two-steps",
    }
}

pub(super) fn url_of(brand: &Brand, path: &str) -> String {
    format!("{}{path}", brand.issuer)
}

/// The client that asks for the account pages.
pub(super) fn client(brand: &Brand) -> StoredClient {
    let names = Locale::ALL.map(|locale| {
        let name = brand.display_name(locale).to_owned();
        (locale.tag().to_owned(), name)
    });
    let pages = OwnPage::ALL.iter();
    let client = Client {
        client_name: BTreeMap::from(names),
        brands: vec![brand.name.clone()],
        party: Party::First,
        redirect_uris: pages.map(|page| url_of(brand, page.as_str())).collect(),
        grant_types: vec![GrantType::AuthorizationCode],
        response_types: vec![ResponseType::Code],
        scope: Scope::of(["openid"]),
        // No code is given, so there is nothing to bind by PKCE.
        may_omit_pkce: true,
        ..Client::named(ClientId(RESERVED.to_owned()))
    };
    StoredClient::of(client, None)
}
