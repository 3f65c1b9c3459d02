//! Which claims about the person are returned, and in which form.

use serde_json::{Value, json};

use crate::conformance::run::Run;

/// OpenID Connect Core §5.4.
const PROFILE: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];
const EMAIL: [&str; 2] = ["email", "email_verified"];
const ADDRESS: [&str; 1] = ["address"];
const PHONE: [&str; 2] = ["phone_number", "phone_number_verified"];

async fn scope(mut run: Run<'_>, scope: &str, claims: &[&str]) {
    let supported = run.party.metadata["scopes_supported"].as_array().unwrap();
    assert!(
        scope
            .split(' ')
            .all(|value| supported.contains(&json!(value)))
    );
    let outcome = run.go(&run.ask(scope)).await;
    let told = run.claims(&outcome).await;
    for claim in claims {
        let value = &told[claim];
        let lawful = match *claim {
            "updated_at" => value.is_i64(),
            "email_verified" | "phone_number_verified" => *value == Value::Bool(true),
            "address" => value.is_object(),
            _ => value.as_str().is_some_and(|text| !text.is_empty()),
        };
        assert!(lawful, "{claim}: {value}");
    }
}

pub(crate) async fn scope_profile(run: Run<'_>) {
    scope(run, "openid profile", &PROFILE).await;
}

pub(crate) async fn scope_email(run: Run<'_>) {
    scope(run, "openid email", &EMAIL).await;
}

pub(crate) async fn scope_address(run: Run<'_>) {
    scope(run, "openid address", &ADDRESS).await;
}

pub(crate) async fn scope_phone(run: Run<'_>) {
    scope(run, "openid phone", &PHONE).await;
}

pub(crate) async fn scope_all(run: Run<'_>) {
    let all = [&PROFILE[..], &EMAIL, &ADDRESS, &PHONE].concat();
    scope(run, "openid email phone address profile", &all).await;
}

pub(crate) async fn claims_essential(mut run: Run<'_>) {
    let place = if run.response_type.leads_to_access_token() {
        "userinfo"
    } else {
        "id_token"
    };
    let claims = json!({ place: { "name": { "essential": true } } });
    let request = run.ask("openid").with("claims", claims.to_string());
    // `go` fails if the claim is in an ID token for which it was not requested.
    let outcome = run.go(&request).await;
    let told = run.claims(&outcome).await;
    assert_eq!(told["name"], "豊田 マリ 花子");
}

pub(crate) async fn claims_locales(mut run: Run<'_>) {
    let request = run.ask("openid profile").with("claims_locales", "se");
    let outcome = run.go(&request).await;
    assert_eq!(run.claims(&outcome).await["family_name"], "豊田");
}
