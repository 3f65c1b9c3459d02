//! The maintenance log's own data: a small sample of cars and their service records. The
//! person's `sub` decides which car is theirs, so it is always the same.

use serde::Serialize;

use crate::linked_dealers::linked_dealers;
use crate::locale::{Locale, Text};

struct Car {
    model: Text,
    plate: Text,
    first_registered: &'static str,
    next_inspection: &'static str,
    records: &'static [Record],
}

struct Record {
    date: &'static str,
    kilometres: &'static str,
    title: Text,
    items: &'static [Text],
    /// The dealer who did the work; `None` if the person entered the record.
    dealer: Option<&'static str>,
}

const fn text(ja: &'static str, en: &'static str) -> Text {
    Text { ja, en }
}

const NAGANO: Option<&str> = Some("20100");
const ENGINE_OIL: Text = text("エンジンオイル交換", "Engine oil changed");
const OIL_FILTER: Text = text("オイルフィルター交換", "Oil filter changed");
const BRAKES: Text = text("ブレーキ点検・清掃", "Brakes checked and cleaned");
const WIPERS: Text = text("ワイパーゴム交換", "Wiper blades renewed");
const TYRES: Text = text("タイヤローテーション", "Tyres rotated");
const INSPECTION: Text = text("車検（24か月定期点検）", "Statutory inspection (24 months)");
const TWELVE_MONTHS: Text = text("12か月定期点検", "12-month service");
const HALF_YEAR: Text = text("6か月点検（プロケア10）", "6-month check");
const WINTER_TYRES: Text = text("スタッドレスタイヤに交換", "Winter tyres fitted");

const CARS: &[Car] = &[
    Car {
        model: text("ヤリス クロス HYBRID Z", "Yaris Cross HYBRID Z"),
        plate: text("長野 300 さ 20-18", "Nagano 300 sa 20-18"),
        first_registered: "2023.11",
        next_inspection: "2026.11",
        records: &[
            Record {
                date: "2026.05.23",
                kilometres: "24,180",
                title: HALF_YEAR,
                items: &[ENGINE_OIL, TYRES],
                dealer: NAGANO,
            },
            Record {
                date: "2025.11.30",
                kilometres: "19,460",
                title: TWELVE_MONTHS,
                items: &[ENGINE_OIL, OIL_FILTER, BRAKES],
                dealer: NAGANO,
            },
            Record {
                date: "2025.11.08",
                kilometres: "19,020",
                title: WINTER_TYRES,
                items: &[],
                dealer: None,
            },
        ],
    },
    Car {
        model: text("シエンタ HYBRID G", "Sienta HYBRID G"),
        plate: text("長野 500 の 12-25", "Nagano 500 no 12-25"),
        first_registered: "2022.09",
        next_inspection: "2027.09",
        records: &[
            Record {
                date: "2026.09.12",
                kilometres: "41,730",
                title: text("12か月定期点検", "12-month service"),
                items: &[ENGINE_OIL, WIPERS],
                dealer: NAGANO,
            },
            Record {
                date: "2025.12.01",
                kilometres: "35,890",
                title: WINTER_TYRES,
                items: &[],
                dealer: None,
            },
            Record {
                date: "2025.09.14",
                kilometres: "33,205",
                title: INSPECTION,
                items: &[ENGINE_OIL, OIL_FILTER, BRAKES, WIPERS],
                dealer: NAGANO,
            },
        ],
    },
    Car {
        model: text("プリウス Z", "Prius Z"),
        plate: text("長野 301 め 11-64", "Nagano 301 me 11-64"),
        first_registered: "2024.03",
        next_inspection: "2027.03",
        records: &[
            Record {
                date: "2026.09.05",
                kilometres: "17,310",
                title: HALF_YEAR,
                items: &[ENGINE_OIL],
                dealer: NAGANO,
            },
            Record {
                date: "2026.03.20",
                kilometres: "12,940",
                title: TWELVE_MONTHS,
                items: &[ENGINE_OIL, BRAKES, TYRES],
                dealer: NAGANO,
            },
            Record {
                date: "2026.02.11",
                kilometres: "11,870",
                title: text("洗車・コーティング手入れ", "Washed and waxed"),
                items: &[],
                dealer: None,
            },
        ],
    },
];

/// A person's car and its records, as the page shows them.
#[derive(Debug, Serialize)]
pub(crate) struct ServiceHistory {
    model: &'static str,
    plate: &'static str,
    first_registered: &'static str,
    next_inspection: &'static str,
    records: Vec<ShownRecord>,
    /// The dealer whose records are included.
    dealer: Option<String>,
}

#[derive(Debug, Serialize)]
struct ShownRecord {
    date: &'static str,
    kilometres: &'static str,
    title: &'static str,
    items: Vec<&'static str>,
    by_dealer: bool,
}

/// Returns the service history of `subject`. A dealer's records are shown only to people
/// who linked that dealer.
pub(crate) fn service_history(
    subject: &str,
    dealer_codes: &[String],
    locale: Locale,
) -> Option<ServiceHistory> {
    let car = CARS.iter().cycle().nth(usize::from(spread(subject)))?;
    let is_linked = |code: &str| dealer_codes.iter().any(|linked| linked == code);
    let records = car
        .records
        .iter()
        .filter(|record| record.dealer.is_none_or(is_linked))
        .map(|record| ShownRecord {
            date: record.date,
            kilometres: record.kilometres,
            title: record.title.read_in(locale),
            items: record.items.iter().map(|i| i.read_in(locale)).collect(),
            by_dealer: record.dealer.is_some(),
        })
        .collect();
    Some(ServiceHistory {
        model: car.model.read_in(locale),
        plate: car.plate.read_in(locale),
        first_registered: car.first_registered,
        next_inspection: car.next_inspection,
        records,
        dealer: linked_dealers(dealer_codes, locale)
            .into_iter()
            .next()
            .map(|dealer| dealer.name),
    })
}

impl ServiceHistory {
    /// Returns the history as lines of text.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}  {}", self.model, self.plate)];
        lines.extend(self.dealer.clone());
        for record in &self.records {
            let items = record.items.join("、");
            lines.push(format!(
                "{}  {} km  {}  {items}",
                record.date, record.kilometres, record.title
            ));
        }
        lines
    }
}

/// Returns a small number that depends on the text only.
fn spread(text: &str) -> u8 {
    text.bytes()
        .fold(7, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_car_stays_theirs() {
        let model = |subject| {
            let history = service_history(subject, &[], Locale::En).expect("there are cars");
            history.model
        };
        assert_eq!(model("alice"), model("alice"));
        let all: std::collections::BTreeSet<_> = ["a", "b", "c"].map(model).into();
        assert_eq!(all.len(), CARS.len());
    }

    #[test]
    fn a_dealers_records_are_for_those_who_linked_it() {
        let seen = |codes: &[String]| {
            let history = service_history("alice", codes, Locale::Ja).expect("there are cars");
            history.records.iter().filter(|r| r.by_dealer).count()
        };
        assert_eq!(seen(&[]), 0);
        assert!(seen(&["20100".to_owned()]) > 0);
    }
}
