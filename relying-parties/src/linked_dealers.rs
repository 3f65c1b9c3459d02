//! The dealers a person has linked: the token response gives their codes (RFC 9396 §7),
//! this relying party's own data gives names and places.

use serde::Serialize;
use serde_json::Value;

use crate::locale::{Locale, Text};

/// A dealer in this relying party's own data.
struct Dealer {
    code: &'static str,
    name: Text,
    place: Text,
}

const DEALERS: &[Dealer] = &[
    Dealer {
        code: "01400",
        name: Text {
            ja: "札幌きたトヨタ株式会社（デモ）",
            en: "Sapporo Kita Toyota (demo)",
        },
        place: Text {
            ja: "北海道札幌市北区",
            en: "Kita-ku, Sapporo, Hokkaido",
        },
    },
    Dealer {
        code: "04700",
        name: Text {
            ja: "レクサス仙台青葉（デモ）",
            en: "Lexus Sendai Aoba (demo)",
        },
        place: Text {
            ja: "宮城県仙台市青葉区",
            en: "Aoba-ku, Sendai, Miyagi Prefecture",
        },
    },
    Dealer {
        code: "13100",
        name: Text {
            ja: "東京みやこトヨタ株式会社（デモ）",
            en: "Tokyo Miyako Toyota (demo)",
        },
        place: Text {
            ja: "東京都港区",
            en: "Minato-ku, Tokyo",
        },
    },
    Dealer {
        code: "13900",
        name: Text {
            ja: "レクサス東京中央（デモ）",
            en: "Lexus Tokyo Chuo (demo)",
        },
        place: Text {
            ja: "東京都中央区",
            en: "Chuo-ku, Tokyo",
        },
    },
    Dealer {
        code: "20100",
        name: Text {
            ja: "長野トヨタ自動車株式会社",
            en: "Nagano Toyota Motor Co., Ltd.",
        },
        place: Text {
            ja: "長野県長野市",
            en: "Nagano, Nagano Prefecture",
        },
    },
    Dealer {
        code: "23100",
        name: Text {
            ja: "愛知中央トヨタモビリティ株式会社（デモ）",
            en: "Aichi Chuo Toyota Mobility (demo)",
        },
        place: Text {
            ja: "愛知県名古屋市中区",
            en: "Naka-ku, Nagoya, Aichi Prefecture",
        },
    },
    Dealer {
        code: "27100",
        name: Text {
            ja: "大阪なにわトヨタ株式会社（デモ）",
            en: "Osaka Naniwa Toyota (demo)",
        },
        place: Text {
            ja: "大阪府大阪市中央区",
            en: "Chuo-ku, Osaka",
        },
    },
    Dealer {
        code: "40100",
        name: Text {
            ja: "福岡ひがしトヨタ株式会社（デモ）",
            en: "Fukuoka Higashi Toyota (demo)",
        },
        place: Text {
            ja: "福岡県福岡市東区",
            en: "Higashi-ku, Fukuoka",
        },
    },
    Dealer {
        code: "40900",
        name: Text {
            ja: "レクサス福岡天神（デモ）",
            en: "Lexus Fukuoka Tenjin (demo)",
        },
        place: Text {
            ja: "福岡県福岡市中央区",
            en: "Chuo-ku, Fukuoka",
        },
    },
];

/// A linked dealer, as the page shows it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LinkedDealer {
    code: String,
    /// The name shown to people.
    pub(crate) name: String,
    place: &'static str,
}

/// Returns the dealer codes in the granted `dealer_link` objects; ignores other types.
pub(crate) fn dealer_codes(granted: &[Value]) -> Vec<String> {
    granted
        .iter()
        .filter(|detail| detail.get("type").and_then(Value::as_str) == Some("dealer_link"))
        .filter_map(|detail| detail.get("identifier")?.as_str())
        .map(str::to_owned)
        .collect()
}

/// Returns the dealers with these codes; the code of an unknown dealer serves as its name.
pub(crate) fn linked_dealers(codes: &[String], locale: Locale) -> Vec<LinkedDealer> {
    codes
        .iter()
        .map(|code| {
            let known = DEALERS.iter().find(|dealer| dealer.code == code);
            LinkedDealer {
                code: code.clone(),
                name: known.map_or_else(|| code.clone(), |d| d.name.read_in(locale).to_owned()),
                place: known.map_or("", |dealer| dealer.place.read_in(locale)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_codes_are_those_of_dealer_links() {
        let granted = [
            json!({"type": "dealer_link", "identifier": "20100"}),
            json!({"type": "payment", "identifier": "1"}),
            json!({"type": "dealer_link"}),
        ];
        assert_eq!(dealer_codes(&granted), ["20100"]);
    }

    #[test]
    fn an_unknown_dealer_is_shown_by_its_code() {
        let shown = linked_dealers(&["20100".to_owned(), "9".to_owned()], Locale::Ja);
        assert_eq!(shown[0].name, "長野トヨタ自動車株式会社");
        assert_eq!(shown[1].name, "9");
    }
}
