//! The members of the old site, with their data and password hashes: salted PBKDF2 with
//! SHA-1, as such sites used. The data follows none of today's rules, and all of it must be
//! carried over.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA1};
use serde_json::{Map, Value, json};

const ITERATIONS: NonZeroU32 = match NonZeroU32::new(10_000) {
    Some(iterations) => iterations,
    None => NonZeroU32::MIN,
};

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) user_id: &'static str,
    salt: &'static str,
    hash: &'static str,
    /// The name with which the old site greets the member.
    pub(super) name: &'static str,
    family_name: &'static str,
    given_name: &'static str,
    family_name_kana: &'static str,
    given_name_kana: &'static str,
    pub(super) email: &'static str,
    phone_number: &'static str,
    postal_code: &'static str,
    region: &'static str,
    locality: &'static str,
    street_address: &'static str,
    pub(super) birthdate: &'static str,
    dealers: &'static [&'static str],
}

/// The sample members; `docs/demo.md` lists them with their passwords.
const MEMBERS: &[Member] = &[
    Member {
        user_id: "03101200200010",
        salt: "78fbcf4c51ca42b2",
        hash: "f259089d416f24b7addabcefd857babb35fccd86",
        name: "オンプレU-T-1",
        family_name: "オンプレU-T-1",
        given_name: "",
        family_name_kana: "",
        given_name_kana: "",
        email: "mytoYota.20180626@gmail.com",
        phone_number: "",
        postal_code: "",
        region: "愛知県",
        locality: "名古屋市中区豊田",
        street_address: "1-2-3",
        birthdate: "",
        dealers: &["20100"],
    },
    Member {
        user_id: "03101200200028",
        salt: "395f1d163f2c8154",
        hash: "88afe9418488cf942b675be0cbe9ed5e799cf8c3",
        name: "豊田 太郎",
        family_name: "豊田",
        given_name: "太郎",
        family_name_kana: "トヨダ",
        given_name_kana: "タロウ",
        email: "taro.toyoda@example.jp",
        phone_number: "090-1234-5678",
        postal_code: "471-8571",
        region: "愛知県",
        locality: "豊田市",
        street_address: "トヨタ町1\n豊田ハイツ101",
        birthdate: "1985-04-01",
        dealers: &["20100"],
    },
    Member {
        user_id: "03101200200036",
        salt: "af3df7c5f4c03542",
        hash: "6fa68580a567c526b9dfc870b56535d76d786fbb",
        name: "長野 花子",
        family_name: "長野",
        given_name: "花子",
        family_name_kana: "",
        given_name_kana: "",
        email: "hanako.nagano@example.jp",
        phone_number: "",
        postal_code: "",
        region: "",
        locality: "",
        street_address: "",
        birthdate: "",
        dealers: &["20100"],
    },
    Member {
        user_id: "03101200200044",
        salt: "41e524a9647fcf37",
        hash: "3cef0367fa5efa8fab895438e8bc9c2a3d9836e7",
        name: "髙橋 一郎",
        family_name: "髙橋",
        given_name: "一郎",
        family_name_kana: "ﾀｶﾊｼ",
        given_name_kana: "ｲﾁﾛｳ",
        email: "ichiro@example..jp",
        phone_number: "0268-22-1",
        postal_code: "386-9999x",
        region: "長野",
        locality: "上田市丸子町",
        street_address: "上丸子１０００",
        birthdate: "1950-02-31",
        dealers: &["20100"],
    },
    Member {
        user_id: "03101200200052",
        salt: "317003e3c0ca2f72",
        hash: "7edde0607ad6cd96339e2824c9571090ff7d5b4e",
        name: "松本 多恵",
        family_name: "松本",
        given_name: "多恵",
        family_name_kana: "マツモト",
        given_name_kana: "タエ",
        email: "tae.matsumoto@example.jp",
        phone_number: "080-2222-3333",
        postal_code: "390-0811",
        region: "長野県",
        locality: "松本市",
        street_address: "中央1-1-1",
        birthdate: "1990-10-10",
        dealers: &["20100", "23100"],
    },
    Member {
        user_id: "03101200200060",
        salt: "ea44b64282513a29",
        hash: "ae40d80dc3a398a2462534a643c4bc12b0e7d4ca",
        name: "佐久 健",
        family_name: "佐久",
        given_name: "健",
        family_name_kana: "サク",
        given_name_kana: "ケン",
        email: "ken.saku@example.jp",
        phone_number: "070-4444-5555",
        postal_code: "",
        region: "長野県",
        locality: "佐久市",
        street_address: "",
        birthdate: "",
        dealers: &[],
    },
    Member {
        user_id: "03101200200078",
        salt: "1bd326829b43e04a",
        hash: "cd8ab24b33f0438fde1408b89af45ff7d8290b60",
        name: "豊田 次郎",
        family_name: "豊田",
        given_name: "次郎",
        family_name_kana: "トヨダ",
        given_name_kana: "ジロウ",
        email: "taro.toyoda@example.jp",
        phone_number: "090-1234-5678",
        postal_code: "471-8571",
        region: "愛知県",
        locality: "豊田市",
        street_address: "トヨタ町1",
        birthdate: "1988-08-08",
        dealers: &["20100"],
    },
    Member {
        user_id: "03101200200086",
        salt: "c3a9f0417be2d865",
        hash: "6ecd6f1044182529cddcbaf8183f3749e061d332",
        name: "飯田 修",
        family_name: "飯田",
        given_name: "修",
        family_name_kana: "イイダ",
        given_name_kana: "オサム",
        email: "osamu.iida@example.jp",
        phone_number: "090-8686-8686",
        postal_code: "395-0041",
        region: "長野県",
        locality: "飯田市",
        street_address: "中央通り1-1",
        birthdate: "1978-05-05",
        // This dealer has merged into 20100 since: the new site has that, the old one has
        // not.
        dealers: &["20300"],
    },
];

