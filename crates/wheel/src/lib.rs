//! A Python wheel as layer entries.

mod name;
mod tags;

pub use name::{BuildTag, WheelName, WheelNameError};
pub use tags::{TagRank, Tags};
