//! Stores data that must outlive the process as one JSON document in a file. It is written
//! to a second file that is then renamed, so a reader never sees half of it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads `file`. Returns the default value if there is no file.
///
/// # Errors
/// An I/O error if the file exists but cannot be read or is not valid JSON: it must not be
/// taken for empty.
pub(crate) fn read<T: DeserializeOwned + Default>(file: Option<&Path>) -> io::Result<T> {
    match file.map(fs::read) {
        None => Ok(T::default()),
        Some(Ok(bytes)) => Ok(serde_json::from_slice(&bytes)?),
        Some(Err(error)) if error.kind() == ErrorKind::NotFound => Ok(T::default()),
        Some(Err(error)) => Err(error),
    }
}

/// Writes `what` to `file`; does nothing if there is no file, and then the data lives as
/// long as the process.
///
/// # Errors
/// An I/O error if the file cannot be written; it then keeps its former content.
pub(crate) fn write(file: Option<&Path>, what: &impl Serialize) -> io::Result<()> {
    let Some(file) = file else {
        return Ok(());
    };
    let beside = file.with_extension("new");
    let mut written = File::create(&beside)?;
    written.write_all(&serde_json::to_vec_pretty(what)?)?;
    written.sync_all()?;
    fs::rename(beside, file)
}
