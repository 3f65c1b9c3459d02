//! The outbox of mails and SMS.

use std::collections::BTreeSet;
use std::time::Duration;

use common_id::clock::Timestamp;
use common_id::store::Store;
use common_id::store::outbox::{Channel, Delivered, Message, NewMessage};

use serde_json::json;

use super::example::{NOW, at, message};
use crate::support::database::on_both;
use crate::support::provider;

const LEASE: Duration = Duration::from_secs(60);

async fn claim(store: &Store, now: Timestamp, limit: u32) -> Vec<Message> {
    store.outbox().claim(now, limit, LEASE).await.unwrap()
}

async fn claimed_ids(store: &Store, now: Timestamp) -> Vec<String> {
    let claimed = claim(store, now, 100).await;
    claimed.into_iter().map(|message| message.id).collect()
}

#[tokio::test]
async fn messages_are_claimed_oldest_first_as_they_went_in() {
    on_both(async |store| {
        let sms = NewMessage {
            channel: Channel::Sms,
            ..message(2)
        };
        store.outbox().put_all(&[]).await.unwrap();
        store
            .outbox()
            .put_all(&[message(3), sms, message(1)])
            .await
            .unwrap();
        let claimed = claim(&store, at(3), 2).await;
        let ids: Vec<_> = claimed.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(ids, [message(1).id, message(2).id]);
        let expected = Message {
            id: message(2).id,
            channel: Channel::Sms,
            brand: "toyota".into(),
            payload: "sealed-2".into(),
            attempts: 0,
            created_at: at(2),
            sent_at: None,
        };
        assert_eq!(claimed[1], expected);
        assert_eq!(claimed_ids(&store, at(3)).await, [message(3).id]);
        assert!(!format!("{expected:?}").contains("sealed"));
    })
    .await;
}

