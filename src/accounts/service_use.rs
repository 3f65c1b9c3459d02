//! Which services a person uses through their common ID, to the day. Recorded
//! only for those who linked a dealer, since only to a dealer is it ever told.

use super::day::Day;

/// That a person uses a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUse {
    /// The service.
    pub client_id: String,
    /// The first day.
    pub first_used_on: Day,
    /// The last day.
    pub last_used_on: Day,
}

impl ServiceUse {
    /// What of it fell on `day` or after: a dealer is told nothing of the time
    /// before its link.
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
