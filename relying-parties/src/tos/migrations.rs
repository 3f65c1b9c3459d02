//! Which member moved to which common ID, stored in a file so that it outlives the process.
//! A member is bound to one ID for ever, and an ID to one member; any attempt to bind
//! another one is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::kept;

/// The result of binding a member to a `sub`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// The member is bound to it, now or by an earlier call.
    Moved,
    /// The member is bound to another ID.
    ToAnotherId,
    /// The ID is bound to another member.
    OfAnotherMember,
}

/// How far a member has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Not moved.
    Here,
    /// Moved, but never went on from ⑯ to what comes after this site.
    Moved,
    /// Moved, and went on.
    GoneOn,
}

/// A member who moved, as stored.
#[derive(Clone, Deserialize, Serialize)]
#[serde(from = "Written")]
struct Moved {
    sub: String,
    gone_on: bool,
}

/// The two formats in files: the older one has only the `sub`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Sub(String),
    Whole { sub: String, gone_on: bool },
}

impl From<Written> for Moved {
    fn from(written: Written) -> Self {
        match written {
            // The older format does not record who went on: these members get no reminder.
            Written::Sub(sub) => Self { sub, gone_on: true },
            Written::Whole { sub, gone_on } => Self { sub, gone_on },
        }
    }
}

/// The members who moved.
pub(super) struct Migrations {
    file: Option<PathBuf>,
    moved: Mutex<BTreeMap<String, Moved>>,
}

impl Migrations {
    /// Reads the members from `file`; without a file they are kept while the process lives.
    ///
    /// # Errors
    /// An I/O error if there is a file that cannot be read: to take it for empty would let
    /// members and IDs be bound anew.
    pub(super) fn load(file: Option<&Path>) -> std::io::Result<Self> {
        Ok(Self {
            moved: Mutex::new(kept::read(file)?),
            file: file.map(Path::to_owned),
        })
    }

    /// Returns how far the member has come.
    pub(super) fn progress(&self, user_id: &str) -> Progress {
        match self.lock().get(user_id) {
            None => Progress::Here,
            Some(moved) if moved.gone_on => Progress::GoneOn,
            Some(_) => Progress::Moved,
        }
    }

    /// Whether the member moved.
    pub(super) fn is_moved(&self, user_id: &str) -> bool {
        self.progress(user_id) != Progress::Here
    }

    /// Records that a member who moved went on.
    ///
    /// # Errors
    /// An I/O error if the file cannot be written; then nothing has changed.
    pub(super) fn go_on(&self, user_id: &str) -> std::io::Result<()> {
        let mut moved = self.lock();
        let mut next = moved.clone();
        match next.get_mut(user_id) {
            Some(member) if !member.gone_on => member.gone_on = true,
            _ => return Ok(()),
        }
        kept::write(self.file.as_deref(), &next)?;
        *moved = next;
        Ok(())
    }

    /// Binds the member to `sub`.
    ///
    /// # Errors
    /// An I/O error if the file cannot be written; then nothing has changed.
    pub(super) fn bind(&self, user_id: &str, sub: &str) -> std::io::Result<Bound> {
        let mut moved = self.lock();
        if let Some(before) = moved.get(user_id) {
            return Ok(if before.sub == sub {
                Bound::Moved
            } else {
                Bound::ToAnotherId
            });
        }
        if moved.values().any(|taken| taken.sub == sub) {
            return Ok(Bound::OfAnotherMember);
        }
        let mut next = moved.clone();
        let member = Moved {
            sub: sub.to_owned(),
            gone_on: false,
        };
        next.insert(user_id.to_owned(), member);
        kept::write(self.file.as_deref(), &next)?;
        *moved = next;
        Ok(Bound::Moved)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Moved>> {
        // Every change is complete when the lock is released, even if another thread
        // panics, so a poisoned lock is usable.
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

    #[test]
    fn who_moved_goes_on_once_and_nobody_else_does() -> std::io::Result<()> {
        let migrations = Migrations::load(None)?;
        migrations.go_on("1")?;
        assert_eq!(migrations.progress("1"), Progress::Here);
        migrations.bind("1", "a")?;
        assert_eq!(migrations.progress("1"), Progress::Moved);
        migrations.go_on("1")?;
        migrations.bind("1", "a")?;
        assert_eq!(migrations.progress("1"), Progress::GoneOn);
        Ok(())
    }

    #[test]
    fn a_file_of_before_is_read() -> serde_json::Result<()> {
        let text = r#"{"1": "a", "2": {"sub": "b", "gone_on": false}}"#;
        let moved: BTreeMap<String, Moved> = serde_json::from_str(text)?;
        let of = |id: &str| moved.get(id).map(|moved| (&*moved.sub, moved.gone_on));
        assert_eq!((of("1"), of("2")), (Some(("a", true)), Some(("b", false))));
        Ok(())
    }
}
