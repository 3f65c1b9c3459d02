//! Reads the parts of a Japanese postal address. Text is kept as typed, with half-width and
//! full-width characters mixed; only the postal code and the prefecture have one normal
//! form.

use super::phone_number::{half_width_digit, is_dash};

/// The longest line of an address, in characters.
const MAX_LINE: usize = 100;

/// A prefecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefecture {
    /// The code in JIS X 0401.
    pub code: &'static str,
    /// The Japanese name, which is stored: 愛知県.
    pub name: &'static str,
    /// The English name: Aichi.
    pub name_en: &'static str,
}

/// All prefectures, by code.
#[rustfmt::skip]
pub const PREFECTURES: [Prefecture; 47] = [
    Prefecture { code: "01", name: "北海道", name_en: "Hokkaido" },
    Prefecture { code: "02", name: "青森県", name_en: "Aomori" },
    Prefecture { code: "03", name: "岩手県", name_en: "Iwate" },
    Prefecture { code: "04", name: "宮城県", name_en: "Miyagi" },
    Prefecture { code: "05", name: "秋田県", name_en: "Akita" },
    Prefecture { code: "06", name: "山形県", name_en: "Yamagata" },
    Prefecture { code: "07", name: "福島県", name_en: "Fukushima" },
    Prefecture { code: "08", name: "茨城県", name_en: "Ibaraki" },
    Prefecture { code: "09", name: "栃木県", name_en: "Tochigi" },
    Prefecture { code: "10", name: "群馬県", name_en: "Gunma" },
    Prefecture { code: "11", name: "埼玉県", name_en: "Saitama" },
    Prefecture { code: "12", name: "千葉県", name_en: "Chiba" },
    Prefecture { code: "13", name: "東京都", name_en: "Tokyo" },
    Prefecture { code: "14", name: "神奈川県", name_en: "Kanagawa" },
    Prefecture { code: "15", name: "新潟県", name_en: "Niigata" },
    Prefecture { code: "16", name: "富山県", name_en: "Toyama" },
    Prefecture { code: "17", name: "石川県", name_en: "Ishikawa" },
    Prefecture { code: "18", name: "福井県", name_en: "Fukui" },
    Prefecture { code: "19", name: "山梨県", name_en: "Yamanashi" },
    Prefecture { code: "20", name: "長野県", name_en: "Nagano" },
    Prefecture { code: "21", name: "岐阜県", name_en: "Gifu" },
    Prefecture { code: "22", name: "静岡県", name_en: "Shizuoka" },
    Prefecture { code: "23", name: "愛知県", name_en: "Aichi" },
    Prefecture { code: "24", name: "三重県", name_en: "Mie" },
    Prefecture { code: "25", name: "滋賀県", name_en: "Shiga" },
    Prefecture { code: "26", name: "京都府", name_en: "Kyoto" },
    Prefecture { code: "27", name: "大阪府", name_en: "Osaka" },
    Prefecture { code: "28", name: "兵庫県", name_en: "Hyogo" },
    Prefecture { code: "29", name: "奈良県", name_en: "Nara" },
    Prefecture { code: "30", name: "和歌山県", name_en: "Wakayama" },
    Prefecture { code: "31", name: "鳥取県", name_en: "Tottori" },
    Prefecture { code: "32", name: "島根県", name_en: "Shimane" },
    Prefecture { code: "33", name: "岡山県", name_en: "Okayama" },
    Prefecture { code: "34", name: "広島県", name_en: "Hiroshima" },
    Prefecture { code: "35", name: "山口県", name_en: "Yamaguchi" },
    Prefecture { code: "36", name: "徳島県", name_en: "Tokushima" },
    Prefecture { code: "37", name: "香川県", name_en: "Kagawa" },
    Prefecture { code: "38", name: "愛媛県", name_en: "Ehime" },
    Prefecture { code: "39", name: "高知県", name_en: "Kochi" },
    Prefecture { code: "40", name: "福岡県", name_en: "Fukuoka" },
    Prefecture { code: "41", name: "佐賀県", name_en: "Saga" },
    Prefecture { code: "42", name: "長崎県", name_en: "Nagasaki" },
    Prefecture { code: "43", name: "熊本県", name_en: "Kumamoto" },
    Prefecture { code: "44", name: "大分県", name_en: "Oita" },
    Prefecture { code: "45", name: "宮崎県", name_en: "Miyazaki" },
    Prefecture { code: "46", name: "鹿児島県", name_en: "Kagoshima" },
    Prefecture { code: "47", name: "沖縄県", name_en: "Okinawa" },
];

