//! Checks of an address before a code is sent: domains that the operator refuses, and
//! domains that accept no mail by DNS. The result depends on the domain only.

use std::time::Duration;

use common_id::accounts::refused_domains::RefusedDomains;
use common_id::config::Config;

use crate::support::browser::{Page, Phone};
use crate::support::dns::{Dns, Says};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps;

fn refusing(config: &mut Config) {
    let list = RefusedDomains::read("throwaway.example\n").unwrap();
    config.registration.refused_email_domains = list;
}

/// Goes to ⑤ as a new person.
async fn at_email(service: &RelyingParty) -> (Phone, Page) {
    let mut phone = Phone::new();
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    (phone, page)
}

async fn name(phone: &mut Phone, page: &Page, email: &str) -> Page {
    let fields = [("email", email)];
    phone.press(page, "send_code", &fields).await.page()
}

#[tokio::test]
async fn a_refused_domain_gets_no_mail_by_any_way() {
    let provider = Provider::start_with(refusing).await;
    let service = provider.service().await;
    let email = "hanako@mail.throwaway.example";
    let (mut phone, page) = at_email(&service).await;
    let refused = name(&mut phone, &page, email).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(refused.errors(), ["email-domain-refused"]);
    // The button of ⑥ that sends a code to the suggested address is refused, too.
    let code = name(&mut phone, &refused, "hanako@docomo.ne.jo").await;
    assert!(code.has_button("use_suggestion"));
    let mut form = code.form("use_suggestion");
    for (name, value) in &mut form.fields {
        if name == "suggestion" {
            email.clone_into(value);
        }
    }
    let page = phone.submit(form).await;
    assert_eq!(page.errors(), ["email-domain-refused"]);
    // That page is shown in place of ⑥; its form goes to ⑤ all the same.
    let page = name(&mut phone, &page, "hanako@example.jp").await;
    assert!(page.words().contains("hanako@example.jp"));
    assert_eq!(page.screen(), "registration-code");
    assert!(provider.mails_to(email).await.is_empty());
}

#[tokio::test]
async fn a_refused_domain_is_none_to_change_to() {
    let provider = Provider::start_with(refusing).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/email")).await;
    let page = steps::log_in_strongly(&provider, &mut phone, landed, &person.email).await;
    let page = page.screen("account-email");
    let page = name(&mut phone, &page, "new@throwaway.example").await;
    assert_eq!(page.screen(), "account-email");
    assert_eq!(page.errors(), ["email-domain-refused"]);
    assert!(provider.mails_to("new@throwaway.example").await.is_empty());
}

/// Starts a provider that uses this DNS server, and its service.
async fn asking(dns: &Dns) -> (Provider, RelyingParty) {
    let provider = Provider::start_with(|config| dns.for_domains_of(config)).await;
    let service = provider.service().await;
    (provider, service)
}

/// Checks that the page is ⑤ again, and asks about the domain.
#[track_caller]
fn assert_asks(page: &Page, domain: &str) {
    assert_eq!(page.screen(), "registration-email");
    assert_eq!(page.status.as_u16(), 422);
    assert_eq!(page.errors(), ["email-domain-takes-no-mail"]);
    let said = format!("「{domain}」にはメールが届かないようです");
    assert!(page.words().contains(&said), "{}", page.words());
}

#[tokio::test]
async fn a_domain_that_certainly_takes_no_mail_is_asked_about_once() {
    let dns = Dns::with([
        ("null-mx.example", Says::NullMx),
        ("nothing.example", Says::Nothing),
    ])
    .await;
    let (provider, service) = asking(&dns).await;
    for domain in ["nowhere.example", "null-mx.example", "nothing.example"] {
        let email = format!("hanako@{domain}");
        let (mut phone, page) = at_email(&service).await;
        let page = name(&mut phone, &page, &email).await;
        assert_asks(&page, domain);
        assert_eq!(page.value("email"), Some(email.clone()), "kept as typed");
        assert!(provider.mails_to(&email).await.is_empty());
        // The same button is pressed once more, without other changes.
        let code = phone.press(&page, "send_code", &[]).await;
        let code = code.screen("registration-code");
        assert!(code.words().contains(&email));
        assert_eq!(provider.mails_to(&email).await.len(), 1);
        let details = steps::enter_code(&mut phone, &provider, &code, &email).await;
        details.screen("registration-details");
    }
}

#[tokio::test]
async fn the_question_is_asked_in_english_too() {
    let dns = Dns::with([]).await;
    let (_provider, service) = asking(&dns).await;
    let mut phone = Phone::english();
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    let page = name(&mut phone, &page, "hanako@nowhere.example").await;
    let said = "“nowhere.example” does not seem to receive mail";
    assert!(page.words().contains(said), "{}", page.words());
}

#[tokio::test]
async fn another_domain_that_takes_no_mail_is_asked_about_again() {
    let dns = Dns::with([]).await;
    let (_provider, service) = asking(&dns).await;
    let (mut phone, page) = at_email(&service).await;
    let page = name(&mut phone, &page, "hanako@nowhere.example").await;
    let page = name(&mut phone, &page, "hanako@neither.example").await;
    assert_asks(&page, "neither.example");
    // Another mailbox of the domain, or capital letters, cause no new question.
    let page = name(&mut phone, &page, "taro@Neither.EXAMPLE").await;
    assert_eq!(page.screen(), "registration-code");
}

