//! All rules, and what they are about.

use super::finding::Severity;

/// A rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which stays: BuildKit's own for its checks, such as `StageNameCasing`; ours are
    /// in kebab case, such as `pip-cache-in-layer`.
    pub name: &'static str,
    /// Whose rule it is.
    pub set: RuleSet,
    /// How bad breaking it is.
    pub severity: Severity,
    /// The rule in one sentence without a full stop.
    pub summary: &'static str,
    /// Whether it is off unless asked for.
    pub experimental: bool,
}

/// Whose rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleSet {
    /// Boxwright's.
    Boxwright,
    /// One of the build checks that BuildKit documents.
    BuildKit,
}

impl Rule {
    /// The page about it, relative to the project's folder: `docs/lint/<name in kebab case>.md`.
    pub fn page(&self) -> String {
        format!("docs/lint/{}.md", self.slug())
    }

    /// The name in kebab case.
    pub fn slug(&self) -> String {
        let mut slug = String::with_capacity(self.name.len() + 4);
        let mut previous_lower = false;
        let mut chars = self.name.chars().peekable();
        while let Some(c) = chars.next() {
            // A capital starts a word unless it stands inside an abbreviation such as JSON.
            let starts = c.is_ascii_uppercase()
                && (previous_lower || chars.peek().is_some_and(char::is_ascii_lowercase));
            if starts && !slug.is_empty() {
                slug.push('-');
            }
            slug.push(c.to_ascii_lowercase());
            previous_lower = c.is_ascii_lowercase();
        }
        slug
    }

    /// The rule of this name, written as ours or as its page is named.
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().copied().find(|rule| rule.name == name || rule.slug() == name)
    }
}

macro_rules! rules {
    ($($id:ident: $set:ident $name:literal, $severity:ident, $summary:literal $(, $experimental:ident)?;)*) => {
        $(
            pub(crate) static $id: Rule = Rule {
                name: $name,
                set: RuleSet::$set,
                severity: Severity::$severity,
                summary: $summary,
                experimental: rules!(@ $($experimental)?),
            };
        )*
        /// All rules, in the order of the documentation.
        pub static RULES: &[&Rule] = &[$(&$id),*];
    };
    (@ experimental) => { true };
    (@) => { false };
}

