//! Whole ways through the provider: the main job and single sign-on. Those that choose
//! their backends themselves are in `once`.

pub(crate) mod main_journey;
