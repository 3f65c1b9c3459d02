//! An address before a code goes there: domains that the operator refuses. What is
//! said follows from the domain alone.

use common_id::accounts::refused_domains::RefusedDomains;
use common_id::config::Config;

use crate::support::browser::{Page, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps;

fn refusing(config: &mut Config) {
    let list = RefusedDomains::read("throwaway.example\n").unwrap();
    config.registration.refused_email_domains = list;
}

/// ⑤, for somebody new.
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
    // Nor by the button of ⑥ that sends a code to what was perhaps meant.
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
    // That page stands where ⑥ was; its form goes to ⑤ all the same.
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
    let page = steps::log_in(&mut phone, landed, &person.email).await;
    let page = page.screen("account-email");
    let page = name(&mut phone, &page, "new@throwaway.example").await;
    assert_eq!(page.screen(), "account-email");
    assert_eq!(page.errors(), ["email-domain-refused"]);
    assert!(provider.mails_to("new@throwaway.example").await.is_empty());
}
