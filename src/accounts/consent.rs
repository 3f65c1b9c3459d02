//! An immutable record of a consent or its withdrawal: who, to what, in which
//! wording, when, through which client. What Japanese privacy law asks of such
//! a record (Act on the Protection of Personal Information, Art. 27, 29–31) is
//! in `docs/screens.md`, "Privacy law in Japan".

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::dealer::{Dealer, DealerNoticeText, NoticeSection};
use super::registration::AgreedTerms;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::sha256::sha256_hex;

/// The `target` of an agreement to the terms.
const TERMS: &str = "common-id-terms";

/// The version of the consent page's own wording; its items come from the catalogue.
const SCOPE_WORDING_VERSION: &str = "2026-11-01";

/// The ground of the terms: no data is provided by them.
const BY_AGREEMENT: &str = "agreement";

/// The ground of a provision: the person's prior consent.
const BY_CONSENT: &str = "consent (APPI Art. 27(1))";

/// The ground where browsing data is among what is provided: that the recipient
/// will know whose it is, is consented to as well.
const BY_CONSENT_TO_BROWSING: &str = "consent (APPI Art. 27(1), Art. 31(1))";

/// How each side came by what it provides (Art. 30(1)(ii)).
const OBTAINED_BY_DEALER: &str = "販売店が、取引にあたり本人から直接取得";
const OBTAINED_BY_OPERATOR: &str = "運営者が、関連サイトおよび共通IDの利用にあたり本人から直接取得（クッキーによる閲覧情報を含む）";

crate::wire_words! {
    /// To what a person consents.
    pub enum ConsentKind {
        /// The terms of use.
        Terms = "terms",
        /// A dealer's provision of data to Toyota.
        DealerToToyota = "dealer_to_toyota",
        /// Toyota's provision of data to a dealer.
        ToyotaToDealer = "toyota_to_dealer",
        /// A third-party client's scopes.
        Scope = "scope",
    }
}

crate::wire_words! {
    /// Given or taken back.
    pub enum ConsentAction {
        /// Given.
        Given = "given",
        /// Withdrawn.
        Withdrawn = "withdrawn",
    }
}

crate::wire_words! {
    /// Why a consent was withdrawn, where it was not the person who took it back.
    pub enum WithdrawalReason {
        /// It was given by a child, and no parent or guardian gave it.
        GuardianNeeded = "guardian_needed",
    }
}

/// A consent record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    /// 128 random bits as base64url.
    pub id: String,
    /// Who.
    pub account_id: String,
    /// To what.
    pub kind: ConsentKind,
    /// Given or withdrawn.
    pub action: ConsentAction,
    /// The terms' name, the dealer's code or the client's ID.
    pub target: String,
    /// The wording's version.
    pub wording_version: String,
    /// SHA-256 of the wording as shown, hex.
    pub wording_hash: String,
    /// The language it was shown in.
    pub locale: Locale,
    /// The brand under which.
    pub brand: String,
    /// The client through which, if any.
    pub client_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Provider, recipient, the person, items, purposes, basis, how it was obtained.
    pub record: ConsentRecord,
}

/// What the law wants kept of a provision to a third party.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsentRecord {
    /// Who provides the data: name, address, representative.
    pub provider: Option<LegalPerson>,
    /// Who receives it.
    pub recipient: Option<LegalPerson>,
    /// The person's name as it was then.
    pub person_name: Option<String>,
    /// The person's e-mail address as it was then.
    pub person_email: Option<String>,
    /// What is provided, in the words shown (or the scopes).
    pub items: Vec<String>,
    /// What for, in the words shown.
    pub purposes: Vec<String>,
    /// On what ground.
    pub basis: String,
    /// How the data was or is obtained (Art. 30).
    pub how_obtained: Option<String>,
    /// From when to when it is provided again and again: one record for all of
    /// it (enforcement rules, Art. 19(2)). Nothing, where nothing is provided.
    pub period: Option<Period>,
    /// Through which channel: `web`.
    pub channel: String,
    /// Keyed hash of the IP address, hex.
    pub ip_hash: Option<String>,
    /// Keyed hash of the user agent, hex.
    pub user_agent_hash: Option<String>,
    /// When the person authenticated for it.
    pub auth_time: Option<Timestamp>,
    /// Of a withdrawal: who succeeded the dealer that the consent was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_by: Option<Successor>,
    /// Of a withdrawal that was not the person's own: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<WithdrawalReason>,
}

