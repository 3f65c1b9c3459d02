//! The dealer directory: notices, and dealers with successors.

use common_id::accounts::dealer::Dealer;
use common_id::accounts::dealer_directory::Refusal;
use common_id::store::Store;
use common_id::store::dealer_links::Linked;
use common_id::store::dealers::{Imported, Succession};

use super::example::{NOW, at, consent, dealer, dealer_link, import, registered};
use crate::support::database::{every_kind, on_both};

fn with_notice(code: &str, version: &str, words: &str) -> Dealer {
    let mut dealer = dealer(code);
    version.clone_into(&mut dealer.notice.version);
    let text = dealer.notice.text.get_mut("ja").unwrap();
    words.clone_into(&mut text.to_dealer.lead);
    dealer
}

fn closed_for(code: &str, successor: &str) -> Dealer {
    Dealer {
        open: false,
        successor: Some(successor.into()),
        ..dealer(code)
    }
}

async fn linked(store: &Store, name: &str, code: &str) {
    let (link, consents) = dealer_link(name, code);
    let id = format!("account-of-{name}");
    let links = store.dealer_links();
    let linked = links.link(&id, &link, &consents, &[]).await.unwrap();
    assert_eq!(linked, Linked::New);
}

async fn refused(store: &Store, dealers: &[Dealer]) -> Vec<(String, Refusal)> {
    match store.dealers().import(dealers, NOW).await.unwrap() {
        Imported::Done(done) => panic!("{done:?}"),
        Imported::Refused(refused) => refused,
    }
}

