//! Demo relying parties.
