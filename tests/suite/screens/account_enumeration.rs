//! No answer, status, header, mail count or timing reveals whether an address has an
//! account, before its owner has proven the mailbox.

use std::time::Instant;

use reqwest::header::HeaderMap;

use crate::support::browser::{Page, Phone};
use crate::support::dns::Dns;
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps;

const KNOWN: &str = "known@example.jp";
const UNKNOWN: &str = "never@example.jp";

async fn stage() -> (Provider, RelyingParty) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    steps::person(&provider, KNOWN).await;
    (provider, service)
}

/// Returns a response without the parts that always differ: interaction, form token, sealed
/// request, passkey challenge, cookie values, the address typed.
fn alike(page: &Page) -> (u16, Vec<String>, String) {
    let id = page
        .url
        .path_segments()
        .unwrap()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let mut body = page.body.clone();
    for address in [KNOWN, UNKNOWN] {
        body = body.replace(address, "ADDRESS");
    }
    if !id.is_empty() {
        body = body.replace(&id, "ID");
    }
    for begin in [
        "request=",
        "name=\"form_token\" value=\"",
        "name=\"passkey_challenge\" value=\"",
        "&quot;challenge&quot;:&quot;",
    ] {
        body = masked(&body, begin);
    }
    (page.status.as_u16(), header_names(&page.headers), body)
}

fn masked(body: &str, begin: &str) -> String {
    let mut parts = body.split(begin);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest =
            part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_%".contains(c));
        text.push_str(begin);
        text.push_str("MASKED");
        text.push_str(rest);
    }
    text
}

fn header_names(headers: &HeaderMap) -> Vec<String> {
    let mut names: Vec<String> = headers
        .iter()
        .map(|(name, value)| match name.as_str() {
            "date" | "content-length" | "set-cookie" | "location" | "x-request-id" => {
                name.to_string()
            }
            _ => format!("{name}: {}", value.to_str().unwrap()),
        })
        .collect();
    names.sort();
    names
}

async fn wrong_password(service: &RelyingParty, address: &str, times: usize) -> Page {
    let mut phone = Phone::new();
    let page = phone
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login");
    let mut last = page.clone();
    for _ in 0..times {
        let fields = [("login_id", address), ("password", "Wrong-Secret1")];
        last = phone.press_once(&page, "login", &fields).await;
    }
    last
}

#[tokio::test]
async fn a_wrong_login_looks_the_same_for_known_and_unknown() {
    let (_provider, service) = stage().await;
    let known = wrong_password(&service, KNOWN, 1).await;
    let unknown = wrong_password(&service, UNKNOWN, 1).await;
    assert_eq!(alike(&known), alike(&unknown));
}

