//! The change counters that nodes poll.

use std::collections::BTreeMap;

use crate::support::database::on_both;

#[tokio::test]
async fn every_topic_has_a_counter_from_the_start() {
    on_both(async |store| {
        let none = ["clients", "dealers", "keys"].map(|topic| (topic.to_owned(), 0));
        assert_eq!(
            store.changes().counters().await.unwrap(),
            BTreeMap::from(none)
        );
    })
    .await;
}
