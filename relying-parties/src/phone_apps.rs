//! The phone apps my route and TOYOTA SHARE, with a little data of their own: what they
//! offer, and the phone number they would call back.

use serde::Serialize;

use crate::locale::{Locale, Text};
use crate::relying_party::Service;

const fn text(ja: &'static str, en: &'static str) -> Text {
    Text { ja, en }
}

struct Offer {
    title: Text,
    place: Text,
    when: Text,
    price: &'static str,
}

const JOURNEYS: &[Offer] = &[
    Offer {
        title: text(
            "名古屋駅 → 豊田市美術館",
            "Nagoya Station to Toyota Municipal Museum of Art",
        ),
        place: text("名鉄線・徒歩", "Meitetsu line, then on foot"),
        when: text("58分", "58 min"),
        price: "¥840",
    },
    Offer {
        title: text(
            "名古屋駅 → 豊田スタジアム",
            "Nagoya Station to Toyota Stadium",
        ),
        place: text(
            "地下鉄・シェアサイクル",
            "Underground, then a shared bicycle",
        ),
        when: text("64分", "64 min"),
        price: "¥690",
    },
    Offer {
        title: text(
            "名古屋駅 → トヨタ博物館",
            "Nagoya Station to Toyota Automobile Museum",
        ),
        place: text("地下鉄・リニモ", "Underground, then Linimo"),
        when: text("46分", "46 min"),
        price: "¥600",
    },
];

const SHARED_CARS: &[Offer] = &[
    Offer {
        title: text("ヤリス HYBRID", "Yaris HYBRID"),
        place: text("名古屋駅西ステーション", "Nagoya Station West"),
        when: text("徒歩4分", "4 min on foot"),
        price: "¥176 / 15 min",
    },
    Offer {
        title: text("シエンタ", "Sienta"),
        place: text("伏見ステーション", "Fushimi"),
        when: text("徒歩9分", "9 min on foot"),
        price: "¥220 / 15 min",
    },
    Offer {
        title: text("bZ4X", "bZ4X"),
        place: text("栄ステーション", "Sakae"),
        when: text("徒歩12分", "12 min on foot"),
        price: "¥286 / 15 min",
    },
];

/// What an app shows to a signed-in person.
#[derive(Debug, Serialize)]
pub(crate) struct PhoneApp {
    heading: &'static str,
    offers: Vec<ShownOffer>,
}

#[derive(Debug, Serialize)]
struct ShownOffer {
    title: &'static str,
    place: &'static str,
    when: &'static str,
    price: &'static str,
}

/// Returns the page data of `service`.
pub(crate) fn phone_app(service: Service, locale: Locale) -> PhoneApp {
    let (heading, offers) = match service {
        Service::SharedCars => (text("近くで借りられるクルマ", "Cars near you"), SHARED_CARS),
        _ => (text("おすすめの行き方", "Ways to get there"), JOURNEYS),
    };
    PhoneApp {
        heading: heading.read_in(locale),
        offers: offers
            .iter()
            .map(|offer| ShownOffer {
                title: offer.title.read_in(locale),
                place: offer.place.read_in(locale),
                when: offer.when.read_in(locale),
                price: offer.price,
            })
            .collect(),
    }
}

/// Formats a Japanese mobile number as it is written in Japan, `090-1234-5678`. Any other
/// number stays as the provider gave it (E.164, OpenID Connect Core §5.1).
pub(crate) fn in_groups(number: &str) -> String {
    let digits = number.strip_prefix("+81").map(|rest| format!("0{rest}"));
    match digits
        .as_deref()
        .map(|all| (all.get(..3), all.get(3..7), all.get(7..11), all.len()))
    {
        Some((Some(first), Some(second), Some(third), 11)) => format!("{first}-{second}-{third}"),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_japanese_number_is_shown_as_it_is_written_there() {
        assert_eq!(in_groups("+819012345678"), "090-1234-5678");
        assert_eq!(in_groups("+14155550100"), "+14155550100");
        assert_eq!(in_groups("+81262345678"), "+81262345678");
    }
}
