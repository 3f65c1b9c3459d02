//! A login that continues at a node of an older version than the one that began it.

use std::time::Duration;

use common_id::ephemeral::Key;
use serde_json::{Value, json};

use crate::support::browser::{Page, Phone};
use crate::support::provider::Provider;
use crate::support::steps;

/// Returns the stored interaction of a page, and its key.
async fn interaction(provider: &Provider, page: &Page) -> (String, Value) {
    for name in page.url.path_segments().unwrap() {
        let stored = provider.app.ephemeral.get(Key::Interaction(name)).await;
        if let Some(stored) = stored.unwrap() {
            let stored = serde_json::from_slice(&stored).unwrap();
            return (name.to_owned(), stored);
        }
    }
    panic!("no interaction is stored for {}", page.url);
}

#[tokio::test]
async fn what_a_newer_node_noted_of_a_login_stays() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let email = steps::agree_to_terms(&mut phone, landed).await;
    let (name, mut stored) = interaction(&provider, &email).await;
    let places = ["", "/request", "/progress", "/draft", "/draft/terms"];
    for place in places {
        stored.pointer_mut(place).unwrap()["of_tomorrow"] = json!({"is": place});
    }
    let (key, bytes) = (Key::Interaction(&name), stored.to_string().into_bytes());
    let ephemeral = &provider.app.ephemeral;
    ephemeral
        .put(key, &bytes, Duration::from_secs(600))
        .await
        .unwrap();

    let code = steps::send_code(&mut phone, &email, "hanako@example.jp").await;
    let (_, after) = interaction(&provider, &code).await;
    assert_eq!(after["draft"]["codes_made"], 1, "{after}");
    for place in places {
        let object = after.pointer(place).unwrap();
        assert_eq!(object["of_tomorrow"], json!({"is": place}), "{object}");
    }
}
