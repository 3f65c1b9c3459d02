//! Logging out of all brands. Ending a login ends it everywhere at once, by its
//! `sid`; no browser is needed for that. Only who logged in under two brands one
//! by one, in the same browser, has a second login, which just that browser's cookie
//! tells from those on the person's other devices: then it passes by there.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::between_brands::{self, STATEMENT, Statement};
use super::browser::{self, LiveSession};
use super::cookies::{self, CookieKind};
use super::refusal::PageRefusal;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::logout::Destination;

/// Where a browser passes by, on its way from a logout under another brand.
pub const PATH: &str = "/sign-out";

/// The page that says that one is logged out.
pub const LOGGED_OUT: &str = "/logged-out";

/// How long after the logout a browser may pass by.
const LIFE: Duration = Duration::from_secs(60);

/// Says who has just logged out, and where their browser goes in the end.
#[derive(Debug, Serialize, Deserialize)]
pub struct Passage {
    account_id: String,
    /// The brand where they logged out.
    home: String,
    /// The brand that the browser passes by now.
    by: String,
    /// Those after it.
    later: Vec<String>,
    destination: Destination,
    left_at: Timestamp,
}

impl Statement for Passage {
    const KIND: &'static str = "sign-out";
}

/// Leaves for `destination` after a logout under `brand`, passing by the brands where
/// the person has other logins.
///
/// # Errors
/// If the way cannot be written.
pub fn leave(
    app: &App,
    brand: &Brand,
    live: &LiveSession,
    by: Vec<String>,
    destination: &Destination,
) -> Result<Response, Fault> {
    let passage = Passage {
        account_id: live.account.id.clone(),
        home: brand.name.clone(),
        by: String::new(),
        later: by,
        destination: destination.clone(),
        left_at: app.clock.now(),
    };
    passage.go_on(app)
}

impl Passage {
    /// Passes by `brand`: whoever logged out is logged out here too, and nobody else.
    ///
    /// # Errors
    /// If it was made for another brand or too long ago, or a store fails.
    pub async fn pass(
        self,
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
        browser::log_out(app, &live).await?;
        let mut response = self.go_on(app)?;
        forget_session(brand, &mut response);
        Ok(response)
    }

    /// To the next brand; after the last one to where the person goes then.
    fn go_on(mut self, app: &App) -> Result<Response, Fault> {
        while let Some(name) = self.later.pop() {
            if let Some(brand) = app.brands.by_name(&name) {
                self.by = name;
                let statement = self.seal(app)?;
                return between_brands::see(brand, PATH, &[(STATEMENT, &statement)]);
            }
        }
        match &self.destination {
            Destination::Client(uri) => between_brands::see_url(uri),
            Destination::LoggedOut => {
                let home = app.brands.by_name(&self.home);
                let home = home.ok_or_else(|| Fault::because("a brand is gone"))?;
                between_brands::see(home, LOGGED_OUT, &[])
            }
        }
    }
}

/// Takes the cookie of the session that ended from the browser.
pub fn forget_session(brand: &Brand, response: &mut Response) {
    if let Some(removed) = cookies::set(brand, CookieKind::Session, "", 0) {
        response.headers_mut().append(header::SET_COOKIE, removed);
    }
}
