//! A reader for CBOR (RFC 8949), limited to what authenticators may send: CTAP2's canonical
//! form has no indefinite lengths, no tags and no floating-point numbers, and nests four
//! levels deep. Anything else is refused.

/// How many levels deep items may be nested.
const DEEPEST: usize = 4;

/// A data item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Boolean(bool),
    Null,
}

/// Returns the first data item and the bytes after it.
pub(super) fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    item(bytes, DEEPEST)
}

/// Returns the data item if `bytes` are exactly one.
pub(super) fn read_all(bytes: &[u8]) -> Option<Item<'_>> {
    let (item, rest) = read(bytes)?;
    rest.is_empty().then_some(item)
}

impl Item<'_> {
    /// Returns the value of a map under that key; `None` if the key occurs twice, or the
    /// item is not a map.
    pub(super) fn get(&self, key: &Item<'_>) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        let mut found = entries.iter().filter(|(known, _)| known == key);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    }
}

fn item(bytes: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    let (major, low) = (head >> 5, head & 0x1f);
    if major == 7 {
        // RFC 8949 §3.3: the simple values for booleans and null.
        let simple = match low {
            20 => Item::Boolean(false),
            21 => Item::Boolean(true),
            22 => Item::Null,
            _ => return None,
        };
        return Some((simple, rest));
    }
    let (argument, rest) = argument(low, rest)?;
    match major {
        0 => Some((Item::Integer(i64::try_from(argument).ok()?), rest)),
        1 => Some((Item::Integer(-1 - i64::try_from(argument).ok()?), rest)),
        2 => take(rest, argument).map(|(taken, rest)| (Item::Bytes(taken), rest)),
        3 => {
            let (taken, rest) = take(rest, argument)?;
            Some((Item::Text(std::str::from_utf8(taken).ok()?), rest))
        }
        4 => array(argument, rest, depth.checked_sub(1)?),
        5 => map(argument, rest, depth.checked_sub(1)?),
        _ => None,
    }
}

/// Returns the argument of an item's head (RFC 8949 §3), which is in the head itself or in
/// the bytes after it.
fn argument(low: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    match low {
        0..=23 => Some((u64::from(low), rest)),
        24 => number::<1>(rest),
        25 => number::<2>(rest),
        26 => number::<4>(rest),
        27 => number::<8>(rest),
        _ => None,
    }
}

fn number<const N: usize>(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = bytes.split_first_chunk::<N>()?;
    let number = digits
        .iter()
        .fold(0, |sum, digit| sum << 8 | u64::from(*digit));
    Some((number, rest))
}

fn take(bytes: &[u8], length: u64) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(usize::try_from(length).ok()?)
}

fn array(count: u64, mut rest: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    let mut items = Vec::new();
    for _ in 0..count {
        let (next, after) = item(rest, depth)?;
        items.push(next);
        rest = after;
    }
    Some((Item::Array(items), rest))
}

fn map(count: u64, mut rest: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    let mut entries = Vec::new();
    for _ in 0..count {
        let (key, after) = item(rest, depth)?;
        let (value, after) = item(after, depth)?;
        entries.push((key, value));
        rest = after;
    }
    Some((Item::Map(entries), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_an_authenticator_writes_is_read() {
        for (bytes, item) in [
            (&[0x00][..], Item::Integer(0)),
            (&[0x17], Item::Integer(23)),
            (&[0x18, 0x18], Item::Integer(24)),
            (&[0x19, 0x01, 0x00], Item::Integer(256)),
            (&[0x1a, 0, 1, 0, 0], Item::Integer(65_536)),
            (&[0x26], Item::Integer(-7)),
            (&[0x39, 0x01, 0x00], Item::Integer(-257)),
            (&[0x42, 1, 2], Item::Bytes(&[1, 2])),
            (&[0x63, b'f', b'm', b't'], Item::Text("fmt")),
            (
                &[0x82, 0xf5, 0xf4],
                Item::Array(vec![Item::Boolean(true), Item::Boolean(false)]),
            ),
            (
                &[0xa1, 0x01, 0xf6],
                Item::Map(vec![(Item::Integer(1), Item::Null)]),
            ),
        ] {
            assert_eq!(read_all(bytes), Some(item), "{bytes:?}");
        }
    }

    #[test]
    fn what_no_authenticator_may_write_is_not_read() {
        for bytes in [
            &[][..],
            &[0x18],       // the number is missing
            &[0x1c],       // reserved
            &[0x5f, 0xff], // indefinite length
            &[0x42, 1],    // too short
            &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x61, 0xff],                     // no UTF-8
            &[0xc0, 0x00],                     // a tag
            &[0xf9, 0, 0],                     // a half
            &[0x1b, 255, 0, 0, 0, 0, 0, 0, 0], // beyond i64
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0xa1, 0x01],                         // a key without a value
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x00], // too deep
        ] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
        assert_eq!(read_all(&[0x00, 0x00]), None, "something follows");
    }

    #[test]
    fn a_key_that_stands_twice_in_a_map_is_not_found() {
        let (one, two) = (Item::Integer(1), Item::Integer(2));
        let map = read_all(&[0xa3, 0x01, 0x05, 0x02, 0x06, 0x02, 0x07]).unwrap();
        assert_eq!(map.get(&one), Some(&Item::Integer(5)));
        assert_eq!(map.get(&two), None);
        assert_eq!(one.get(&one), None);
    }

    proptest! {
        #[test]
        fn nothing_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some((_, rest)) = read(&bytes) {
                prop_assert!(bytes.ends_with(rest) && rest.len() < bytes.len());
            }
        }

        #[test]
        fn bytes_are_read_as_they_are(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            after in proptest::collection::vec(any::<u8>(), 0..9),
        ) {
            let mut written = vec![0x59];
            written.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
            written.extend(&bytes);
            written.extend(&after);
            prop_assert_eq!(read(&written), Some((Item::Bytes(&bytes), after.as_slice())));
        }
    }
}
