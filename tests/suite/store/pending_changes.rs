//! Changes that wait: one of each kind, carried out once, and never after they were
//! cancelled or ended.

use common_id::accounts::pending_change::{Change, ChangeKind, NewHash, PendingChange};
use common_id::accounts::recovered::CodeChannel;
use common_id::store::Store;
use common_id::store::accounts::password::{NewPassword, SetBy};
use common_id::store::accounts::phone_login::{PhoneLogin, SwitchedOn};
use common_id::store::pending_changes::Place;
use common_id::store::session_clients::Farewell;

use super::example::{NOW, at, message, registered};
use crate::support::database::on_both;

const NUMBER: &str = "+818011112222";
const BEFORE: &str = "+819012345678";

fn pending(id: &str, account_id: &str, due: i64) -> PendingChange {
    PendingChange {
        id: id.to_owned(),
        account_id: account_id.to_owned(),
        brand: "toyota".to_owned(),
        change: Change::PhoneLoginOn {
            number: NUMBER.to_owned(),
            in_place_of: BEFORE.to_owned(),
        },
        requested_at: NOW,
        due_at: at(due),
    }
}

async fn put(store: &Store, one: &PendingChange, cancel_hash: &str) -> bool {
    let changes = store.pending_changes();
    let kind = ChangeKind::PhoneLoginOn;
    let put = changes.put((one, kind), cancel_hash, &[]).await;
    put.unwrap()
}

fn login(account_id: &str) -> PhoneLogin<'_> {
    PhoneLogin {
        account_id,
        number: NUMBER,
        in_place_of: BEFORE,
        taken_from: None,
    }
}

#[tokio::test]
async fn a_change_waits_until_it_is_due_and_the_next_of_its_kind_takes_its_place() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let taro = registered(&store, "taro").await;
        let first = pending("first", &hanako.id, 10);
        let second = pending("second", &hanako.id, 20);
        assert!(put(&store, &first, "c1").await && put(&store, &second, "c2").await);
        assert!(put(&store, &pending("his", &taro.id, 15), "c3").await);
        assert!(!put(&store, &pending("none", "nobody", 15), "c4").await);
        let changes = store.pending_changes();
        assert_eq!(changes.of(&hanako.id).await.unwrap(), vec![second]);
        assert_eq!(changes.due(at(14), &Place::first(), 9).await.unwrap(), []);
        let due = changes.due(at(20), &Place::first(), 9).await.unwrap();
        let ids: Vec<&str> = due.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["his", "second"]);
        assert_eq!(
            changes.due(at(20), &Place::first(), 1).await.unwrap().len(),
            1
        );
        // By its owner only, and once.
        assert!(!changes.cancel(&taro.id, "second").await.unwrap());
        assert!(changes.cancel(&hanako.id, "second").await.unwrap());
        assert!(!changes.cancel(&hanako.id, "second").await.unwrap());
        assert!(!changes.cancel_by_code("c1").await.unwrap());
        assert!(changes.cancel_by_code("c3").await.unwrap());
        assert!(!changes.cancel_by_code("c3").await.unwrap());
        put(&store, &first, "c5").await;
        changes.give_up("first").await.unwrap();
        assert_eq!(changes.of(&hanako.id).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_carried_out_only_while_it_waits_and_then_waits_no_more() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        put(&store, &pending("it", &hanako.id, 10), "c").await;
        let carry_out = async |id: &str| {
            let accounts = store.accounts().carrying_out(Some(id));
            let (login, mails) = (login(&hanako.id), [message(1)]);
            let done = accounts.switch_phone_login_on(&login, &mails, NOW).await;
            done.unwrap()
        };
        assert_eq!(carry_out("cancelled").await, SwitchedOn::Conflict);
        let stored = store.accounts().by_id(&hanako.id).await.unwrap().unwrap();
        assert!(!stored.phone_login);
        assert_eq!(carry_out("it").await, SwitchedOn::Done);
        let changes = store.pending_changes();
        assert_eq!(changes.of(&hanako.id).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn another_password_ends_what_waits_unless_it_waited_itself() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let new = |old, hash, by| NewPassword {
            account_id: &hanako.id,
            old_hash: Some(old),
            new_hash: hash,
            by,
            session: None,
            revoked_until: at(600),
            farewell: Farewell::SILENT,
        };
        let (accounts, changes) = (store.accounts(), store.pending_changes());
        put(&store, &pending("it", &hanako.id, 10), "c").await;
        let hash = NewHash {
            new: "one".to_owned(),
            old: "hash-of-hanako".to_owned(),
        };
        let password = PendingChange {
            change: Change::Password(hash),
            ..pending("password", &hanako.id, 10)
        };
        let kind = ChangeKind::Password;
        assert!(changes.put((&password, kind), "p", &[]).await.unwrap());
        let waited = new("hash-of-hanako", "one", SetBy::OldPassword);
        let carrying_out = accounts.carrying_out(Some("password"));
        assert!(carrying_out.set_password(&waited, &[], NOW).await.unwrap());
        assert_eq!(changes.of(&hanako.id).await.unwrap().len(), 1);
        let at_once = new("one", "two", SetBy::OldPassword);
        assert!(accounts.set_password(&at_once, &[], NOW).await.unwrap());
        assert_eq!(changes.of(&hanako.id).await.unwrap(), []);
        put(&store, &pending("again", &hanako.id, 10), "d").await;
        let recovered = new("two", "three", SetBy::Code(CodeChannel::Mailbox));
        assert!(accounts.set_password(&recovered, &[], NOW).await.unwrap());
        assert_eq!(changes.of(&hanako.id).await.unwrap(), []);
        let set_at = accounts.by_id(&hanako.id).await.unwrap().unwrap();
        assert_eq!(set_at.password_set_at, Some(NOW));
    })
    .await;
}

#[tokio::test]
async fn a_change_that_cannot_be_read_hides_no_other() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        put(&store, &pending("b", &hanako.id, 10), "c").await;
        let broken = PendingChange {
            change: Change::Unknown,
            ..pending("a", &hanako.id, 10)
        };
        let changes = store.pending_changes();
        let kind = ChangeKind::Leaving;
        assert!(changes.put((&broken, kind), "d", &[]).await.unwrap());
        let of = changes.of(&hanako.id).await.unwrap();
        let due = changes.due(at(10), &Place::first(), 9).await.unwrap();
        let read = |all: &[PendingChange]| {
            let read = all.iter().map(|one| (one.id.clone(), one.change.kind()));
            read.collect::<Vec<_>>()
        };
        let both = [
            ("a".to_owned(), None),
            ("b".to_owned(), Some(ChangeKind::PhoneLoginOn)),
        ];
        assert_eq!((read(&of), read(&due)), (both.to_vec(), both.to_vec()));
        let rest = changes.due(at(10), &Place::of(&due[0]), 9).await.unwrap();
        assert_eq!(read(&rest), both[1..]);
    })
    .await;
}
