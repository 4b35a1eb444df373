//! The program as one types it: what each command prints, and what it says of a mistake.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

mod build;
mod context;
mod dockerfile;
mod docs;
mod help;
mod key;
mod lint;
mod plan;
mod project;
