//! The image configuration: what a container starts with.
#![allow(clippy::zero_sized_map_values, reason = "the format writes sets as maps of empty objects")]

use std::collections::BTreeMap;

use boxwright_digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The configuration blob of an image.
///
/// What another tool wrote into a base image and this crate does not name is
/// kept in `other`, here and in [`RuntimeConfig`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageConfig {
    /// When the image was made, as RFC 3339; absent where nothing says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The architecture in Go's words: `amd64`, `arm64`.
    pub architecture: String,
    /// The operating system: `linux`.
    pub os: String,
    /// What a container runs, and as whom.
    #[serde(default)]
    pub config: RuntimeConfig,
    /// The layers by diff ID.
    pub rootfs: RootFs,
    /// One entry a layer, lowest first, and further ones for changes of the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
    /// Everything else that was there.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// What a container of this image runs, as whom, and with what around it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RuntimeConfig {
    /// User and group, by name or number: `65532:65532`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Ports the program listens on, each as `8080/tcp`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub exposed_ports: BTreeMap<String, Empty>,
    /// The environment, each as `NAME=value`.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    pub env: Vec<String>,
    /// What always runs.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    pub entrypoint: Vec<String>,
    /// What runs, or the arguments of the entrypoint, unless the user names others.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    pub cmd: Vec<String>,
    /// The directory it runs in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Facts about the image.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_as_default")]
    pub labels: BTreeMap<String, String>,
    /// The signal that asks it to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// Everything else that was there.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// The value of a set that JSON writes as a map: `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// The root file system: the diff IDs of the layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootFs {
    /// Always `layers`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The digest of each layer's uncompressed tar, lowest first.
    pub diff_ids: Vec<Digest>,
}

impl Default for RootFs {
    fn default() -> Self {
        Self { kind: "layers".to_owned(), diff_ids: Vec::new() }
    }
}

/// How a layer came to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// When, as RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// What made it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// More words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether it left no layer behind.
    #[serde(default, skip_serializing_if = "is_false")]
    pub empty_layer: bool,
}

impl ImageConfig {
    /// Sets an environment variable, in the place of an earlier value of the same name.
    pub fn set_env(&mut self, name: &str, value: &str) {
        let entry = format!("{name}={value}");
        let env = &mut self.config.env;
        match env.iter_mut().find(|old| old.split_once('=').is_some_and(|(key, _)| key == name)) {
            Some(old) => *old = entry,
            None => env.push(entry),
        }
    }

    /// Says that the program listens on a TCP port.
    pub fn expose(&mut self, port: u16) {
        self.config.exposed_ports.insert(format!("{port}/tcp"), Empty {});
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Docker writes `null` where it means an empty list or map.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration as Docker 20.10 writes one survives, with what we do not name.
    #[test]
    fn a_foreign_configuration_survives() {
        let text = r#"{"architecture":"amd64","os":"linux","docker_version":"20.10.24","variant":"v8",
            "config":{"Env":null,"Cmd":["sh"],"Image":"","Labels":null,"OnBuild":null,"Tty":false},
            "rootfs":{"type":"layers","diff_ids":[]}}"#;
        let config: ImageConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.config.cmd, ["sh"]);
        assert_eq!(config.other["docker_version"], "20.10.24");
        let again = serde_json::to_value(&config).unwrap();
        assert_eq!(again["variant"], "v8");
        assert_eq!(again["config"]["Tty"], false);
    }

    #[test]
    fn a_variable_is_set_once() {
        let mut config = ImageConfig::default();
        config.set_env("PORT", "80");
        config.set_env("PORTAL", "x");
        config.set_env("PORT", "8080");
        assert_eq!(config.config.env, ["PORT=8080", "PORTAL=x"]);
    }
}
