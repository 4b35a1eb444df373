//! `boxwright.yaml`: everything that detection decides can be said there, and more.

mod error;
mod fields;
mod schema;
mod starter;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use error::ConfigError;
pub use schema::schema;
pub use starter::starter_config;

use crate::PythonMinor;
use crate::step::User;

/// The name of the configuration file.
pub const CONFIG_FILE: &str = "boxwright.yaml";

/// The configuration of one project. Flags of the command line overwrite its fields.
///
/// ```
/// use boxwright_plan::Config;
///
/// let config = Config::parse("port: 9000\nstart: gunicorn shop:app\n")?;
/// assert_eq!(config.port, Some(9000));
///
/// let error = Config::parse("prot: 9000\n").unwrap_err();
/// assert!(error.to_string().contains("did you mean `port`?"));
/// # Ok::<(), boxwright_plan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The name of the project and its image.
    pub name: Option<String>,
    /// The folder that holds the application; flag `--source`.
    pub source: Option<String>,
    /// The file that lists the dependencies; flag `--requirements`.
    pub requirements: Option<String>,
    /// The Python version; flag `--python`.
    #[serde(deserialize_with = "fields::python")]
    pub python: Option<PythonMinor>,
    /// The application, as `module:object` or `module:factory()`; flag `--app`.
    pub app: Option<String>,
    /// The start command; flag `--start`.
    #[serde(deserialize_with = "fields::command")]
    pub start: Option<Vec<String>>,
    /// The port; flag `--port`.
    pub port: Option<u16>,
    /// Add a production server when the project depends on none; flag `--add-server`.
    pub add_server: bool,
    /// The base image instead of one composed from Debian packages; flag `--base`.
    pub base: Option<String>,
    /// The package index instead of PyPI; flag `--index`.
    pub index: Option<String>,
    /// Environment variables of the image.
    #[serde(deserialize_with = "fields::scalars")]
    pub env: BTreeMap<String, String>,
    /// Labels of the image.
    #[serde(deserialize_with = "fields::scalars")]
    pub labels: BTreeMap<String, String>,
    /// Debian packages to add to the base.
    pub system_packages: Vec<String>,
    /// The only files and folders of the source to copy.
    pub include: Vec<String>,
    /// How a container is asked whether it is well.
    #[serde(deserialize_with = "fields::healthcheck")]
    pub healthcheck: Option<HealthcheckConfig>,
    /// Who runs the processes.
    #[serde(deserialize_with = "fields::user")]
    pub user: Option<User>,
    /// Ports to expose besides the application's.
    pub ports: Vec<u16>,
    /// Further start commands by name; the image starts `web` where there is one.
    #[serde(deserialize_with = "fields::commands")]
    pub processes: BTreeMap<String, Vec<String>>,
    /// Commands that must succeed before the start, at every start, in this order.
    #[serde(deserialize_with = "fields::command_list")]
    pub pre_start: Vec<Vec<String>>,
    /// How layers are cut.
    pub layers: LayersConfig,
    /// Rules of the leak check that are switched off; flag `--allow-leak`.
    #[serde(deserialize_with = "fields::leak_rules")]
    pub allow_leaks: Vec<boxwright_context::Rule>,
}

/// `layers:` of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayersConfig {
    /// At most this many layers of dependencies.
    pub budget: u8,
}

impl Default for LayersConfig {
    /// Of the 20 layers an image may have, two are the base's, one is the sources', and one is kept free.
    fn default() -> Self {
        Self { budget: 16 }
    }
}

/// `healthcheck:` of the configuration: a path of the application, or a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthcheckConfig {
    /// The path that answers with a status below 400 while all is well.
    pub path: Option<String>,
    /// The command, instead of a path.
    pub command: Option<Vec<String>>,
    /// Seconds between two checks.
    pub interval: u32,
    /// Seconds until a check counts as failed.
    pub timeout: u32,
    /// Seconds after the start while failures do not count.
    pub start_period: u32,
    /// Failures in a row until the container is unhealthy.
    pub retries: u32,
}

impl Config {
    /// Reads the text of a `boxwright.yaml`. An empty one says nothing, which is fine.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Option<Self> = serde_yaml::from_str(text).map_err(|e| ConfigError::of(&e))?;
        config.unwrap_or_default().checked()
    }

    /// What the types cannot say.
    fn checked(self) -> Result<Self, ConfigError> {
        let invalid = |key: &str, problem: &str| ConfigError::value(key, problem);
        if self.port == Some(0) || self.ports.contains(&0) {
            return Err(invalid("port", "0 is not a port: write 1 to 65535"));
        }
        if !(1..=17).contains(&self.layers.budget) {
            return Err(invalid("layers.budget", "an image has at most 20 layers: write 1 to 17"));
        }
        if let Some(check) = &self.healthcheck
            && check.path.is_some() == check.command.is_some()
        {
            return Err(invalid("healthcheck", "give either a `path` or a `command`"));
        }
        Ok(self)
    }
}
