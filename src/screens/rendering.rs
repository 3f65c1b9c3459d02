//! Every template, in both languages and both brands, filled with values that
//! would break out of the page if they were not escaped. With `PAGES_DIR` set,
//! the pages are written there, to be looked at.

use std::path::PathBuf;

use super::account::birthdate::{AccountBirthdate, AccountBirthdateConfirmation};
use super::account::consents::{ConsentLine, Consents};
use super::account::email::AccountEmail;
use super::account::email::code::AccountEmailCode;
use super::account::home::AccountHome;
use super::account::leave::AccountLeave;
use super::account::passkeys::{AccountPasskey, AccountPasskeys, PasskeyLine};
use super::account::password::AccountPassword;
use super::account::phone_login::AccountPhoneLogin;
use super::account::phone_login::code::PhoneLoginCode;
use super::account::profile::AccountProfile;
use super::account::services::{AllowedClient, LinkedDealer, Services};
use super::account::sessions::{AccountSessions, LoggedInAt};
use super::address_search::AddressFound;
use super::asking_client::AskingClient;
use super::consent::Consent;
use super::dealer_link::choice::{
    DealerChoice, NamedDealer, PrefectureDealers, PrefectureWithDealers,
};
use super::dealer_link::complete::DealerLinked;
use super::dealer_link::consent::{AskedDealer, AskedState, DealerConsent, NoticedDealer};
use super::dealer_link::guardian::GuardianNeeded;
use super::debugger::{
    ClientLine, DebuggerClients, DebuggerRequest, DebuggerRequests, RequestLine,
};
use super::device::confirmation::DeviceConfirmation;
use super::device::ended::{DeviceComplete, DeviceDenied};
use super::device::user_code::DeviceCode;
use super::email_undo::EmailUndoPage;
use super::error::{ErrorPage, ForDeveloper};
use super::error_codes::{CodeMeaning, ErrorCodes, ListedCode};
use super::logged_out::LoggedOut;
use super::login::Login;
use super::login::code::LoginCode;
use super::logout::Logout;
use super::new_password::PasswordRules;
use super::profile_lines::Line;
use super::recovery::code::{RecoveryCode, RecoveryNobody};
use super::recovery::complete::RecoveryComplete;
use super::recovery::password::RecoveryPassword;
use super::recovery::start::RecoveryStart;
use super::registration::already_registered::AlreadyRegistered;
use super::registration::code::Code;
use super::registration::complete::Complete;
use super::registration::confirmation::Confirmation;
use super::registration::details::{Details, PrefectureChoice};
use super::registration::email::Email;
use super::registration::terms::Terms;
use super::select_account::SelectAccount;
use super::service_profile::Part;
use super::service_profile::complete::ProfileComplete;
use super::service_profile::confirmation::ProfileConfirmation;
use super::service_profile::edit::ProfileEdit;
use super::terms::TermsText;
use crate::accounts::dealer::{DealerNoticeText, NoticeSection};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::password::PasswordPolicy;
use crate::accounts::registration::RawDetails;
use crate::clock::Timestamp;
use crate::debugger::{Bounds, Debugger, Heard};
use crate::error_reference::ErrorReference;
use crate::http::form_post::{FormPost, Parameter};
use crate::locale::Locale;
use crate::oidc::ErrorCode;
use crate::oidc::advice::Advice;
use crate::oidc::client::ClientId;
use crate::oidc::rule;
use crate::oidc::rulebook::{Endpoint, Outcome, Proof, judged, rules};
use crate::pages::{Page, Pages, Shell};
use crate::sessions::passkeys::Asked;
use crate::texts;

/// How the sample values read: as they would be, or as an attacker would have them.
#[derive(Clone, Copy)]
enum Sample {
    Plain,
    Hostile,
}

const HOSTILE: &str = "\"'><script>alert(1)</script>";

impl Sample {
    fn of(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Hostile => HOSTILE.to_owned(),
        }
    }
}

/// Renders every page; calls `with` with a name and the HTML.
fn every_page(sample: Sample, with: &mut dyn FnMut(&str, &str)) {
    let pages = Pages::load().unwrap();
    for (brand, brand_name) in [
        ("toyota", "TOYOTA/LEXUSの共通ID"),
        ("lexus", "TOYOTA/LEXUSの共通ID"),
    ] {
        for locale in Locale::ALL {
            let shell = || {
                Shell::new(brand, &sample.of(brand_name), locale)
                    .at(format!(
                        "/interaction/abc/page?request={}",
                        sample.of("xyz")
                    ))
                    .form_token(sample.of("token"))
                    .cancel_at(format!(
                        "/interaction/abc/cancel?request={}",
                        sample.of("xyz")
                    ))
                    .service(sample.of("整備手帳"))
            };
            let mut show = |name: &str, shell: Shell, page: &dyn Fn(&Pages, &Shell) -> String| {
                with(
                    &format!("{name}.{brand}.{}", locale.tag()),
                    &page(&pages, &shell),
                );
            };
            registration_pages(sample, locale, &shell, &mut show);
            dealer_pages(sample, &shell, &mut show);
            device_pages(sample, &shell, &mut show);
            login_code_pages(sample, &shell, &mut show);
            service_profile_pages(sample, &shell, &mut show);
            consents_pages(sample, locale, &shell, &mut show);
            account_pages(sample, &shell, &mut show);
            member_pages(sample, locale, &shell, &mut show);
            birthdate_pages(sample, &shell, &mut show);
            recovery_pages(sample, &shell, &mut show);
            debugger_pages(sample, &shell, &mut show);
            other_pages(sample, &shell, &mut show);
        }
    }
}

type Show<'a> = dyn FnMut(&str, Shell, &dyn Fn(&Pages, &Shell) -> String) + 'a;

fn filled<P: Page>(page: P) -> impl Fn(&Pages, &Shell) -> String {
    move |pages, shell| pages.render(shell, &page).unwrap()
}

