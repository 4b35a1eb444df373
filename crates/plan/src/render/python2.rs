//! Python 2, as text only: for an application that cannot be moved yet.

use boxwright_dockerfile::{CommandLine, CopyFiles, Dialect, Dockerfile, Run};

use super::{RenderError, SIGNATURE};
use crate::build_plan::APP_DIR;
use crate::start::StartCommand;
use crate::step::User;

/// What a Python 2 application says about itself; nothing of it is detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python2 {
    /// The requirements file.
    pub requirements: String,
    /// The start command.
    pub start: StartCommand,
    /// The port.
    pub port: u16,
}

/// A Dockerfile for an application that still needs Python 2.
///
/// The last official image is of 2020, and the last pip for it is 20.3.4; neither gets fixes.
pub fn python2(application: &Python2, dialect: Dialect) -> Result<Dockerfile, RenderError> {
    let Python2 { requirements, start, port } = application;
    let name = requirements.rsplit('/').next().unwrap_or(requirements);
    let builder = Dockerfile::builder(dialect)
        .comment(format!("{SIGNATURE} for Python 2."))
        .blank()
        .comment("Python 2 has had no security fixes since 2020, nor has this image: keep it away from the network's edge.")
        .from("python:2.7.18-slim-buster")
        .env([("PYTHONUNBUFFERED", "1".to_owned()), ("PYTHONDONTWRITEBYTECODE", "1".to_owned()), ("PORT", port.to_string())])
        .blank()
        .workdir(APP_DIR)
        .copy(CopyFiles::new([requirements.as_str()], "./"))
        .comment("20.3.4 is the last pip that runs on Python 2.")
        .run(Run::lines([
            "pip install --no-cache-dir pip==20.3.4".to_owned(),
            format!("&& pip install --no-cache-dir -r {name}"),
        ]))
        .blank()
        .copy(CopyFiles::new(["."], "./"))
        .user(User::NONROOT.to_string())
        .expose([port.to_string()])
        .cmd(CommandLine::exec(["sh", "-c", &start.shell()]));
    Ok(builder.build()?)
}
