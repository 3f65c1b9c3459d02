//! The dealer directory, as this node holds it in memory. The links between accounts
//! and dealers are in `dealer_links`.

pub mod directory;
