//! `/register`: clients that register themselves (OpenID Connect Dynamic Client
//! Registration 1.0, RFC 7591).

mod management;
mod pages;
mod software_statement;

use std::time::Duration;

use common_id::config::{Config, RegistrationAccess};
use common_id::oidc::client::{ClientId, SubjectType};
use common_id::sha256::sha256_hex;
use serde_json::{Value, json};

use crate::support::browser::{Phone, http_client};
use crate::support::provider::Provider;
use crate::support::publisher::Publisher;
use crate::support::registrar::{
    CALLBACK, metadata, open_provider, open_provider_with, register, send, tries_a_code,
    try_register,
};
use crate::support::steps;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_client_that_registers_itself_serves_people_who_let_it() {
    let provider = open_provider().await;
    let changes = json!({"grant_types": ["authorization_code", "refresh_token"]});
    let registered = register(&provider, changes).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let party = registered.party(&provider).await;
    assert_eq!(
        party.endpoint("registration_endpoint"),
        provider.url("/register")
    );
    let mut phone = Phone::new();
    let request = party.ask("openid email");
    let landed = phone.open(party.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("consent");
    assert!(page.words().contains("ドライブ手帳"), "{}", page.words());
    let answer = phone.press(&page, "approve", &[]).await.away();
    assert!(answer.as_str().starts_with(CALLBACK));
    let tokens = party.exchange(&answer, &request).await;
    let told = party.userinfo(&tokens.access_token).await.json();
    assert_eq!(told["email"], "hanako@example.jp");
}

#[tokio::test]
async fn the_answer_tells_everything_once() {
    let provider = open_provider().await;
    let said = metadata(json!({
        "client_name#en": "Drive",
        "tos_uri#ja": "https://drive.example/kiyaku",
        "contacts": ["admin@drive.example"],
        "frobnicate": true,
        "party": "first",
    }));
    let reply = try_register(&provider, &said, None).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    assert_eq!(reply.header("cache-control"), "no-store");
    let told = reply.json();
    for (member, value) in [
        ("client_name", json!("ドライブ手帳")),
        ("client_name#en", json!("Drive")),
        ("tos_uri#ja", json!("https://drive.example/kiyaku")),
        ("contacts", json!(["admin@drive.example"])),
        ("redirect_uris", json!([CALLBACK])),
        ("response_types", json!(["code"])),
        ("grant_types", json!(["authorization_code"])),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("application_type", json!("web")),
        ("scope", json!("address email openid phone profile")),
        ("client_secret_expires_at", json!(0)),
        ("client_id_issued_at", json!(provider.app.clock.now().0)),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
    for absent in ["frobnicate", "party", "brands", "may_omit_pkce"] {
        assert_eq!(told.get(absent), None, "{absent}");
    }
    let id = told["client_id"].as_str().unwrap();
    let place = provider.url(&format!("/register/{id}"));
    assert_eq!(told["registration_client_uri"], place);
    let (secret, token) = (&told["client_secret"], &told["registration_access_token"]);
    assert_eq!(
        (
            secret.as_str().unwrap().len(),
            token.as_str().unwrap().len()
        ),
        (43, 43)
    );

    let clients = provider.app.store.clients();
    let stored = clients
        .get(&ClientId(id.to_owned()))
        .await
        .unwrap()
        .unwrap();
    let hash = |value: &Value| sha256_hex(value.as_str().unwrap().as_bytes());
    assert_eq!(stored.secret_hash, Some(hash(secret)));
    assert_eq!(stored.registered.unwrap().token_hash, hash(token));
}

#[tokio::test]
async fn a_client_without_a_secret_is_given_none() {
    let provider = open_provider().await;
    let public = json!({
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "redirect_uris": ["com.example.drive:/callback", "http://127.0.0.1/callback"],
    });
    let registered = register(&provider, public).await;
    for absent in ["client_secret", "client_secret_expires_at"] {
        assert_eq!(registered.information.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn nobody_registers_unless_the_operator_lets_them() {
    let provider = Provider::start().await;
    let reply = try_register(&provider, &metadata(json!({})), None).await;
    assert_eq!(reply.refused(), (403, "access_denied".to_owned()));
    let discovery = provider.url("/.well-known/openid-configuration");
    let document = send(http_client().get(discovery)).await.json();
    assert_eq!(document.get("registration_endpoint"), None);
}

#[tokio::test]
async fn only_the_issuers_named_take_registrations() {
    let provider = Provider::start_with(|config| {
        config.dynamic_registration.access = RegistrationAccess::Open;
        config.dynamic_registration.brands = vec!["lexus".to_owned()];
    })
    .await;
    let reply = try_register(&provider, &metadata(json!({})), None).await;
    assert_eq!(reply.refused(), (403, "access_denied".to_owned()));
    let lexus = provider.issuer_of("lexus");
    let request = http_client()
        .post(format!("{lexus}/register"))
        .json(&metadata(json!({})));
    let told = send(request).await.json();
    let place = told["registration_client_uri"].as_str().unwrap();
    assert!(place.starts_with(&lexus), "{place}");
}

fn by_token(config: &mut Config) {
    config.dynamic_registration.access = RegistrationAccess::Token;
    config.dynamic_registration.per_ip_hour = 0;
}

async fn initial_token(provider: &Provider, token: &str, uses: u32) {
    let now = provider.app.clock.now();
    let tokens = provider.app.store.initial_access_tokens();
    let hash = sha256_hex(token.as_bytes());
    tokens
        .issue(&hash, uses, now, now.after(DAY))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_initial_access_token_lets_in_as_many_as_it_says() {
    let provider = Provider::start_with(by_token).await;
    let said = metadata(json!({}));
    let without = try_register(&provider, &said, None).await;
    assert_eq!(without.status, 401);
    assert!(without.header("www-authenticate").starts_with("Bearer"));
    initial_token(&provider, "let-two-in", 2).await;
    let wrong = try_register(&provider, &said, Some("let-me-in")).await;
    assert_eq!(wrong.refused(), (401, "invalid_token".to_owned()));
    // A refused registration does not count towards the limit.
    let unlawful = metadata(json!({"redirect_uris": []}));
    let refused = try_register(&provider, &unlawful, Some("let-two-in")).await;
    assert_eq!(refused.status, 400);
    for status in [201, 201, 401] {
        let reply = try_register(&provider, &said, Some("let-two-in")).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
}

#[tokio::test]
async fn an_initial_access_token_ends() {
    let provider = Provider::start_with(by_token).await;
    initial_token(&provider, "soon-over", 5).await;
    provider.advance(DAY);
    let reply = try_register(&provider, &metadata(json!({})), Some("soon-over")).await;
    assert_eq!(reply.refused(), (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn of_many_with_the_last_use_of_a_token_one_gets_in() {
    let provider = Provider::start_with(by_token).await;
    initial_token(&provider, "one", 1).await;
    let said = metadata(json!({}));
    let tries = (0..8).map(|_| {
        let request = http_client()
            .post(provider.url("/register"))
            .json(&said)
            .bearer_auth("one");
        tokio::spawn(async move { send(request).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401, 401, 401, 401, 401, 401, 401]);
}

#[tokio::test]
async fn what_is_not_lawful_is_refused_by_its_code() {
    let provider = open_provider().await;
    for (changes, code) in [
        (
            json!({"redirect_uris": [format!("{CALLBACK}#f")]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["http://drive.example/"]}),
            "invalid_redirect_uri",
        ),
        (json!({"redirect_uris": null}), "invalid_redirect_uri"),
        (
            json!({"initiate_login_uri": "http://drive.example/login"}),
            "invalid_client_metadata",
        ),
        (
            json!({"id_token_signed_response_alg": "none"}),
            "invalid_client_metadata",
        ),
        (
            json!({"grant_types": ["client_credentials"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"jwks_uri": "http://drive.example/jwks"}),
            "invalid_client_metadata",
        ),
        (
            json!({"software_statement": 1}),
            "invalid_software_statement",
        ),
        (
            json!({"software_statement": "no.jwt.at-all"}),
            "invalid_software_statement",
        ),
    ] {
        let reply = try_register(&provider, &metadata(changes.clone()), None).await;
        assert_eq!(reply.refused(), (400, code.to_owned()), "{changes}");
    }
}

#[tokio::test]
async fn the_body_is_one_json_object_and_says_so() {
    let provider = open_provider().await;
    let body = metadata(json!({})).to_string();
    let post = |kind: &'static str, body: String| {
        let request = http_client().post(provider.url("/register"));
        send(request.header("content-type", kind).body(body))
    };
    let charset = post("application/json; charset=utf-8", body.clone()).await;
    assert_eq!(charset.status, 201, "{}", charset.body);
    for (kind, body) in [
        ("text/plain", body.clone()),
        ("application/x-www-form-urlencoded", body.clone()),
        ("application/json", String::new()),
        ("application/json", format!("[{body}]")),
        ("application/json", "{".to_owned()),
    ] {
        let reply = post(kind, body).await;
        let expected = (400, "invalid_client_metadata".to_owned());
        assert_eq!(reply.refused(), expected, "{kind}");
    }
    let long = metadata(json!({"software_id": "x".repeat(70_000)})).to_string();
    assert_eq!(post("application/json", long).await.status, 413);
}

#[tokio::test]
async fn a_sector_is_what_its_hosts_say_it_is() {
    let (provider, publisher) = (open_provider().await, Publisher::start().await);
    let pairwise = |sector: String| {
        json!({
            "subject_type": "pairwise",
            "redirect_uris": [CALLBACK, "https://drive2.example/callback"],
            "sector_identifier_uri": sector,
        })
    };
    let all = json!([
        CALLBACK,
        "https://drive2.example/callback",
        "https://other.example/"
    ]);
    let good = publisher.publish("/good", &all);
    let registered = register(&provider, pairwise(good.clone())).await;
    assert_eq!(registered.text("sector_identifier_uri"), good);
    let less = publisher.publish("/less", &json!([CALLBACK]));
    let other = publisher.publish("/other", &json!({"redirect_uris": all}));
    let missing = publisher.url("/missing");
    let inside = "https://10.0.0.1/sector".to_owned();
    for sector in [less, other, missing, inside] {
        let said = metadata(pairwise(sector.clone()));
        let reply = try_register(&provider, &said, None).await;
        let expected = (400, "invalid_client_metadata".to_owned());
        assert_eq!(reply.refused(), expected, "{sector}");
        assert!(
            reply.body.contains("sector_identifier_uri"),
            "{}",
            reply.body
        );
        assert!(!reply.body.contains("10.0.0.1"), "{}", reply.body);
    }
}

#[tokio::test]
async fn clients_of_one_sector_know_a_person_by_one_name() {
    let allow = |config: &mut Config| {
        config.dynamic_registration.policy.subject_types = SubjectType::ALL.to_vec();
    };
    let (provider, publisher) = (open_provider_with(allow).await, Publisher::start().await);
    let sector = publisher.publish("/sector", &json!([CALLBACK]));
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut subjects = Vec::new();
    for changes in [
        json!({"subject_type": "pairwise", "sector_identifier_uri": sector}),
        json!({"subject_type": "pairwise", "sector_identifier_uri": sector}),
        json!({"subject_type": "pairwise"}),
        json!({"subject_type": "public"}),
    ] {
        let party = register(&provider, changes).await.party(&provider).await;
        let mut phone = Phone::new();
        let request = party.ask("openid");
        let landed = phone.open(party.url(&request)).await;
        let page = steps::log_in(&mut phone, landed, &person.email)
            .await
            .screen("consent");
        let answer = phone.press(&page, "approve", &[]).await.away();
        let tokens = party.exchange(&answer, &request).await;
        subjects.push(tokens.claims.subject().to_string());
    }
    assert_eq!(subjects[0], subjects[1]);
    let distinct: std::collections::BTreeSet<_> = subjects.iter().collect();
    assert_eq!(distinct.len(), 3, "{subjects:?}");
}

#[tokio::test]
async fn one_address_registers_so_many_in_an_hour() {
    let provider = Provider::start_with(|config| {
        config.dynamic_registration.access = RegistrationAccess::Open;
        config.dynamic_registration.per_ip_hour = 2;
    })
    .await;
    for status in [201, 201, 503] {
        let reply = try_register(&provider, &metadata(json!({})), None).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    provider.let_short_lived_state_expire().await;
    register(&provider, json!({})).await;
}

#[tokio::test]
async fn a_registration_that_nobody_uses_ends() {
    let provider = open_provider().await;
    let (used, unused) = (
        register(&provider, json!({})).await,
        register(&provider, json!({})).await,
    );
    // A client that authenticates is in use, even if its request is refused.
    let party = used.party(&provider).await;
    assert_eq!(
        tries_a_code(&party).await,
        (400, "invalid_grant".to_owned())
    );
    provider.advance(provider.app.config.dynamic_registration.unused_lifetime);
    register(&provider, json!({})).await;
    used.read().await;
    let gone = send(unused.manage(reqwest::Method::GET)).await;
    assert_eq!(gone.refused(), (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn where_a_login_may_be_begun_from_elsewhere_is_told_back() {
    let provider = open_provider().await;
    let changes = json!({"initiate_login_uri": "https://drive.example/login"});
    let registered = register(&provider, changes).await;
    let told = "https://drive.example/login";
    assert_eq!(registered.text("initiate_login_uri"), told);
    assert_eq!(registered.read().await["initiate_login_uri"], told);
}

#[tokio::test]
async fn a_client_that_registers_itself_is_pairwise_and_has_no_name_of_ours() {
    let provider = open_provider().await;
    provider
        .register("drive", json!({"client_name": {"": "ドライブ日誌"}}))
        .await;
    let registered = register(&provider, json!({"subject_type": "public"})).await;
    assert_eq!(registered.text("subject_type"), "pairwise");
    for name in ["TOYOTA 公式サイト", "T0YOTA", "Ｌｅｘｕｓ", "ドライブ 日誌"] {
        let reply = try_register(&provider, &metadata(json!({"client_name": name})), None).await;
        let expected = (400, "invalid_client_metadata".to_owned());
        assert_eq!(reply.refused(), expected, "{name}");
        assert!(reply.body.contains("client_name"), "{}", reply.body);
    }
    let tagged = json!({"client_name": "Drive", "client_name#ja": "トヨタ"});
    let reply = try_register(&provider, &metadata(tagged), None).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
}