impl Prefecture {
    /// Reads a prefecture by its name, with or without 都道府県, in either language, or by its
    /// code: forms, browsers and old systems differ.
    ///
    /// # Errors
    /// The error code `prefecture-unknown`.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let typed = typed.trim();
        let short = |name: &'static str| {
            let without = ["都", "府", "県"]
                .iter()
                .find_map(|end| name.strip_suffix(end));
            without.unwrap_or(name)
        };
        let english = typed.split(['-', ' ']).next().unwrap_or(typed);
        PREFECTURES
            .into_iter()
            .find(|prefecture| {
                prefecture.name == typed
                    || short(prefecture.name) == typed
                    || prefecture.code == typed
                    || prefecture.name_en.eq_ignore_ascii_case(english)
            })
            .ok_or("prefecture-unknown")
    }
}

/// Reads a postal code and returns its seven digits.
///
/// # Errors
/// The error code `postal-code-format`.
pub fn read_postal_code(typed: &str) -> Result<String, &'static str> {
    let digits: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !is_dash(*c) && *c != '〒')
        .map(half_width_digit)
        .collect();
    let lawful = digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit());
    lawful.then_some(digits).ok_or("postal-code-format")
}

/// Returns `471-8571`.
#[must_use]
pub fn display_postal_code(digits: &str) -> String {
    match digits.split_at_checked(3) {
        Some((area, town)) if !town.is_empty() => format!("{area}-{town}"),
        _ => digits.to_owned(),
    }
}

/// Reads a line of an address (市区町村名, 丁目番地, 建物名). It is kept as typed, without surrounding
/// spaces.
///
/// # Errors
/// The error code: `address-too-long` or `address-characters`.
pub fn read_line(typed: &str) -> Result<String, &'static str> {
    let line = typed.trim();
    if line.chars().count() > MAX_LINE {
        return Err("address-too-long");
    }
    if line.chars().any(super::person_name::is_unfit) {
        return Err("address-characters");
    }
    Ok(line.to_owned())
}

/// Splits a prefecture off the front of a city: browsers fill in 愛知県豊田市 where only 豊田市 is
/// asked for. Returns the prefecture, if found, and the rest.
#[must_use]
pub fn split_prefecture(city: &str) -> (Option<Prefecture>, &str) {
    PREFECTURES
        .into_iter()
        .find_map(|prefecture| {
            let rest = city.trim().strip_prefix(prefecture.name)?.trim();
            (!rest.is_empty()).then_some((Some(prefecture), rest))
        })
        .unwrap_or((None, city))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postal_code_is_seven_digits_however_typed() {
        for typed in [
            "4718571",
            "471-8571",
            "〒４７１－８５７１",
            "471ー8571",
            " 471 8571　",
        ] {
            assert_eq!(read_postal_code(typed).as_deref(), Ok("4718571"), "{typed}");
        }
        for typed in ["471857", "47185711", "471-857a", ""] {
            assert_eq!(
                read_postal_code(typed),
                Err("postal-code-format"),
                "{typed}"
            );
        }
        assert_eq!(display_postal_code("4718571"), "471-8571");
    }

    #[test]
    fn there_are_47_prefectures_in_the_order_of_their_codes() {
        for (index, prefecture) in PREFECTURES.iter().enumerate() {
            assert_eq!(prefecture.code, format!("{:02}", index + 1));
        }
    }

    #[test]
    fn a_prefecture_is_known_by_name_short_name_code_and_in_english() {
        for typed in [
            "愛知県",
            "愛知",
            "23",
            "Aichi",
            "aichi-ken",
            " Aichi Prefecture",
        ] {
            assert_eq!(
                Prefecture::read(typed).map(|p| p.name),
                Ok("愛知県"),
                "{typed}"
            );
        }
        assert_eq!(Prefecture::read("京都").map(|p| p.code), Ok("26"));
        assert_eq!(
            Prefecture::read("北海").map(|p| p.code),
            Err("prefecture-unknown")
        );
        assert_eq!(
            Prefecture::read("愛智県").map(|p| p.code),
            Err("prefecture-unknown")
        );
    }

    #[test]
    fn a_line_is_kept_as_typed() {
        assert_eq!(
            read_line("　１-2‐３ ｺｰﾎﾟ神\u{FA19} ").as_deref(),
            Ok("１-2‐３ ｺｰﾎﾟ神\u{FA19}")
        );
        assert_eq!(read_line("1\n2"), Err("address-characters"));
        assert_eq!(read_line(&"あ".repeat(101)), Err("address-too-long"));
    }

    #[test]
    fn a_prefecture_that_a_browser_put_before_the_city_is_found() {
        let (prefecture, city) = split_prefecture("愛知県名古屋市中区豊田");
        assert_eq!(prefecture.map(|p| p.code), Some("23"));
        assert_eq!(city, "名古屋市中区豊田");
        assert_eq!(split_prefecture("京都市").0, None);
    }
}
