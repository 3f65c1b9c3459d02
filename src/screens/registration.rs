//! Getting a common ID: ④–⑨.

pub mod already_registered;
pub mod code;
pub mod complete;
pub mod confirmation;
pub mod details;
pub mod email;
pub mod terms;
