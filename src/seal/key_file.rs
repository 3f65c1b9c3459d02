//! The file with the sealing keys: one per line, 32 bytes in base64. Only its owner may
//! read it, and it is created either completely or not at all.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KEY_LEN;
use crate::fault::Fault;
use crate::random::Random;

/// Returns the keys in the order of their lines.
pub(super) fn read(path: &Path) -> Result<Vec<Zeroizing<[u8; KEY_LEN]>>, Fault> {
    let mut file = File::open(path).map_err(|error| refused(path, error))?;
    // The mode is read from the opened file, because the path could point to another file
    // by then.
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(refused(path, "others can read it: chmod 600"));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys = lines.map(root_key).collect::<Result<_, _>>();
    keys.map_err(|why| refused(path, why))
}

fn root_key(line: &str) -> Result<Zeroizing<[u8; KEY_LEN]>, &'static str> {
    let bytes = Zeroizing::new(
        STANDARD
            .decode(line)
            .map_err(|_invalid| "a line is not base64")?,
    );
    let mut key = Zeroizing::new([0; KEY_LEN]);
    if bytes.len() != KEY_LEN {
        return Err("a key is not of 32 bytes");
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

/// Writes a new key under another name first and links it into place. A crash leaves no
/// half-written key, and of two processes that start at once one wins.
pub(super) fn create(path: &Path, random: &Random) -> Result<(), Fault> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let draft = draft_beside(path, random);
    let written = write_new(&draft, random).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&draft);
    written.and(removed).map_err(Fault::from)
}

fn draft_beside(path: &Path, random: &Random) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", random.id()));
    PathBuf::from(name)
}

fn write_new(path: &Path, random: &Random) -> io::Result<()> {
    let key = Zeroizing::new(random.bytes::<KEY_LEN>());
    let mut line = Zeroizing::new(STANDARD.encode(key.as_slice()));
    line.push('\n');
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

pub(super) fn refused(path: &Path, why: impl Display) -> Fault {
    Fault::because(format!("the sealing key file {}: {why}", path.display()))
}
