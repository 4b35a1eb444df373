//! Shell text, read just well enough to know which programs it runs with which words.
//!
//! This is no shell: nothing is expanded, and constructs that are not commands
//! (functions, `case`) are passed over. What it promises is that quotes,
//! comments, redirections and substitutions never turn into commands.

mod lex;
mod python;

pub(crate) use lex::{ShellCommand, ShellWord, commands};
pub(crate) use python::{Install, Installer, installs, is_python, unwrap};
