//! The pages for developers that explain our error codes: the links to them, and the rules
//! that hold for them only.

use common_id::oidc::ErrorCode;
use scraper::{Html, Selector};

use crate::support::browser::Phone;
use crate::support::provider::Provider;

/// Greatest size of a page in bytes, without what it loads.
const PAGE_BYTES: usize = 40_000;

#[tokio::test]
async fn the_error_page_leads_the_developer_to_the_page_of_its_code() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for (mut phone, words) in [
        (Phone::new(), "エラーの意味と直し方"),
        (Phone::english(), "What it means and how to mend it"),
    ] {
        let request = service.ask("openid").with("redirect_uri", "https://x/");
        let error = phone.open(service.url(&request)).await.screen("error");
        assert!(error.words().contains(words), "{}", error.words());
        let uri = provider.url("/errors/invalid_request");
        assert!(error.body.contains(&format!("href=\"{uri}\"")));
        let page = phone.open(&uri).await.screen("error-code");
        assert!(page.words().contains("redirect_uri is not registered"));
        // The page for a missing page has no link for developers.
        let missing = phone.open(provider.url("/nowhere")).await.screen("error");
        assert!(!missing.body.contains("/errors/"));
    }
}

#[tokio::test]
async fn the_list_leads_to_every_page_and_every_page_back() {
    let provider = Provider::start().await;
    let mut phone = Phone::new();
    let list = phone.open(provider.url("/errors")).await;
    let list = list.screen("error-codes");
    let html = Html::parse_document(&list.body);
    let links = Selector::parse("ul.codes a").unwrap();
    let links: Vec<_> = html.select(&links).map(|link| link.attr("href")).collect();
    let pages: Vec<_> = ErrorCode::ALL.iter().map(|code| code.uri("")).collect();
    assert_eq!(
        links,
        pages
            .iter()
            .map(|page| Some(page.as_str()))
            .collect::<Vec<_>>()
    );
    for path in pages {
        let page = phone.open(provider.url(&path)).await.screen("error-code");
        assert!(page.body.contains("href=\"/errors\""), "{path}");
        assert!(page.body.len() < PAGE_BYTES, "{path}: {}", page.body.len());
        // The text is English, whatever the page's language.
        assert!(page.body.contains("<html lang=\"ja\">"), "{path}");
        assert!(
            page.body
                .contains("<article class=\"document\" lang=\"en\">")
        );
    }
}

#[tokio::test]
async fn they_may_be_kept_for_an_hour_in_each_language_and_are_no_less_protected() {
    let provider = Provider::start().await;
    for path in ["/errors", "/errors/invalid_grant"] {
        let page = Phone::new().open(provider.url(path)).await.page();
        let header = |name: &str| page.headers[name].to_str().unwrap();
        assert_eq!(header("cache-control"), "public, max-age=3600", "{path}");
        assert_eq!(header("vary"), "accept-language, cookie", "{path}");
        assert!(!page.headers.contains_key("set-cookie"), "{path}");
        assert!(header("content-security-policy").starts_with("default-src 'none';"));
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    }
}
