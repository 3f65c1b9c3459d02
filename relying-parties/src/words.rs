//! All texts of the pages in both languages. They are fields of one struct, so that neither
//! language can miss one.

use serde::Serialize;

use crate::locale::Locale;

/// The texts of one language.
#[derive(Serialize)]
pub(crate) struct Words {
    log_in: &'static str,
    log_out: &'static str,
    logged_out: &'static str,
    with_common_id: &'static str,
    honorific: &'static str,
    guest: &'static str,
    plate: &'static str,
    first_registered: &'static str,
    next_inspection: &'static str,
    history: &'static str,
    kilometres: &'static str,
    by_dealer: &'static str,
    by_you: &'static str,
    linked_with: &'static str,
    not_linked: &'static str,
    dealers: &'static str,
    dealers_lead: &'static str,
    no_dealers: &'static str,
    linked: &'static str,
    dealer_code: &'static str,
    plans: &'static str,
    plans_for_age: &'static str,
    contact: &'static str,
    no_phone: &'static str,
    refresh: &'static str,
    retry: &'static str,
    to_top: &'static str,
    demo: &'static str,
    access_denied: [&'static str; 2],
    login_expired: [&'static str; 2],
    login_refused: [&'static str; 2],
    provider_unreachable: [&'static str; 2],
    login_untrusted: [&'static str; 2],
    not_found: [&'static str; 2],
    cross_site: [&'static str; 2],
    app_not_installed: [&'static str; 2],
    step_up_needed: [&'static str; 2],
    command_failed: [&'static str; 2],
}

impl Words {
    pub(crate) const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::Ja => &JA,
            Locale::En => &EN,
        }
    }

    /// Returns heading and sentence of the page for the problem `code`.
    pub(crate) fn problem(&self, code: &str) -> [&'static str; 2] {
        match code {
            "access_denied" => self.access_denied,
            "login_expired" => self.login_expired,
            "login_refused" | "bound_otherwise" => self.login_refused,
            "provider_unreachable" => self.provider_unreachable,
            "cross_site" => self.cross_site,
            "not_found" => self.not_found,
            "app_not_installed" => self.app_not_installed,
            "step_up_needed" => self.step_up_needed,
            "command_failed" => self.command_failed,
            _ => self.login_untrusted,
        }
    }
}

const JA: Words = Words {
    log_in: "ログイン",
    log_out: "ログアウト",
    logged_out: "ログアウトしました",
    with_common_id: "TOYOTA/LEXUSの共通IDをご利用ください",
    honorific: "様",
    guest: "お客",
    plate: "登録番号",
    first_registered: "初度登録",
    next_inspection: "次回車検",
    history: "整備履歴",
    kilometres: "km",
    by_dealer: "販売店の記録",
    by_you: "ご自身の記録",
    linked_with: "連携中の販売店",
    not_linked: "販売店と連携すると、販売店での整備記録もここに表示されます。",
    dealers: "連携中の販売店",
    dealers_lead: "お見積りやオンライン商談を、いつもの販売店と。",
    no_dealers: "連携中の販売店はありません。",
    linked: "連携済み",
    dealer_code: "販売店コード",
    plans: "あなたに合った買い方",
    plans_for_age: "年齢に合わせてご案内しています（歳）：",
    contact: "ご連絡先の携帯電話番号",
    no_phone: "共通IDに携帯電話番号が登録されていません。",
    refresh: "最新の情報に更新",
    retry: "もう一度ログインする",
    to_top: "トップページへ",
    demo: "これは共通IDのデモ用サービスです。",
    access_denied: [
        "ログインは取り消されました",
        "共通IDの画面で操作が取り消されたため、サービスをご利用いただけません。",
    ],
    login_expired: [
        "ログインをやり直してください",
        "時間がたったか、別の画面で手続きが進んだため、ログインを完了できませんでした。",
    ],
    login_refused: [
        "ログインできませんでした",
        "共通IDから、ログインを完了できないとの応答がありました。",
    ],
    provider_unreachable: [
        "共通IDにつながりません",
        "しばらくしてから、もう一度お試しください。",
    ],
    login_untrusted: [
        "ログインできませんでした",
        "安全を確認できない応答を受け取ったため、ログインを中止しました。",
    ],
    not_found: [
        "ページが見つかりません",
        "アドレスが変わったか、まちがっているようです。",
    ],
    cross_site: [
        "操作を受け付けませんでした",
        "ほかのサイトからの操作のため、安全のために中止しました。",
    ],
    app_not_installed: [
        "アプリで続けてください",
        "このページは整備手帳アプリが開くものです。アプリがこの端末にない場合は、アプリを入れてからもう一度ログインしてください。",
    ],
    step_up_needed: [
        "本人確認が必要です",
        "クルマを操作するには、認証番号による本人確認が必要です。操作は行っていません。",
    ],
    command_failed: [
        "クルマを操作できませんでした",
        "しばらくしてから、もう一度お試しください。",
    ],
};

const EN: Words = Words {
    log_in: "Log in",
    log_out: "Log out",
    logged_out: "You are logged out",
    with_common_id: "Use your TOYOTA/LEXUS Common ID",
    honorific: "",
    guest: "Guest",
    plate: "Plate",
    first_registered: "First registered",
    next_inspection: "Next inspection",
    history: "Service history",
    kilometres: "km",
    by_dealer: "By the dealer",
    by_you: "By you",
    linked_with: "Linked dealer",
    not_linked: "Link your dealer to see what was done to your car there, too.",
    dealers: "Linked dealers",
    dealers_lead: "Estimates and talks online, with the dealer you know.",
    no_dealers: "You have no linked dealer.",
    linked: "Linked",
    dealer_code: "Dealer code",
    plans: "Ways to buy that suit you",
    plans_for_age: "Chosen for your age:",
    contact: "Your mobile number",
    no_phone: "Your Common ID has no mobile number.",
    refresh: "Bring up to date",
    retry: "Log in again",
    to_top: "To the first page",
    demo: "This is a demo service of Common ID.",
    access_denied: [
        "The login was cancelled",
        "You cancelled at Common ID, so this service cannot be used.",
    ],
    login_expired: [
        "Please log in again",
        "Too much time has passed, or the login went on in another window.",
    ],
    login_refused: [
        "You could not be logged in",
        "Common ID answered that the login cannot be completed.",
    ],
    provider_unreachable: [
        "Common ID cannot be reached",
        "Please try again in a little while.",
    ],
    login_untrusted: [
        "You could not be logged in",
        "We received an answer whose origin we could not prove, and stopped.",
    ],
    not_found: [
        "Page not found",
        "The address may have changed, or may be mistyped.",
    ],
    cross_site: [
        "Nothing was done",
        "The request came from another site, so we stopped for safety.",
    ],
    app_not_installed: [
        "Go on in the app",
        "This address opens the maintenance log app. If it is not on this device, install it and log in again.",
    ],
    step_up_needed: [
        "We must know that it is you",
        "To control your car, confirm that it is you by a code. Nothing was done.",
    ],
    command_failed: [
        "Your car could not be reached",
        "Please try again in a little while.",
    ],
};
