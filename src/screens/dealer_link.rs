//! Linking an account with a dealer: ⑩ and ⑮, and before them the choice of a
//! dealer where the client named none.

pub mod choice;
pub mod complete;
pub mod consent;
