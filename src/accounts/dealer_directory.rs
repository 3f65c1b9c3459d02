//! Rules for changes of the dealer directory: which changes are refused, and which dealer
//! now stands for a dealer that was succeeded. A succession is a merger or a transfer of
//! business. It is not a provision to a third party and needs no new consents (Act on the
//! Protection of Personal Information, Art. 27(5)(ii)).

use std::borrow::Borrow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::dealer::Dealer;
use crate::documents;

/// Why a change of the directory is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text of the notice changed but its version did not. People consented to a
    /// version, so its text must stay the same.
    #[error("notice.version: the notice changed, so the version must too")]
    NoticeChanged,
    /// The named successor is not in the directory.
    #[error("successor: no dealer of the directory has this code")]
    UnknownSuccessor,
    /// The chain of successors leads back to the dealer.
    #[error("successor: leads back to the dealer itself")]
    OwnSuccessor,
    /// The successor changed. The links were moved to the first successor already.
    #[error("successor: was told before and must stay: a succession is not undone")]
    OtherSuccessor,
    /// The dealer has a successor but is open to new links.
    #[error("open: a dealer that has a successor must be closed")]
    OpenThoughSucceeded,
}

/// Writes `dealer` in the place of the stored entry `before`: members that this version
/// does not know stay, but for those of a notice that another one takes the place of.
///
/// # Errors
/// If `before` is no entry of the directory, or `dealer` cannot be written.
pub fn rewritten(before: &str, dealer: &Dealer) -> serde_json::Result<String> {
    let stored: Dealer = serde_json::from_str(before)?;
    if stored.notice.version == dealer.notice.version {
        return documents::rewritten(before.as_bytes(), dealer);
    }
    let mut before: Value = serde_json::from_str(before)?;
    if let Some(notice) = before.get_mut("notice") {
        *notice = serde_json::to_value(&stored.notice)?;
    }
    documents::rewritten(before.to_string().as_bytes(), dealer)
}

/// Returns the code of the dealer that now stands for the dealer `code`: the last of its
/// successors, or the dealer itself.
#[must_use]
pub fn present<'d, D: Borrow<Dealer>>(
    directory: &'d BTreeMap<String, D>,
    code: &'d str,
) -> &'d str {
    let mut last = code;
    // The directory holds no cycle; the limit ends the loop even if it did.
    for _ in 0..directory.len() {
        let successor = directory
            .get(last)
            .and_then(|dealer| dealer.borrow().successor.as_deref());
        let Some(successor) = successor else { break };
        last = successor;
    }
    last
}

/// Returns the code of a dealer and the codes of all dealers that it succeeded, directly or
/// not.
#[must_use]
pub fn with_predecessors(directory: &[Dealer], code: &str) -> Vec<String> {
    let mut codes = vec![code.to_owned()];
    loop {
        let joins = |dealer: &&Dealer| {
            let successor = dealer.successor.as_ref();
            successor.is_some_and(|code| codes.contains(code)) && !codes.contains(&dealer.code)
        };
        match directory.iter().find(joins) {
            Some(predecessor) => codes.push(predecessor.code.clone()),
            None => return codes,
        }
    }
}

