//! The texts of the screen in both languages, and the places it can navigate to.

use serde_json::{Map, Value, json};

use crate::locale::{Locale, Text};

const fn text(ja: &'static str, en: &'static str) -> Text {
    Text { ja, en }
}

const WORDS: &[(&str, Text)] = &[
    (
        "begin",
        text("スマートフォンでログイン", "Log in by your phone"),
    ),
    (
        "begin_lead",
        text(
            "この画面でパスワードを入力する必要はありません。",
            "No password has to be typed in here.",
        ),
    ),
    (
        "code_title",
        text("スマートフォンで続けてください", "Go on with your phone"),
    ),
    (
        "scan",
        text(
            "カメラで読み取るか、次のアドレスを開いて番号を入力してください。",
            "Scan this, or open the address below and enter the code.",
        ),
    ),
    (
        "qr",
        text(
            "アドレスと番号のQRコード",
            "QR code of the address with the code",
        ),
    ),
    ("address", text("アドレス", "Address")),
    ("code", text("番号", "Code")),
    (
        "waiting",
        text(
            "ログインが終わると、この画面は自動的に切り替わります。",
            "This screen goes on by itself once you are logged in.",
        ),
    ),
    ("look", text("画面を更新", "Look now")),
    ("again", text("もう一度はじめる", "Begin again")),
    (
        "denied",
        text(
            "ログインは許可されませんでした",
            "The login was not allowed",
        ),
    ),
    (
        "expired",
        text("番号の有効時間が過ぎました", "The code has expired"),
    ),
    (
        "over",
        text("ログインが解除されました", "You are no longer logged in"),
    ),
    (
        "failed",
        text("ログインできませんでした", "You could not be logged in"),
    ),
    (
        "ended_lead",
        text(
            "ご利用になる場合は、もう一度はじめてください。",
            "To use this screen, begin again.",
        ),
    ),
    ("places", text("いつもの行き先", "Where you always go")),
    ("welcome", text("ログインしています", "You are logged in")),
];

const PLACES: &[(Text, Text)] = &[
    (text("自宅", "Home"), text("28分・14km", "28 min, 14 km")),
    (text("勤務先", "Work"), text("41分・22km", "41 min, 22 km")),
    (
        text("善光寺", "Zenko-ji Temple"),
        text("1時間12分・68km", "1 h 12 min, 68 km"),
    ),
];

/// Returns the texts of one language.
pub(super) fn of(locale: Locale) -> Value {
    let words: Map<String, Value> = WORDS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text.read_in(locale))))
        .collect();
    Value::Object(words)
}

/// Returns the places and their distances.
pub(super) fn places(locale: Locale) -> Value {
    PLACES
        .iter()
        .map(|(name, way)| json!({"name": name.read_in(locale), "way": way.read_in(locale)}))
        .collect()
}
