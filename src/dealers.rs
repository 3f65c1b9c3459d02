//! The dealer directory: its copy in this node's memory, the import of dealers, and the
//! notices that dealers gave. The links between accounts and dealers are in `dealer_links`.

pub mod directory;
pub mod import;
pub mod notice;
