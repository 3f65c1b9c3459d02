//! The dealer's own customer data: customer numbers and cars. The old site's sample members
//! are among the customers.

/// A customer in the dealer's data.
#[derive(Debug)]
pub(super) struct Customer {
    /// The dealer's customer number.
    pub(super) number: &'static str,
    pub(super) name: &'static str,
    pub(super) car: &'static str,
}

const CUSTOMERS: &[Customer] = &[
    Customer {
        number: "N-0010",
        name: "オンプレU-T-1",
        car: "カローラ クロス",
    },
    Customer {
        number: "N-0028",
        name: "豊田 太郎",
        car: "プリウス",
    },
    Customer {
        number: "N-0036",
        name: "長野 花子",
        car: "ヤリス",
    },
    Customer {
        number: "N-0044",
        name: "旧姓データ 一郎",
        car: "ランドクルーザー",
    },
    Customer {
        number: "N-0052",
        name: "二店舗 次郎",
        car: "アルファード",
    },
];

/// Returns the customer with that number.
pub(super) fn find(number: &str) -> Option<&'static Customer> {
    CUSTOMERS.iter().find(|customer| customer.number == number)
}
