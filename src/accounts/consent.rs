//! Immutable records of consents and withdrawals: which account, to what, in which wording,
//! when, through which client. This module builds the records; `store::consents` stores
//! them. What Japanese privacy law requires of such a record (Act on the Protection of
//! Personal Information, Art. 27, 29–31) is in `docs/screens.md`, "Privacy law in Japan".

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::dealer::{Dealer, DealerNoticeText, NoticeSection};
use super::registration::AgreedTerms;
use crate::clock::Timestamp;
use crate::documents;
use crate::locale::Locale;
use crate::sha256::sha256_hex;

/// The `target` of a consent to the terms.
const TERMS: &str = "common-id-terms";

/// The version of the consent page's own wording. The items on the page come from the
/// catalogue.
const SCOPE_WORDING_VERSION: &str = "2026-11-01";

/// The legal basis of a consent to the terms: no data is provided to a third party.
const BY_AGREEMENT: &str = "agreement";

/// The legal basis of a provision to a third party: the person's prior consent.
const BY_CONSENT: &str = "consent (APPI Art. 27(1))";

/// The legal basis where browsing data is provided too: the person also consents to the
/// recipient identifying them in it.
const BY_CONSENT_TO_BROWSING: &str = "consent (APPI Art. 27(1), Art. 31(1))";

/// How the dealer and the operator obtained the data they provide (Art. 30(1)(ii)).
const OBTAINED_BY_DEALER: &str = "販売店が、取引にあたり本人から直接取得";
const OBTAINED_BY_OPERATOR: &str = "運営者が、関連サイトおよび共通IDの利用にあたり本人から直接取得（クッキーによる閲覧情報を含む）";

crate::wire_words! {
    /// What a person consents to.
    pub enum ConsentKind {
        /// The terms of use.
        Terms = "terms",
        /// The dealer provides data to Toyota.
        DealerToToyota = "dealer_to_toyota",
        /// Toyota provides data to the dealer.
        ToyotaToDealer = "toyota_to_dealer",
        /// The scopes that a third-party client requests.
        Scope = "scope",
    }
}

crate::wire_words! {
    /// Whether a consent was given or withdrawn.
    pub enum ConsentAction {
        /// The consent was given.
        Given = "given",
        /// The consent was withdrawn.
        Withdrawn = "withdrawn",
    }
}

crate::wire_words! {
    /// Why a consent was withdrawn, if it was not withdrawn by the person.
    pub enum WithdrawalReason {
        /// A child gave the consent, and no parent or guardian did.
        GuardianNeeded = "guardian_needed",
    }
}

/// A consent record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    /// 128 random bits as base64url.
    pub id: String,
    /// The account of the person.
    pub account_id: String,
    /// What the consent is to.
    pub kind: ConsentKind,
    /// Whether it was given or withdrawn.
    pub action: ConsentAction,
    /// The name of the terms, the dealer's code or the client's ID, depending on `kind`.
    pub target: String,
    /// The version of the wording.
    pub wording_version: String,
    /// SHA-256 of the wording as shown, hex.
    pub wording_hash: String,
    /// The language the wording was shown in.
    pub locale: Locale,
    /// The brand of the page.
    pub brand: String,
    /// The client whose request led to the page, if any.
    pub client_id: Option<String>,
    /// When it was given or withdrawn.
    pub at: Timestamp,
    /// The details that the law requires: provider, recipient, person, items, purposes,
    /// basis, how the data was obtained.
    pub record: ConsentRecord,
}

