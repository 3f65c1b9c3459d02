//! What every page promises to password managers, screen readers and test drivers, and the
//! headers that protect it.

use std::collections::BTreeSet;

use scraper::{Html, Selector};

use crate::support::browser::{Page, Phone, cookie_parts};
use crate::support::provider::{DEALER, Provider};
use crate::support::steps::{self, PASSWORD, Person};

/// Returns every screen of the longest journey, in one language.
async fn every_page(provider: &Provider, mut phone: Phone, email: &str) -> Vec<Page> {
    let service = provider.service().await;
    let person = Person::new(email);
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
    let request = service.ask("openid").with("authorization_details", details);
    let login = phone.open(service.url(&request)).await.screen("login");
    let failed = phone
        .press(&login, "login", &[("login_id", email), ("password", "x")])
        .await
        .screen("login");
    let terms = phone.press(&login, "register", &[]).await.screen("terms");
    let unticked = phone.press(&terms, "next", &[]).await.screen("terms");
    let address = phone
        .press(&terms, "next", &[("terms", "agree")])
        .await
        .screen("registration-email");
    let wrong_address = phone
        .press(&address, "send_code", &[("email", "x")])
        .await
        .page();
    let code = steps::send_code(&mut phone, &address, email).await;
    let wrong_code = phone.press(&code, "next", &[("code", "x")]).await.page();
    let details = steps::enter_code(&mut phone, provider, &code, email)
        .await
        .screen("registration-details");
    let weak = phone
        .press(&details, "next", &[("new_password", "x")])
        .await
        .page();
    let confirmation = steps::enter_details(&mut phone, &details, &person).await;
    let complete = phone
        .press(&confirmation, "register", &[])
        .await
        .screen("registration-complete");
    let dealer = phone
        .press(&complete, "next", &[])
        .await
        .screen("dealer-link");
    let again = phone.press(&dealer, "link", &[]).await.screen("login");
    let fields = [("login_id", email), ("password", PASSWORD)];
    let linked = phone
        .press(&again, "login", &fields)
        .await
        .screen("dealer-link-complete");
    phone.press(&linked, "next", &[]).await.away();
    let logout = phone
        .open(service.endpoint("end_session_endpoint"))
        .await
        .screen("logout");
    let logged_out = phone
        .press(&logout, "logout", &[])
        .await
        .screen("logged-out");
    let error = phone
        .open(service.url(&service.ask("openid").with("client_id", "x")))
        .await
        .screen("error");
    vec![
        login,
        failed,
        terms,
        unticked,
        address,
        wrong_address,
        code,
        wrong_code,
        details,
        weak,
        confirmation,
        complete,
        dealer,
        again,
        linked,
        logout,
        logged_out,
        error,
    ]
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

#[tokio::test]
async fn every_page_is_what_it_promises_in_both_languages() {
    let provider = Provider::start().await;
    for (phone, language, email) in [
        (Phone::new(), "ja", "hanako@example.jp"),
        (Phone::english(), "en", "taro@example.jp"),
    ] {
        let mut pages = every_page(&provider, phone.clone(), email).await;
        for path in ["/errors", "/errors/invalid_request"] {
            pages.push(phone.clone().open(provider.url(path)).await.page());
        }
        for page in pages {
            let what = format!("{} in {language} ({})", page.screen(), page.status);
            let html = Html::parse_document(&page.body);
            let root = html.select(&select("html")).next().unwrap();
            assert_eq!(root.attr("lang"), Some(language), "{what}");
            assert_eq!(html.select(&select("h1")).count(), 1, "{what}: one heading");
            assert!(
                html.select(&select("title"))
                    .next()
                    .is_some_and(|t| t.text().count() > 0),
                "{what}"
            );
            fields_are_labelled(&html, &what);
            forms_need_no_script(&html, &what);
            if page.status.is_client_error() && page.screen() != "error" {
                let summary = select("[role=alert] a, [role=alert] li");
                assert!(html.select(&summary).next().is_some(), "{what}: a summary");
            }
            if page.status.is_client_error() {
                assert!(!page.errors().is_empty(), "{what}: a stable code");
            }
            assert!(
                !page.words().contains("error-") && !page.words().contains("-title"),
                "{what}: a key is shown"
            );
        }
    }
}

fn fields_are_labelled(html: &Html, what: &str) {
    let mut ids = BTreeSet::new();
    for element in html.select(&select("[id]")) {
        assert!(
            ids.insert(element.attr("id").unwrap()),
            "{what}: {:?} twice",
            element.attr("id")
        );
    }
    for field in html.select(&select(
        "form input[name]:not([type=hidden]), form select, form textarea",
    )) {
        let name = field.attr("name").unwrap();
        assert_eq!(field.attr("id"), Some(name), "{what}: ids equal names");
        let label = select(&format!("label[for=\"{name}\"]"));
        assert!(
            html.select(&label).next().is_some(),
            "{what}: {name} has a label"
        );
        if field.value().name() == "input" && field.attr("type") != Some("checkbox") {
            assert!(
                field.attr("autocomplete").is_some(),
                "{what}: {name} has autocomplete"
            );
        }
        if let Some(described) = field.attr("aria-describedby") {
            for id in described.split_whitespace() {
                assert!(
                    ids.contains(id),
                    "{what}: {name} is described by {id}, which is not there"
                );
            }
        }
    }
}

fn forms_need_no_script(html: &Html, what: &str) {
    for form in html.select(&select("form")) {
        assert_eq!(form.attr("method"), Some("post"), "{what}");
        let button = select("button[name=action][value], input[type=submit][name=action]");
        assert!(
            form.select(&button).next().is_some(),
            "{what}: a form has its button"
        );
    }
    let inline = select("script:not([src]), [onclick], [onload], [onsubmit], [style], style");
    let found = html.select(&inline).next().map(|element| element.html());
    assert_eq!(found, None, "{what}: inline script or style");
}

#[tokio::test]
async fn every_page_is_protected_by_its_headers() {
    let provider = Provider::start().await;
    for page in every_page(&provider, Phone::new(), "hanako@example.jp").await {
        let what = page.screen();
        let header = |name: &str| {
            page.headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        let policy = header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ] {
            assert!(
                policy.contains(directive),
                "{what}: {directive} in {policy}"
            );
        }
        for loose in ["unsafe-inline", "unsafe-eval", "*"] {
            assert!(!policy.contains(loose), "{what}: {loose} in {policy}");
        }
        assert_eq!(header("cache-control"), "no-store", "{what}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(
            header("cross-origin-opener-policy"),
            "same-origin",
            "{what}"
        );
        for cookie in page.headers.get_all("set-cookie") {
            let (name, _, attributes) = cookie_parts(cookie);
            let has = |wanted: &str| {
                attributes
                    .iter()
                    .any(|found| found.eq_ignore_ascii_case(wanted))
            };
            assert!(
                has("HttpOnly") && has("SameSite=Lax") && has("Path=/"),
                "{name}: {attributes:?}"
            );
            assert!(
                !attributes
                    .iter()
                    .any(|found| found.to_ascii_lowercase().starts_with("domain")),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn both_brands_wear_their_own_clothes() {
    let provider = Provider::start().await;
    provider.register("service", serde_json::json!({})).await;
    let mut pages = Vec::new();
    for brand in ["toyota", "lexus"] {
        let service = provider.party_at(brand, "service").await;
        let page = Phone::new()
            .open(service.url(&service.ask("openid")))
            .await
            .screen("login");
        assert!(page.body.contains(&format!("data-brand=\"{brand}\"")));
        pages.push(page);
    }
    assert_ne!(pages[0].body, pages[1].body);
}

#[tokio::test]
async fn assets_are_cached_by_content_and_of_the_right_type() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let page = phone
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login");
    let html = Html::parse_document(&page.body);
    let mut seen = 0;
    let addresses: Vec<String> = html
        .select(&select("link[href], script[src], img[src]"))
        .filter_map(|element| element.attr("href").or(element.attr("src")))
        .map(|address| page.url.join(address).unwrap().to_string())
        .collect();
    for address in addresses {
        let asset = phone.fetch(&address).await;
        assert_eq!(asset.status, 200, "{address}");
        assert!(
            asset.headers["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable"),
            "{address}"
        );
        assert_eq!(
            asset.headers["x-content-type-options"], "nosniff",
            "{address}"
        );
        seen += 1;
    }
    assert!(seen >= 2, "style sheet and icon");
    for path in [
        "/assets/",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/assets/none.css",
    ] {
        assert_eq!(phone.fetch(provider.url(path)).await.status, 404, "{path}");
    }
}
