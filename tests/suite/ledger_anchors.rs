//! The head of the consents' ledger is anchored by itself, daily, by each way that is
//! configured. A way that fails hinders no other, and is tried again soon.

use std::path::PathBuf;
use std::time::Duration;

use common_id::config::Config;
use common_id::server::ledger_anchors::{Way, anchor_if_due};
use tempfile::TempDir;

use crate::support::log::Log;
use crate::support::provider::Provider;
use crate::support::receiver::{Answer, Receiver};
use crate::support::small_redis::SmallRedis;
use crate::support::steps;

const AUDITOR: &str = "auditor@example.jp";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When the nodes look again.
const SOON: Duration = Duration::from_secs(10 * 60);

const FAILED: &str = "the ledger was not anchored by one way";

/// A provider that anchors by all three ways.
struct Stage {
    provider: Provider,
    folder: TempDir,
    endpoint: Receiver,
}

impl Stage {
    /// The endpoint gives these answers first.
    async fn with(answers: &[Answer], change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = Receiver::start(answers.to_vec()).await;
        let provider = Provider::start_with(|config| {
            config.ledger.anchor_file = Some(folder.path().join("ledger.anchors"));
            config.ledger.anchor_mail_to = Some(AUDITOR.to_owned());
            config.ledger.anchor_url = Some(endpoint.url().parse().unwrap());
            change(config);
        })
        .await;
        steps::person(&provider, "hanako@example.jp").await;
        Self {
            provider,
            folder,
            endpoint,
        }
    }

    async fn anchor(&self) -> Vec<Way> {
        anchor_if_due(&self.provider.app).await.unwrap()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ledger.anchors")
    }

    fn anchors(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.file()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    async fn mails(&self) -> usize {
        self.provider.mails_to(AUDITOR).await.len()
    }
}

#[tokio::test]
async fn a_server_anchors_its_ledger_once_a_day() {
    let stage = Stage::with(&[], |_| ()).await;
    assert_eq!(stage.anchor().await, [Way::File, Way::Mail, Way::Http]);
    assert_eq!(stage.anchor().await, []);
    let (kept, provider) = (stage.anchors(), &stage.provider);
    let mails = provider.mails_to(AUDITOR).await;
    assert_eq!((kept.len(), mails.len()), (1, 1));
    assert!(mails[0].text.contains(&kept[0]), "{}", mails[0].text);
    let posted = stage.endpoint.taken();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].token, kept[0]);
    assert_eq!(posted[0].header("content-type"), "application/jwt");
    assert_eq!(posted[0].header("authorization"), "");
    // The turn outlasts the first attempt.
    provider.advance(SOON);
    assert_eq!(stage.anchor().await, []);

    provider.let_expire("turn:*", DAY).await;
    assert_eq!(stage.anchor().await, [Way::File, Way::Mail, Way::Http]);
    assert_eq!(stage.anchors().len(), 2);
    assert_eq!(stage.mails().await, 2);
    assert_eq!(stage.endpoint.taken().len(), 2);
}

#[tokio::test]
async fn an_endpoint_that_fails_is_tried_again_soon_and_hinders_nothing() {
    let stage = Stage::with(&[Answer::Status(500)], |_| ()).await;
    let log = Log::open();
    assert_eq!(stage.anchor().await, [Way::File, Way::Mail]);
    let told = log.with(FAILED);
    assert!(
        matches!(&told[..], [one] if one.contains("ledger.anchor_url") && one.contains("500")),
        "{told:?}"
    );
    // Another node that looks at once leaves it alone.
    assert_eq!(stage.anchor().await, []);
    assert_eq!(stage.endpoint.attempts().len(), 1);
    stage
        .provider
        .let_expire("turn:ledger.anchor_url", SOON)
        .await;
    assert_eq!(stage.anchor().await, [Way::Http]);
    assert_eq!(stage.endpoint.taken().len(), 1);
    assert_eq!((stage.anchors().len(), stage.mails().await), (1, 1));
    assert_eq!(log.with(FAILED).len(), 1);
}

#[tokio::test]
async fn a_mail_that_cannot_be_written_is_tried_again_soon_and_hinders_nothing() {
    let stage = Stage::with(&[], |config| {
        config.ledger.anchor_mail_to = Some("nobody".to_owned());
    })
    .await;
    let log = Log::open();
    assert_eq!(stage.anchor().await, [Way::File, Way::Http]);
    stage
        .provider
        .let_expire("turn:ledger.anchor_mail_to", SOON)
        .await;
    assert_eq!(stage.anchor().await, []);
    let told = log.with(FAILED);
    assert!(
        told.iter()
            .all(|line| line.contains("ledger.anchor_mail_to"))
    );
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn a_file_that_fails_is_tried_again_soon_and_hinders_nothing() {
    let stage = Stage::with(&[], |_| ()).await;
    let log = Log::open();
    std::fs::create_dir(stage.file()).unwrap();
    assert_eq!(stage.anchor().await, [Way::Mail, Way::Http]);
    std::fs::remove_dir(stage.file()).unwrap();
    assert_eq!(stage.anchor().await, [Way::File]);
    assert_eq!(stage.anchors().len(), 1);

    // A line that another key signed stays for the operator to look at.
    std::fs::write(stage.file(), "eyJh.eyJh.AAAA\n").unwrap();
    stage.provider.let_expire("turn:*", DAY).await;
    assert_eq!(stage.anchor().await, [Way::Mail, Way::Http]);
    assert_eq!(stage.anchors(), ["eyJh.eyJh.AAAA"]);
    let told = log.with(FAILED);
    assert!(told.iter().all(|line| line.contains("ledger.anchor_file")));
    assert!(told[1].contains("line 1 of"), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn without_redis_the_file_is_kept() {
    let mut redis = SmallRedis::start().await;
    let url = redis.url();
    let stage = Stage::with(&[], |config| config.ephemeral.url = url.into()).await;
    redis.end();
    let log = Log::open();
    assert_eq!(stage.anchor().await, [Way::File]);
    assert_eq!(stage.anchors().len(), 1);
    assert_eq!(log.with(FAILED).len(), 2, "{:?}", log.with(""));
}

#[tokio::test]
async fn a_ledger_that_is_wrong_is_anchored_by_no_way() {
    let stage = Stage::with(&[], |_| ()).await;
    stage.anchor().await;
    stage.provider.let_expire("turn:*", DAY).await;
    let cut_off = "UPDATE ledger_head SET hash = $1 WHERE ledger = 'consents'";
    stage.provider.execute(cut_off, &"0".repeat(64)).await;
    let fault = anchor_if_due(&stage.provider.app).await.unwrap_err();
    assert!(fault.to_string().contains("the ledger is wrong"), "{fault}");
    assert_eq!((stage.anchors().len(), stage.mails().await), (1, 1));
    assert_eq!(stage.endpoint.attempts().len(), 1);
}
