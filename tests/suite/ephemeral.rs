//! The contract of `Ephemeral`, in process and on the Redis that `./test` started. Each
//! test has its own key prefix.

use std::time::Duration;

use common_id::clock::{Clock, Timestamp};
use common_id::ephemeral::{Ephemeral, Key, Limit, Limits, Once, Spent};
use common_id::random::Random;

use crate::support::log::Log;
use crate::support::servers;

const MINUTE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_secs(1);
const RACERS: usize = 64;

/// One implementation, and the way to let time pass for it.
struct Stage {
    ephemeral: Ephemeral,
    clock: Option<Clock>,
}

impl Stage {
    #[expect(
        clippy::disallowed_methods,
        reason = "Redis ends things by its own clock, which no test can move"
    )]
    async fn pass(&self, duration: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(duration),
            None => tokio::time::sleep(duration + Duration::from_millis(100)).await,
        }
    }

    /// Runs one task for each racer concurrently, and returns their results.
    async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        run: impl Fn(Ephemeral, usize) -> F,
    ) -> Vec<T> {
        let tasks: Vec<_> = (0..RACERS)
            .map(|number| tokio::spawn(run(self.ephemeral.clone(), number)))
            .collect();
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.unwrap());
        }
        results
    }
}

fn limit(of: &str, most: u64) -> Limit {
    Limit::new(of.to_owned(), MINUTE, most)
}

async fn everywhere(check: impl AsyncFn(&Stage)) {
    let clock = Clock::manual(Timestamp(1_000_000));
    check(&Stage {
        ephemeral: Ephemeral::memory(clock.clone(), Limits::default()),
        clock: Some(clock),
    })
    .await;

    let prefix = format!("test-{}", Random::System.id());
    check(&Stage {
        ephemeral: Ephemeral::redis(&servers::redis(), &prefix, Clock::System)
            .await
            .unwrap(),
        clock: None,
    })
    .await;
}

