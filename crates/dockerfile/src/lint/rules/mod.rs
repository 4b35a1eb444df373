//! The rules, by what they look at.

mod base;
mod casing;
mod commands;
mod copies;
mod description;
mod expose;
mod from;
mod install;
mod layers;
mod secrets;
mod servers;
mod stages;
mod users;
mod variables;

use super::check::Check;

/// Every rule's code; some share a function because they look at the same things.
pub(crate) const ALL: &[Check] = &[
    base::check,
    casing::check,
    commands::check,
    copies::check,
    description::check,
    expose::check,
    from::check,
    install::check,
    layers::check,
    secrets::check,
    servers::check,
    stages::check,
    users::check,
    variables::check,
];
