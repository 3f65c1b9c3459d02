//! A person's phone: it keeps cookies for each host, follows redirects within the provider,
//! fills in the forms of a page and presses their buttons. Every `*.localhost` is this
//! machine.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use url::{Url, form_urlencoded};

/// The most redirects followed; no path through the provider has so many.
const MOST_REDIRECTS: usize = 12;

/// Creates an HTTP client that resolves `*.localhost` to this machine and follows no
/// redirects. It trusts no certificate: reading the system's takes longer than a request.
pub(crate) fn http_client() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(Loopback))
        .no_proxy()
        .build()
        .unwrap()
}

/// Resolves names below `localhost`, and no others, to 127.0.0.1.
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let known = name.as_str() == "localhost" || name.as_str().ends_with(".localhost");
        Box::pin(async move {
            if !known {
                return Err(format!("{} is not on this machine", name.as_str()).into());
            }
            let addresses: Addrs = Box::new(std::iter::once(SocketAddr::from(([127, 0, 0, 1], 0))));
            Ok(addresses)
        })
    }
}

/// A phone with its browser.
#[derive(Clone)]
pub(crate) struct Phone {
    client: reqwest::Client,
    /// Host → cookie name → value.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    language: &'static str,
    user_agent: &'static str,
    /// The `Sec-Fetch-Dest` of the pages it loads.
    destination: &'static str,
    /// The address that a proxy says the requests come from.
    address: Option<String>,
}

/// Where a request ended.
#[derive(Clone, Debug)]
pub(crate) enum Landed {
    /// On a page of the provider.
    On(Page),
    /// At a relying party's URL, which is not opened.
    Away(Url),
}

impl Landed {
    /// Returns the page; fails the test if it ended elsewhere.
    #[track_caller]
    pub(crate) fn page(self) -> Page {
        match self {
            Self::On(page) => page,
            Self::Away(url) => panic!("a page was expected, but the provider answered to {url}"),
        }
    }

    /// Returns the page if it has this `data-screen`; else fails the test.
    #[track_caller]
    pub(crate) fn screen(self, name: &str) -> Page {
        let page = self.page();
        assert_eq!(
            page.screen(),
            name,
            "at {} ({}, {:?}):\n{}",
            page.url.path(),
            page.status,
            page.errors(),
            page.words()
        );
        page
    }

    /// Returns the relying party's URL; fails the test if it ended elsewhere.
    #[track_caller]
    pub(crate) fn away(self) -> Url {
        match self {
            Self::Away(url) => url,
            Self::On(page) => panic!(
                "an answer to the relying party was expected, not {} ({}):\n{}",
                page.url.path(),
                page.status,
                page.words()
            ),
        }
    }
}

/// A response that was not redirected.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The address of the page.
    pub(crate) url: Url,
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its text.
    pub(crate) body: String,
}

impl Phone {
    /// A new phone, set to Japanese.
    pub(crate) fn new() -> Self {
        Self {
            client: http_client(),
            cookies: BTreeMap::new(),
            language: "ja-JP,ja;q=0.9",
            user_agent: "Phone/1.0 (a test)",
            destination: "document",
            address: None,
        }
    }

    /// A new phone behind a proxy that names this address.
    pub(crate) fn behind_proxy(address: impl Into<String>) -> Self {
        let mut phone = Self::new();
        phone.move_to(address);
        phone
    }

    /// Removes a cookie of every host.
    pub(crate) fn forget_cookie(&mut self, name: &str) {
        for jar in self.cookies.values_mut() {
            jar.remove(name);
        }
    }

    /// Sends the following requests from another address.
    pub(crate) fn move_to(&mut self, address: impl Into<String>) {
        self.address = Some(address.into());
    }

    /// A new phone whose browser sends this `User-Agent`.
    pub(crate) fn called(user_agent: &'static str) -> Self {
        Self {
            user_agent,
            ..Self::new()
        }
    }

    /// A phone that shows a relying party's page with the provider in a frame.
    pub(crate) fn framed() -> Self {
        Self {
            destination: "iframe",
            ..Self::new()
        }
    }

    /// A new phone, set to English.
    pub(crate) fn english() -> Self {
        Self {
            language: "en-US,en;q=0.9",
            ..Self::new()
        }
    }

    /// Opens an address as if typed, or linked by another site.
    pub(crate) async fn open(&mut self, url: impl AsRef<str>) -> Landed {
        let url = Url::parse(url.as_ref()).unwrap();
        let answer = self.send(Method::GET, url, None, "cross-site").await;
        self.follow(answer).await
    }