#[tokio::test]
async fn every_version_of_a_notice_is_kept() {
    on_both(async |store| {
        let dealers = store.dealers();
        let versions = [("1", "一"), ("2", "二"), ("3", "三")];
        for (number, (version, words)) in (0..).zip(versions) {
            let told = [with_notice("20100", version, words)];
            dealers.import(&told, at(number)).await.unwrap();
            dealers.import(&told, at(100)).await.unwrap();
        }
        let kept = dealers.notices("20100").await.unwrap();
        let expected: Vec<_> = (0..)
            .zip(versions)
            .map(|(number, (version, words))| {
                let notice = with_notice("20100", version, words).notice;
                (notice, Some(at(number)))
            })
            .collect();
        let kept: Vec<_> = kept
            .into_iter()
            .map(|kept| (kept.notice, kept.first_seen_at))
            .collect();
        assert_eq!(kept, expected);
        assert_eq!(dealers.notices("2\0").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_version_never_gets_another_text_even_after_others_and_nothing_else_comes_in() {
    on_both(async |store| {
        import(&store, &[with_notice("20100", "1", "一")]).await;
        import(&store, &[with_notice("20100", "2", "二")]).await;
        let told = [dealer("20200"), with_notice("20100", "1", "壱")];
        let expected = [("20100".to_owned(), Refusal::NoticeChanged)];
        assert_eq!(refused(&store, &told).await, expected);
        let there = store.dealers().list().await.unwrap();
        assert_eq!(there, [with_notice("20100", "2", "二")]);
        assert_eq!(store.changes().counters().await.unwrap()["dealers"], 2);
        // Importing the old text again does not change it.
        import(&store, &[with_notice("20100", "1", "一")]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_texts_told_at_once_for_one_version_one_is_kept() {
    on_both(async |store| {
        let imports: Vec<_> = (0..6)
            .map(|number| {
                let store = store.clone();
                let told = [with_notice("20100", "1", &format!("文{number}"))];
                tokio::spawn(async move { store.dealers().import(&told, NOW).await.unwrap() })
            })
            .collect();
        let mut done = 0;
        for import in imports {
            done += u32::from(import.await.unwrap() == Imported::Done(Vec::new()));
        }
        assert_eq!(done, 1);
        let [kept] = &store.dealers().notices("20100").await.unwrap()[..] else {
            panic!("more than one text is kept");
        };
        let there = store.dealers().get("20100").await.unwrap().unwrap();
        assert_eq!(there.notice, kept.notice);
    })
    .await;
}

#[tokio::test]
async fn a_link_goes_over_to_the_successor_as_it_is() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100"), dealer("20200")]).await;
        linked(&store, "hanako", "20200").await;
        let before = store.consents().of(&account.id).await.unwrap();
        let done = import(&store, &[closed_for("20200", "20100")]).await;
        let expected = Succession {
            predecessor: "20200".into(),
            successor: "20100".into(),
            moved: vec![account.id.clone()],
            merged: Vec::new(),
        };
        assert_eq!(done, [expected]);
        let (mut link, _) = dealer_link("hanako", "20200");
        link.dealer_code = "20100".into();
        link.made_with = Some("20200".into());
        assert_eq!(store.dealer_links().of(&account.id).await.unwrap(), [link]);
        assert_eq!(store.consents().of(&account.id).await.unwrap(), before);
        assert_eq!(import(&store, &[closed_for("20200", "20100")]).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_successor_may_be_succeeded_and_the_link_remembers_the_first() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("1"), dealer("2"), dealer("3")]).await;
        linked(&store, "hanako", "1").await;
        import(&store, &[closed_for("1", "2")]).await;
        import(&store, &[closed_for("2", "3")]).await;
        let links = store.dealer_links().of(&account.id).await.unwrap();
        assert_eq!(links[0].dealer_code, "3");
        assert_eq!(links[0].made_with.as_deref(), Some("1"));
        // A link made by a node that has not reloaded the directory moves to the successor
        // with the next import.
        let other = registered(&store, "taro").await;
        linked(&store, "taro", "1").await;
        import(&store, &[]).await;
        let links = store.dealer_links().of(&other.id).await.unwrap();
        assert_eq!(links[0].dealer_code, "3");
    })
    .await;
}

#[tokio::test]
async fn whoever_was_linked_with_both_keeps_one_link_that_stands_on_all_consents() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100"), dealer("20200")]).await;
        linked(&store, "hanako", "20100").await;
        linked(&store, "hanako", "20200").await;
        let before = store.consents().of(&account.id).await.unwrap();
        let done = import(&store, &[closed_for("20200", "20100")]).await;
        assert_eq!(done[0].merged, std::slice::from_ref(&account.id));
        assert_eq!(done[0].moved, Vec::<String>::new());
        let (mut link, _) = dealer_link("hanako", "20100");
        link.taken_over = dealer_link("hanako", "20200").0.consent_ids.into();
        let links = store.dealer_links();
        assert_eq!(links.of(&account.id).await.unwrap(), [link.clone()]);
        assert_eq!(store.consents().of(&account.id).await.unwrap(), before);
        // A request that read the link before it took over the other one's consents may not
        // end it with only two withdrawals.
        let (unaware, _) = dealer_link("hanako", "20100");
        let withdrawn = ["a", "b", "c", "d"].map(|what| consent("hanako", what));
        assert!(
            !links
                .unlink(&account.id, &unaware, &withdrawn[..2], &[])
                .await
                .unwrap()
        );
        assert!(
            links
                .unlink(&account.id, &link, &withdrawn, &[])
                .await
                .unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn no_unlawful_succession_comes_in() {
    on_both(async |store| {
        import(&store, &[dealer("1"), dealer("2")]).await;
        let refusal = async |told: &[Dealer]| refused(&store, told).await.remove(0).1;
        assert_eq!(
            refusal(&[closed_for("1", "9")]).await,
            Refusal::UnknownSuccessor
        );
        let circle = [closed_for("1", "2"), closed_for("2", "1")];
        assert_eq!(refusal(&circle).await, Refusal::OwnSuccessor);
        let mut open = closed_for("1", "2");
        open.open = true;
        assert_eq!(refusal(&[open]).await, Refusal::OpenThoughSucceeded);
        import(&store, &[closed_for("1", "2")]).await;
        assert_eq!(refusal(&[dealer("1")]).await, Refusal::OtherSuccessor);
    })
    .await;
}

#[tokio::test]
async fn a_link_under_an_older_notice_stands_on_the_new_consents() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100")]).await;
        linked(&store, "hanako", "20100").await;
        let consents = [consent("hanako", "new-1"), consent("hanako", "new-2")];
        let (mut link, _) = dealer_link("hanako", "20100");
        link.notice_version = "2026-11-22".into();
        link.linked_at = at(500);
        link.consent_ids = consents.clone().map(|consent| consent.id);
        let links = store.dealer_links();
        let renewed = links
            .link(&account.id, &link, &consents, &[])
            .await
            .unwrap();
        assert_eq!(renewed, Linked::Renewed);
        link.linked_at = NOW;
        assert_eq!(links.of(&account.id).await.unwrap(), [link.clone()]);
        let again = links
            .link(&account.id, &link, &consents, &[])
            .await
            .unwrap();
        assert_eq!(again, Linked::Already(Box::new(link)));
        assert_eq!(store.consents().of(&account.id).await.unwrap().len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_renewed_link_that_went_over_still_stands_on_the_consents_it_was_made_with() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100"), dealer("20200")]).await;
        linked(&store, "hanako", "20200").await;
        import(&store, &[closed_for("20200", "20100")]).await;
        let consents = [consent("hanako", "new-1"), consent("hanako", "new-2")];
        let (mut link, _) = dealer_link("hanako", "20100");
        link.notice_version = "2026-11-22".into();
        link.consent_ids = consents.clone().map(|consent| consent.id);
        let links = store.dealer_links();
        links
            .link(&account.id, &link, &consents, &[])
            .await
            .unwrap();
        link.taken_over = dealer_link("hanako", "20200").0.consent_ids.into();
        assert_eq!(links.of(&account.id).await.unwrap(), [link]);
    })
    .await;
}

#[tokio::test]
async fn a_new_notice_that_asks_nobody_carries_on_those_who_agreed_to_the_last() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let other = registered(&store, "taro").await;
        import(&store, &[dealer("20100")]).await;
        linked(&store, "hanako", "20100").await;
        import(&store, &[with_notice("20100", "2", "二")]).await;
        let consents = [consent("taro", "new-1"), consent("taro", "new-2")];
        let (mut link, _) = dealer_link("taro", "20100");
        link.notice_version = "2".into();
        link.consent_ids = consents.clone().map(|consent| consent.id);
        let links = store.dealer_links();
        links.link(&other.id, &link, &consents, &[]).await.unwrap();
        let mut corrected = with_notice("20100", "3", "二。");
        corrected.notice.reconsent = false;
        import(&store, &[corrected]).await;
        let version = async |id: &str| links.of(id).await.unwrap()[0].notice_version.clone();
        assert_eq!(version(&other.id).await, "3");
        assert_eq!(
            version(&account.id).await,
            "2020-06-01",
            "owes an answer to 2"
        );
    })
    .await;
}

