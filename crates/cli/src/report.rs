//! What a build led to, for people and for programs.

use std::fmt::Write as _;

use boxwright_digest::Digest;
use boxwright_engine::{BaseResolution, Built, LayerKind, Outcome};
use boxwright_image::Layout;
use boxwright_plan::{BuildPlan, Decision};
use serde::Serialize;

use crate::config::BuildConfig;

/// The result of a build. Its JSON form is what `boxwright build --json` prints: names and meanings
/// stay as they are within a major version; fields may be added.
#[derive(Debug, Clone, Serialize)]
pub struct BuildReport {
    /// The image's name with its tag.
    pub name: String,
    /// The digest of its manifest.
    pub digest: Digest,
    /// The digest of its configuration: what Docker calls the image ID.
    pub image_id: Digest,
    /// What it runs on: `linux/amd64`.
    pub platform: String,
    /// The base in words.
    pub base: String,
    /// The layers, lowest first.
    pub layers: Vec<LayerReport>,
    /// The bytes of all layers as a registry stores them.
    pub compressed_bytes: u64,
    /// The bytes of all layers' tars.
    pub uncompressed_bytes: u64,
    /// The bytes that came over the network for this build.
    pub downloaded_bytes: u64,
    /// Whether the standard library and the dependencies are compiled.
    pub bytecode: bool,
    /// The Python packages in it, each as `name version`.
    pub packages: Vec<String>,
    /// How it is started, as one would type it.
    pub start: String,
    /// The OCI layout that holds it, under its name.
    pub store: String,
    /// What was decided, and why.
    pub decisions: Vec<Decision>,
}

/// One layer of a built image.
#[derive(Debug, Clone, Serialize)]
pub struct LayerReport {
    /// What it is for.
    pub kind: LayerKind,
    /// What is in it, in words.
    pub title: String,
    /// Whether the cache had it.
    pub outcome: Outcome,
    /// The digest of its compressed bytes.
    pub digest: Digest,
    /// Their number.
    pub compressed_bytes: u64,
    /// The bytes of its tar.
    pub uncompressed_bytes: u64,
}

impl BuildReport {
    pub(crate) fn new(
        config: &BuildConfig,
        plan: &BuildPlan,
        base: &BaseResolution,
        built: &Built,
        store: &Layout,
    ) -> Self {
        let layers = built.layers.iter().map(|built| LayerReport {
            kind: built.kind,
            title: built.title.clone(),
            outcome: built.outcome,
            digest: built.layer.descriptor.digest,
            compressed_bytes: built.layer.descriptor.size,
            uncompressed_bytes: built.layer.uncompressed_size,
        });
        Self {
            name: config.name.to_string(),
            digest: built.image.digest(),
            image_id: built.image.manifest().config.digest,
            platform: format!("linux/{}", base.target.architecture),
            base: base.title(),
            layers: layers.collect(),
            compressed_bytes: built.image.compressed_size(),
            uncompressed_bytes: built.image.uncompressed_size(),
            downloaded_bytes: built.downloaded,
            bytecode: built.bytecode,
            packages: built.packages.clone(),
            start: plan.start().map(ToString::to_string).unwrap_or_default(),
            store: store.root().display().to_string(),
            decisions: plan.decisions.clone(),
        }
    }

    /// The report for people: what is in the image, how large it is, how it is started.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {}", self.name, self.digest);
        for layer in &self.layers {
            let _ = writeln!(
                text,
                "  {:<12}  {:>9}  {:>9} compressed  {}",
                layer.kind.name(),
                size(layer.uncompressed_bytes),
                size(layer.compressed_bytes),
                layer.title
            );
        }
        let (uncompressed, compressed) =
            (size(self.uncompressed_bytes), size(self.compressed_bytes));
        let _ = writeln!(
            text,
            "  {:<12}  {uncompressed:>9}  {compressed:>9} compressed  {}",
            "together", self.platform
        );
        let _ = writeln!(text, "  starts        {}", self.start);
        let _ = write!(text, "  kept in       oci:{}:{}", self.store, self.name);
        text
    }
}

/// Bytes in the decimal units that registries and engines show: `512 B`, `4.1 kB`, `57.62 MB`.
pub(crate) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two decimals")]
    let size = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", size / 1e3),
        _ => format!("{:.2} MB", size / 1e6),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_size_has_the_unit_that_suits_it() {
        let table = [
            (999, "999 B"),
            (4_096, "4.1 kB"),
            (57_615_360, "57.62 MB"),
            (4_200_000_000, "4200.00 MB"),
        ];
        for (bytes, text) in table {
            assert_eq!(super::size(bytes), text);
        }
    }
}
