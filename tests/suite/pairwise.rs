//! Pairwise subjects, which must not change when the sealing keys do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common_id::app::App;
use common_id::clock::Clock;
use common_id::config::Config;
use common_id::fault::Fault;
use common_id::keys::shared_secret;
use common_id::oidc::client::{Client, SubjectType};
use common_id::random::Random;
use common_id::seal::pairwise::PairwiseSecret;
use common_id::seal::{Purpose, Sealer};
use common_id::store::Store;

use crate::support::database::on_both;

/// A sealer whose file holds these keys; it seals with the first.
fn sealer(keys: &[u8]) -> Sealer {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sealing.key");
    let lines: Vec<_> = keys.iter().map(|key| STANDARD.encode([*key; 32])).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    for_its_owner_alone(&file);
    Sealer::load(&file).unwrap()
}

fn for_its_owner_alone(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Loads the secret as a node that starts now.
async fn secret(store: &Store, sealer: &Sealer) -> Result<PairwiseSecret, Fault> {
    let named = (Purpose::Pairwise, "pairwise");
    let secret = shared_secret::load(store, sealer, &Random::System, named).await?;
    Ok(PairwiseSecret::new(&secret))
}

/// The subject identifier that a node which starts now derives for an account.
async fn subject(store: &Store, sealer: &Sealer) -> String {
    let secret = secret(store, sealer).await.unwrap();
    secret.subject(&dealer(), "account")
}

#[tokio::test]
async fn a_subject_stays_across_a_change_of_the_sealing_key() {
    on_both(async |store| {
        let before = subject(&store, &sealer(&[1])).await;
        assert_eq!(subject(&store, &sealer(&[2, 1])).await, before);
        // The start before this one sealed the secret anew, so the old key can be removed.
        assert_eq!(subject(&store, &sealer(&[2])).await, before);
        let lost = secret(&store, &sealer(&[1])).await;
        assert!(lost.unwrap_err().to_string().contains("sealing key"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_make_the_same_subjects() {
    on_both(async |store| {
        let nodes: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { subject(&store, &Sealer::from_key([1; 32])).await })
            })
            .collect();
        let mut subjects = Vec::new();
        for node in nodes {
            subjects.push(node.await.unwrap());
        }
        assert!(subjects.iter().all(|one| *one == subjects[0]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_seal_it_anew_at_once_leave_it_readable() {
    on_both(async |store| {
        let before = subject(&store, &sealer(&[1])).await;
        let nodes: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { subject(&store, &sealer(&[2, 1])).await })
            })
            .collect();
        for node in nodes {
            assert_eq!(node.await.unwrap(), before);
        }
        assert_eq!(subject(&store, &sealer(&[2])).await, before);
    })
    .await;
}

#[tokio::test]
async fn another_database_makes_other_subjects() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let database = crate::support::database::sqlite().await;
        seen.push(subject(&database.open().await, &sealer(&[1])).await);
    }
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_sees_the_same_subject_after_a_restart_with_a_new_sealing_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sealing.key");
    let (old, new) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
    let mut subjects = Vec::new();
    for keys in [old.clone(), format!("{new}\n{old}")] {
        fs::write(&file, keys).unwrap();
        for_its_owner_alone(&file);
        let variables = [("COMMON_ID__SEALING_KEY_FILE".into(), file.clone().into())];
        let config = Config::demo_with(8080, directory.path(), variables).unwrap();
        let store = Store::open(config.database.url.expose(), 1).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        let app = App::start(config, Clock::System, Random::System)
            .await
            .unwrap();
        subjects.push(app.pairwise.subject(&dealer(), "account"));
        app.store.close().await;
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_eq!(subjects[0].len(), 43);
}

fn dealer() -> Client {
    let client = serde_json::json!({
        "client_id": "dealer",
        "client_name": {"": "Dealer"},
        "brands": ["toyota"],
        "party": "third",
        "redirect_uris": ["https://dealer.example/cb"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": "openid",
        "subject_type": SubjectType::Pairwise,
        "id_token_signed_response_alg": "RS256",
    });
    serde_json::from_value(client).unwrap()
}
