//! The sealer as an operation asks for it: a server has loaded its keys at its start, a
//! command reads them only when there is something to seal, so that it needs no key otherwise.

use std::path::Path;

use super::Sealer;
use crate::fault::Fault;

/// Where the sealing keys are.
#[derive(Clone, Copy, Debug)]
pub enum SealingKey<'a> {
    /// Loaded already.
    Loaded(&'a Sealer),
    /// In this file.
    InFile(&'a Path),
}

impl SealingKey<'_> {
    /// The sealer over the keys.
    ///
    /// # Errors
    /// As [`Sealer::load`], if they are not loaded yet.
    pub fn sealer(self) -> Result<Sealer, Fault> {
        match self {
            Self::Loaded(sealer) => Ok(sealer.clone()),
            Self::InFile(path) => Sealer::load(path),
        }
    }
}
