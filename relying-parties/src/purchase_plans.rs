//! TOYOTA.JP's purchase support, with a little data of its own: the person's age decides
//! which ways to buy a car are open.

use serde::Serialize;

use crate::locale::{Locale, Text};

/// The age from which a person can sign contracts alone (Civil Code, art. 4).
const ADULT: i32 = 18;

struct Offered {
    title: Text,
    text: Text,
    from_age: i32,
    to_age: i32,
}

const PLANS: &[Offered] = &[
    Offered {
        title: Text {
            ja: "現金でのご購入",
            en: "Cash",
        },
        text: Text {
            ja: "お見積りから納車まで、オンラインで販売店と。",
            en: "From the estimate to the key, online with your dealer.",
        },
        from_age: ADULT,
        to_age: i32::MAX,
    },
    Offered {
        title: Text {
            ja: "残価設定型プラン",
            en: "Balloon plan",
        },
        text: Text {
            ja: "月々のお支払いを抑えて、3年から。",
            en: "Low monthly payments, from three years.",
        },
        from_age: ADULT,
        to_age: 79,
    },
    Offered {
        title: Text {
            ja: "KINTO（サブスクリプション）",
            en: "KINTO (subscription)",
        },
        text: Text {
            ja: "任意保険も税金もコミコミ定額。",
            en: "Insurance and taxes in one monthly price.",
        },
        from_age: ADULT,
        to_age: i32::MAX,
    },
    Offered {
        title: Text {
            ja: "保護者の方とのご購入",
            en: "Together with a guardian",
        },
        text: Text {
            ja: "18歳未満のお客様は、保護者の方の同意書をご用意ください。",
            en: "Under 18, please bring your guardian's written consent.",
        },
        from_age: 0,
        to_age: ADULT - 1,
    },
];

/// A plan, as the page shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Plan {
    title: &'static str,
    text: &'static str,
}

/// Returns the plans open to a person of that age; none, if the age is not known.
pub(crate) fn purchase_plans(age: Option<i32>, locale: Locale) -> Vec<Plan> {
    let open =
        |plan: &&Offered| age.is_some_and(|age| (plan.from_age..=plan.to_age).contains(&age));
    let shown = |plan: &Offered| Plan {
        title: plan.title.read_in(locale),
        text: plan.text.read_in(locale),
    };
    PLANS.iter().filter(open).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_follow_the_age() {
        let titles = |age| {
            let plans = purchase_plans(age, Locale::Ja);
            plans.into_iter().map(|plan| plan.title).collect::<Vec<_>>()
        };
        assert_eq!(titles(Some(30)).len(), 3);
        assert_eq!(titles(Some(17)), ["保護者の方とのご購入"]);
        assert_eq!(titles(Some(80)).len(), 2);
        assert!(titles(None).is_empty());
    }
}
