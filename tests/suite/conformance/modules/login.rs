//! When the login page is shown, and when not.

use std::time::Duration;

use crate::conformance::run::Run;

const MOMENT: Duration = Duration::from_secs(2);

pub(crate) async fn prompt_login(mut run: Run<'_>) {
    let first = run.go(&run.ask("openid")).await;
    run.provider().advance(MOMENT);
    let request = run.ask("openid").with("prompt", "login");
    let landed = run.phone.open(run.party.url(&request)).await;
    let page = landed.screen("login");
    let landed = crate::support::browser::Landed::On(page);
    let second = run.finish(landed, &request).await;
    assert!(second.auth_time() > first.auth_time());
    assert_eq!(second.id_token["sub"], first.id_token["sub"]);
}

pub(crate) async fn prompt_none_not_logged_in(mut run: Run<'_>) {
    let request = run.ask("openid").with("prompt", "none");
    assert_eq!(run.error_of(&request).await, "login_required");
}

pub(crate) async fn prompt_none_logged_in(mut run: Run<'_>) {
    let first = run.go(&run.ask("openid")).await;
    run.provider().advance(MOMENT);
    let request = run.ask("openid").with("prompt", "none");
    let second = run.go_silently(&request).await;
    for claim in ["sub", "auth_time"] {
        assert_eq!(second.id_token[claim], first.id_token[claim], "{claim}");
    }
}

pub(crate) async fn max_age_1(mut run: Run<'_>) {
    let first = run.go(&run.ask("openid")).await;
    run.provider().advance(MOMENT);
    let request = run.ask("openid").with("max_age", "1");
    let landed = run.phone.open(run.party.url(&request)).await;
    let page = landed.screen("login");
    let landed = crate::support::browser::Landed::On(page);
    let second = run.finish(landed, &request).await;
    assert!(second.auth_time() > first.auth_time());
}

pub(crate) async fn max_age_10000(mut run: Run<'_>) {
    let first = run.go(&run.ask("openid").with("max_age", "15000")).await;
    run.provider().advance(MOMENT);
    let request = run.ask("openid").with("max_age", "10000");
    let second = run.go_silently(&request).await;
    assert_eq!(second.auth_time(), first.auth_time());
}

pub(crate) async fn id_token_hint(mut run: Run<'_>) {
    let first = run.go(&run.ask("openid")).await;
    let request = run
        .ask("openid")
        .with("prompt", "none")
        .with("id_token_hint", &first.id_token_text);
    let second = run.go_silently(&request).await;
    assert_eq!(second.id_token["sub"], first.id_token["sub"]);
}

pub(crate) async fn ensure_request_with_acr_values_succeeds(mut run: Run<'_>) {
    let supported = run.party.metadata["acr_values_supported"].clone();
    let all: Vec<&str> = supported
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|acr| acr.as_str())
        .collect();
    let request = run.ask("openid").with("acr_values", all.join(" "));
    let outcome = run.go(&request).await;
    assert!(all.contains(&outcome.id_token["acr"].as_str().unwrap()));
}

pub(crate) async fn login_hint(mut run: Run<'_>) {
    let host = run.provider().issuer().replace("http://", "");
    let request = run
        .ask("openid")
        .with("login_hint", format!("buffy@{host}"));
    run.go(&request).await;
}
