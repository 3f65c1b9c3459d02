//! The steps of a person on each screen, by the names that pages promise to machines
//! (`data-screen`, field names, button values).

use std::time::Duration;

use common_id::accounts::one_time_code::Destination;
use common_id::accounts::second_factor::destination;
use url::Url;

use super::browser::{Landed, Page, Phone};
use super::provider::Provider;
use super::relying_party::{Pending, RelyingParty, Tokens};

/// A password that the policy accepts.
pub(crate) const PASSWORD: &str = "Sunny-day7";

/// A person with an account, or about to register.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// E-mail address.
    pub(crate) email: String,
    /// 姓
    pub(crate) family_name: &'static str,
    /// 名
    pub(crate) given_name: &'static str,
}

impl Person {
    /// Returns 山田花子 with this e-mail address.
    pub(crate) fn new(email: &str) -> Self {
        Self {
            email: email.to_owned(),
            family_name: "山田",
            given_name: "花子",
        }
    }
}

/// Goes from ⑪ or ④ to ⑤.
pub(crate) async fn agree_to_terms(phone: &mut Phone, landed: Landed) -> Page {
    let mut page = landed.page();
    if page.screen() == "login" {
        page = phone.press(&page, "register", &[]).await.screen("terms");
    }
    phone
        .press(&page, "next", &[("terms", "agree")])
        .await
        .screen("registration-email")
}

/// ⑤: types in the e-mail address.
pub(crate) async fn send_code(phone: &mut Phone, page: &Page, email: &str) -> Page {
    phone
        .press(page, "send_code", &[("email", email)])
        .await
        .screen("registration-code")
}

/// ⑥: types in the newest code.
pub(crate) async fn enter_code(
    phone: &mut Phone,
    provider: &Provider,
    page: &Page,
    email: &str,
) -> Landed {
    let code = provider.code_for(email).await;
    phone.press(page, "next", &[("code", &code)]).await
}

/// ⑦: types in password and details.
pub(crate) async fn enter_details(phone: &mut Phone, page: &Page, person: &Person) -> Page {
    let fields = [
        ("new_password", PASSWORD),
        ("family_name", person.family_name),
        ("given_name", person.given_name),
        ("family_name_kana", "ヤマダ"),
        ("given_name_kana", "はなこ"),
        ("mobile_phone", "０９０－１２３４－５６７８"),
        ("postal_code", "380-0801"),
        ("prefecture", "長野県"),
        ("city", "長野市"),
        ("block", "箱清水1-2-3"),
    ];
    phone
        .press(page, "next", &fields)
        .await
        .screen("registration-confirmation")
}

/// Goes from ④ to ⑧, without the last button.
pub(crate) async fn register_up_to_confirmation(
    phone: &mut Phone,
    provider: &Provider,
    landed: Landed,
    person: &Person,
) -> Page {
    let email = agree_to_terms(phone, landed).await;
    let code = send_code(phone, &email, &person.email).await;
    let details = enter_code(phone, provider, &code, &person.email)
        .await
        .screen("registration-details");
    enter_details(phone, &details, person).await
}

/// Goes from ④ to ⑨ and on.
pub(crate) async fn register(
    phone: &mut Phone,
    provider: &Provider,
    landed: Landed,
    person: &Person,
) -> Landed {
    let confirmation = register_up_to_confirmation(phone, provider, landed, person).await;
    let complete = phone
        .press(&confirmation, "register", &[])
        .await
        .screen("registration-complete");
    phone.press(&complete, "next", &[]).await
}

/// ⑪: logs in.
pub(crate) async fn log_in(phone: &mut Phone, landed: Landed, email: &str) -> Landed {
    log_in_with(phone, landed, email, PASSWORD).await
}

/// ⑪: types in this login ID and password.
pub(crate) async fn log_in_with(
    phone: &mut Phone,
    landed: Landed,
    login_id: &str,
    password: &str,
) -> Landed {
    let page = landed.screen("login");
    let fields = [("login_id", login_id), ("password", password)];
    phone.press(&page, "login", &fields).await
}

/// ⑪: logs in by password, and gives the code that a page about what protects the account
/// asks for.
pub(crate) async fn log_in_strongly(
    provider: &Provider,
    phone: &mut Phone,
    landed: Landed,
    email: &str,
) -> Landed {
    let landed = log_in(phone, landed, email).await;
    give_code(provider, phone, landed, email).await
}

/// Gives the code of a second factor, if that is asked for.
pub(crate) async fn give_code(
    provider: &Provider,
    phone: &mut Phone,
    landed: Landed,
    email: &str,
) -> Landed {
    let mut page = match landed {
        Landed::On(page) if page.screen() == "login-code" => page,
        other => return other,
    };
    if !page.has_button("next") {
        let sent = phone.press(&page, "send_code", &[]).await;
        page = sent.screen("login-code");
    }
    let account = provider.account(&email.to_ascii_lowercase()).await;
    let to = match destination(&account) {
        Some(Destination::Mailbox(address)) => address.typed().to_owned(),
        Some(Destination::Phone(number)) => number.e164(),
        None => panic!("a code goes nowhere"),
    };
    let code = provider.code_for(&to).await;
    phone.press(&page, "next", &[("code", &code)]).await
}

/// Registers a person with the provider, on a phone that is not used any more.
pub(crate) async fn person(provider: &Provider, email: &str) -> Person {
    let person = Person::new(email);
    provider.register("registrar", serde_json::json!({})).await;
    let registrar = provider.party("registrar").await;
    let mut phone = Phone::new();
    let pending = registrar.ask("openid").with("prompt", "create");
    let landed = phone.open(registrar.url(&pending)).await;
    register(&mut phone, provider, landed, &person).await.away();
    // So that no authentication counts as recent.
    provider.advance(Duration::from_secs(3600));
    person
}

/// Logs a person in at a relying party, and lets it exchange the code.
pub(crate) async fn tokens(
    phone: &mut Phone,
    party: &RelyingParty,
    pending: Pending,
    person: &Person,
) -> Tokens {
    let answer = answer(phone, party, &pending, person).await;
    party.exchange(&answer, &pending).await
}

/// Logs a person in, with the password and with every consent if a page asks for them, and
/// returns the authorization response.
pub(crate) async fn answer(
    phone: &mut Phone,
    party: &RelyingParty,
    pending: &Pending,
    person: &Person,
) -> Url {
    let mut landed = phone.open(party.url(pending)).await;
    for _ in 0..4 {
        let screen = match &landed {
            Landed::Away(_) => break,
            Landed::On(page) => page.screen(),
        };
        landed = match screen.as_str() {
            "login" => log_in(phone, landed, &person.email).await,
            "consent" => {
                let page = landed.page();
                phone.press(&page, "approve", &[]).await
            }
            _ => break,
        };
    }
    landed.away()
}