#[tokio::test]
async fn a_slip_that_leads_nowhere_is_asked_about_with_what_was_perhaps_meant() {
    let dns = Dns::with([]).await;
    let (provider, service) = asking(&dns).await;
    let (mut phone, page) = at_email(&service).await;
    let page = name(&mut phone, &page, "hanako@docomo.ne.jo").await;
    assert_asks(&page, "docomo.ne.jo");
    let meant = "hanako@docomo.ne.jp";
    let page = phone.press(&page, "use_suggestion", &[]).await;
    assert!(page.screen("registration-code").words().contains(meant));
    assert_eq!(provider.mails_to(meant).await.len(), 1);
}

#[tokio::test]
async fn a_domain_that_may_take_mail_gets_its_code_at_once() {
    let dns = Dns::with([
        ("mx.example", Says::Mx),
        ("v4.example", Says::AddressOnly),
        ("v6.example", Says::Ipv6AddressOnly),
        ("failing.example", Says::Failure),
        ("refusing.example", Says::Refusal),
    ])
    .await;
    let (provider, service) = asking(&dns).await;
    for domain in ["mx", "v4", "v6", "failing", "refusing"] {
        let domain = format!("{domain}.example");
        let email = format!("hanako@{domain}");
        let (mut phone, page) = at_email(&service).await;
        steps::send_code(&mut phone, &page, &email).await;
        assert_eq!(provider.mails_to(&email).await.len(), 1, "{domain}");
        assert!(dns.times_asked(&domain) > 0, "{domain}");
    }
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_does_not_answer_or_is_not_there() {
    let silent = Dns::with([("hanako.example", Says::Silence)]).await;
    let asks_silent = |config: &mut Config| {
        silent.for_domains_of(config);
        config.mail.domains.wait = Duration::from_millis(50);
    };
    let asks_nobody = |config: &mut Config| {
        asks_silent(config);
        // The discard port (RFC 863), on which nothing listens on this machine.
        config.mail.domains.servers = vec![([127, 0, 0, 1], 9).into()];
    };
    for change in [&asks_silent as &dyn Fn(&mut Config), &asks_nobody] {
        let provider = Provider::start_with(change).await;
        let service = provider.service().await;
        let (mut phone, page) = at_email(&service).await;
        steps::send_code(&mut phone, &page, "hanako@hanako.example").await;
    }
    assert!(silent.times_asked("hanako.example") > 0);
}

#[tokio::test]
async fn an_answer_is_kept_and_large_providers_are_not_asked_about() {
    let dns = Dns::with([("mx.example", Says::Mx)]).await;
    let (_provider, service) = asking(&dns).await;
    for email in [
        "a@mx.example",
        "b@mx.example",
        "c@docomo.ne.jp",
        "d@gmail.com",
    ] {
        let (mut phone, page) = at_email(&service).await;
        steps::send_code(&mut phone, &page, email).await;
    }
    assert_eq!(dns.times_asked("mx.example"), 1);
    assert_eq!(dns.times_asked("docomo.ne.jp"), 0);
    assert_eq!(dns.times_asked("gmail.com"), 0);
}

#[tokio::test]
async fn nobody_has_domains_looked_up_without_end() {
    let dns = Dns::with([]).await;
    let provider = Provider::start_with(|config| {
        dns.for_domains_of(config);
        config.registration.codes_per_ip_hour = 2;
    })
    .await;
    let service = provider.service().await;
    let (mut phone, mut page) = at_email(&service).await;
    for domain in ["one.example", "two.example"] {
        page = name(&mut phone, &page, &format!("hanako@{domain}")).await;
        assert_asks(&page, domain);
    }
    steps::send_code(&mut phone, &page, "hanako@three.example").await;
    assert_eq!(dns.times_asked("three.example"), 0);
}

#[tokio::test]
async fn a_change_of_address_asks_the_same() {
    let dns = Dns::with([("example.jp", Says::Mx)]).await;
    let (provider, _service) = asking(&dns).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/email")).await;
    let page = steps::log_in_strongly(&provider, &mut phone, landed, &person.email).await;
    let page = page.screen("account-email");
    let page = name(&mut phone, &page, "hanako@nowhere.example").await;
    assert_eq!(page.screen(), "account-email");
    assert_eq!(page.status.as_u16(), 422);
    assert_eq!(page.errors(), ["email-domain-takes-no-mail"]);
    let code = phone.press(&page, "send_code", &[]).await;
    let code = code.screen("account-email-code");
    assert!(code.words().contains("hanako@nowhere.example"));
    let told = provider.mails_to("hanako@nowhere.example").await;
    assert_eq!(told.len(), 1);
}

#[tokio::test]
async fn where_no_mail_leaves_nothing_is_looked_up() {
    let provider = Provider::start().await;
    assert!(!provider.app.mail_domains.are_looked_up());
    let service = provider.service().await;
    let (mut phone, page) = at_email(&service).await;
    steps::send_code(&mut phone, &page, "hanako@nowhere.invalid").await;
}
