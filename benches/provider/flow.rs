//! The flows of a relying party and a person (OpenID Connect Core §3.1).

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common_id::random::Random;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::Outcome;
use super::http::{Answer, Browser};
use super::page;
use super::provider::{CLIENT, CLIENT_SECRET, PASSWORD, REDIRECT_URI};

/// The most redirects followed; no flow has so many.
const MOST_STEPS: usize = 12;

/// The token response.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
}

/// A person with a browser, and the relying party's own connection to the provider.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    pub(crate) back_channel: Browser,
    login_id: String,
    authorization: String,
}

/// How an attempt to log in ended.
#[derive(Debug)]
pub(crate) enum Login {
    /// A code, and the PKCE verifier that belongs to it.
    Code { code: String, verifier: String },
    /// The provider was too busy; the value is its `Retry-After`.
    ComeBackLater(Duration),
}

impl Visitor {
    pub(crate) fn new(address: std::net::SocketAddr, login_id: String) -> Self {
        let credentials = STANDARD.encode(format!("{CLIENT}:{CLIENT_SECRET}"));
        Self {
            browser: Browser::new(address),
            back_channel: Browser::new(address),
            login_id,
            authorization: format!("Basic {credentials}"),
        }
    }

    /// Goes from the authorization request to the code, with a login if the page asks for
    /// it.
    pub(crate) fn authorize(&mut self, scope: &str) -> Outcome<Login> {
        let verifier = Random::System.secret();
        let state = Random::System.id();
        let mut answer = self
            .browser
            .get(&authorization_request(scope, &verifier, &state), &[])?;
        let mut here = String::new();
        for _ in 0..MOST_STEPS {
            if let (503, Some(seconds)) = (answer.status, &answer.retry_after) {
                return Ok(Login::ComeBackLater(Duration::from_secs(seconds.parse()?)));
            }
            if let Some(location) = &answer.location {
                if location.starts_with(REDIRECT_URI) {
                    let code = code_of(location, &state)?;
                    return Ok(Login::Code { code, verifier });
                }
                here.clone_from(location);
                answer = self.browser.get(&here, &[])?;
                continue;
            }
            if answer.status != 200 {
                return Err(unexpected(&here, &answer));
            }
            let form = page::fill_in_login(&answer.body, &self.login_id, PASSWORD)?;
            answer = self.browser.post(&here, &[], &form)?;
        }
        Err("a flow without end".into())
    }

    /// Runs a whole flow, with a login if needed, and returns the tokens.
    pub(crate) fn tokens(&mut self, scope: &str) -> Outcome<Tokens> {
        match self.authorize(scope)? {
            Login::Code { code, verifier } => self.token(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("code_verifier", &verifier),
                ("redirect_uri", REDIRECT_URI),
            ]),
            Login::ComeBackLater(_) => Err("too busy to log in".into()),
        }
    }

    /// Sends a token request.
    pub(crate) fn token(&mut self, parameters: &[(&str, &str)]) -> Outcome<Tokens> {
        let answer = self.as_client("/token", parameters)?;
        let mut tokens: Value = serde_json::from_str(&answer.body)?;
        let mut text = |name| match tokens.get_mut(name).map(Value::take) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Ok(Tokens {
            access_token: text("access_token").ok_or("no access token")?,
            refresh_token: text("refresh_token"),
        })
    }

    /// Sends a form with client authentication.
    pub(crate) fn as_client(
        &mut self,
        target: &str,
        parameters: &[(&str, &str)],
    ) -> Outcome<Answer> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let headers = [("authorization", self.authorization.as_str())];
        good(target, self.back_channel.post(target, &headers, &form)?)
    }

    /// Requests the person's claims.
    pub(crate) fn userinfo(&mut self, access_token: &str) -> Outcome<Answer> {
        let bearer = format!("Bearer {access_token}");
        let headers = [("authorization", bearer.as_str())];
        good("/userinfo", self.back_channel.get("/userinfo", &headers)?)
    }
}

/// Returns the response if its status is 200; else an error.
pub(crate) fn good(target: &str, answer: Answer) -> Outcome<Answer> {
    if answer.status == 200 {
        Ok(answer)
    } else {
        Err(unexpected(target, &answer))
    }
}

fn unexpected(target: &str, answer: &Answer) -> Box<dyn std::error::Error + Send + Sync> {
    let body: String = answer.body.chars().take(300).collect();
    format!("{target} answered {}: {body}", answer.status).into()
}

fn authorization_request(scope: &str, verifier: &str, state: &str) -> String {
    let challenge = digest::digest(&digest::SHA256, verifier.as_bytes());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", CLIENT)
        .append_pair("redirect_uri", REDIRECT_URI)
        .append_pair("scope", scope)
        .append_pair("state", state)
        .append_pair("nonce", &Random::System.id())
        .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("/authorize?{query}")
}

fn code_of(location: &str, state: &str) -> Outcome<String> {
    let url: Url = location.parse()?;
    let of = |wanted: &str| {
        url.query_pairs()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if of("state").as_deref() != Some(state) {
        return Err("another state came back".into());
    }
    of("code").ok_or_else(|| format!("no code in {location}").into())
}
