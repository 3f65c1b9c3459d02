//! A browser for the tests, as far as a relying party sees one: it keeps cookies.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::{Extension, Router};
use relying_parties::{RelyingPartyConfig, router};
use scraper::{Html, Selector};
use tower::ServiceExt as _;
use url::Url;

use crate::fake_provider::FakeProvider;

pub(crate) struct Browser {
    party: Router,
    pub(crate) cookies: BTreeMap<String, String>,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn at(config: RelyingPartyConfig) -> Self {
        Self {
            party: router(config).expect("the configuration works"),
            cookies: BTreeMap::new(),
        }
    }

    /// Returns another browser at the same relying party.
    pub(crate) fn another(&self) -> Self {
        Self {
            party: self.party.clone(),
            cookies: BTreeMap::new(),
        }
    }

    /// Makes later requests come from this client address.
    pub(crate) fn moves_to(&mut self, address: [u8; 4]) {
        let from = Extension(ConnectInfo(SocketAddr::from((address, 50_000))));
        self.party = self.party.clone().layer(from);
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path)).await
    }

    pub(crate) async fn post(&mut self, path: &str) -> Page {
        self.send(Request::post(path).header("sec-fetch-site", "same-origin"))
            .await
    }

    /// Sends a form from the party's own page.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        self.send_with(request, body).await
    }

    /// The same, with the form written out.
    pub(crate) async fn send_form(&mut self, path: &str, form: &str) -> Page {
        let fields: Vec<_> = url::form_urlencoded::parse(form.as_bytes())
            .into_owned()
            .collect();
        let fields: Vec<_> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        self.submit(path, &fields).await
    }

    pub(crate) async fn send(&mut self, request: axum::http::request::Builder) -> Page {
        self.send_with(request, String::new()).await
    }

    pub(crate) async fn send_with(
        &mut self,
        request: axum::http::request::Builder,
        body: String,
    ) -> Page {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(COOKIE, cookies.join("; "))
            .body(Body::from(body))
            .unwrap();
        let answer = self.party.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Page {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Logs in at the provider, and returns the callback's response.
    pub(crate) async fn log_in(&mut self, provider: &FakeProvider) -> Page {
        let there = self.get("/login").await.location();
        let back = provider.authorize(&there);
        self.get(&back).await
    }
}

impl Page {
    pub(crate) fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        let location = self.headers[LOCATION].to_str().unwrap();
        Url::parse("http://rp.invalid")
            .unwrap()
            .join(location)
            .unwrap()
    }

    /// Returns the texts of the elements that `selector` matches.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        Html::parse_document(&self.body)
            .select(&Selector::parse(selector).unwrap())
            .map(|element| element.text().collect::<String>().trim().to_owned())
            .collect()
    }

    /// Returns the page's `data-screen`.
    pub(crate) fn screen(&self) -> String {
        let html = Html::parse_document(&self.body);
        let body = Selector::parse("body").unwrap();
        let body = html.select(&body).next().unwrap();
        body.attr("data-screen").unwrap_or_default().to_owned()
    }

    /// Returns the page's `data-error`.
    pub(crate) fn error(&self) -> String {
        let html = Html::parse_document(&self.body);
        let body = Selector::parse("body").unwrap();
        let body = html.select(&body).next().unwrap();
        body.attr("data-error").unwrap_or_default().to_owned()
    }
}
