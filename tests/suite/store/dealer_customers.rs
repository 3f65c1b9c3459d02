//! The people who linked a dealer, and the services they use.

use common_id::accounts::day::Day;
use common_id::accounts::service_use::ServiceUse;
use common_id::clock::Timestamp;
use common_id::store::Store;
use common_id::store::dealer_customers::DealerCustomer;

use super::example::{NOW, at, client_id, dealer, dealer_link, import, registered};
use crate::support::database::on_both;

async fn page(
    store: &Store,
    after: Option<&(Timestamp, String)>,
    most: u32,
) -> Vec<DealerCustomer> {
    let customers = store.dealer_customers();
    customers.page("20100", after, most).await.unwrap()
}

async fn linked(store: &Store, name: &str, seconds: i64) {
    let account = registered(store, name).await;
    let (mut link, mut consents) = dealer_link(name, "20100");
    link.linked_at = at(seconds);
    for consent in &mut consents {
        consent.wording_version = format!("version-of-{name}");
    }
    let links = store.dealer_links();
    links
        .link(&account.id, &link, &consents, &[])
        .await
        .unwrap();
}

#[tokio::test]
async fn customers_come_earliest_first_and_page_by_page() {
    on_both(async |store| {
        import(&store, &[dealer("20100")]).await;
        assert_eq!(page(&store, None, 10).await, []);
        linked(&store, "c", 0).await;
        linked(&store, "b", 0).await;
        linked(&store, "a", 1).await;
        let all = page(&store, None, 10).await;
        let ids: Vec<_> = all.iter().map(|one| one.account_id.as_str()).collect();
        assert_eq!(ids, ["account-of-b", "account-of-c", "account-of-a"]);
        let expected = DealerCustomer {
            account_id: "account-of-b".to_owned(),
            linked_at: NOW,
            notice_version: "version-of-b".to_owned(),
            client_id: Some("maintenance".to_owned()),
            customer_number: Some("N-001".to_owned()),
            services: vec![],
        };
        assert_eq!(all[0], expected);
        let first = page(&store, None, 1).await;
        assert_eq!(first, all[..1]);
        let rest = page(&store, Some(&first[0].place()), 10).await;
        assert_eq!(rest, all[1..]);
        assert_eq!(page(&store, Some(&all[2].place()), 10).await, []);
        let nonsense = (NOW, "\0".to_owned());
        assert_eq!(page(&store, Some(&nonsense), 10).await, []);
        let other = store.dealer_customers().page("20200", None, 10).await;
        assert_eq!(other.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn use_is_recorded_once_a_day_and_only_beside_a_link() {
    on_both(async |store| {
        import(&store, &[dealer("20100")]).await;
        let today = Day::of(NOW);
        let later = |days: i64| Day(today.0 + days);
        let uses = store.service_uses();
        let (a, b) = (client_id("a"), client_id("b"));
        linked(&store, "hanako", 0).await;
        registered(&store, "taro").await;
        uses.record("account-of-taro", &a, today).await.unwrap();
        for (client, day) in [(&a, 0), (&a, 0), (&b, 1), (&a, 2), (&a, 1)] {
            let id = "account-of-hanako";
            uses.record(id, client, later(day)).await.unwrap();
        }
        let used = |client: &str, first: i64, last: i64| ServiceUse {
            client_id: client.to_owned(),
            first_used_on: later(first),
            last_used_on: later(last),
        };
        let services = &page(&store, None, 10).await[0].services;
        assert_eq!(*services, [used("a", 0, 2), used("b", 1, 1)]);
        store.clients().remove(&a, at(60)).await.unwrap();
        let services = &page(&store, None, 10).await[0].services;
        assert_eq!(*services, [used("b", 1, 1)]);
    })
    .await;
}

#[tokio::test]
async fn the_record_of_use_ends_with_the_last_link() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let links = store.dealer_links();
        for code in ["20100", "20200"] {
            import(&store, &[dealer(code)]).await;
            let (link, consents) = dealer_link("hanako", code);
            links.link(&hanako.id, &link, &consents, &[]).await.unwrap();
        }
        let (uses, today) = (store.service_uses(), Day::of(NOW));
        uses.record(&hanako.id, &client_id("a"), today)
            .await
            .unwrap();
        for (code, left) in [("20200", 1), ("20100", 0)] {
            let (link, mut withdrawn) = dealer_link("hanako", code);
            for consent in &mut withdrawn {
                consent.id = format!("withdrawn-{}", consent.id);
            }
            links
                .unlink(&hanako.id, &link, &withdrawn, &[])
                .await
                .unwrap();
            let customers = page(&store, None, 10).await;
            let known: usize = customers.iter().map(|one| one.services.len()).sum();
            assert_eq!(known, left);
        }
        let (link, mut consents) = dealer_link("hanako", "20100");
        for consent in &mut consents {
            consent.id = format!("again-{}", consent.id);
        }
        let link = common_id::accounts::dealer::DealerLink {
            consent_ids: consents.clone().map(|consent| consent.id),
            ..link
        };
        links.link(&hanako.id, &link, &consents, &[]).await.unwrap();
        assert_eq!(page(&store, None, 10).await[0].services, []);
    })
    .await;
}
