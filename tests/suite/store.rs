//! The contract of the database seam: every method, on both databases.

mod migrations;