/// The details of a provision to a third party that the law requires to be recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsentRecord {
    /// The company that provides the data.
    pub provider: Option<LegalPerson>,
    /// The company that receives the data.
    pub recipient: Option<LegalPerson>,
    /// The person's name at the time.
    pub person_name: Option<String>,
    /// The person's e-mail address at the time.
    pub person_email: Option<String>,
    /// The data that is provided, in the words shown (or the scopes).
    pub items: Vec<String>,
    /// The purposes, in the words shown; for scopes, the address of the privacy policy.
    pub purposes: Vec<String>,
    /// The legal basis.
    pub basis: String,
    /// How the provider obtained the data (Art. 30).
    pub how_obtained: Option<String>,
    /// The period of a continued provision: one record covers all of it (enforcement rules,
    /// Art. 19(2)). `None` if nothing is provided.
    pub period: Option<Period>,
    /// The channel of the consent: `web`.
    pub channel: String,
    /// Keyed hash of the IP address, hex.
    pub ip_hash: Option<String>,
    /// Keyed hash of the `User-Agent` header, hex.
    pub user_agent_hash: Option<String>,
    /// When the person last authenticated before the consent.
    pub auth_time: Option<Timestamp>,
    /// For a withdrawal: the dealer that succeeded the dealer the consent was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_by: Option<Successor>,
    /// For a withdrawal that the person did not make: the reason, if this version knows it.
    #[serde(
        deserialize_with = "documents::known",
        skip_serializing_if = "Option::is_none"
    )]
    pub reason: Option<WithdrawalReason>,
}

/// The dealer that succeeded another dealer, with its data at the time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// The successor's dealer code.
    pub code: String,
    /// The successor's company.
    pub legal: LegalPerson,
}

/// The period of a continued provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// When the provision began.
    pub from: Timestamp,
    /// When the provision ended; `None` while it continues, which is until it is withdrawn.
    pub until: Option<Timestamp>,
}

/// A company named in a consent record, with its data at the time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalPerson {
    /// Registered name.
    pub name: String,
    /// Registered address.
    pub address: String,
    /// The name of the representative.
    pub representative: String,
}

/// The circumstances of a consent, taken from the request, as opposed to its wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentContext {
    /// When the consent is given or withdrawn.
    pub at: Timestamp,
    /// The language of the page.
    pub locale: Locale,
    /// The brand of the page.
    pub brand: String,
    /// The client whose request led to the page, if any.
    pub client_id: Option<String>,
    /// The company that operates this provider: one side of the dealer consents.
    pub operator: LegalPerson,
    /// Keyed hash of the IP address, hex.
    pub ip_hash: Option<String>,
    /// Keyed hash of the `User-Agent` header, hex.
    pub user_agent_hash: Option<String>,
    /// When the person last authenticated before the consent.
    pub auth_time: Option<Timestamp>,
}

/// A third-party client's request for consent to scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeRequest {
    /// The client's ID.
    pub client_id: String,
    /// The company behind the client, as registered; only the client's name if the client
    /// registered no company.
    pub recipient: LegalPerson,
    /// The scopes, as named in the protocol.
    pub scopes: Vec<String>,
    /// The address of the client's privacy policy, which states the purposes of use.
    pub policy_uri: Option<String>,
}

/// The wording of a consent, as it was shown.
struct Wording {
    version: String,
    hash: String,
    locale: Locale,
}

impl ConsentContext {
    /// Returns the period of a provision that begins now and continues.
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

/// Builds the consent to the terms on ④. Its time is the one in `terms`.
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

/// Builds the two consents of ⑩: the dealer provides to the operator, and the operator
/// provides to the dealer. Both refer to one notice, hashed as it was shown. Returns `None`
/// if the dealer has no notice that could have been shown.
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

/// Returns the hash of the notice's wording that the consents of ⑩ record.
#[must_use]
pub fn wording_hash(text: &DealerNoticeText) -> String {
    sha256_hex(text.as_shown().as_bytes())
}

/// Builds the consent to a third-party client's scopes. `shown` are the lines of the
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

/// Builds the withdrawal of a consent: a copy of `given` with the circumstances of the
/// withdrawal.
#[must_use]
pub fn withdrawal(
    given: &Consent,
    account: &Account,
    context: &ConsentContext,
    id: String,
) -> Consent {
    let circumstances = context.record(account);
    // Records of earlier versions have no period; the provision began when they were given.
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

/// Builds the withdrawal of a consent that belongs to a link with `dealer`. If the consent
/// was given to another dealer, which `dealer` succeeded, the record names `dealer` as the
/// successor.
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
