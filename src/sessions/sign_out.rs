//! Logout under every brand. Ending a login ends all its sessions at once, by its `sid`; no
//! browser is needed for that. Only a person who logged in under two brands separately, in
//! the same browser, has a second login there. Only that browser's cookie distinguishes it
//! from logins on other devices, so the browser passes by the other brand.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::between_brands::{self, STATEMENT, Statement};
use super::browser::{self, LiveSession};
use super::frames::{Framed, framed};
use super::log_out::log_out;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::cookies::{self, CookieKind};
use crate::http::refusal::PageRefusal;
use crate::oidc::client::{Client, ClientId};
use crate::oidc::logout::Destination;
use crate::store::sessions::Ended;

/// Path that a browser passes by after a logout under another brand.
pub const PATH: &str = "/sign-out";

/// Path of the page that confirms the logout.
pub const LOGGED_OUT: &str = "/logged-out";

/// How long after the logout a browser may pass by.
const LIFE: Duration = Duration::from_secs(60);

/// The account that has just logged out, and where its person goes then.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'a> {
    account_id: &'a str,
    destination: &'a Destination,
    service: Option<&'a Client>,
}

impl<'a> Leaving<'a> {
    /// A person who leaves for `destination`: a page of a client, or one of ours.
    #[must_use]
    pub fn of(
        live: &'a LiveSession,
        destination: &'a Destination,
        service: Option<&'a Client>,
    ) -> Self {
        Self {
            account_id: &live.account.id,
            destination,
            service,
        }
    }
}

/// States which account has just logged out, and where its browser finally goes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Passage {
    account_id: String,
    /// The brand under which the person logged out.
    home: String,
    /// The brand that the browser passes by now.
    by: String,
    /// The brands after it.
    later: Vec<String>,
    destination: Destination,
    service: Option<ClientId>,
    told: Vec<Framed>,
    left_at: Timestamp,
}

impl Statement for Passage {
    const KIND: &'static str = "sign-out";
}

/// Leaves after a logout under `brand`, passing by the brands where the person has other
/// logins.
///
/// # Errors
/// `Fault` if the statement cannot be sealed or an address is no header value.
pub fn leave(
    app: &App,
    brand: &Brand,
    leaving: Leaving<'_>,
    ended: Ended,
) -> Result<Response, Fault> {
    let passage = Passage {
        account_id: leaving.account_id.to_owned(),
        home: brand.name.clone(),
        by: String::new(),
        later: ended.elsewhere,
        destination: leaving.destination.clone(),
        service: leaving.service.map(|client| client.client_id.clone()),
        told: framed(ended.participants).collect(),
        left_at: app.clock.now(),
    };
    passage.go_on(app)
}

impl Passage {
    /// Passes by `brand`: logs the same account out here, and no other account.
    ///
    /// # Errors
    /// An error page if the statement was made for another brand or too long ago. `Fault`
    /// if the database is unreachable.
    pub async fn pass(
        mut self,
        app: &App,
        brand: &Brand,
        headers: &HeaderMap,
    ) -> Result<Response, PageRefusal> {
        if self.by != brand.name || app.clock.now().since(self.left_at) > LIFE {
            return Err(between_brands::not_ours());
        }
        let here = browser::session_of(app, brand, headers).await?;
        let Some(live) = here.filter(|live| live.account.id == self.account_id) else {
            return Ok(self.go_on(app)?);
        };
        let ended = log_out(app, &live).await?;
        self.told.extend(framed(ended.participants));
        let mut response = self.go_on(app)?;
        forget_session(brand, &mut response);
        Ok(response)
    }

    /// Redirects to the next brand, or after the last brand to the final destination.
    fn go_on(mut self, app: &App) -> Result<Response, Fault> {
        while let Some(name) = self.later.pop() {
            if let Some(brand) = app.brands.by_name(&name) {
                self.by = name;
                let statement = self.seal(app)?;
                return between_brands::see(brand, PATH, &[(STATEMENT, &statement)]);
            }
        }
        let home = app.brands.by_name(&self.home);
        let home = home.ok_or_else(|| Fault::because("a brand is gone"))?;
        if !self.told.is_empty() {
            let parting = Parting {
                home: self.home,
                destination: self.destination,
                service: self.service,
                told: self.told,
                parted_at: app.clock.now(),
            };
            let statement = parting.seal(app)?;
            return between_brands::see(home, LOGGED_OUT, &[(STATEMENT, &statement)]);
        }
        match &self.destination {
            Destination::Client(uri) => between_brands::see_url(uri),
            Destination::LoggedOut => between_brands::see(home, LOGGED_OUT, &[]),
        }
    }
}

/// States which clients the page after a logout tells of it, and where it leads on to.
#[derive(Debug, Serialize, Deserialize)]
pub struct Parting {
    /// The brand whose page it is.
    pub home: String,
    /// Where the person goes then.
    pub destination: Destination,
    /// The client whose page that is.
    pub service: Option<ClientId>,
    told: Vec<Framed>,
    parted_at: Timestamp,
}

impl Statement for Parting {
    const KIND: &'static str = "parting";
}

impl Parting {
    /// The clients to tell now. None once the statement is old: the person came back to the
    /// page, and may have logged in again meanwhile.
    #[must_use]
    pub fn told(&self, now: Timestamp) -> &[Framed] {
        if now.since(self.parted_at) > LIFE {
            &[]
        } else {
            &self.told
        }
    }
}

/// Removes the cookies of the ended session from the browser.
pub fn forget_session(brand: &Brand, response: &mut Response) {
    for kind in [CookieKind::Session, CookieKind::BrowserState] {
        if let Some(removed) = cookies::set(brand, kind, "", 0) {
            response.headers_mut().append(header::SET_COOKIE, removed);
        }
    }
}
