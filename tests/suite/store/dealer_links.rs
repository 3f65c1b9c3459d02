//! The dealer directory and the links.

use common_id::accounts::dealer::DealerLink;
use common_id::store::dealer_links::Linked;

use super::example::{consent, dealer, dealer_link, import, message, registered};
use crate::support::database::on_both;

#[tokio::test]
async fn a_dealer_comes_back_as_it_went_in() {
    on_both(async |store| {
        let dealers = store.dealers();
        assert_eq!(dealers.get("20100").await.unwrap(), None);
        import(&store, &[dealer("20200")]).await;
        import(&store, &[dealer("20100")]).await;
        assert_eq!(dealers.get("20100").await.unwrap(), Some(dealer("20100")));
        let all = [dealer("20100"), dealer("20200")];
        assert_eq!(dealers.list().await.unwrap(), all);
    })
    .await;
}

#[tokio::test]
async fn only_a_changed_entry_is_a_change() {
    on_both(async |store| {
        let mut entry = dealer("20100");
        import(&store, std::slice::from_ref(&entry)).await;
        import(&store, std::slice::from_ref(&entry)).await;
        assert_eq!(store.changes().counters().await.unwrap()["dealers"], 1);
        entry.open = false;
        import(&store, std::slice::from_ref(&entry)).await;
        assert_eq!(store.changes().counters().await.unwrap()["dealers"], 2);
        assert_eq!(store.dealers().get("20100").await.unwrap(), Some(entry));
    })
    .await;
}

#[tokio::test]
async fn a_link_is_made_once_with_its_two_consents() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100")]).await;
        let (link, consents) = dealer_link("hanako", "20100");
        let links = store.dealer_links();
        let linked = links
            .link(&account.id, &link, &consents, &[])
            .await
            .unwrap();
        assert_eq!(linked, Linked::New);
        let mut again = link.clone();
        let new_consents = [consent("hanako", "x"), consent("hanako", "y")];
        again.consent_ids = new_consents.clone().map(|consent| consent.id);
        let linked = links
            .link(&account.id, &again, &new_consents, &[])
            .await
            .unwrap();
        assert_eq!(linked, Linked::Already(Box::new(link.clone())));
        assert_eq!(links.of(&account.id).await.unwrap(), [link]);
        assert_eq!(store.consents().of(&account.id).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_links_at_once_one_is_made() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100")]).await;
        let attempts: Vec<_> = (0..6)
            .map(|number| {
                let (store, id) = (store.clone(), account.id.clone());
                let (mut link, mut consents) = dealer_link("hanako", "20100");
                for consent in &mut consents {
                    consent.id = format!("{}-{number}", consent.id);
                }
                link.consent_ids = consents.clone().map(|consent| consent.id);
                tokio::spawn(
                    async move { store.dealer_links().link(&id, &link, &consents, &[]).await },
                )
            })
            .collect();
        let mut made = 0;
        for attempt in attempts {
            made += u32::from(attempt.await.unwrap().unwrap() == Linked::New);
        }
        assert_eq!(made, 1);
        assert_eq!(store.consents().of(&account.id).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_link_needs_a_dealer_and_the_consents_it_names() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let (mut link, consents) = dealer_link("hanako", "20100");
        let links = store.dealer_links();
        assert!(
            links
                .link(&account.id, &link, &consents, &[])
                .await
                .is_err()
        );
        import(&store, &[dealer("20100")]).await;
        link.consent_ids[1] = "no such consent".into();
        assert!(
            links
                .link(&account.id, &link, &consents, &[])
                .await
                .is_err()
        );
        assert_eq!(links.of(&account.id).await.unwrap(), []);
        assert_eq!(store.consents().of(&account.id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_once_and_its_withdrawal_is_recorded() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let links = store.dealer_links();
        for code in ["20100", "20200"] {
            import(&store, &[dealer(code)]).await;
            let (link, consents) = dealer_link("hanako", code);
            links
                .link(&account.id, &link, &consents, &[])
                .await
                .unwrap();
        }
        let (link, _) = dealer_link("hanako", "20100");
        let withdrawn = [consent("hanako", "x"), consent("hanako", "y")];
        assert!(
            links
                .unlink(&account.id, &link, &withdrawn, &[])
                .await
                .unwrap()
        );
        let again = [consent("hanako", "z"), consent("hanako", "w")];
        assert!(!links.unlink(&account.id, &link, &again, &[]).await.unwrap());
        let codes: Vec<_> = links.of(&account.id).await.unwrap();
        assert_eq!(codes, [dealer_link("hanako", "20200").0]);
        assert_eq!(store.consents().of(&account.id).await.unwrap().len(), 7);
    })
    .await;
}

#[tokio::test]
async fn a_link_gets_a_customer_number_once() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100")]).await;
        let (link, consents) = dealer_link("hanako", "20100");
        let without = DealerLink {
            customer_number: None,
            ..link
        };
        let links = store.dealer_links();
        links
            .link(&account.id, &without, &consents, &[])
            .await
            .unwrap();
        let numbered = |number: &str| DealerLink {
            customer_number: Some(number.into()),
            numbered_by: Some("old-site".into()),
            ..without.clone()
        };
        let (first, second) = (numbered("N-1"), numbered("N-2"));
        assert!(
            links
                .name_customer(&account.id, &first, &[message(1)])
                .await
                .unwrap()
        );
        assert!(
            !links
                .name_customer(&account.id, &second, &[message(2)])
                .await
                .unwrap()
        );
        assert_eq!(links.of(&account.id).await.unwrap(), [first]);
    })
    .await;
}
