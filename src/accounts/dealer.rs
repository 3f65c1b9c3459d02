//! A dealership in our directory, with the notice it gives to people before
//! they link: its own text, versioned.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::consent::LegalPerson;
use crate::clock::Timestamp;
use crate::locale::Locale;

/// A dealer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dealer {
    /// The code other systems know it by.
    pub code: String,
    /// The legal person: its `name` is what people read in Japanese.
    pub legal: LegalPerson,
    /// The name in English.
    pub name_en: String,
    /// The brands it sells.
    pub brands: Vec<String>,
    /// Its prefecture, for the choice of a dealer.
    pub prefecture: String,
    /// Whether links can be made.
    pub open: bool,
    /// The code of the dealer that succeeded this one, which is closed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// The notice shown on ⑩.
    pub notice: DealerNotice,
}

/// The notice of ⑩ (ご注意1, ご注意2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DealerNotice {
    /// The version, e.g. `2020-06-01`.
    pub version: String,
    /// Whether who agreed to the version before is asked again: not, where
    /// nothing changed that a person would decide by.
    #[serde(default = "asks_again", skip_serializing_if = "Clone::clone")]
    pub reconsent: bool,
    /// The text by language; Japanese must be there.
    pub text: BTreeMap<String, DealerNoticeText>,
}

/// A notice in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DealerNoticeText {
    /// The services gained: heading and items.
    pub services: Vec<NoticeSection>,
    /// Dealer → Toyota: the purpose sentence and the items.
    pub to_toyota: NoticeSection,
    /// Toyota → dealer: the purpose sentence and the items.
    pub to_dealer: NoticeSection,
}

/// A sentence and its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeSection {
    /// The sentence.
    pub lead: String,
    /// The list.
    pub items: Vec<String>,
}

const fn asks_again() -> bool {
    true
}

impl DealerNotice {
    /// The text in `locale`, else in Japanese.
    #[must_use]
    pub fn text_in(&self, locale: Locale) -> Option<&DealerNoticeText> {
        self.text
            .get(locale.tag())
            .or_else(|| self.text.get(Locale::Ja.tag()))
    }

    /// The language that `text_in` really gives: the one a record must name.
    #[must_use]
    pub fn shown_in(&self, locale: Locale) -> Locale {
        if self.text.contains_key(locale.tag()) {
            locale
        } else {
            Locale::Ja
        }
    }
}

impl DealerNoticeText {
    /// The whole text in the order of the page, a line each: what is hashed.
    #[must_use]
    pub fn as_shown(&self) -> String {
        let sections = self
            .services
            .iter()
            .chain([&self.to_toyota, &self.to_dealer]);
        let lines =
            sections.flat_map(|section| std::iter::once(&section.lead).chain(&section.items));
        lines.cloned().collect::<Vec<_>>().join("\n")
    }
}

/// A link between an account and a dealer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealerLink {
    /// The dealer's code.
    pub dealer_code: String,
    /// When it came into force.
    pub linked_at: Timestamp,
    /// The two consents that made it: dealer → Toyota, Toyota → dealer.
    pub consent_ids: [String; 2],
    /// The client through which.
    pub client_id: Option<String>,
    /// Up to which version of the dealer's notice the person need not be asked:
    /// the one agreed to, or a later one that asks nobody.
    pub notice_version: String,
    /// The code it was made with, where that dealer was succeeded since.
    pub made_with: Option<String>,
    /// Consents to dealers that this one succeeded, besides its own two.
    pub taken_over: Vec<String>,
    /// The dealer's own name for the customer, if a service told it.
    pub customer_number: Option<String>,
}

impl DealerLink {
    /// Whether it stands on that consent, which is withdrawn when it ends.
    #[must_use]
    pub fn stands_on(&self, consent_id: &str) -> bool {
        let mut ids = self.consent_ids.iter().chain(&self.taken_over);
        ids.any(|id| id == consent_id)
    }
}
