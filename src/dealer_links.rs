//! Links between accounts and dealers, beyond a single visit: what the dealers' own
//! systems are told of them, and how they end. How a person makes one is in
//! `interaction::dealer_linking`.

pub mod customer_numbers;
pub mod events;
pub mod guardian;
pub mod withdrawal;
