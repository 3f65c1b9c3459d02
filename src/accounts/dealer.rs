//! A dealer of the dealer directory, the versioned notice that it shows before a person
//! links, and the link between an account and a dealer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::consent::LegalPerson;
use crate::clock::Timestamp;
use crate::locale::Locale;

/// A dealer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dealer {
    /// The dealer code, by which other systems know the dealer.
    pub code: String,
    /// The company. Its `name` is the Japanese name shown on pages.
    pub legal: LegalPerson,
    /// The dealer's name in English.
    pub name_en: String,
    /// The brands it sells.
    pub brands: Vec<String>,
    /// The dealer's prefecture, used to list dealers for a choice.
    pub prefecture: String,
    /// Whether new links can be made.
    pub open: bool,
    /// The code of the dealer that succeeded this one. A dealer with a successor is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// The notice shown on ⑩.
    pub notice: DealerNotice,
}

/// The notice of ⑩ (ご注意1, ご注意2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DealerNotice {
    /// The version of the text, e.g. `2020-06-01`.
    pub version: String,
    /// Whether people who agreed to the previous version are asked again. They are not if
    /// nothing changed that matters to their decision.
    #[serde(default = "asks_again", skip_serializing_if = "Clone::clone")]
    pub reconsent: bool,
    /// The text by language; Japanese is required.
    pub text: BTreeMap<String, DealerNoticeText>,
}

/// A notice in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealerNoticeText {
    /// The services that a link makes available: headings and items.
    pub services: Vec<NoticeSection>,
    /// Dealer → Toyota: the sentence with the purpose, and the items.
    pub to_toyota: NoticeSection,
    /// Toyota → dealer: the sentence with the purpose, and the items.
    pub to_dealer: NoticeSection,
}

/// A sentence followed by a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeSection {
    /// The sentence.
    pub lead: String,
    /// The items of the list.
    pub items: Vec<String>,
}

const fn asks_again() -> bool {
    true
}

impl DealerNotice {
    /// Returns the text in `locale`, or in Japanese if there is none in `locale`.
    #[must_use]
    pub fn text_in(&self, locale: Locale) -> Option<&DealerNoticeText> {
        self.text
            .get(locale.tag())
            .or_else(|| self.text.get(Locale::Ja.tag()))
    }

    /// Returns the language of the text that `text_in` returns. The consent record names
    /// this language.
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
    /// Returns the whole text in the order of the page, one line per sentence or item. This
    /// is the text that is hashed.
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
    /// When the link was made.
    pub linked_at: Timestamp,
    /// The IDs of its two consents: dealer → Toyota, Toyota → dealer.
    pub consent_ids: [String; 2],
    /// The client through which the link was made, if any.
    pub client_id: Option<String>,
    /// The version of the dealer's notice up to which the person need not be asked again:
    /// the version agreed to, or a later one without `reconsent`.
    pub notice_version: String,
    /// The code of the dealer that the link was made with, if that dealer was succeeded
    /// since.
    pub made_with: Option<String>,
    /// The IDs of consents to dealers that this one succeeded, besides the link's own two.
    pub taken_over: Vec<String>,
    /// The dealer's customer number for this person, if a client sent it.
    pub customer_number: Option<String>,
    /// The client that sent it, if that is not known to be the link's own client.
    pub numbered_by: Option<String>,
}

impl DealerLink {
    /// Returns the customer number, if the client with that id sent it.
    #[must_use]
    pub fn number_told_by(&self, client_id: &str) -> Option<&str> {
        let by = self.numbered_by.as_deref().or(self.client_id.as_deref());
        let number = self.customer_number.as_deref();
        number.filter(|_| by == Some(client_id))
    }

    /// Whether the link depends on that consent, which is withdrawn when the link ends.
    #[must_use]
    pub fn stands_on(&self, consent_id: &str) -> bool {
        let mut ids = self.consent_ids.iter().chain(&self.taken_over);
        ids.any(|id| id == consent_id)
    }
}