    /// Sends one GET without following a redirect.
    pub(crate) async fn fetch(&mut self, url: impl AsRef<str>) -> Page {
        let url = Url::parse(url.as_ref()).unwrap();
        self.send(Method::GET, url, None, "same-origin").await
    }

    /// Fills in the fields of the form with the button `action`, presses it and follows
    /// redirects.
    pub(crate) async fn press(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Landed {
        let answer = self.press_once(page, action, fields).await;
        self.follow(answer).await
    }

    /// Does what [`Self::press`] does, without following a redirect.
    pub(crate) async fn press_once(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let form = page.form(action).filled(fields);
        self.submit(form).await
    }

    /// Sends a form unchanged, without following a redirect.
    pub(crate) async fn submit(&mut self, form: Form) -> Page {
        let body = form.encoded();
        self.send(Method::POST, form.action, Some(body), "same-origin")
            .await
    }

    /// Sends a form from a page of another site, as the request's headers tell.
    pub(crate) async fn submit_from_elsewhere(&mut self, form: Form) -> Page {
        let body = form.encoded();
        self.send(Method::POST, form.action, Some(body), "cross-site")
            .await
    }

    /// Follows redirects within the provider.
    pub(crate) async fn follow(&mut self, mut answer: Page) -> Landed {
        for _ in 0..MOST_REDIRECTS {
            let Some(target) = answer.redirect() else {
                return Landed::On(answer);
            };
            if !is_provider(&target) {
                return Landed::Away(target);
            }
            let same = target.origin() == answer.url.origin();
            let site = if same { "same-origin" } else { "cross-site" };
            answer = self.send(Method::GET, target, None, site).await;
        }
        panic!("the provider redirects for ever, last to {}", answer.url);
    }

    /// The value of a cookie, if the phone has it for the host of `url`.
    pub(crate) fn cookie(&self, url: &Url, name: &str) -> Option<&str> {
        let host = self.cookies.get(url.host_str().unwrap())?;
        host.get(name).map(String::as_str)
    }

    /// The `Cookie` header that the phone sends to the host of `url`.
    pub(crate) fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let cookies = self.cookies.get(url.host_str().unwrap())?;
        let line: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        // Not `parse`: browsers send values that are not ASCII, too.
        Some(HeaderValue::try_from(line.join("; ")).unwrap())
    }

    /// Puts a cookie into the phone for the host of `url`.
    pub(crate) fn put_cookie(&mut self, url: &Url, name: &str, value: &str) {
        let host = url.host_str().unwrap().to_owned();
        let jar = self.cookies.entry(host).or_default();
        jar.insert(name.to_owned(), value.to_owned());
    }

    /// Presses a button; returns `None` if the server died before it answered.
    pub(crate) async fn try_press(&mut self, page: &Page, action: &str) -> Option<Page> {
        let form = page.form(action);
        let body = form.encoded();
        self.try_send(Method::POST, form.action, Some(body), "same-origin")
            .await
            .ok()
    }

    async fn send(
        &mut self,
        method: Method,
        url: Url,
        form: Option<String>,
        site: &'static str,
    ) -> Page {
        let answer = self.try_send(method, url.clone(), form, site).await;
        answer.unwrap_or_else(|error| panic!("{url}: {error:?}"))
    }

    async fn try_send(
        &mut self,
        method: Method,
        url: Url,
        form: Option<String>,
        site: &'static str,
    ) -> reqwest::Result<Page> {
        let mut request = self
            .client
            .request(method, url.clone())
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(header::ACCEPT_LANGUAGE, self.language)
            .header(header::USER_AGENT, self.user_agent)
            .header("Sec-Fetch-Site", site)
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", self.destination)
            .header("Sec-Fetch-User", "?1");
        if let Some(line) = self.cookies(&url) {
            request = request.header(header::COOKIE, line);
        }
        if let Some(address) = &self.address {
            request = request.header("X-Forwarded-For", address);
        }
        if let Some(form) = form {
            request = request
                .header(header::ORIGIN, url.origin().ascii_serialization())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        self.keep_cookies(&url, &headers);
        let body = answer.text().await?;
        Ok(Page {
            url,
            status,
            headers,
            body,
        })
    }

    fn keep_cookies(&mut self, url: &Url, headers: &HeaderMap) {
        let jar = self
            .cookies
            .entry(url.host_str().unwrap().to_owned())
            .or_default();
        for cookie in headers.get_all(header::SET_COOKIE) {
            let (name, value, attributes) = cookie_parts(cookie);
            if attributes
                .iter()
                .any(|attribute| attribute.eq_ignore_ascii_case("Max-Age=0"))
            {
                jar.remove(&name);
            } else {
                jar.insert(name, value);
            }
        }
    }
}

/// Splits a `Set-Cookie` into name, value and attributes.
pub(crate) fn cookie_parts(cookie: &HeaderValue) -> (String, String, Vec<String>) {
    let text = cookie.to_str().unwrap();
    let mut parts = text.split(';').map(str::trim);
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    let attributes = parts.map(str::to_owned).collect();
    (name.to_owned(), value.to_owned(), attributes)
}

/// Whether a host belongs to one of the provider's brands in the tests.
fn is_provider(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host.starts_with("id.") && host.ends_with(".localhost")
}

/// A form of a page, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// The address the form is sent to.
    pub(crate) action: Url,
    /// The fields in order, the pressed button among them.
    pub(crate) fields: Vec<(String, String)>,
    /// The names of the fields that a person could fill in.
    names: Vec<String>,
}