#[tokio::test]
async fn messages_go_in_all_or_none() {
    on_both(async |store| {
        assert!(
            store
                .outbox()
                .put_all(&[message(1), message(1)])
                .await
                .is_err()
        );
        assert!(claim(&store, at(9), 9).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_claimed_message_comes_back_only_after_the_lease() {
    on_both(async |store| {
        store.outbox().put_all(&[message(0)]).await.unwrap();
        assert_eq!(claimed_ids(&store, at(0)).await.len(), 1);
        assert_eq!(claimed_ids(&store, at(59)).await.len(), 0);
        assert_eq!(claimed_ids(&store, at(60)).await.len(), 1);
        assert_eq!(claimed_ids(&store, at(61)).await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_message_goes_to_two_workers() {
    on_both(async |store| {
        let messages: Vec<_> = (0..200).map(message).collect();
        store.outbox().put_all(&messages).await.unwrap();
        let workers: Vec<_> = (0..6)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    loop {
                        let claimed = claim(&store, at(1000), 7).await;
                        if claimed.is_empty() {
                            return ids;
                        }
                        assert!(claimed.len() <= 7);
                        ids.extend(claimed.into_iter().map(|message| message.id));
                    }
                })
            })
            .collect();
        let mut ids = Vec::new();
        for worker in workers {
            ids.extend(worker.await.unwrap());
        }
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
        // A worker may find nothing while another one holds the rest, so it looks again.
        ids.extend(claimed_ids(&store, at(1000)).await);
        assert_eq!(ids.len(), 200);
    })
    .await;
}

#[tokio::test]
async fn a_failed_message_is_tried_again_when_it_is_due() {
    on_both(async |store| {
        store.outbox().put_all(&[message(0)]).await.unwrap();
        claim(&store, NOW, 1).await;
        store
            .outbox()
            .postpone(&message(0).id, 1, at(300))
            .await
            .unwrap();
        assert!(claim(&store, at(299), 1).await.is_empty());
        assert_eq!(claim(&store, at(300), 1).await[0].attempts, 1);
    })
    .await;
}

#[tokio::test]
async fn a_delivered_or_buried_message_is_gone() {
    on_both(async |store| {
        store
            .outbox()
            .put_all(&[message(0), message(1)])
            .await
            .unwrap();
        let outbox = store.outbox();
        outbox
            .delivered(&message(0).id, Delivered::Forget, NOW)
            .await
            .unwrap();
        outbox.bury(&message(1).id).await.unwrap();
        assert!(claim(&store, at(9), 9).await.is_empty());
        assert!(outbox.delivered_messages(9).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn kept_messages_can_be_read_oldest_first_and_nothing_undoes_their_delivery() {
    on_both(async |store| {
        let outbox = store.outbox();
        outbox
            .put_all(&[message(0), message(1), message(2)])
            .await
            .unwrap();
        for number in [2, 0, 1] {
            let id = message(number).id;
            outbox
                .delivered(&id, Delivered::Keep, at(10 + number))
                .await
                .unwrap();
        }
        // A worker whose lease expired continues.
        outbox
            .delivered(&message(1).id, Delivered::Keep, at(90))
            .await
            .unwrap();
        outbox.postpone(&message(1).id, 1, NOW).await.unwrap();
        outbox.bury(&message(1).id).await.unwrap();
        let kept = outbox.delivered_messages(2).await.unwrap();
        let seen: Vec<_> = kept.into_iter().map(|m| (m.id, m.sent_at)).collect();
        assert_eq!(
            seen,
            [(message(1).id, Some(at(11))), (message(2).id, Some(at(12)))]
        );
        assert!(claim(&store, at(9999), 9).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_newest_five_hundred_delivered_messages_are_kept() {
    on_both(async |store| {
        let outbox = store.outbox();
        let messages: Vec<_> = (0..503).map(message).collect();
        outbox.put_all(&messages).await.unwrap();
        for message in &messages {
            outbox
                .delivered(&message.id, Delivered::Keep, at(600))
                .await
                .unwrap();
        }
        let kept = outbox.delivered_messages(1000).await.unwrap();
        assert_eq!(kept.len(), 500);
        assert_eq!(kept[0].id, message(3).id);
    })
    .await;
}

#[tokio::test]
async fn a_message_nobody_could_send_for_a_week_goes() {
    on_both(async |store| {
        let outbox = store.outbox();
        outbox.put_all(&[message(0)]).await.unwrap();
        let week = 7 * 24 * 60 * 60;
        for number in 0..8 {
            outbox.put_all(&[message(week + number)]).await.unwrap();
        }
        let ids = claimed_ids(&store, at(week + 8)).await;
        assert_eq!(ids.len(), 8);
        assert!(!ids.contains(&message(0).id));
    })
    .await;
}

/// An event to a client, written so many seconds after the beginning.
fn event(queue: &str, number: i64) -> NewMessage {
    NewMessage {
        id: format!("{queue}-{}", 9 - number),
        channel: Channel::Event,
        queue: Some(queue.to_owned()),
        ..message(number)
    }
}

async fn in_turn(store: &Store, now: Timestamp) -> Vec<String> {
    let claimed = store.outbox().claim_in_turn(now, 9, LEASE).await.unwrap();
    let mut ids: Vec<_> = claimed.into_iter().map(|event| event.id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn events_of_a_queue_leave_one_at_a_time_as_they_happened() {
    on_both(async |store| {
        let outbox = store.outbox();
        // Their IDs sort in the opposite order, since the clocks of two nodes may differ.
        for number in 0..3 {
            let both = [event("b", number), event("a", number)];
            outbox.put_all(&both).await.unwrap();
        }
        assert!(
            claimed_ids(&store, at(9)).await.is_empty(),
            "they are to nobody"
        );
        assert_eq!(in_turn(&store, at(9)).await, ["a-9", "b-9"]);
        assert!(in_turn(&store, at(10)).await.is_empty(), "leased");
        outbox
            .delivered("a-9", Delivered::Forget, at(10))
            .await
            .unwrap();
        outbox.postpone("b-9", 1, at(50)).await.unwrap();
        assert_eq!(in_turn(&store, at(11)).await, ["a-8"]);
        outbox.bury("a-8").await.unwrap();
        assert_eq!(in_turn(&store, at(12)).await, ["a-7"]);
        assert_eq!(in_turn(&store, at(50)).await, ["b-9"]);
        assert_eq!(in_turn(&store, at(111)).await, ["a-7", "b-9"], "leases end");
        let one = outbox.claim_in_turn(at(500), 1, LEASE).await.unwrap();
        assert_eq!(one.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_event_goes_to_two_workers_nor_before_another() {
    on_both(async |store| {
        for number in 0..8 {
            store.outbox().put_all(&[event("a", number)]).await.unwrap();
        }
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    for _ in 0..40 {
                        for id in in_turn(&store, at(9)).await {
                            ids.push(id.clone());
                            let outbox = store.outbox();
                            outbox
                                .delivered(&id, Delivered::Forget, at(9))
                                .await
                                .unwrap();
                        }
                    }
                    ids
                })
            })
            .collect();
        let mut ids = Vec::new();
        for worker in workers {
            let of_worker = worker.await.unwrap();
            assert!(of_worker.is_sorted_by(|a, b| a > b), "{of_worker:?}");
            ids.extend(of_worker);
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 8);
    })
    .await;
}

#[tokio::test]
async fn an_event_is_stuck_once_an_attempt_failed() {
    on_both(async |store| {
        let client = provider::client(
            "a",
            json!({"dealer_code": "20100", "grant_types": ["client_credentials"]}),
        );
        store.clients().put(&client, None).await.unwrap();
        let outbox = store.outbox();
        outbox.put_all(&[event("a", 0)]).await.unwrap();
        let is_stuck = async |code: &str| store.outbox().is_stuck(code).await.unwrap();
        assert!(!is_stuck("20100").await);
        outbox.postpone("a-9", 1, at(5)).await.unwrap();
        assert!(is_stuck("20100").await && !is_stuck("20200").await);
        outbox
            .delivered("a-9", Delivered::Forget, at(9))
            .await
            .unwrap();
        assert!(!is_stuck("20100").await);
        outbox.put_all(&[event("a", 1)]).await.unwrap();
        store
            .clients()
            .remove(&client.client_id, at(9))
            .await
            .unwrap();
        assert!(in_turn(&store, at(9)).await.is_empty());
        assert_eq!(store.clients().of_dealer("20100").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_wants_after_a_week_are_messages_to_people() {
    on_both(async |store| {
        let outbox = store.outbox();
        outbox.put_all(&[event("a", 0), message(0)]).await.unwrap();
        // Adding a message sometimes removes old ones.
        for number in 0..16 {
            let late = 8 * 24 * 60 * 60 + number;
            outbox.put_all(&[message(late)]).await.unwrap();
        }
        let now = at(9 * 24 * 60 * 60);
        assert_eq!(claimed_ids(&store, now).await.len(), 16);
        assert_eq!(in_turn(&store, now).await, ["a-9"]);
    })
    .await;
}