fn registration_pages(
    sample: Sample,
    locale: Locale,
    shell: &dyn Fn() -> Shell,
    show: &mut Show<'_>,
) {
    let email = || sample.of("mytoYota.20180626@gmail.com");
    let services = || {
        [
            "my route",
            "TOYOTA SHARE",
            "TCスマホナビ",
            "MyTOYOTA for T-Connect",
        ]
        .map(|name| sample.of(name))
        .to_vec()
    };
    let terms = |changed| Terms {
        changed,
        version: sample.of("2026-11-01"),
        services: services(),
        in_force_from: None,
    };
    show("terms", shell(), &filled(terms(false)));
    show("terms-changed", shell(), &filled(terms(true)));
    let later = Terms {
        in_force_from: Some("2027-04-01".to_owned()),
        ..terms(true)
    };
    show("terms-changed-later", shell(), &filled(later));
    let unticked = FieldErrors::one("terms", "terms-missing");
    show(
        "terms-error",
        shell().errors(unticked),
        &filled(terms(false)),
    );
    let page = |prefilled_by| Email {
        action: format!("/interaction/abc/email?request={}", sample.of("xyz")),
        email: email(),
        domain: sample.of("docomo.ne.jo"),
        prefilled_by,
        suggestion: None,
        carrier: None,
    };
    show(
        "email",
        shell(),
        &filled(page(Some(sample.of("TOYOTA OWNER’S SITE")))),
    );
    let mistyped = Email {
        suggestion: Some(sample.of("hanako@docomo.ne.jp")),
        carrier: Some("softbank"),
        ..page(None)
    };
    show("email-mistyped", shell(), &filled(mistyped.clone()));
    let no_mail = FieldErrors::one("email", "email-domain-takes-no-mail");
    let no_mail = shell()
        .errors(no_mail)
        .error_value("domain", sample.of("docomo.ne.jo"));
    show("email-no-mail", no_mail, &filled(mistyped));
    let wrong = FieldErrors::one("email", "email-incomplete");
    show("email-error", shell().errors(wrong), &filled(page(None)));
    let code = || Code {
        email: email(),
        suggestion: Some(sample.of("hanako@docomo.ne.jp")),
        carrier: Some("docomo"),
        valid_minutes: 10,
    };
    show("code", shell(), &filled(code()));
    let plain = Code {
        suggestion: None,
        carrier: None,
        ..code()
    };
    let resent = shell().notice(texts::text(locale, "code-resent", &[]));
    show("code-resent", resent, &filled(plain.clone()));
    let never = shell().caution(texts::text(locale, "code-undeliverable", &[]));
    show("code-undeliverable", never, &filled(plain));
    let soon = FieldErrors::one("code", "resend-too-soon");
    show(
        "code-error",
        shell().errors(soon).error_value("seconds", 42),
        &filled(code()),
    );
    show("details", shell(), &filled(details(sample, locale, false)));
    let mut wrong = FieldErrors::one("new_password", "password-too-short");
    wrong.add("new_password", "password-needs-digit");
    let wrong = shell()
        .errors(wrong)
        .error_value("min", 8)
        .error_value("max", 20);
    show(
        "details-error",
        wrong,
        &filled(details(sample, locale, true)),
    );
    let mut restored = details(sample, locale, false);
    restored.restored = true;
    restored.prefilled_by = None;
    let wrong = FieldErrors::one("home_phone", "home-phone-length");
    show("details-restored", shell().errors(wrong), &filled(restored));
    for sentence in ["filled", "choose", "differs"] {
        let mut page = details(sample, locale, true);
        page.found = address_found(sample, sentence);
        show(&format!("details-{sentence}"), shell(), &filled(page));
    }
    show("confirmation", shell(), &filled(confirmation(sample)));
    let complete = |passkey| Complete {
        email: email(),
        passkey,
    };
    show("complete", shell(), &filled(complete(None)));
    let offered = || complete(Some(asked(sample)));
    show("complete-passkey", shell(), &filled(offered()));
    let refused = shell().errors(FieldErrors::one("", "passkey-not-added"));
    show("complete-passkey-error", refused, &filled(offered()));
    let added = shell().notice(texts::text(locale, "passkey-added", &[]));
    show("complete-passkey-added", added, &filled(complete(None)));
    show(
        "already-registered",
        shell(),
        &filled(AlreadyRegistered {
            email: email(),
            recovery_url: format!("/interaction/abc/recovery?request={}", sample.of("xyz")),
        }),
    );
}

fn asked(sample: Sample) -> Asked {
    Asked {
        challenge: sample.of("Y2hhbGxlbmdl"),
        options: match sample {
            Sample::Plain => r#"{"challenge":"Y2hhbGxlbmdl","rpId":"id.toyota.jp"}"#.to_owned(),
            Sample::Hostile => HOSTILE.to_owned(),
        },
    }
}

fn details(sample: Sample, locale: Locale, password_set: bool) -> Details {
    let policy = if password_set {
        PasswordPolicy::Modern
    } else {
        PasswordPolicy::Seed2020
    };
    Details {
        email: sample.of("f.enrirtest2019@gmail.com"),
        password_set,
        rules: PasswordRules::of(policy),
        restored: false,
        prefilled_by: Some(sample.of("TOYOTA OWNER’S SITE")),
        values: RawDetails {
            family_name: sample.of("豊田"),
            prefecture: "愛知県".to_owned(),
            city: sample.of("名古屋市中区豊田"),
            block: sample.of("1-2-3"),
            ..RawDetails::default()
        },
        prefectures: vec![PrefectureChoice {
            value: "愛知県",
            name: if locale == Locale::Ja {
                "愛知県"
            } else {
                "Aichi"
            },
        }],
        told: std::collections::BTreeMap::new(),
        found: AddressFound::default(),
    }
}

