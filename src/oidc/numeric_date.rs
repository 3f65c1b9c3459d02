//! A point in time in a JWT (NumericDate, RFC 7519 §2): seconds, possibly with a fraction.

use serde_json::Value;

use crate::clock::Timestamp;

/// Returns the time without its fraction; `None` if the value is not a number of seconds.
#[must_use]
pub fn read(value: &Value) -> Option<Timestamp> {
    let bounded = || value.as_f64().filter(|seconds| seconds.abs() < 1e15);
    let seconds = value.as_i64().or_else(|| bounded().map(whole));
    seconds.map(Timestamp)
}

const fn whole(seconds: f64) -> i64 {
    seconds as i64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_is_a_number_and_not_an_endless_one() {
        for (value, read_as) in [
            (json!(17), Some(17)),
            (json!(17.9), Some(17)),
            (json!(-1), Some(-1)),
            (json!(1e300), None),
            (json!(u64::MAX), None),
            (json!("17"), None),
            (json!(null), None),
            (json!(true), None),
        ] {
            assert_eq!(read(&value), read_as.map(Timestamp), "{value}");
        }
    }
}
