//! What must outlive the process: one JSON document in a file, written beside
//! and renamed, so that it is whole whenever it is read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What was written in `file`; the beginning of everything where there is none.
///
/// # Errors
/// If there is a file that cannot be read: it is not to be taken for empty.
pub(crate) fn read<T: DeserializeOwned + Default>(file: Option<&Path>) -> io::Result<T> {
    match file.map(fs::read) {
        None => Ok(T::default()),
        Some(Ok(bytes)) => Ok(serde_json::from_slice(&bytes)?),
        Some(Err(error)) if error.kind() == ErrorKind::NotFound => Ok(T::default()),
        Some(Err(error)) => Err(error),
    }
}

/// Writes it; without a file it is kept while the process lives.
///
/// # Errors
/// If it cannot be written: then the file is as it was.
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
