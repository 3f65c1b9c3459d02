//! Whole ways through the provider: the main job, single sign-on, several
//! nodes, and nodes that die on the way.

mod killed;
mod main_journey;
mod two_nodes;