#[tokio::test]
async fn who_owed_the_predecessor_an_answer_owes_it_to_the_successor() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        import(&store, &[dealer("20100"), dealer("20200")]).await;
        linked(&store, "hanako", "20200").await;
        let mut told = with_notice("20200", "2", "二");
        import(&store, &[told.clone()]).await;
        told.open = false;
        told.successor = Some("20100".into());
        import(&store, &[told]).await;
        let links = store.dealer_links().of(&account.id).await.unwrap();
        assert_ne!(links[0].notice_version, dealer("20100").notice.version);
    })
    .await;
}

#[tokio::test]
async fn a_directory_from_before_notices_were_kept_has_them_kept_by_migrating() {
    for database in every_kind().await {
        let store = database.open().await;
        import(&store, &[dealer("20100")]).await;
        database.run("DELETE FROM dealer_notices").await;
        store.migrate().await.unwrap();
        let kept = store.dealers().notices("20100").await.unwrap();
        let kept: Vec<_> = kept.iter().map(|k| (&k.notice, k.first_seen_at)).collect();
        assert_eq!(kept, [(&dealer("20100").notice, None)]);
        let told = [with_notice("20100", "2020-06-01", "ほかの文")];
        assert_eq!(refused(&store, &told).await[0].1, Refusal::NoticeChanged);
    }
}

#[tokio::test]
async fn a_notice_that_an_older_program_wrote_is_kept_before_it_is_replaced() {
    for database in every_kind().await {
        let store = database.open().await;
        import(&store, &[dealer("20100")]).await;
        database.run("DELETE FROM dealer_notices").await;
        import(&store, &[with_notice("20100", "2", "二")]).await;
        let kept = store.dealers().notices("20100").await.unwrap();
        let versions: Vec<_> = kept.iter().map(|k| &*k.notice.version).collect();
        assert_eq!(versions, ["2020-06-01", "2"]);
    }
}