#[tokio::test]
async fn a_value_is_there_until_it_is_removed_or_over() {
    everywhere(async |stage| {
        let (it, key) = (&stage.ephemeral, Key::Interaction("one"));
        assert_eq!(it.get(key).await.unwrap(), None);
        it.put(key, b"\0first\xff", MINUTE).await.unwrap();
        assert_eq!(it.get(key).await.unwrap().unwrap(), b"\0first\xff");
        it.put(key, b"", MINUTE).await.unwrap();
        assert_eq!(it.get(key).await.unwrap().unwrap(), b"");
        it.remove(key).await.unwrap();
        assert_eq!(it.get(key).await.unwrap(), None);
        it.remove(key).await.unwrap();

        it.put(key, b"short", MOMENT).await.unwrap();
        stage.pass(MOMENT).await;
        assert_eq!(it.get(key).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_same_id_of_another_kind_is_another_thing() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        it.put(Key::Code("x"), b"code", MINUTE).await.unwrap();
        assert_eq!(it.get(Key::Interaction("x")).await.unwrap(), None);
        assert_eq!(it.get(Key::PushedRequest("x")).await.unwrap(), None);
        assert!(it.put_once(Key::Assertion("x"), MINUTE).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_swap_needs_the_whole_value_that_is_there() {
    everywhere(async |stage| {
        let (it, key) = (&stage.ephemeral, Key::Interaction("one"));
        let swap =
            async |old: Option<&[u8]>, new: &[u8]| it.swap(key, old, new, MINUTE).await.unwrap();
        assert!(!swap(Some(b"none"), b"a").await);
        assert!(!swap(Some(b""), b"a").await);
        assert!(swap(None, b"a").await);
        assert!(!swap(None, b"b").await);
        assert!(!swap(Some(b"ab"), b"b").await);
        assert!(swap(Some(b"a"), b"").await);
        assert!(!swap(None, b"b").await);
        assert!(swap(Some(b""), b"c").await);
        assert_eq!(it.get(key).await.unwrap().unwrap(), b"c");

        it.spend(key, MINUTE).await.unwrap();
        assert!(!swap(Some(b"c"), b"d").await);
        assert!(!swap(None, b"d").await);
    })
    .await;
}

#[tokio::test]
async fn a_swapped_value_lives_as_long_as_the_swap_said() {
    everywhere(async |stage| {
        let (it, key) = (&stage.ephemeral, Key::Interaction("one"));
        it.put(key, b"a", MOMENT).await.unwrap();
        assert!(it.swap(key, Some(b"a"), b"b", MINUTE).await.unwrap());
        stage.pass(MOMENT).await;
        assert_eq!(it.get(key).await.unwrap().unwrap(), b"b");
    })
    .await;
}

#[tokio::test]
async fn a_spent_value_is_known_again_until_its_tombstone_goes() {
    everywhere(async |stage| {
        let (it, key) = (&stage.ephemeral, Key::Code("one"));
        assert_eq!(it.spend(key, MINUTE).await.unwrap(), Spent::Never);
        it.put(key, b"grant", MINUTE).await.unwrap();
        assert_eq!(
            it.spend(key, 2 * MOMENT).await.unwrap(),
            Spent::First(b"grant".into())
        );
        assert_eq!(it.get(key).await.unwrap(), None);
        stage.pass(MOMENT).await;
        // A second call does not extend the tombstone's lifetime.
        assert_eq!(
            it.spend(key, MINUTE).await.unwrap(),
            Spent::Again(b"grant".into())
        );
        stage.pass(MOMENT).await;
        assert_eq!(it.spend(key, MINUTE).await.unwrap(), Spent::Never);
    })
    .await;
}

#[tokio::test]
async fn of_a_spent_code_the_name_of_its_grant_is_left_and_of_all_else_everything() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        let value = [b"the-name-of-the-grant.".as_slice(), &[b'x'; 1000]].concat();
        for (key, left) in [(Key::Code("one"), 22), (Key::Device("one"), value.len())] {
            it.put(key, &value, MINUTE).await.unwrap();
            assert_eq!(
                it.spend(key, MINUTE).await.unwrap(),
                Spent::First(value.clone())
            );
            assert_eq!(
                it.spend(key, MINUTE).await.unwrap(),
                Spent::Again(value[..left].into())
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_tombstone_outlives_the_value_it_stands_for() {
    everywhere(async |stage| {
        let (it, key) = (&stage.ephemeral, Key::Code("one"));
        it.put(key, b"grant", MOMENT).await.unwrap();
        it.spend(key, MINUTE).await.unwrap();
        stage.pass(MOMENT).await;
        assert_eq!(
            it.spend(key, MINUTE).await.unwrap(),
            Spent::Again(b"grant".into())
        );
    })
    .await;
}

#[tokio::test]
async fn a_mark_is_put_once_until_it_is_over() {
    everywhere(async |stage| {
        let (it, key) = (&stage.ephemeral, Key::Assertion("client jti"));
        assert!(it.put_once(key, MOMENT).await.unwrap());
        assert!(!it.put_once(key, MINUTE).await.unwrap());
        stage.pass(MOMENT).await;
        assert!(it.put_once(key, MINUTE).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_window_opens_with_its_first_count_and_no_later_one_moves_its_end() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        let twice = |window| [Limit::new("address".to_owned(), window, 2)];
        assert!(it.is_within(&twice(MINUTE)).await.unwrap());
        assert!(it.count_within(&twice(2 * MOMENT)).await.unwrap());
        stage.pass(MOMENT).await;
        assert!(it.count_within(&twice(MINUTE)).await.unwrap());
        assert!(!it.is_within(&twice(MINUTE)).await.unwrap());
        assert!(!it.count_within(&twice(MINUTE)).await.unwrap());
        stage.pass(MOMENT).await;
        assert!(it.is_within(&twice(MINUTE)).await.unwrap());
        assert!(it.count_within(&twice(MINUTE)).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_spend_at_once_one_is_first() {
    everywhere(async |stage| {
        stage
            .ephemeral
            .put(Key::Code("c"), b"grant", MINUTE)
            .await
            .unwrap();
        let results = stage
            .race(async |it, _| it.spend(Key::Code("c"), MINUTE).await.unwrap())
            .await;
        let first = results
            .iter()
            .filter(|spent| matches!(spent, Spent::First(_)));
        assert_eq!(first.count(), 1);
        let again = results
            .iter()
            .filter(|spent| matches!(spent, Spent::Again(_)));
        assert_eq!(again.count(), RACERS - 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_swap_at_once_one_does() {
    everywhere(async |stage| {
        let key = Key::Interaction("i");
        stage.ephemeral.put(key, b"old", MINUTE).await.unwrap();
        let results = stage
            .race(async |it, number| {
                let new = number.to_string();
                let old = Some(&b"old"[..]);
                it.swap(Key::Interaction("i"), old, new.as_bytes(), MINUTE)
                    .await
                    .unwrap()
            })
            .await;
        let winners: Vec<_> = (0..RACERS).filter(|number| results[*number]).collect();
        assert_eq!(winners.len(), 1);
        let held = stage.ephemeral.get(key).await.unwrap().unwrap();
        assert_eq!(held, winners[0].to_string().into_bytes());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_put_once_at_once_one_does() {
    everywhere(async |stage| {
        let results = stage
            .race(async |it, _| it.put_once(Key::Assertion("a"), MINUTE).await.unwrap())
            .await;
        assert_eq!(results.iter().filter(|first| **first).count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_count_at_once_as_many_succeed_as_the_limit_allows() {
    everywhere(async |stage| {
        let counted = stage
            .race(async |it, _| it.count_within(&[limit("r", 40)]).await.unwrap())
            .await;
        assert_eq!(counted.iter().filter(|counted| **counted).count(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_try_is_counted_in_every_counter_or_in_none() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        assert!(it.count_within(&[]).await.unwrap());
        assert!(
            it.count_within(&[limit("a", 1), limit("b", 2)])
                .await
                .unwrap()
        );
        for _ in 0..3 {
            assert!(
                !it.count_within(&[limit("b", 2), limit("a", 1)])
                    .await
                    .unwrap()
            );
        }
        // The refusals left no trace in the other counter.
        assert!(it.count_within(&[limit("b", 2)]).await.unwrap());
        assert!(!it.count_within(&[limit("b", 2)]).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_was_counted_is_taken_back_and_nothing_more() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        let both = [limit("a", 2), limit("b", 2).weighing(2)];
        assert!(it.count_within(&both).await.unwrap());
        it.take_back(&both).await.unwrap();
        it.take_back(&both).await.unwrap();
        it.take_back(&[limit("never", 1)]).await.unwrap();
        assert!(it.count_within(&both).await.unwrap());
        assert!(!it.count_within(&both).await.unwrap());
        assert!(it.count_within(&[limit("a", 2)]).await.unwrap());
        assert!(!it.count_within(&[limit("a", 2)]).await.unwrap());
        it.remove(Key::Rate("a")).await.unwrap();
        assert!(it.count_within(&[limit("a", 2)]).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_heavy_try_counts_for_more() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        let heavy = |weight| [limit("kib", 10).weighing(weight)];
        assert!(it.count_within(&heavy(7)).await.unwrap());
        assert!(!it.count_within(&heavy(4)).await.unwrap());
        assert!(it.count_within(&heavy(3)).await.unwrap());
        assert!(!it.is_within(&heavy(1)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_interaction_is_one_value_whoever_writes_it() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        let (stranger, member) = (Key::Interaction("one"), Key::MembersInteraction("one"));
        assert!(it.swap(stranger, None, b"a", MINUTE).await.unwrap());
        assert!(it.swap(member, Some(b"a"), b"b", MINUTE).await.unwrap());
        assert_eq!(it.get(stranger).await.unwrap().unwrap(), b"b");
    })
    .await;
}

#[tokio::test]
async fn it_answers_a_ping() {
    everywhere(async |stage| stage.ephemeral.ping().await.unwrap()).await;
}

#[tokio::test]
async fn a_mark_within_a_limit_is_made_once_and_counted_once() {
    everywhere(async |stage| {
        let it = &stage.ephemeral;
        let mark = async |id: &str, weight| {
            let limit = limit("marks", 3).weighing(weight);
            let key = Key::Assertion(id);
            it.put_once_within(key, MINUTE, &limit).await.unwrap()
        };
        assert_eq!(mark("a", 2).await, Once::First);
        for _ in 0..5 {
            assert_eq!(mark("a", 2).await, Once::Again, "and it is not counted");
        }
        assert_eq!(mark("b", 2).await, Once::TooOften);
        assert_eq!(mark("b", 1).await, Once::First, "the refusal wrote nothing");
        assert_eq!(mark("c", 1).await, Once::TooOften);
        assert_eq!(mark("b", 1).await, Once::Again, "also at the limit");
        assert!(!it.count_within(&[limit("marks", 3)]).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_mark_at_once_one_is_first_and_one_is_counted() {
    everywhere(async |stage| {
        let results = stage
            .race(async |it, _| {
                let limit = limit("racers", 2);
                let key = Key::Assertion("raced");
                it.put_once_within(key, MINUTE, &limit).await.unwrap()
            })
            .await;
        let first = results.iter().filter(|once| **once == Once::First);
        assert_eq!(first.count(), 1);
        let (it, limit) = (&stage.ephemeral, limit("racers", 2));
        let mark = it.put_once_within(Key::Assertion("next"), MINUTE, &limit);
        assert_eq!(mark.await.unwrap(), Once::First);
    })
    .await;
}

#[tokio::test]
async fn the_operator_is_told_once_what_becomes_of_values_when_this_process_is_full() {
    let log = Log::open();
    let limits = Limits {
        entries: 2,
        ..Limits::default()
    };
    let clock = Clock::manual(Timestamp(1_000_000));
    let it = Ephemeral::memory(clock.clone(), limits);
    for number in 0..10 {
        let id = number.to_string();
        it.put(Key::Code(&id), b"code", MINUTE).await.unwrap();
        let _refused = it.put(Key::PushedRequest(&id), b"request", MINUTE).await;
        let _refused = it.put_once(Key::Assertion(&id), MINUTE).await;
        it.count_within(&[limit(&id, 9)]).await.unwrap();
    }
    let told = || log.with("short-lived state is full");
    for (kind, becomes) in [
        ("code", "the oldest values of this kind give way"),
        ("pushed-request", "are refused"),
        ("assertion", "are refused"),
        ("rate", "share counters"),
    ] {
        let kind = format!("kind=\"{kind}\"");
        let lines: Vec<_> = told()
            .into_iter()
            .filter(|line| line.ends_with(&kind))
            .collect();
        assert!(
            matches!(&lines[..], [one] if one.contains(becomes)),
            "{kind}: {lines:?}"
        );
    }
    assert_eq!(told().len(), 4);
    clock.advance(MINUTE);
    for id in ["x", "y", "z"] {
        it.put(Key::Code(id), b"code", MINUTE).await.unwrap();
    }
    assert_eq!(told().len(), 5, "and again after a minute");
}
