//! The input of a command: a file, or `-` for standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use super::Failure;

/// Opens the input.
///
/// # Errors
/// `Asked` if the file cannot be opened.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file =
        File::open(path).map_err(|error| Failure::Asked(format!("{}: {error}", path.display())))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Reads the whole input.
///
/// # Errors
/// `Asked` if it cannot be read or is not UTF-8.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    open(path)?
        .read_to_string(&mut text)
        .map_err(|error| Failure::Asked(format!("{}: {error}", path.display())))?;
    Ok(text)
}