/// The dealer that succeeded another, as it was then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// Its code.
    pub code: String,
    /// The company.
    pub legal: LegalPerson,
}

/// The time of a continued provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Since when.
    pub from: Timestamp,
    /// Until when; nothing while it goes on, which it does until it is withdrawn.
    pub until: Option<Timestamp>,
}

/// A company named in a consent record, as it was then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalPerson {
    /// Registered name.
    pub name: String,
    /// Registered address.
    pub address: String,
    /// Representative.
    pub representative: String,
}

/// The circumstances of a consent: what a request knows and no wording says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentContext {
    /// When.
    pub at: Timestamp,
    /// The language of the page.
    pub locale: Locale,
    /// The brand under which.
    pub brand: String,
    /// The client through which, if any.
    pub client_id: Option<String>,
    /// Who runs this: one side of the dealer consents.
    pub operator: LegalPerson,
    /// Keyed hash of the IP address, hex.
    pub ip_hash: Option<String>,
    /// Keyed hash of the user agent, hex.
    pub user_agent_hash: Option<String>,
    /// When the person authenticated for it.
    pub auth_time: Option<Timestamp>,
}

/// A third-party client's request for consent to scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeRequest {
    /// The client's ID.
    pub client_id: String,
    /// The company behind the client, as registered; its name alone if the client
    /// registered no more.
    pub recipient: LegalPerson,
    /// The scopes, by their names in the protocol.
    pub scopes: Vec<String>,
    /// The address of the client's privacy policy, which says what the data is used for.
    pub policy_uri: Option<String>,
}

/// The wording a consent is to, as it was shown.
struct Wording {
    version: String,
    hash: String,
    locale: Locale,
}

impl ConsentContext {
    /// A provision that begins now and goes on.
    const fn going_on(&self) -> Option<Period> {
        Some(Period {
            from: self.at,
            until: None,
        })
    }

    fn record(&self, account: &Account) -> ConsentRecord {
        ConsentRecord {
            person_name: full_name(account),
            person_email: Some(account.email.clone()),
            basis: BY_AGREEMENT.to_owned(),
            channel: "web".to_owned(),
            ip_hash: self.ip_hash.clone(),
            user_agent_hash: self.user_agent_hash.clone(),
            auth_time: self.auth_time,
            ..ConsentRecord::default()
        }
    }

    fn consent(
        &self,
        id: String,
        account: &Account,
        to: (ConsentKind, &str),
        wording: &Wording,
        record: ConsentRecord,
    ) -> Consent {
        Consent {
            id,
            account_id: account.id.clone(),
            kind: to.0,
            action: ConsentAction::Given,
            target: to.1.to_owned(),
            wording_version: wording.version.clone(),
            wording_hash: wording.hash.clone(),
            locale: wording.locale,
            brand: self.brand.clone(),
            client_id: self.client_id.clone(),
            at: self.at,
            record,
        }
    }
}

/// The agreement to the terms on ④; it was given when `terms` says.
#[must_use]
pub fn terms(
    account: &Account,
    terms: &AgreedTerms,
    context: &ConsentContext,
    id: String,
) -> Consent {
    let wording = Wording {
        version: terms.version.clone(),
        hash: terms.hash.clone(),
        locale: terms.locale,
    };
    let record = context.record(account);
    let mut consent = context.consent(id, account, (ConsentKind::Terms, TERMS), &wording, record);
    consent.at = terms.at;
    consent
}

