//! Package files made for the test: unpacked, refused, and composed.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod compose;
mod deb;
mod support;
