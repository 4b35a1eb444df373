//! What a build on a Docker Engine led to, for people and for programs.

use std::fmt::Write as _;

use boxwright_engine::{DockerBuilder, DockerImage};
use boxwright_plan::{Decision, Profile};
use serde::Serialize;

use super::{DockerConfig, Prepared};
use crate::config::BuildConfig;
use crate::report::size;

/// The result of a build on a Docker Engine. Its JSON form is what
/// `boxwright build --engine docker --json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct DockerReport {
    /// The image's name with its tag.
    pub name: String,
    /// The digest of its configuration: what Docker calls the image ID.
    pub image_id: String,
    /// What it runs on: `linux/amd64`.
    pub platform: String,
    /// The engine's builder.
    pub builder: DockerBuilder,
    /// The way to containerise.
    pub profile: Profile,
    /// What it is based on, in words.
    pub base: String,
    /// Its bytes, unpacked.
    pub uncompressed_bytes: u64,
    /// How many layers it has.
    pub layers: usize,
    /// How many instructions were carried out.
    pub built: usize,
    /// How many results the builder had.
    pub reused: usize,
    /// How it is started, as one would type it.
    pub start: String,
    /// What was decided, and why.
    pub decisions: Vec<Decision>,
}

impl DockerReport {
    pub(super) fn new(
        config: &BuildConfig,
        docker: &DockerConfig,
        prepared: &Prepared,
        image: &DockerImage,
    ) -> Self {
        Self {
            name: prepared.build.name.clone(),
            image_id: image.id.clone(),
            platform: format!("linux/{}", config.architecture),
            builder: prepared.build.builder,
            profile: docker.profile,
            base: prepared.base.clone(),
            uncompressed_bytes: image.bytes,
            layers: image.layers,
            built: image.built,
            reused: image.reused,
            start: prepared.plan.start().map(ToString::to_string).unwrap_or_default(),
            decisions: prepared.plan.decisions.clone(),
        }
    }

    /// The report for people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {}", self.name, self.image_id);
        let _ = writeln!(
            text,
            "  {} in {} layers, {}, profile {}",
            size(self.uncompressed_bytes),
            self.layers,
            self.platform,
            self.profile
        );
        let _ = writeln!(text, "  based on      {}", self.base);
        let _ = write!(text, "  starts        {}", self.start);
        text
    }
}
