//! Which services (clients) a user uses, with the first and the last day. It is recorded
//! only for users who linked a dealer, because only dealers receive it.

use super::day::Day;

/// The use of one service by one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUse {
    /// The client ID of the service.
    pub client_id: String,
    /// The first day of use.
    pub first_used_on: Day,
    /// The last day of use.
    pub last_used_on: Day,
}

impl ServiceUse {
    /// Limits the use to `day` and later; `None` if it ended before. A dealer learns
    /// nothing about the time before its link.
    #[must_use]
    pub fn since(self, day: Day) -> Option<Self> {
        (self.last_used_on >= day).then(|| Self {
            first_used_on: self.first_used_on.max(day),
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(first: i64, last: i64) -> ServiceUse {
        ServiceUse {
            client_id: "maintenance".to_owned(),
            first_used_on: Day(first),
            last_used_on: Day(last),
        }
    }

    #[test]
    fn what_was_before_is_left_out() {
        assert_eq!(used(3, 5).since(Day(2)), Some(used(3, 5)));
        assert_eq!(used(3, 5).since(Day(4)), Some(used(4, 5)));
        assert_eq!(used(3, 5).since(Day(5)), Some(used(5, 5)));
        assert_eq!(used(3, 5).since(Day(6)), None);
    }
}