fn address_found(sample: Sample, sentence: &'static str) -> AddressFound {
    let choices = ["愛知県弥富市", "三重県桑名郡木曽岬町"];
    let choices = choices.map(|choice| sample.of(choice));
    AddressFound {
        sentence,
        choices: match sentence {
            "filled" => Vec::new(),
            _ => choices.to_vec(),
        },
    }
}

fn confirmation(sample: Sample) -> Confirmation {
    let line = |label, value: &str| Line {
        label,
        value: sample.of(value),
    };
    Confirmation {
        email: sample.of("f.enrirtest2019@gmail.com"),
        profile: vec![
            line("details-name", "豊田 太郎"),
            line("details-mobile-phone", "090-1234-5678"),
            line(
                "details-address",
                "〒460-0000 愛知県 名古屋市中区豊田 1-2-3",
            ),
            Line {
                label: "details-home-phone",
                value: String::new(),
            },
        ],
        details_url: "/interaction/abc/registration/details?request=xyz".to_owned(),
    }
}

fn login_code_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    for (by, to) in [("sms", "***-****-5678"), ("mail", "h***@example.jp")] {
        for sent in [false, true] {
            let page = LoginCode {
                to: sample.of(to),
                by,
                sent,
                valid_minutes: 10,
            };
            let name = format!("login-code-{by}{}", if sent { "-sent" } else { "" });
            show(&name, shell(), &filled(page.clone()));
            let error = FieldErrors::one(if sent { "code" } else { "" }, "login-code-cooling-down");
            show(
                &format!("{name}-error"),
                shell().errors(error),
                &filled(page),
            );
        }
    }
}

fn device_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let code = |typed: &str| DeviceCode {
        user_code: sample.of(typed),
    };
    show("device-code", shell(), &filled(code("")));
    let unknown = shell().errors(FieldErrors::one("user_code", "user-code-unknown"));
    show("device-code-error", unknown, &filled(code("WDJB-MJHT")));
    let too_many = FieldErrors::one("user_code", "user-code-too-many");
    let too_many = shell().errors(too_many).error_value("minutes", 15);
    show("device-code-too-many", too_many, &filled(code("WDJB-MJHT")));
    for (name, email) in [
        ("device-confirmation", None),
        (
            "device-confirmation-session",
            Some("f.enrirtest2019@gmail.com"),
        ),
    ] {
        let page = DeviceConfirmation {
            service: sample.of("TCスマホナビ"),
            user_code: sample.of("WDJB-MJHT"),
            email: email.map(|email| sample.of(email)),
        };
        show(name, shell(), &filled(page));
    }
    show("device-complete", shell(), &filled(DeviceComplete {}));
    show("device-denied", shell(), &filled(DeviceDenied {}));
}

fn dealer_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let name = || sample.of("長野トヨタ自動車株式会社");
    let dealer = NamedDealer {
        code: sample.of("20100"),
        name: name(),
    };
    let group = PrefectureDealers {
        prefecture: sample.of("長野県"),
        dealers: vec![dealer],
    };
    let prefecture = |name: &str, count| PrefectureWithDealers {
        name: sample.of(name),
        label: sample.of(name),
        count,
        is_chosen: false,
    };
    let choice = DealerChoice {
        prefectures: vec![prefecture("北海道", 12), prefecture("長野県", 1)],
        groups: vec![group],
        chosen: String::new(),
    };
    let missing = FieldErrors::one("dealer", "dealer-missing");
    show("dealer-choice", shell(), &filled(choice.clone()));
    show(
        "dealer-choice-error",
        shell().errors(missing),
        &filled(choice),
    );
    show(
        "dealer-choice-none",
        shell(),
        &filled(DealerChoice {
            prefectures: Vec::new(),
            groups: Vec::new(),
            chosen: String::new(),
        }),
    );
    let section = |lead: &str, items: &[&str]| NoticeSection {
        lead: sample.of(lead),
        items: items.iter().map(|item| sample.of(item)).collect(),
    };
    let consent = DealerConsent {
        dealer: NoticedDealer {
            code: sample.of("20100"),
            name: name(),
            address: sample.of("長野県長野市"),
            succeeded: Vec::new(),
            other_brands: String::new(),
        },
        linked_on: None,
        asked: Vec::new(),
        email: sample.of("f.enrirtest2019@gmail.com"),
        notice: DealerNoticeText {
            services: vec![section(
                "MyTOYOTA（toyota.jpお客様専用ページ）",
                &[
                    "オンラインで販売店とカンタン商談（販売店オンラインサービス）",
                    "月々払いのお見積りや販売店おすすめプランのご提案",
                ],
            )],
            to_toyota: section(
                "当社は、お客様に「販売店オンラインサービス」をより便利にご利用いただけるようにする目的で、トヨタ自動車に下記の情報を提供させていただきます。",
                &[
                    "氏名、住所、電話番号、Eメールアドレスなど当社で預かりするお客様の基本的な個人情報",
                    "見積書や注文書など当社とのご契約に関する情報",
                    "車両購入履歴や車両整備履歴など当社のお取引に関する情報",
                ],
            ),
            to_dealer: section(
                "当社は、お客様に適切なご提案をさせていただく目的で、トヨタ自動車から下記の情報をご取得させていただきます。",
                &[
                    "お客様がトヨタ自動車関連サイトから実施した「カタログ請求」「試乗予約」「入庫予約」「お問い合わせ」等のご依頼に関する情報",
                    "お客様がTOYOTA/LEXUSの共通IDを通じて利用されているサービスのご利用状況",
                ],
            ),
        },
        version: sample.of("2020-06-01"),
        may_link: true,
        may_go_back: true,
    };
    let asked = |name: &str, state: AskedState| AskedDealer {
        name: sample.of(name),
        state,
        linked_on: "2026-11-22".to_owned(),
    };
    let of_several = DealerConsent {
        asked: vec![
            asked("愛知中央トヨタ販売株式会社（デモ）", AskedState::Linked),
            asked("レクサス東京中央（デモ）", AskedState::Declined),
            asked("長野トヨタ自動車株式会社", AskedState::Here),
            asked("札幌きたトヨタ自動車株式会社（デモ）", AskedState::Later),
        ],
        ..consent.clone()
    };
    let of_successor = DealerConsent {
        dealer: NoticedDealer {
            succeeded: vec![sample.of("南信トヨペット株式会社（デモ）")],
            other_brands: sample.of("LEXUS"),
            ..consent.dealer.clone()
        },
        ..consent.clone()
    };
    let again = DealerConsent {
        linked_on: Some("2026-11-22".to_owned()),
        ..consent.clone()
    };
    let closed = DealerConsent {
        may_link: false,
        ..consent.clone()
    };
    show("dealer-link", shell(), &filled(consent));
    show("dealer-link-several", shell(), &filled(of_several));
    show("dealer-link-successor", shell(), &filled(of_successor));
    show("dealer-link-again", shell(), &filled(again));
    show("dealer-link-closed", shell(), &filled(closed));
    for (screen, ended) in [
        ("dealer-link-guardian", false),
        ("dealer-link-guardian-ended", true),
    ] {
        let page = GuardianNeeded {
            age: 16,
            dealers: vec![name()],
            ended,
        };
        show(screen, shell(), &filled(page));
    }
    let linked = DealerLinked {
        dealer_name: name(),
        linked_on: Some("2026-11-22".to_owned()),
        delayed: false,
    };
    show("dealer-link-complete", shell(), &filled(linked.clone()));
    let delayed = DealerLinked {
        delayed: true,
        ..linked
    };
    show("dealer-link-complete-delayed", shell(), &filled(delayed));
}

