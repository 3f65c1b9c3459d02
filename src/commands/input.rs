//! What a command is given to read: a file, or `-` for standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use super::Failure;

/// Opens it.
///
/// # Errors
/// If there is no such file.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file =
        File::open(path).map_err(|error| Failure::Asked(format!("{}: {error}", path.display())))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Reads all of it.
///
/// # Errors
/// If it cannot be read or is not UTF-8.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    open(path)?
        .read_to_string(&mut text)
        .map_err(|error| Failure::Asked(format!("{}: {error}", path.display())))?;
    Ok(text)
}
