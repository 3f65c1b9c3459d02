//! Whole journeys through the provider: the main job and single sign-on. Journeys that
//! choose their backends themselves are in `once`.

pub(crate) mod main_journey;