#[tokio::test]
async fn throttling_begins_at_the_same_try_for_known_and_unknown() {
    let (_provider, service) = stage().await;
    let mut statuses = Vec::new();
    for address in [KNOWN, UNKNOWN] {
        let mut phone = Phone::new();
        let page = phone
            .open(service.url(&service.ask("openid")))
            .await
            .screen("login");
        let mut seen = Vec::new();
        for _ in 0..15 {
            let fields = [("login_id", address), ("password", "Wrong-Secret1")];
            seen.push(
                phone
                    .press_once(&page, "login", &fields)
                    .await
                    .status
                    .as_u16(),
            );
        }
        statuses.push(seen);
    }
    assert_eq!(statuses[0], statuses[1]);
    assert!(statuses[0].contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn registering_looks_the_same_up_to_the_code_and_sends_one_mail() {
    let (provider, service) = stage().await;
    let mut answers = Vec::new();
    for address in [KNOWN, UNKNOWN] {
        let before = provider.mails_to(address).await.len();
        let mut phone = Phone::new();
        let request = service.ask("openid").with("prompt", "create");
        let landed = phone.open(service.url(&request)).await;
        let page = steps::agree_to_terms(&mut phone, landed).await;
        let redirect = phone
            .press_once(&page, "send_code", &[("email", address)])
            .await;
        let mut seen = vec![(
            redirect.status.as_u16(),
            header_names(&redirect.headers),
            String::new(),
        )];
        let code = phone.follow(redirect).await.screen("registration-code");
        seen.push(alike(&code));
        let wrong = phone.press_once(&code, "next", &[("code", "x")]).await;
        seen.push(alike(&wrong));
        answers.push(seen);
        assert_eq!(
            provider.mails_to(address).await.len(),
            before + 1,
            "{address}"
        );
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_domain_that_is_gone_is_asked_about_alike_for_known_and_unknown() {
    let (mut provider, _service) = stage().await;
    // The account was created while its domain still existed.
    let dns = Dns::with([]).await;
    provider
        .reconfigure(|config| dns.for_domains_of(config))
        .await;
    let service = provider.party("service").await;
    let mut answers = Vec::new();
    for address in [KNOWN, UNKNOWN] {
        let before = provider.mails_to(address).await.len();
        let mut phone = Phone::new();
        let request = service.ask("openid").with("prompt", "create");
        let landed = phone.open(service.url(&request)).await;
        let page = steps::agree_to_terms(&mut phone, landed).await;
        let fields = [("email", address)];
        let asked = phone.press_once(&page, "send_code", &fields).await;
        assert_eq!(asked.errors(), ["email-domain-takes-no-mail"]);
        assert_eq!(provider.mails_to(address).await.len(), before);
        let code = phone.press(&asked, "send_code", &[]).await;
        let code = code.screen("registration-code");
        assert_eq!(provider.mails_to(address).await.len(), before + 1);
        answers.push((alike(&asked), alike(&code)));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn the_mails_to_known_and_unknown_read_the_same() {
    let (provider, service) = stage().await;
    let mut mails = Vec::new();
    for address in [KNOWN, UNKNOWN] {
        let mut phone = Phone::new();
        let request = service.ask("openid").with("prompt", "create");
        let landed = phone.open(service.url(&request)).await;
        let page = steps::agree_to_terms(&mut phone, landed).await;
        steps::send_code(&mut phone, &page, address).await;
        let mail = provider.mails_to(address).await.pop().unwrap();
        let code = provider.code_for(address).await;
        mails.push((
            mail.subject,
            mail.text.replace(&code, "CODE").replace(address, "ADDRESS"),
        ));
    }
    assert_eq!(mails[0], mails[1]);
}

#[tokio::test]
async fn hints_do_not_tell_who_has_an_account() {
    let (_provider, service) = stage().await;
    let mut pages = Vec::new();
    for address in [KNOWN, UNKNOWN] {
        let request = service.ask("openid").with("login_hint", address);
        let page = Phone::new()
            .open(service.url(&request))
            .await
            .screen("login");
        pages.push(alike(&page));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "timing is what is tested")]
async fn a_login_by_phone_looks_the_same_unknown_not_enabled_and_enabled() {
    let (provider, service) = stage().await;
    steps::person(&provider, "enabled@example.jp").await;
    let numbers = ["090-1234-5678", "080-1111-2222", "070-9999-0000"];
    let [not_enabled, enabled, unknown] = numbers;
    provider
        .change_account("enabled@example.jp", |account| {
            account.mobile_phone = Some("+818011112222".to_owned());
            account.mobile_phone_verified = true;
            account.phone_login = true;
        })
        .await;
    let floor = provider.app.config.login.wrong_answer_after;
    let before = provider.all_mails().await.len();
    let mut answers = Vec::new();
    for number in [not_enabled, enabled, unknown] {
        let begin = Instant::now();
        let page = wrong_password(&service, number, 1).await;
        assert!(begin.elapsed() >= floor, "{number}");
        assert_eq!(page.errors(), ["login-failed"]);
        let (status, headers, body) = alike(&page);
        answers.push((status, headers, body.replace(number, "NUMBER")));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(provider.all_mails().await.len(), before, "nobody is told");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "timing is what is tested")]
async fn a_recovery_by_phone_looks_the_same_unknown_not_enabled_and_enabled() {
    let (provider, service) = stage().await;
    steps::person(&provider, "enabled@example.jp").await;
    let [not_enabled, enabled, unknown] = ["090-1234-5678", "080-1111-2222", "070-9999-0000"];
    provider
        .change_account("enabled@example.jp", |account| {
            account.mobile_phone = Some("+818011112222".to_owned());
            account.mobile_phone_verified = true;
            account.phone_login = true;
        })
        .await;
    let floor = provider.app.config.login.wrong_answer_after;
    let mut answers = Vec::new();
    for number in [not_enabled, enabled, unknown] {
        let mut phone = Phone::new();
        let login = phone.open(service.url(&service.ask("openid"))).await;
        let url = login.screen("login").link("/recovery");
        let page = phone.open(url).await.screen("recovery");
        let begin = Instant::now();
        let fields = [("login_id", number)];
        let sent = phone.press_once(&page, "send_code", &fields).await;
        assert!(begin.elapsed() >= floor, "{number}");
        let redirect = (sent.status.as_u16(), header_names(&sent.headers));
        let code = phone.follow(sent).await.screen("recovery-code");
        let wrong = phone.press_once(&code, "next", &[("code", "x")]).await;
        let [code, wrong] = [code, wrong].map(|page| {
            let (status, headers, body) = alike(&page);
            (status, headers, body.replace(number, "NUMBER"))
        });
        answers.push((redirect, code, wrong));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}