fn consents_pages(sample: Sample, locale: Locale, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let text = |key: &str, args: &[(&str, String)]| texts::text(locale, key, args);
    let (dealer, toyota) = ("長野トヨタ自動車株式会社", "トヨタ自動車株式会社");
    let provision = |from: &str, to: &str| {
        let companies = [("provider", sample.of(from)), ("recipient", sample.of(to))];
        text("consents-provision", &companies)
    };
    let day = |name: &'static str| (name, "2026-11-22".to_owned());
    let line = |title: String, action: &str, period: Option<String>| {
        ConsentLine {
        title,
        action: text(action, &[]),
        at: "2026-11-22 21:05".to_owned(),
        period,
        items: vec![sample.of("氏名、住所、電話番号、Eメールアドレスなど当社で預かりするお客様の基本的な個人情報")],
        purposes: vec![sample.of("当社は、お客様に適切なご提案をさせていただく目的で、トヨタ自動車から下記の情報をご取得させていただきます。")],
        language: "ja",
        version: sample.of("2020-06-01"),
        through: sample.of("整備手帳"),
    }
    };
    let terms = ConsentLine {
        items: Vec::new(),
        purposes: Vec::new(),
        ..line(text("consents-terms", &[]), "consents-given", None)
    };
    let ended = text("consents-period", &[day("from"), day("until")]);
    let goes_on = text("consents-period-open", &[day("from")]);
    let records = vec![
        line(provision(dealer, toyota), "consents-withdrawn", Some(ended)),
        line(provision(toyota, dealer), "consents-given", Some(goes_on)),
        terms,
    ];
    let page = |records, newer, older| Consents {
        email: sample.of("f.enrirtest2019@gmail.com"),
        records,
        newer,
        older,
    };
    show(
        "account-consents",
        shell(),
        &filled(page(records, Some(1), Some(3))),
    );
    show(
        "account-consents-none",
        shell(),
        &filled(page(Vec::new(), None, None)),
    );
}

fn account_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let email = || sample.of("f.enrirtest2019@gmail.com");
    let home = AccountHome {
        email: email(),
        name: sample.of("豊田 太郎"),
    };
    show("account", shell(), &filled(home));
    let leave = || AccountLeave {
        email: email(),
        dealers: vec![sample.of("長野トヨタ自動車株式会社")],
    };
    show("account-leave", shell(), &filled(leave()));
    let wrong = FieldErrors::one("confirm", "leave-unconfirmed");
    show(
        "account-leave-error",
        shell().errors(wrong),
        &filled(leave()),
    );
    let policy = PasswordPolicy::Seed2020;
    let password = || AccountPassword {
        email: email(),
        rules: PasswordRules::of(policy),
    };
    show("account-password", shell(), &filled(password()));
    let wrong = FieldErrors::one("password", "password-present-wrong");
    show(
        "account-password-error",
        shell().errors(wrong),
        &filled(password()),
    );
    let profile = |birthdate| AccountProfile {
        email: email(),
        fields: RawDetails::FIELDS.to_vec(),
        values: RawDetails {
            family_name: sample.of("豊田"),
            ..RawDetails::default()
        },
        birthdate,
        prefectures: Vec::new(),
        told: [("family_name", sample.of("ご入力の内容：長野"))].into(),
        found: AddressFound::default(),
        version: 3,
    };
    show("account-profile", shell(), &filled(profile(None)));
    let settled = Some(sample.of("西暦1995年12月25日（平成7年）"));
    let wrong = FieldErrors::one("", "profile-changed-elsewhere");
    show(
        "account-profile-error",
        shell().errors(wrong),
        &filled(profile(settled)),
    );
}

fn member_pages(sample: Sample, locale: Locale, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let email = || sample.of("f.enrirtest2019@gmail.com");
    let place = |device: &str, brands: &[&str], here| LoggedInAt {
        name: sample.of("sid"),
        device: device.to_owned(),
        brands: brands.iter().map(|brand| sample.of(brand)).collect(),
        begun_at: sample.of("2026-11-22 21:05"),
        seen_at: sample.of("2026-11-23 08:10"),
        here,
    };
    let here = || place(&sample.of("iPhone · Safari"), &["toyota", "lexus"], true);
    let alone = AccountSessions {
        email: email(),
        places: vec![here()],
    };
    let ended = texts::text(locale, "sessions-others-ended", &[]);
    show(
        "account-sessions-alone",
        shell().notice(ended),
        &filled(alone),
    );
    let several = AccountSessions {
        email: email(),
        places: vec![
            here(),
            place(&sample.of("Android · Samsung Internet"), &["lexus"], false),
            place("", &["toyota"], false),
        ],
    };
    show("account-sessions", shell(), &filled(several));
    passkey_pages(sample, locale, shell, show);
    phone_login_pages(sample, locale, shell, show);
    email_pages(sample, locale, shell, show);
}

