//! What edits of lock files do to the key, where the tools themselves wrote the locks: a table of
//! edits, properties over edits that nobody wrote down, and what is said about them.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod explained;
mod project;
mod properties;
mod table;