/// The two consents of ⑩: the dealer provides to the operator, the operator
/// provides to the dealer. Both are to the one notice, hashed as it was shown.
/// Nothing, if the dealer has no notice that could have been shown.
#[must_use]
pub fn dealer_link(
    account: &Account,
    dealer: &Dealer,
    context: &ConsentContext,
    ids: [String; 2],
) -> Option<[Consent; 2]> {
    let text = dealer.notice.text_in(context.locale)?;
    let wording = Wording {
        version: dealer.notice.version.clone(),
        hash: wording_hash(text),
        locale: dealer.notice.shown_in(context.locale),
    };
    let record = |from: &LegalPerson, to: &LegalPerson, section: &NoticeSection| ConsentRecord {
        provider: Some(from.clone()),
        recipient: Some(to.clone()),
        items: section.items.clone(),
        purposes: vec![section.lead.clone()],
        period: context.going_on(),
        ..context.record(account)
    };
    let (legal, operator) = (&dealer.legal, &context.operator);
    let [first, second] = ids;
    let to_toyota = ConsentRecord {
        basis: BY_CONSENT.to_owned(),
        how_obtained: Some(OBTAINED_BY_DEALER.to_owned()),
        ..record(legal, operator, &text.to_toyota)
    };
    let to_dealer = ConsentRecord {
        basis: BY_CONSENT_TO_BROWSING.to_owned(),
        how_obtained: Some(OBTAINED_BY_OPERATOR.to_owned()),
        ..record(operator, legal, &text.to_dealer)
    };
    let target = |kind| (kind, dealer.code.as_str());
    Some([
        context.consent(
            first,
            account,
            target(ConsentKind::DealerToToyota),
            &wording,
            to_toyota,
        ),
        context.consent(
            second,
            account,
            target(ConsentKind::ToyotaToDealer),
            &wording,
            to_dealer,
        ),
    ])
}

/// What the consents of ⑩ record of the notice's wording.
#[must_use]
pub fn wording_hash(text: &DealerNoticeText) -> String {
    sha256_hex(text.as_shown().as_bytes())
}

/// Records the consent to a third-party client's scopes. `shown` are the lines of the
/// consent page.
#[must_use]
pub fn scope(
    account: &Account,
    request: &ScopeRequest,
    shown: &[String],
    context: &ConsentContext,
    id: String,
) -> Consent {
    let wording = Wording {
        version: SCOPE_WORDING_VERSION.to_owned(),
        hash: sha256_hex(shown.join("\n").as_bytes()),
        locale: context.locale,
    };
    let record = ConsentRecord {
        provider: Some(context.operator.clone()),
        recipient: Some(request.recipient.clone()),
        items: request.scopes.clone(),
        purposes: request.policy_uri.iter().cloned().collect(),
        basis: BY_CONSENT.to_owned(),
        how_obtained: Some(OBTAINED_BY_OPERATOR.to_owned()),
        period: context.going_on(),
        ..context.record(account)
    };
    let target = (ConsentKind::Scope, request.client_id.as_str());
    context.consent(id, account, target, &wording, record)
}

/// The withdrawal of a consent: the same, taken back under these circumstances.
#[must_use]
pub fn withdrawal(
    given: &Consent,
    account: &Account,
    context: &ConsentContext,
    id: String,
) -> Consent {
    let circumstances = context.record(account);
    // A record of an earlier version knows no period: it began when it was given.
    let since = given.record.period.map_or(given.at, |period| period.from);
    let ended = Period {
        from: since,
        until: Some(context.at),
    };
    Consent {
        id,
        action: ConsentAction::Withdrawn,
        brand: context.brand.clone(),
        client_id: context.client_id.clone(),
        at: context.at,
        record: ConsentRecord {
            provider: given.record.provider.clone(),
            recipient: given.record.recipient.clone(),
            items: given.record.items.clone(),
            purposes: given.record.purposes.clone(),
            basis: given.record.basis.clone(),
            how_obtained: given.record.how_obtained.clone(),
            period: (given.kind != ConsentKind::Terms).then_some(ended),
            ..circumstances
        },
        ..given.clone()
    }
}

/// The withdrawal of a consent that a link with `dealer` stands on. The dealer
/// that the consent was given to may be another, which this one succeeded.
#[must_use]
pub fn unlinking(
    given: &Consent,
    dealer: &Dealer,
    account: &Account,
    context: &ConsentContext,
    id: String,
) -> Consent {
    let mut withdrawn = withdrawal(given, account, context, id);
    if given.target != dealer.code {
        withdrawn.record.succeeded_by = Some(Successor {
            code: dealer.code.clone(),
            legal: dealer.legal.clone(),
        });
    }
    withdrawn
}

fn full_name(account: &Account) -> Option<String> {
    let profile = &account.profile;
    let parts = [&profile.family_name, &profile.given_name];
    let name = parts
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>();
    (!name.is_empty()).then(|| name.join(" "))
}

#[cfg(test)]
mod tests;
