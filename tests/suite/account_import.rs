//! Imports beside people who use their accounts: an import takes no account away.

use std::io::Cursor;

use common_id::account_import::{self, Facts, Reason, RefusedLine, Summary};
use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::steps::PASSWORD;

const EMAIL: &str = "hanako@example.jp";
const THIEF: &str = "thief@example.jp";

/// Imports one line, and returns the summary and the refused lines.
async fn import(provider: &Provider, line: &Value) -> (Summary, Vec<RefusedLine>) {
    let app = &provider.app;
    let facts = Facts::new(&app.config.brands, None, app.clock.now()).unwrap();
    let input = Box::new(Cursor::new(line.to_string().into_bytes()));
    let mut refused = Vec::new();
    let refuse = |line| {
        refused.push(line);
        Ok(())
    };
    let summary = account_import::import(&app.store, &app.random, &facts, input, refuse).await;
    (summary.unwrap(), refused)
}

#[tokio::test]
async fn an_account_that_its_owner_recovered_is_not_imported_away() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let line = |email| json!({"external_id": "tos-1", "email": email, "email_verified": true});
    import(&provider, &line(EMAIL)).await;

    let mut phone = Phone::new();
    let login = phone.open(service.url(&service.ask("openid"))).await;
    let start = phone.open(login.screen("login").link("/recovery")).await;
    let named = phone
        .press(
            &start.screen("recovery"),
            "send_code",
            &[("login_id", EMAIL)],
        )
        .await;
    let code = provider.code_for(EMAIL).await;
    let password = phone
        .press(&named.screen("recovery-code"), "next", &[("code", &code)])
        .await
        .screen("recovery-password");
    phone
        .press(&password, "save", &[("new_password", PASSWORD)])
        .await;
    let before = provider.account(EMAIL).await;

    let (summary, refused) = import(&provider, &line(THIEF)).await;
    assert_eq!((summary.updated, summary.refused), (0, 1));
    let by_number = RefusedLine {
        number: 1,
        reason: Reason::Proven,
    };
    assert_eq!(refused, [by_number]);
    assert_eq!(provider.account(EMAIL).await, before);
    assert!(provider.mails_to(THIEF).await.is_empty());
}