impl Form {
    /// Fills in these fields; fails the test if the form lacks one.
    #[track_caller]
    pub(crate) fn filled(mut self, fields: &[(&str, &str)]) -> Self {
        for (name, value) in fields {
            assert!(
                self.names.iter().any(|known| known == name),
                "the form has no field {name}, only {:?}",
                self.names
            );
            self.fields.retain(|(known, _)| known != name);
            self.fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self
    }

    fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }

    /// The value of a field.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Page {
    /// Returns the address that the response redirects to.
    pub(crate) fn redirect(&self) -> Option<Url> {
        if !self.status.is_redirection() {
            return None;
        }
        let target = self.headers.get(header::LOCATION)?.to_str().unwrap();
        Some(self.url.join(target).unwrap())
    }

    /// The screen's name: `<body data-screen="…">`.
    pub(crate) fn screen(&self) -> String {
        let document = Html::parse_document(&self.body);
        let body = document.select(&select("body")).next();
        body.and_then(|body| body.attr("data-screen"))
            .unwrap_or_default()
            .to_owned()
    }

    /// Returns the stable codes of the page's errors, in order, each once.
    pub(crate) fn errors(&self) -> Vec<String> {
        let document = Html::parse_document(&self.body);
        let mut codes: Vec<String> = Vec::new();
        for element in document.select(&select("[data-error]")) {
            let code = element.attr("data-error").unwrap().to_owned();
            if !code.is_empty() && !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    /// Returns the text that a person reads, with whitespace folded.
    pub(crate) fn words(&self) -> String {
        let document = Html::parse_document(&self.body);
        let body = document.select(&select("body")).next();
        let words: Vec<&str> = body
            .into_iter()
            .flat_map(|body| body.text())
            .flat_map(str::split_whitespace)
            .collect();
        words.join(" ")
    }

    /// Returns the current value of a field of any form.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let document = Html::parse_document(&self.body);
        document
            .select(&select("form"))
            .flat_map(fields_of)
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Returns the address of the first link whose path contains `part`; fails the test if
    /// there is none.
    #[track_caller]
    pub(crate) fn link(&self, part: &str) -> String {
        let document = Html::parse_document(&self.body);
        let links = select("a[href]");
        let found = document
            .select(&links)
            .filter_map(|link| link.attr("href"))
            .find(|href| href.contains(part));
        let href = found.unwrap_or_else(|| panic!("no link to {part} on {}", self.screen()));
        self.url.join(href).unwrap().to_string()
    }

    /// Returns the addresses of the page's frames.
    pub(crate) fn frames(&self) -> Vec<Url> {
        let document = Html::parse_document(&self.body);
        let frames = select("iframe[src]");
        document
            .select(&frames)
            .map(|frame| self.url.join(frame.attr("src").unwrap()).unwrap())
            .collect()
    }

    /// Returns the address to which the page goes on by itself if scripts are off.
    pub(crate) fn goes_on_to(&self) -> Option<String> {
        let document = Html::parse_document(&self.body);
        // The HTML parser reads the content of `noscript` as text, as a browser with
        // scripts does.
        let others = document.select(&select("noscript")).next()?;
        let others = Html::parse_fragment(&others.text().collect::<String>());
        let refresh = select("meta[http-equiv=\"refresh\"]");
        let content = others.select(&refresh).next()?.attr("content")?;
        Some(content.split_once("url=")?.1.to_owned())
    }

    /// Whether some form has this button.
    pub(crate) fn has_button(&self, action: &str) -> bool {
        self.find_form(action).is_some()
    }

    /// Returns the form with this button pressed; fails the test if there is none.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Form {
        self.find_form(action).unwrap_or_else(|| {
            panic!(
                "no button {action} on {} ({}):\n{}",
                self.screen(),
                self.status,
                self.words()
            )
        })
    }

    /// Returns the first form that is sent to another site, as `form_post` makes one.
    pub(crate) fn form_away(&self) -> Option<Form> {
        let document = Html::parse_document(&self.body);
        document.select(&select("form")).find_map(|form| {
            let action = self.url.join(form.attr("action")?).unwrap();
            (action.origin() != self.url.origin()).then(|| Form {
                action,
                fields: fields_of(form),
                names: Vec::new(),
            })
        })
    }

    fn find_form(&self, action: &str) -> Option<Form> {
        let document = Html::parse_document(&self.body);
        let pressed = select(&format!(
            "button[name=\"action\"][value=\"{action}\"], input[type=\"submit\"][name=\"action\"][value=\"{action}\"]"
        ));
        document.select(&select("form")).find_map(|form| {
            let button = form.select(&pressed).next()?;
            let mut fields = fields_of(form);
            let names = fields_a_person_sees(form);
            fields.push(("action".to_owned(), action.to_owned()));
            let target = button.attr("formaction").or_else(|| form.attr("action"));
            let action = self.url.join(target.unwrap_or_default()).unwrap();
            Some(Form {
                action,
                fields,
                names,
            })
        })
    }
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

/// Returns what a browser would send of an untouched form, without its buttons.
fn fields_of(form: ElementRef<'_>) -> Vec<(String, String)> {
    form.select(&select("input[name], select[name], textarea[name]"))
        .filter_map(|field| Some((field.attr("name")?.to_owned(), value_of(field)?)))
        .collect()
}

/// Returns `None` for what is not sent: buttons, and boxes that are not ticked.
fn value_of(field: ElementRef<'_>) -> Option<String> {
    match (field.value().name(), field.attr("type").unwrap_or("text")) {
        ("textarea", _) => Some(field.text().collect()),
        ("select", _) => chosen(field),
        (_, "submit" | "button" | "image" | "reset") => None,
        (_, "checkbox" | "radio") => field
            .attr("checked")
            .map(|_| field.attr("value").unwrap_or("on").to_owned()),
        _ => Some(field.attr("value").unwrap_or_default().to_owned()),
    }
}

fn chosen(list: ElementRef<'_>) -> Option<String> {
    let options: Vec<ElementRef<'_>> = list.select(&select("option")).collect();
    let option = options
        .iter()
        .find(|option| option.attr("selected").is_some())
        .or_else(|| options.first())?;
    let text = || option.text().collect::<String>().trim().to_owned();
    Some(option.attr("value").map_or_else(text, str::to_owned))
}

fn fields_a_person_sees(form: ElementRef<'_>) -> Vec<String> {
    form.select(&select("input[name], select[name], textarea[name]"))
        .filter(|field| field.attr("type") != Some("hidden"))
        .filter_map(|field| field.attr("name").map(str::to_owned))
        .collect()
}

#[test]
fn the_phone_reads_a_form_as_a_browser_would() {
    let page = Page {
        url: Url::parse("http://id.toyota.localhost/interaction/1/terms?request=x").unwrap(),
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: r#"<body data-screen="terms"><p data-error="missing">Tick.</p>
            <form method="post" action="?request=x"><input type="hidden" name="form" value="t">
            <input type="checkbox" name="terms" value="yes"><input name="email" value="a@b.c">
            <select name="year"><option value="">-<option value="1995" selected>1995</select>
            <button name="action" value="next">Next</button></form></body>"#
            .to_owned(),
    };
    let untouched = page.form("next");
    assert_eq!(untouched.value("terms"), None);
    assert_eq!(untouched.value("year"), Some("1995"));
    let form = untouched.filled(&[("terms", "yes"), ("email", "d@e.f")]);
    let sent: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        sent,
        [
            ("form", "t"),
            ("year", "1995"),
            ("action", "next"),
            ("terms", "yes"),
            ("email", "d@e.f"),
        ]
    );
    assert_eq!(
        form.action.as_str(),
        "http://id.toyota.localhost/interaction/1/terms?request=x"
    );
    assert_eq!(page.errors(), ["missing"]);
    assert!(!page.has_button("back"));
}