fn passkey_pages(sample: Sample, locale: Locale, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let line = |label: &str, last_used_at: &str| PasskeyLine {
        id: sample.of("id"),
        label: label.to_owned(),
        host: sample.of("id.toyota.jp"),
        created_at: sample.of("2026-11-22 21:05"),
        last_used_at: last_used_at.to_owned(),
    };
    let named = || {
        line(
            &sample.of("iPhone · Safari"),
            &sample.of("2026-11-23 08:10"),
        )
    };
    let passkeys = |passkeys, passkey| AccountPasskeys {
        email: sample.of("f.enrirtest2019@gmail.com"),
        passkeys,
        passkey,
    };
    let none = || passkeys(Vec::new(), Some(asked(sample)));
    show("account-passkeys-none", shell(), &filled(none()));
    let several = || passkeys(vec![named(), line("", "")], Some(asked(sample)));
    show("account-passkeys", shell(), &filled(several()));
    let full = passkeys(vec![named()], None);
    show("account-passkeys-full", shell(), &filled(full));
    for notice in ["added", "renamed", "removed"] {
        let sentence = texts::text(locale, &format!("passkey-{notice}"), &[]);
        let name = format!("account-passkeys-{notice}");
        show(&name, shell().notice(sentence), &filled(several()));
    }
    for wrong in ["passkey-not-added", "passkey-known", "passkey-too-many"] {
        let errors = shell().errors(FieldErrors::one("", wrong));
        show(
            &format!("account-passkeys-error-{wrong}"),
            errors,
            &filled(none()),
        );
    }
    let one = || AccountPasskey {
        line: named(),
        label: sample.of("iPhone · Safari"),
    };
    show("account-passkey", shell(), &filled(one()));
    let missing = shell().errors(FieldErrors::one("label", "passkey-label-missing"));
    show("account-passkey-error", missing, &filled(one()));
}

fn email_pages(sample: Sample, locale: Locale, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let email = |typed: &str| AccountEmail {
        current: sample.of("f.enrirtest2019@gmail.com"),
        email: sample.of(typed),
        domain: sample.of("docomo.ne.jp"),
        undo_days: 7,
    };
    show("account-email", shell(), &filled(email("")));
    let done = texts::text(locale, "account-email-changed", &[]);
    let done = shell().notice(done);
    show("account-email-changed", done, &filled(email("")));
    for wrong in [
        "email-registered",
        "email-same",
        "email-domain-takes-no-mail",
    ] {
        let name = format!("account-email-error-{wrong}");
        let wrong = shell().errors(FieldErrors::one("email", wrong));
        let wrong = wrong.error_value("domain", sample.of("docomo.ne.jp"));
        show(&name, wrong, &filled(email("taro@docomo.ne.jp")));
    }
    let code = || AccountEmailCode {
        email: sample.of("taro@docomo.ne.jo"),
        suggestion: Some(sample.of("taro@docomo.ne.jp")),
        carrier: Some("docomo"),
        valid_minutes: 10,
    };
    show("account-email-code", shell(), &filled(code()));
    let wrong = FieldErrors::one("code", "login-code-wrong");
    let wrong = shell().errors(wrong);
    let plain = AccountEmailCode {
        suggestion: None,
        carrier: None,
        ..code()
    };
    show("account-email-code-error", wrong, &filled(plain));
    let undo = |typed: &str| EmailUndoPage {
        undo_code: sample.of(typed),
    };
    show("email-undo", shell(), &filled(undo("")));
    let done = texts::text(locale, "email-undo-done", &[]);
    let done = shell().notice(done);
    show("email-undo-done", done, &filled(undo("")));
    for wrong in ["undo-code-unknown", "undo-address-taken"] {
        let name = format!("email-undo-error-{wrong}");
        let wrong = shell().errors(FieldErrors::one("undo_code", wrong));
        show(&name, wrong, &filled(undo("BCDF-GHJK-LMNP-QRST")));
    }
}

fn phone_login_pages(
    sample: Sample,
    locale: Locale,
    shell: &dyn Fn() -> Shell,
    show: &mut Show<'_>,
) {
    let off = |number: &str| AccountPhoneLogin {
        login_phone: None,
        mobile_phone: sample.of(number),
    };
    show(
        "account-phone-login",
        shell(),
        &filled(off("090-1234-5678")),
    );
    let wrong = FieldErrors::one("mobile_phone", "mobile-phone-ip");
    let wrong = shell().errors(wrong);
    show(
        "account-phone-login-error",
        wrong,
        &filled(off("050-1234-5678")),
    );
    let on = AccountPhoneLogin {
        login_phone: Some(sample.of("090-1234-5678")),
        mobile_phone: String::new(),
    };
    let done = texts::text(locale, "phone-login-done-on", &[]);
    show("account-phone-login-on", shell().notice(done), &filled(on));
    let code = || PhoneLoginCode {
        mobile_phone: sample.of("090-1234-5678"),
        valid_minutes: 10,
    };
    show("account-phone-login-code", shell(), &filled(code()));
    let wrong = FieldErrors::one("code", "login-code-wrong");
    let wrong = shell().errors(wrong);
    show("account-phone-login-code-error", wrong, &filled(code()));
}

