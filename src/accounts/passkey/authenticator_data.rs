//! The authenticator data (§6.1): for which relying party the authenticator acted, whether
//! the user was present and verified, and the public key of a new credential.

use aws_lc_rs::digest;

use super::cbor::{self, Item};
use super::refused::Refused;

/// The longest allowed credential ID, in bytes (§7.1, step 25).
const LONGEST_CREDENTIAL_ID: usize = 1023;

/// The authenticator data, parsed.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) attested: Option<Attested<'a>>,
}

/// The attested credential data of a new credential (§6.5.1).
#[derive(Debug)]
pub(super) struct Attested<'a> {
    pub(super) credential_id: &'a [u8],
    /// The `COSE_Key`, as the authenticator encoded it.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    const PRESENT: u8 = 0x01;
    const VERIFIED: u8 = 0x04;
    const BACKUP_ELIGIBLE: u8 = 0x08;
    const BACKED_UP: u8 = 0x10;
    const ATTESTED: u8 = 0x40;
    const EXTENSIONS: u8 = 0x80;

    /// Parses all bytes; `None` if a part is missing or bytes are left over.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk()?;
        let (&flags, rest) = rest.split_first()?;
        let (sign_count, mut rest) = rest.split_first_chunk()?;
        let mut attested = None;
        if flags & Self::ATTESTED != 0 {
            let (credential, after) = Attested::read(rest)?;
            attested = Some(credential);
            rest = after;
        }
        if flags & Self::EXTENSIONS != 0 {
            // No extension was requested; the content of extensions is ignored.
            let (Item::Map(_), after) = cbor::read(rest)? else {
                return None;
            };
            rest = after;
        }
        rest.is_empty().then_some(Self {
            rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes(*sign_count),
            attested,
        })
    }

    /// Makes the checks that both ceremonies have (§7.1, steps 14 to 18; §7.2, steps 15 to
    /// 19). A passkey replaces the password, so the user must have been verified.
    pub(super) fn check(&self, rp_id: &str) -> Result<(), Refused> {
        let ours = digest::digest(&digest::SHA256, rp_id.as_bytes());
        if self.rp_id_hash != ours.as_ref() {
            return Err(Refused::RelyingParty);
        }
        if !self.has(Self::PRESENT) {
            return Err(Refused::NotPresent);
        }
        if !self.has(Self::VERIFIED) {
            return Err(Refused::NotVerified);
        }
        if self.is_backed_up() && !self.is_backup_eligible() {
            return Err(Refused::Backup);
        }
        Ok(())
    }

    pub(super) const fn is_backup_eligible(&self) -> bool {
        self.has(Self::BACKUP_ELIGIBLE)
    }

    pub(super) const fn is_backed_up(&self) -> bool {
        self.has(Self::BACKED_UP)
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl<'a> Attested<'a> {
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (_aaguid, rest) = bytes.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (credential_id, key) = rest.split_at_checked(length)?;
        let (_, rest) = cbor::read(key)?;
        let public_key = key.strip_suffix(rest)?;
        let lawful = (1..=LONGEST_CREDENTIAL_ID).contains(&length);
        let attested = Self {
            credential_id,
            public_key,
        };
        lawful.then_some((attested, rest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A map of one member, as a `COSE_Key` is one of several.
    const KEY: &[u8] = &[0xa1, 0x01, 0x02];

    #[test]
    fn what_is_too_short_or_too_long_is_not_read() {
        let mut plain = vec![0; 37];
        assert!(AuthenticatorData::read(&plain).is_some());
        assert!(AuthenticatorData::read(&plain[..36]).is_none());
        plain.push(0);
        assert!(AuthenticatorData::read(&plain).is_none());
        plain[32] = AuthenticatorData::EXTENSIONS;
        assert!(AuthenticatorData::read(&plain).is_none(), "no map");
        plain[37] = 0xa0;
        assert!(AuthenticatorData::read(&plain).is_some());
        plain[32] = AuthenticatorData::ATTESTED;
        assert!(AuthenticatorData::read(&plain).is_none(), "no credential");
    }

    #[test]
    fn a_credential_id_has_a_length_between_one_and_1023() {
        for (length, lawful) in [(0, false), (1, true), (1023, true), (1024, false)] {
            let mut bytes = vec![0; 37 + 16];
            bytes[32] = AuthenticatorData::ATTESTED;
            bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            bytes.resize(bytes.len() + length, 7);
            bytes.push(0xa0);
            assert_eq!(
                AuthenticatorData::read(&bytes).is_some(),
                lawful,
                "{length}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_whole_is_read_back_and_no_part_of_it(
            rp_id_hash: [u8; 32],
            mut flags: u8,
            sign_count: u32,
            credential_id in proptest::collection::vec(any::<u8>(), 1..40),
            cut in any::<proptest::sample::Index>(),
        ) {
            let mut bytes = Vec::from(rp_id_hash);
            bytes.push(flags);
            bytes.extend(sign_count.to_be_bytes());
            if flags & AuthenticatorData::ATTESTED != 0 {
                bytes.extend([7; 16]);
                bytes.extend(u16::try_from(credential_id.len()).unwrap().to_be_bytes());
                bytes.extend(&credential_id);
                bytes.extend(KEY);
            }
            if flags & AuthenticatorData::EXTENSIONS != 0 {
                bytes.push(0xa0);
            }
            let read = AuthenticatorData::read(&bytes).unwrap();
            prop_assert_eq!((read.rp_id_hash, read.flags, read.sign_count), (&rp_id_hash, flags, sign_count));
            let attested = read.attested.map(|attested| (attested.credential_id, attested.public_key));
            flags &= AuthenticatorData::ATTESTED;
            prop_assert_eq!(attested, (flags != 0).then_some((credential_id.as_slice(), KEY)));
            prop_assert!(AuthenticatorData::read(&bytes[..cut.index(bytes.len())]).is_none());
            bytes.push(0);
            prop_assert!(AuthenticatorData::read(&bytes).is_none());
        }

        #[test]
        fn any_bytes_are_read_for_what_they_are(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Some(read) = AuthenticatorData::read(&bytes) {
                prop_assert_eq!(read.rp_id_hash.as_slice(), &bytes[..32]);
                prop_assert_eq!(read.flags, bytes[32]);
                prop_assert!(bytes[33..37] == read.sign_count.to_be_bytes());
            }
        }
    }
}
