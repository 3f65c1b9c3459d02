//! The audit trail: what a security event is, where it came from, and the events that wait
//! in this process to be written. An event of a change is written in the transaction of the
//! change by `store::security_events`; any other event is noted here and written soon
//! after. Reasons: `docs/decisions/0033-the-audit-trail.md`.

mod event;
mod origin;
mod record;
mod unwritten;

pub use event::{Event, EventKind, Reason};
pub use origin::{
    Actor, Origin, Place, act_for, continue_interaction, correlation_id, current, note, scope,
};
pub use record::Record;
pub use unwritten::{Bounds, Unwritten};