fn birthdate_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let values = RawDetails {
        birthdate_year: sample.of("1995"),
        birthdate_month: sample.of("12"),
        birthdate_day: sample.of("24"),
        ..RawDetails::default()
    };
    let current = || sample.of("西暦1995年12月25日（平成7年）");
    let form = |service_url| AccountBirthdate {
        current: current(),
        values: values.clone(),
        open_from: None,
        wait_days: 30,
        version: 3,
        service_url,
    };
    show("account-birthdate", shell(), &filled(form(None)));
    let wrong = FieldErrors::one("birthdate_year", "birthdate-unchanged");
    let service = Some(format!(
        "/interaction/abc/profile?request={}",
        sample.of("xyz")
    ));
    show(
        "account-birthdate-error",
        shell().errors(wrong),
        &filled(form(service)),
    );
    let lately = AccountBirthdate {
        open_from: Some("2026-12-22 21:05".to_owned()),
        ..form(None)
    };
    let errors = FieldErrors::one("", "birthdate-changed-lately");
    show(
        "account-birthdate-lately",
        shell().errors(errors),
        &filled(lately),
    );
    let confirmation = |ends_links| AccountBirthdateConfirmation {
        current: current(),
        new: sample.of("西暦1995年12月24日（平成7年）"),
        values: values.clone(),
        ends_links,
        wait_days: 30,
        version: 3,
    };
    show(
        "account-birthdate-confirmation",
        shell(),
        &filled(confirmation(false)),
    );
    show(
        "account-birthdate-ends-links",
        shell(),
        &filled(confirmation(true)),
    );
}

fn recovery_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let login_id = || sample.of("f.enrirtest2019@gmail.com");
    let start = || RecoveryStart {
        login_id: login_id(),
    };
    show("recovery", shell(), &filled(start()));
    let wrong = FieldErrors::one("login_id", "login-id-missing");
    show("recovery-error", shell().errors(wrong), &filled(start()));
    for by in ["mail", "sms"] {
        let page = RecoveryCode {
            login_id: login_id(),
            by,
            valid_minutes: 10,
        };
        show(&format!("recovery-code-{by}"), shell(), &filled(page));
    }
    let nobody = RecoveryNobody {
        login_id: login_id(),
    };
    show("recovery-nobody", shell(), &filled(nobody));
    let policy = PasswordPolicy::Seed2020;
    let password = |asks_birthdate| RecoveryPassword {
        login_id: login_id(),
        rules: PasswordRules::of(policy),
        asks_birthdate,
        values: ["birthdate_year", "birthdate_month", "birthdate_day"]
            .map(|field| (field, sample.of("12")))
            .into(),
    };
    show("recovery-password", shell(), &filled(password(false)));
    let mut wrong = FieldErrors::one("birthdate_year", "recovery-birthdate-wrong");
    wrong.add("new_password", "password-same");
    let wrong = shell().errors(wrong);
    show("recovery-password-error", wrong, &filled(password(true)));
    let complete = RecoveryComplete { email: login_id() };
    show("recovery-complete", shell(), &filled(complete));
}

fn service_profile_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let edit = |fields: Vec<&'static str>| ProfileEdit {
        action: format!("/interaction/abc/profile?request={}", sample.of("xyz")),
        service: sample.of("TOYOTA.JP（購入サポート）"),
        fields,
        values: RawDetails {
            family_name: sample.of("豊田"),
            birthdate_year: sample.of("1995"),
            birthdate_month: sample.of("12"),
            birthdate_day: sample.of("25"),
            ..RawDetails::default()
        },
        told: [("family_name", sample.of("TOYOTA.JPからの情報：長野"))].into(),
        part: Part { number: 1, of: 1 },
        birthdate: None,
        mobile_phone: None,
        prefectures: Vec::new(),
        found: AddressFound::default(),
        version: 3,
    };
    let birthdate = vec!["birthdate_year", "birthdate_month", "birthdate_day"];
    show("profile-edit", shell(), &filled(edit(birthdate.clone())));
    let wrong = FieldErrors::one("birthdate_year", "birthdate-no-day");
    show(
        "profile-edit-error",
        shell().errors(wrong),
        &filled(edit(birthdate)),
    );
    let all = RawDetails::FIELDS.iter().copied().take(11).collect();
    let settled = ProfileEdit {
        part: Part { number: 2, of: 2 },
        birthdate: Some(sample.of("西暦1995年12月25日（平成7年）")),
        mobile_phone: Some(sample.of("090-1234-5678")),
        ..edit(all)
    };
    let elsewhere = FieldErrors::one("", "profile-changed-elsewhere");
    show(
        "profile-edit-all",
        shell().errors(elsewhere),
        &filled(settled),
    );
    let confirmation = ProfileConfirmation {
        part: Part { number: 1, of: 2 },
        profile: vec![Line {
            label: "details-birthdate",
            value: sample.of("西暦1995年12月25日（平成7年）"),
        }],
    };
    show("profile-confirmation", shell(), &filled(confirmation));
    for (name, number, of) in [
        ("profile-complete", 1, 1),
        ("profile-complete-more", 1, 2),
        ("profile-complete-last", 2, 2),
    ] {
        let complete = ProfileComplete {
            service: sample.of("TOYOTA.JP（購入サポート）"),
            part: Part { number, of },
        };
        show(name, shell(), &filled(complete));
    }
}

/// The list, and of the pages it leads to the two longest. They say nothing but what
/// is ours: of no person and no client.
fn code_pages(shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let ErrorReference {
        introduction,
        meanings,
    } = ErrorReference::load().unwrap();
    let codes = meanings.iter().map(|(code, meaning)| ListedCode {
        code: code.as_str(),
        url: code.uri(""),
        summary: meaning.summary.clone(),
    });
    let list = ErrorCodes {
        introduction,
        codes: codes.collect(),
    };
    show("error-codes", shell(), &filled(list));
    for code in [ErrorCode::InvalidRequest, ErrorCode::InvalidClientMetadata] {
        let page = CodeMeaning {
            code: code.as_str(),
            html: meanings[&code].whole.clone(),
        };
        show(&format!("error-code-{code}"), shell(), &filled(page));
    }
}

