//! Whether a child can consent alone to a dealer's exchange of data with Toyota. The
//! guidelines of the Personal Information Protection Commission on the Act on the
//! Protection of Personal Information (general rules, 2-16) require the consent of the
//! legal representative for a person who cannot judge the consequences; its Q&A assumes
//! this for children up to fifteen. See
//! `docs/decisions/0017-no-dealer-link-without-a-guardian.md`.

use super::birthdate::Birthdate;
use super::profile::Profile;
use crate::clock::Timestamp;

/// Whether this person needs a parent or guardian to link a dealer, because their birthdate
/// shows that they are younger than `below`. Without a birthdate: false.
#[must_use]
pub fn is_needed(profile: &Profile, below: u8, now: Timestamp) -> bool {
    let told = profile.birthdate.as_deref();
    let born = told.and_then(|claim| Birthdate::from_claim(claim, now).ok());
    born.is_some_and(|born| !born.has_attained(below, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23, 00:00 in Japan.
    const NOW: Timestamp = Timestamp(1_795_359_600);

    #[test]
    fn a_child_needs_a_guardian_until_the_birthday() {
        for (birthdate, below, needed) in [
            (Some("2010-11-24"), 16, true),
            (Some("2010-11-23"), 16, false),
            (Some("1995-12-25"), 16, false),
            (Some("2010-11-23"), 18, true),
            (Some("2026-11-23"), 0, false),
            (Some("no day"), 16, false),
            (None, 16, false),
        ] {
            let profile = Profile {
                birthdate: birthdate.map(str::to_owned),
                ..Profile::default()
            };
            assert_eq!(is_needed(&profile, below, NOW), needed, "{birthdate:?}");
        }
    }
}
