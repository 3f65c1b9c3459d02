//! The texts of the staff page in both languages.

use serde::Serialize;

use crate::locale::Locale;

/// The texts of one language.
#[derive(Serialize)]
pub(super) struct StaffWords {
    customers: &'static str,
    lead: &'static str,
    nobody: &'static str,
    pub(super) no_number: &'static str,
    number: &'static str,
    car: &'static str,
    since: &'static str,
    until: &'static str,
    services: &'static str,
    no_services: &'static str,
    last_used: &'static str,
    pub(super) linked: &'static str,
    pub(super) unlinked: &'static str,
    pub(super) left: &'static str,
    events: &'static str,
    no_events: &'static str,
    stale: &'static str,
    refused: &'static str,
    refused_why: &'static str,
}

impl StaffWords {
    pub(super) const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::Ja => &JA,
            Locale::En => &EN,
        }
    }
}

const JA: StaffWords = StaffWords {
    customers: "共通IDで連携中のお客様",
    lead: "お客様が同意された範囲の情報のみ表示しています。",
    nobody: "連携中のお客様はいません。",
    no_number: "お客様番号なし",
    number: "お客様番号",
    car: "ご契約車両",
    since: "連携日",
    until: "解除日",
    services: "ご利用中のサービス",
    no_services: "連携後のご利用はまだありません。",
    last_used: "最終利用日",
    linked: "連携中",
    unlinked: "連携解除",
    left: "共通ID退会",
    events: "最近のお知らせ",
    no_events: "お知らせはまだありません。",
    stale: "ただいま一覧を取得できません。これまでに届いたお知らせのみ表示しています。",
    refused: "このページはご利用いただけません",
    refused_why: "長野トヨタの従業員として登録されたメールアドレスの共通IDでログインしてください。",
};

const EN: StaffWords = StaffWords {
    customers: "Customers linked by Common ID",
    lead: "Shows only what each customer has consented to.",
    nobody: "No customer is linked.",
    no_number: "No customer number",
    number: "Customer number",
    car: "Car",
    since: "Linked on",
    until: "Ended on",
    services: "Services in use",
    no_services: "None since the link.",
    last_used: "last used on",
    linked: "Linked",
    unlinked: "Link ended",
    left: "Closed their ID",
    events: "Latest news",
    no_events: "No news yet.",
    stale: "The list cannot be had right now. This is what we were told so far.",
    refused: "This page is not for you",
    refused_why: "Log in with a Common ID whose e-mail address is on Nagano Toyota's list of staff.",
};