fn other_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let email = || sample.of("f.enrirtest2019@gmail.com");
    let client = AskingClient {
        name: sample.of("ドライブ手帳"),
        logo: Some("/logo/rp/0123".to_owned()),
        uri: "https://rp.example/".parse().ok(),
        policy_uri: "https://rp.example/privacy?'\"><script>".parse().ok(),
        tos_uri: None,
    };
    for (name, reason) in [
        ("login", None),
        ("login-requested", Some("requested")),
        ("login-other-person", Some("other-person")),
        ("login-dealer-link", Some("dealer-link")),
    ] {
        let page = Login {
            client: None,
            recovery_url: format!("/interaction/abc/recovery?request={}", sample.of("xyz")),
            login_id: email(),
            reason,
            may_register: reason.is_none(),
            passkey: asked(sample),
        };
        show(name, shell(), &filled(page));
    }
    let failed = shell().errors(FieldErrors::one("login_id", "login-failed"));
    show(
        "login-error",
        failed,
        &filled(Login {
            client: Some(client.clone()),
            recovery_url: format!("/interaction/abc/recovery?request={}", sample.of("xyz")),
            login_id: email(),
            reason: None,
            may_register: true,
            passkey: asked(sample),
        }),
    );
    let failed = shell().errors(FieldErrors::one("", "passkey-failed"));
    show(
        "login-error-passkey",
        failed,
        &filled(Login {
            client: None,
            recovery_url: format!("/interaction/abc/recovery?request={}", sample.of("xyz")),
            login_id: email(),
            reason: None,
            may_register: true,
            passkey: asked(sample),
        }),
    );
    show(
        "select-account",
        shell(),
        &filled(SelectAccount {
            email: email(),
            name: Some(sample.of("豊田 太郎")),
        }),
    );
    let items = ["お名前、フリガナ、生年月日など", "メールアドレス"]
        .map(|item| sample.of(item))
        .to_vec();
    show(
        "consent",
        shell(),
        &filled(Consent {
            client,
            email: email(),
            items: items.clone(),
            scope: sample.of("openid email"),
        }),
    );
    let parameters = vec![Parameter {
        name: sample.of("state"),
        value: sample.of("xyz"),
    }];
    let logout = Logout {
        email: Some(email()),
        service: Some(sample.of("整備手帳")),
        action_url: Some(sample.of("/logout")),
        parameters: parameters.clone(),
    };
    show("logout", shell(), &filled(logout));
    for (name, stayed, goes_on) in [
        ("logged-out", false, false),
        ("logged-out-onward", false, true),
        ("logged-out-stayed", true, false),
    ] {
        let page = LoggedOut {
            stayed,
            goes_on,
            // What they load is no page of ours.
            frames: Vec::new(),
            // The page that goes on would leave; this leads to itself.
            return_url: Some(if goes_on {
                "#content".to_owned()
            } else {
                sample.of("https://rp.example/")
            }),
            service: Some(sample.of("整備手帳")),
        };
        show(name, shell(), &filled(page));
    }
    let error = ErrorPage {
        explanation: sample
            .of("ページの有効時間が過ぎました。もう一度開いて、入力し直してください。"),
        again_url: Some(sample.of("/interaction/a/login")),
        request_id: Some(sample.of("Zm9vYmFy")),
        developer: Some(ForDeveloper {
            description: sample.of("redirect_uri is not registered for this client"),
            url: sample.of("https://id.example/errors/invalid_request"),
        }),
    };
    show("error", shell().page_error("form-expired"), &filled(error));
    code_pages(&shell, show);
    show(
        "form-post",
        shell(),
        &filled(FormPost {
            action_url: sample.of("https://rp.example/callback"),
            parameters,
        }),
    );
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/templates/terms/toyota.ja.html"
    ))
    .unwrap_or_default();
    show(
        "terms-text",
        shell(),
        &filled(TermsText {
            version: sample.of("2026-11-01"),
            in_force_from: Some("2027-04-01".to_owned()),
            html: text,
            text_language: "ja",
        }),
    );
    let services = Services {
        email: email(),
        dealers: vec![LinkedDealer {
            code: sample.of("20100"),
            name: sample.of("長野トヨタ自動車株式会社"),
            formerly: Some(sample.of("南信トヨペット株式会社（デモ）")),
            linked_on: "2026-11-22".to_owned(),
            is_closed: true,
        }],
        clients: vec![AllowedClient {
            client_id: sample.of("diary"),
            name: sample.of("ドライブ手帳"),
            items,
            granted_on: "2026-11-22".to_owned(),
        }],
    };
    show("services", shell(), &filled(services));
}

fn debugger_pages(sample: Sample, shell: &dyn Fn() -> Shell, show: &mut Show<'_>) {
    let lines = || {
        [
            ("token", 200, None, None),
            (
                "authorization",
                400,
                Some("invalid_request"),
                Some((sample.of("redirect_uri"), sample.of("RFC 9700 §2.1"))),
            ),
        ]
        .map(|(endpoint, status, error, broken)| RequestLine {
            url: "/debugger/requests/7".to_owned(),
            at: "2026-11-22T12:00:00Z".to_owned(),
            endpoint: endpoint.to_owned(),
            status,
            error,
            broken,
        })
        .to_vec()
    };
    for (name, known, strangers) in [
        ("debugger", true, lines()),
        ("debugger-empty", false, Vec::new()),
    ] {
        let client = ClientLine {
            client_id: sample.of("my-app"),
            url: "/debugger/my-app".to_owned(),
            requests: 12,
            last_at: "2026-11-22T12:00:00Z".to_owned(),
        };
        let page = DebuggerClients {
            clients: known.then_some(client).into_iter().collect(),
            shows_strangers: true,
            strangers,
        };
        show(name, shell(), &filled(page));
    }
    let requests = DebuggerRequests {
        client_id: sample.of("my-app"),
        requests: lines(),
    };
    show("debugger-requests", shell(), &filled(requests));
    show("debugger-request", shell(), &filled(debugged(sample)));
}

