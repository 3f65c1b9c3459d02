//! Which member moved to which common ID: kept in a file, so that it outlives the
//! process. A member has one ID for ever, and an ID is
//! one member's: whoever comes with another is not let take over anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::kept;

/// What came of binding a member to a `sub`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// It is done now, or was done before.
    Moved,
    /// The member moved to another ID.
    ToAnotherId,
    /// The ID is another member's.
    OfAnotherMember,
}

/// The `sub` of each member who moved.
pub(super) struct Migrations {
    file: Option<PathBuf>,
    moved: Mutex<BTreeMap<String, String>>,
}

impl Migrations {
    /// Those written in `file`; without a file they are kept while the process lives.
    ///
    /// # Errors
    /// If there is a file that cannot be read: to take it for empty would let
    /// members and IDs be bound anew.
    pub(super) fn load(file: Option<&Path>) -> std::io::Result<Self> {
        Ok(Self {
            moved: Mutex::new(kept::read(file)?),
            file: file.map(Path::to_owned),
        })
    }

    /// Whether the member moved.
    pub(super) fn is_moved(&self, user_id: &str) -> bool {
        self.lock().contains_key(user_id)
    }

    /// Notes that the member moved to `sub`.
    ///
    /// # Errors
    /// If it cannot be written down; then it is not so.
    pub(super) fn bind(&self, user_id: &str, sub: &str) -> std::io::Result<Bound> {
        let mut moved = self.lock();
        if let Some(before) = moved.get(user_id) {
            return Ok(match before == sub {
                true => Bound::Moved,
                false => Bound::ToAnotherId,
            });
        }
        if moved.values().any(|taken| taken == sub) {
            return Ok(Bound::OfAnotherMember);
        }
        let mut next = moved.clone();
        next.insert(user_id.to_owned(), sub.to_owned());
        kept::write(self.file.as_deref(), &next)?;
        *moved = next;
        Ok(Bound::Moved)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // Every change is whole when the lock is let go, even by a panic elsewhere.
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_one_id_and_an_id_one_member() -> std::io::Result<()> {
        let migrations = Migrations::load(None)?;
        assert_eq!(migrations.bind("1", "a")?, Bound::Moved);
        assert_eq!(migrations.bind("1", "a")?, Bound::Moved);
        assert_eq!(migrations.bind("1", "b")?, Bound::ToAnotherId);
        assert_eq!(migrations.bind("2", "a")?, Bound::OfAnotherMember);
        assert!(migrations.is_moved("1") && !migrations.is_moved("2"));
        Ok(())
    }
}