/// Returns why the succession of `dealer` is refused, or `None` if it is allowed. `before`
/// is the dealer as stored; `directory` is the directory after the change.
#[must_use]
pub fn unlawful_succession(
    dealer: &Dealer,
    before: Option<&Dealer>,
    directory: &BTreeMap<String, Dealer>,
) -> Option<Refusal> {
    let told_before = before.and_then(|before| before.successor.as_ref());
    if told_before.is_some() && told_before != dealer.successor.as_ref() {
        return Some(Refusal::OtherSuccessor);
    }
    let successor = dealer.successor.as_ref()?;
    if !directory.contains_key(successor) {
        return Some(Refusal::UnknownSuccessor);
    }
    let end = present(directory, successor);
    if end == dealer.code
        || directory
            .get(end)
            .is_some_and(|end| end.successor.is_some())
    {
        return Some(Refusal::OwnSuccessor);
    }
    dealer.open.then_some(Refusal::OpenThoughSucceeded)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dealer(code: &str, successor: Option<&str>) -> Dealer {
        let section = json!({"lead": "目的", "items": ["氏名"]});
        let text = json!({"services": [], "to_toyota": section, "to_dealer": section});
        serde_json::from_value(json!({
            "code": code,
            "legal": {"name": "販売店", "address": "長野市", "representative": "社長"},
            "name_en": "Dealer", "brands": ["toyota"], "prefecture": "長野県",
            "open": successor.is_none(), "successor": successor,
            "notice": {"version": "1", "text": {"ja": text}},
        }))
        .unwrap()
    }

    fn directory(dealers: &[(&str, Option<&str>)]) -> BTreeMap<String, Dealer> {
        let entry = |&(code, successor): &(&str, _)| (code.to_owned(), dealer(code, successor));
        dealers.iter().map(entry).collect()
    }

    #[test]
    fn the_last_of_a_chain_of_successors_answers() {
        let chain = directory(&[("1", Some("2")), ("2", Some("3")), ("3", None), ("4", None)]);
        for (code, answers) in [("1", "3"), ("2", "3"), ("3", "3"), ("4", "4"), ("9", "9")] {
            assert_eq!(present(&chain, code), answers, "{code}");
        }
    }

    #[test]
    fn a_dealer_stands_for_all_that_it_succeeded() {
        let told = [
            ("1", Some("2")),
            ("2", Some("3")),
            ("3", None),
            ("4", Some("3")),
            ("5", None),
        ];
        let directory: Vec<_> = told.map(|(code, next)| dealer(code, next)).into();
        for (code, expected) in [
            ("1", &["1"][..]),
            ("2", &["2", "1"]),
            ("3", &["3", "2", "1", "4"]),
            ("5", &["5"]),
        ] {
            assert_eq!(with_predecessors(&directory, code), expected, "{code}");
        }
    }

    #[test]
    fn a_cycle_holds_nobody() {
        let cycle = directory(&[("1", Some("2")), ("2", Some("1"))]);
        assert!(["1", "2"].contains(&present(&cycle, "1")));
    }

    #[test]
    fn what_no_succession_may_be_is_refused() {
        let refusal = |dealers: &[(&str, Option<&str>)]| {
            let directory = directory(dealers);
            unlawful_succession(&directory["1"], None, &directory)
        };
        let two = Some("2");
        assert_eq!(refusal(&[("1", None)]), None);
        assert_eq!(refusal(&[("1", two), ("2", None)]), None);
        assert_eq!(refusal(&[("1", two)]), Some(Refusal::UnknownSuccessor));
        assert_eq!(refusal(&[("1", Some("1"))]), Some(Refusal::OwnSuccessor));
        let back = [("1", two), ("2", Some("3")), ("3", Some("1"))];
        assert_eq!(refusal(&back), Some(Refusal::OwnSuccessor));
    }

    #[test]
    fn a_succession_stays_as_it_was_told_and_closes_the_dealer() {
        let directory = directory(&[("1", Some("2")), ("2", None), ("3", None)]);
        let before = &directory["1"];
        for successor in [None, Some("3")] {
            let changed = dealer("1", successor);
            let refused = unlawful_succession(&changed, Some(before), &directory);
            assert_eq!(refused, Some(Refusal::OtherSuccessor), "{successor:?}");
        }
        assert_eq!(unlawful_succession(before, Some(before), &directory), None);
        let open = Dealer {
            open: true,
            ..before.clone()
        };
        let refused = unlawful_succession(&open, None, &directory);
        assert_eq!(refused, Some(Refusal::OpenThoughSucceeded));
    }
}
