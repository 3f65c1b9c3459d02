//! The audit trail in the store: written with the change, never changed, read by account
//! and by time.

use std::sync::Arc;

use common_id::clock::Clock;
use common_id::random::Random;
use common_id::security_events::{Actor, Event, EventKind, Origin, Place, Reason, scope};
use common_id::store::Store;
use common_id::store::security_events::Wanted;

use super::example::{NOW, at, message, registered};
use super::ledger::write;
use super::passkeys::passkey;
use crate::support::database::{every_kind, on_both};

async fn kinds(store: &Store, wanted: &Wanted) -> Vec<String> {
    let part = store.security_events().part(wanted, 0, 100).await.unwrap();
    part.into_iter().map(|one| one.record.kind).collect()
}

fn origin(seconds: i64) -> Arc<Origin> {
    let origin = Origin::new(Actor::Caller, Clock::manual(at(seconds)), Random::seeded(1));
    let place = || Place {
        brand: Some("toyota".into()),
        device: "iPhone · Safari".into(),
        network: Some("192.0.2.0/24".into()),
    };
    Arc::new(origin.from(place))
}

#[tokio::test]
async fn an_event_is_written_with_its_change_or_not_at_all() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let mails = [message(1)];
        let new = passkey("hanako", 1);
        store.passkeys().add(&new, &mails).await.unwrap();
        // The same credential again: nothing is added, and nothing recorded.
        let again = passkey("hanako", 1);
        store.passkeys().add(&again, &mails).await.unwrap();
        let wanted = Wanted {
            account_id: Some(hanako.id),
            ..Wanted::default()
        };
        assert_eq!(
            kinds(&store, &wanted).await,
            ["account_registered", "consent_given", "passkey_added"]
        );
    })
    .await;
}

#[tokio::test]
async fn events_are_read_by_account_and_by_time() {
    on_both(async |store| {
        for (seconds, account) in [(0, "hanako"), (10, "taro"), (20, "hanako")] {
            let event = Event::failed(EventKind::Login, Reason::WrongPassword).of(account);
            let events = store.security_events();
            scope(origin(seconds), events.record(event)).await.unwrap();
        }
        let all = Wanted::default();
        let part = store.security_events().part(&all, 0, 100).await.unwrap();
        assert_eq!(part.len(), 3);
        let first = &part[0].record;
        assert_eq!(first.at, NOW);
        assert_eq!(first.brand.as_deref(), Some("toyota"));
        assert_eq!(first.device.as_deref(), Some("iPhone · Safari"));
        assert_eq!(first.network.as_deref(), Some("192.0.2.0/24"));
        let after = store.security_events();
        let after = after.part(&all, part[1].sequence, 100).await.unwrap();
        assert_eq!(after, part[2..]);
        for (from, before, account_id, found) in [
            (Some(10), None, None, 2),
            (None, Some(10), None, 1),
            (None, None, Some("hanako"), 2),
            (Some(5), None, Some("hanako"), 1),
            (None, None, Some("nobody"), 0),
            (None, None, Some("\0"), 0),
        ] {
            let wanted = Wanted {
                account_id: account_id.map(str::to_owned),
                from: from.map(at),
                before: before.map(at),
            };
            assert_eq!(kinds(&store, &wanted).await.len(), found, "{wanted:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_to_change_a_record() {
    for database in every_kind().await {
        let store = database.open().await;
        registered(&store, "hanako").await;
        let forged = "UPDATE security_events SET kind = 'sign_on'";
        let refused = write(&database, forged).await.unwrap_err();
        assert!(refused.to_string().contains("never changed"), "{refused}");
    }
}
