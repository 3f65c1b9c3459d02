//! The app's terminal, and the file that keeps the person signed in.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Write};
use std::os::unix::fs::OpenOptionsExt as _;

use super::{NativeApp, SignedIn, Stopped};

/// A terminal, or a test's replacement for it.
pub struct Terminal<'t> {
    /// What the person types.
    pub input: &'t mut (dyn BufRead + Send),
    /// What the app writes.
    pub output: &'t mut (dyn Write + Send),
}

impl std::fmt::Debug for Terminal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terminal(..)")
    }
}

impl Terminal<'_> {
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.output, "{line}")
    }

    pub(super) fn ask(&mut self, question: &str) -> io::Result<String> {
        write!(self.output, "{question}")?;
        self.output.flush()?;
        let mut line = String::new();
        self.input.read_line(&mut line)?;
        Ok(line)
    }
}

impl NativeApp {
    pub(super) fn kept(&self) -> Result<Option<SignedIn>, Stopped> {
        match fs::read(&self.keep) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(Stopped::because),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a second file and renames it: after a crash, the file has the old token or
    /// the new one.
    pub(super) fn keep(&self, signed_in: &SignedIn) -> Result<(), Stopped> {
        let beside = self.keep.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(&serde_json::to_vec(signed_in).map_err(Stopped::because)?)?;
        file.sync_all()?;
        Ok(fs::rename(&beside, &self.keep)?)
    }

    pub(super) fn forget(&self) -> Result<(), Stopped> {
        Ok(fs::remove_file(&self.keep)?)
    }
}
