//! What an edit of a dependency file does to the key: a table of edits over all formats, and
//! properties over edits that nobody wrote down.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod explained;
mod project;
mod properties;
mod table;