fn debugged(sample: Sample) -> DebuggerRequest {
    let uri = sample.of("https://rp.example/callback");
    let parameters = [("redirect_uri".to_owned(), uri.clone())].into();
    let rules = rules(Endpoint::Authorization, &parameters, Proof::Nothing);
    let debugger = Debugger::new(Bounds::of(1), None);
    debugger.keep(Heard {
        at: Timestamp(1_795_348_800),
        issuer: sample.of("https://id.toyota.example"),
        endpoint: Endpoint::Authorization,
        method: "GET".to_owned(),
        client_id: Some(ClientId(sample.of("my-app"))),
        client_authentication: Some("none"),
        parameters,
        status: 400,
        location: Some(uri),
        error: Some("invalid_request"),
        error_description: Some(sample.of("redirect_uri is not registered for this client")),
        error_uri: Some("/errors/invalid_request".to_owned()),
        rules: judged(&rules, Outcome::Broke(rule::REDIRECT_URI)),
        advice: vec![Advice {
            says: sample.of("send state"),
            section: "RFC 6749 §10.12",
        }],
        trace_id: Some(sample.of("4bf92f3577b34da6a3ce929d0e0e4736")),
        request_id: Some(sample.of("Zm9vYmFy")),
    });
    DebuggerRequest {
        recorded: (*debugger.request(1).unwrap()).clone(),
        client_url: Some("/debugger/my-app".to_owned()),
    }
}

#[test]
fn every_page_renders_in_both_languages_and_brands() {
    let folder = std::env::var_os("PAGES_DIR").map(PathBuf::from);
    let mut count = 0;
    every_page(Sample::Plain, &mut |name, html| {
        count += 1;
        assert!(html.contains("data-screen="), "{name}");
        assert!(html.len() < 20_000, "{name} has {} bytes", html.len());
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
    });
    assert!(count > 100, "{count}");
}

#[test]
fn whatever_a_person_or_a_client_writes_is_escaped() {
    every_page(Sample::Hostile, &mut |name, html| {
        assert!(!html.contains("<script>alert"), "{name}: {html}");
        assert!(!html.contains("\"'>"), "{name}: {html}");
    });
}

#[test]
fn no_page_has_a_style_or_a_script_of_its_own() {
    every_page(Sample::Plain, &mut |name, html| {
        assert!(
            !html.contains("<style") && !html.contains(" style="),
            "{name}"
        );
        let scripts = html.matches("<script>").count();
        assert_eq!(
            scripts,
            usize::from(name.starts_with("form-post")),
            "{name}"
        );
        assert!(
            !html.contains(" onclick") && !html.contains("javascript:"),
            "{name}"
        );
    });
}

#[test]
fn every_label_and_description_names_a_field_that_is_there() {
    every_page(Sample::Plain, &mut |name, html| {
        let page = scraper::Html::parse_document(html);
        let ids: Vec<&str> = attributes(&page, "[id]", "id");
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(
            unique.len(),
            ids.len(),
            "{name}: an id is used twice: {ids:?}"
        );
        for (selector, attribute) in [
            ("[for]", "for"),
            ("[aria-describedby]", "aria-describedby"),
            ("[aria-labelledby]", "aria-labelledby"),
            ("[aria-controls]", "aria-controls"),
        ] {
            for value in attributes(&page, selector, attribute) {
                for id in value.split_whitespace() {
                    assert!(ids.contains(&id), "{name}: {attribute}={id}");
                }
            }
        }
        for link in attributes(&page, ".error-summary a", "href") {
            assert!(
                ids.contains(&link.trim_start_matches('#')),
                "{name}: {link}"
            );
        }
    });
}

fn attributes<'a>(page: &'a scraper::Html, selector: &str, attribute: &str) -> Vec<&'a str> {
    let selector = scraper::Selector::parse(selector).unwrap();
    page.select(&selector)
        .filter_map(|element| element.value().attr(attribute))
        .collect()
}

#[test]
fn an_error_says_its_code_and_takes_the_focus() {
    every_page(Sample::Plain, &mut |name, html| {
        if name.starts_with("email-error") {
            assert!(html.contains("data-error=\"email-incomplete\""), "{html}");
            assert!(
                html.contains("role=\"alert\" tabindex=\"-1\" autofocus"),
                "{html}"
            );
            assert!(html.contains("aria-describedby=\"email-error\""), "{html}");
        }
    });
}

#[test]
fn every_text_that_errors_may_name_is_there() {
    let values: Vec<(&str, String)> = ["min", "max", "symbols", "seconds", "minutes", "domain"]
        .map(|name| (name, "1".to_owned()))
        .to_vec();
    for file in ["locales/ja/errors.ftl", "locales/en/errors.ftl"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let locale = if file.contains("/ja/") {
            Locale::Ja
        } else {
            Locale::En
        };
        for key in text
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
        {
            assert!(texts::find(locale, key, &values).is_some(), "{file}: {key}");
        }
    }
}

#[test]
fn every_refusal_of_a_page_has_its_sentence() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut codes = vec![
        "server_error".to_owned(),
        "temporarily_unavailable".to_owned(),
    ];
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.ends_with("screens/rendering.rs") {
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            let calls = source.split("PageRefusal::Page(").skip(1);
            codes.extend(calls.filter_map(code_of));
        }
    }
    assert!(codes.len() > 5, "{codes:?}");
    for code in codes {
        let key = format!("page-error-{code}");
        assert!(texts::has(Locale::Ja, &key), "{key}");
    }
}

/// The text in `StatusCode::…, "code")`.
fn code_of(call: &str) -> Option<String> {
    let arguments = call.split(')').next()?;
    let code = arguments.split('"').nth(1)?;
    Some(code.to_owned())
}