rules! {
    SYNTAX_ERROR: Boxwright "syntax-error", Error, "A Dockerfile is one that BuildKit takes";
    UNKNOWN_RULE: Boxwright "unknown-rule", Warning, "A comment that allows a rule names one that exists";
    PIP_CACHE_IN_LAYER: Boxwright "pip-cache-in-layer", Warning, "An installer leaves no download cache in a layer of the image";
    PIP_CACHE_COPIED: Boxwright "pip-cache-copied", Warning, "A download cache is not copied from one stage to another";
    GLIBC_WHEELS_ON_MUSL: Boxwright "glibc-wheels-on-musl", Error, "Packages installed on glibc are not copied to a stage on musl";
    NO_MUSL_WHEEL: Boxwright "no-musl-wheel", Note, "What is installed on musl has wheels for it";
    EXPOSED_PORT_NOT_BOUND: Boxwright "exposed-port-not-bound", Warning, "The port that is exposed is the one the server binds";
    SERVER_ON_LOCALHOST: Boxwright "server-on-localhost", Error, "A server in a container binds an address that can be reached from outside";
    DEBUG_SERVER: Boxwright "debug-server", Error, "A container is not started with a development server";
    RUNS_AS_ROOT: Boxwright "runs-as-root", Warning, "A container does not run as root";
    UNPINNED_BASE: Boxwright "unpinned-base", Warning, "A base image is named with the version it has";
    END_OF_LIFE_PYTHON: Boxwright "end-of-life-python", Warning, "The base image's Python still gets security fixes";
    COPY_BEFORE_INSTALL: Boxwright "copy-before-install", Warning, "Dependencies are installed before the sources are copied";
    COPY_ALL_WITHOUT_IGNORE_FILE: Boxwright "copy-all-without-ignore-file", Warning, "The whole context is copied only where an ignore file leaves out what does not belong";
    CHOWN_DUPLICATES_LAYER: Boxwright "chown-duplicates-layer", Warning, "Ownership is set when files are copied, not by a later chown -R";
    CREDENTIALS_IN_URL: Boxwright "credentials-in-url", Error, "No user name and password stand in a URL";
    STAGE_NAME_CASING: BuildKit "StageNameCasing", Warning, "Stage names are in lower case";
    FROM_AS_CASING: BuildKit "FromAsCasing", Warning, "FROM and AS are written in the same case";
    NO_EMPTY_CONTINUATION: BuildKit "NoEmptyContinuation", Warning, "No empty line stands inside an instruction";
    CONSISTENT_INSTRUCTION_CASING: BuildKit "ConsistentInstructionCasing", Warning, "All instructions are written in the same case";
    DUPLICATE_STAGE_NAME: BuildKit "DuplicateStageName", Warning, "No two stages have the same name";
    RESERVED_STAGE_NAME: BuildKit "ReservedStageName", Warning, "No stage is named scratch or context";
    JSON_ARGS_RECOMMENDED: BuildKit "JSONArgsRecommended", Warning, "CMD and ENTRYPOINT are written as JSON arrays, so that the program gets signals";
    MAINTAINER_DEPRECATED: BuildKit "MaintainerDeprecated", Warning, "Authors are named by a label, not by MAINTAINER";
    UNDEFINED_ARG_IN_FROM: BuildKit "UndefinedArgInFrom", Warning, "FROM uses only variables that an ARG before it declares";
    WORKDIR_RELATIVE_PATH: BuildKit "WorkdirRelativePath", Warning, "A first WORKDIR is an absolute path";
    UNDEFINED_VAR: BuildKit "UndefinedVar", Warning, "A variable is declared before it is used";
    MULTIPLE_INSTRUCTIONS_DISALLOWED: BuildKit "MultipleInstructionsDisallowed", Warning, "CMD, ENTRYPOINT and HEALTHCHECK stand once in a stage, since only the last counts";
    LEGACY_KEY_VALUE_FORMAT: BuildKit "LegacyKeyValueFormat", Warning, "ENV and LABEL are written with an equals sign";
    REDUNDANT_TARGET_PLATFORM: BuildKit "RedundantTargetPlatform", Warning, "FROM does not set the platform that is the default";
    SECRETS_USED_IN_ARG_OR_ENV: BuildKit "SecretsUsedInArgOrEnv", Warning, "ARG and ENV hold no secrets";
    INVALID_DEFAULT_ARG_IN_FROM: BuildKit "InvalidDefaultArgInFrom", Warning, "The defaults of ARGs make a valid image name in FROM";
    FROM_PLATFORM_FLAG_CONST_DISALLOWED: BuildKit "FromPlatformFlagConstDisallowed", Warning, "FROM does not fix the platform";
    COPY_IGNORED_FILE: BuildKit "CopyIgnoredFile", Warning, "COPY and ADD name nothing that the ignore file leaves out";
    INVALID_DEFINITION_DESCRIPTION: BuildKit "InvalidDefinitionDescription", Warning, "A comment right above a stage or an ARG starts with its name", experimental;
    EXPOSE_PROTO_CASING: BuildKit "ExposeProtoCasing", Warning, "EXPOSE names protocols in lower case";
    EXPOSE_INVALID_FORMAT: BuildKit "ExposeInvalidFormat", Warning, "EXPOSE names ports of the container, no addresses and no ports of the host";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_those_of_buildkit() {
        for (name, slug) in [
            ("StageNameCasing", "stage-name-casing"),
            ("JSONArgsRecommended", "json-args-recommended"),
            ("FromPlatformFlagConstDisallowed", "from-platform-flag-const-disallowed"),
            ("SecretsUsedInArgOrEnv", "secrets-used-in-arg-or-env"),
            ("pip-cache-in-layer", "pip-cache-in-layer"),
        ] {
            let rule = Rule::named(name).unwrap();
            assert_eq!(rule.slug(), slug);
            assert_eq!(Rule::named(slug), Some(rule));
        }
    }
}