/// Salt and hash that are computed if there is no such member, so that it takes the same
/// time.
const NOBODY: (&str, &str) = ("00000000000000ff", "00");

/// Returns the member with that user ID; the input may have full-width digits, spaces and
/// hyphens.
pub(super) fn find(user_id: &str) -> Option<&'static Member> {
    let digits = digits(user_id);
    MEMBERS.iter().find(|member| member.user_id == digits)
}

/// Returns the digits of a user ID as typed.
pub(super) fn digits(typed: &str) -> String {
    let half_width = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        other => other,
    };
    let typed = typed.chars().map(half_width);
    typed.filter(char::is_ascii_digit).take(32).collect()
}

/// Whether the password is the member's. Does the same work if there is no member.
pub(super) fn verify(member: Option<&Member>, password: &str) -> bool {
    let (salt, hash) = member.map_or(NOBODY, |member| (member.salt, member.hash));
    let (salt, hash) = (from_hex(salt), from_hex(hash));
    let verified = pbkdf2::verify(
        PBKDF2_HMAC_SHA1,
        ITERATIONS,
        &salt,
        password.as_bytes(),
        &hash,
    );
    verified.is_ok() && member.is_some()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let byte = |pair: &[u32]| pair.iter().fold(0_u32, |sum, digit| sum * 16 + digit);
    digits
        .chunks(2)
        .filter_map(|pair| u8::try_from(byte(pair)).ok())
        .collect()
}

impl Member {
    /// Returns the member's data by the standard names of OpenID Connect Core §5.1, as
    /// suggestions for the new ID.
    pub(super) fn claims(&self) -> Value {
        let told = |pairs: &[(&str, &str)]| -> Map<String, Value> {
            pairs
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect()
        };
        let mut claims = told(&[
            ("email", self.email),
            ("family_name", self.family_name),
            ("given_name", self.given_name),
            ("family_name#ja-Kana-JP", self.family_name_kana),
            ("given_name#ja-Kana-JP", self.given_name_kana),
            ("phone_number", self.phone_number),
            ("birthdate", self.birthdate),
        ]);
        let address = told(&[
            ("postal_code", self.postal_code),
            ("region", self.region),
            ("locality", self.locality),
            ("street_address", self.street_address),
        ]);
        if !address.is_empty() {
            claims.insert("address".to_owned(), Value::Object(address));
        }
        Value::Object(claims)
    }

    /// Returns the member's customer number at their dealers: the last four digits of the
    /// user ID, as in the dealers' own systems.
    fn customer_number(&self) -> String {
        let last = self.user_id.len().saturating_sub(4);
        format!("N-{}", self.user_id.get(last..).unwrap_or_default())
    }

    /// Returns the links to the member's dealers (RFC 9396). Each may be declined; the
    /// member can move all the same.
    pub(super) fn dealer_links(&self) -> Vec<Value> {
        let link = |code| {
            json!({
                "type": "dealer_link",
                "identifier": code,
                "optional": true,
                "customer_number": self.customer_number(),
            })
        };
        self.dealers.iter().map(link).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_exactly_as_it_is() {
        let member = find("03101200200010");
        assert!(verify(member, "Owner-0310"));
        for wrong in ["owner-0310", "Owner-0310 ", "", "Ｏwner-0310"] {
            assert!(!verify(member, wrong), "{wrong}");
        }
        assert!(!verify(None, "Owner-0310"));
    }

    #[test]
    fn a_user_id_may_be_typed_in_full_width_digits() {
        for typed in [
            "０３１０１２００２０００１０",
            " 03101200200010 ",
            "0310-1200-2000-10",
        ] {
            assert_eq!(find(typed).map(|member| member.name), Some("オンプレU-T-1"));
        }
        assert!(find("0310120020001").is_none() && find("").is_none());
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let seed = find("03101200200010").map(Member::claims);
        let expected = json!({
            "email": "mytoYota.20180626@gmail.com",
            "family_name": "オンプレU-T-1",
            "address": {"region": "愛知県", "locality": "名古屋市中区豊田", "street_address": "1-2-3"},
        });
        assert_eq!(seed, Some(expected));
    }
}
