//! The dealer directory: as this node holds it in memory, how dealers are imported into it,
//! and the notices they gave. The links between accounts and dealers are in `dealer_links`.

pub mod directory;
pub mod import;
pub mod notice;
