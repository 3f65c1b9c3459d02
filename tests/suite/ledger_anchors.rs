//! The head of the consents' ledger is anchored by itself, daily.

use std::time::Duration;

use common_id::server::ledger_anchors::anchor_if_due;

use crate::support::provider::Provider;
use crate::support::steps;

const AUDITOR: &str = "auditor@example.jp";

#[tokio::test]
async fn a_server_anchors_its_ledger_once_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.anchors");
    let provider = Provider::start_with(|config| {
        config.ledger.anchor_file = Some(file.clone());
        config.ledger.anchor_mail_to = Some(AUDITOR.to_owned());
    })
    .await;
    steps::person(&provider, "hanako@example.jp").await;
    let anchors = || std::fs::read_to_string(&file).unwrap().lines().count();
    assert!(anchor_if_due(&provider.app).await.unwrap());
    assert!(!anchor_if_due(&provider.app).await.unwrap());
    let mails = provider.mails_to(AUDITOR).await;
    assert_eq!((anchors(), mails.len()), (1, 1));
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(mails[0].text.contains(kept.trim()), "{}", mails[0].text);

    provider.advance(Duration::from_secs(24 * 60 * 60));
    provider.let_short_lived_state_expire().await;
    assert!(anchor_if_due(&provider.app).await.unwrap());
    assert_eq!(anchors(), 2);
    assert_eq!(provider.mails_to(AUDITOR).await.len(), 2);
}
