//! What can be wrong with a configuration file.

use super::CONFIG_FILE;

/// A `boxwright.yaml` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not YAML, or of another shape than the documented one.
    #[error("{CONFIG_FILE}:{line}:{column}: {problem}{}", suggestion.as_ref().map(|key| format!("; did you mean `{key}`?")).unwrap_or_default())]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
        /// The known key that an unknown one resembles most.
        suggestion: Option<String>,
    },
    /// A value that its key does not allow.
    #[error("{CONFIG_FILE}: {key}: {problem}")]
    Value {
        /// The key, with dots between levels.
        key: String,
        /// What is wrong, and what to write.
        problem: String,
    },
}

impl ConfigError {
    pub(super) fn value(key: &str, problem: &str) -> Self {
        Self::Value { key: key.to_owned(), problem: problem.to_owned() }
    }

    pub(super) fn of(error: &serde_yaml::Error) -> Self {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let text = error.to_string();
        // The reader appends its own words for the place, which ours precede.
        let problem = text.split(" at line ").next().unwrap_or(&text).to_owned();
        let suggestion = unknown_key(&problem);
        Self::Malformed { line, column, problem, suggestion }
    }
}

/// The known key nearest to the unknown one that serde's message quotes.
///
/// The message is serde's own, ``unknown field `a`, expected one of `b`, `c` ``; a test holds it to that.
fn unknown_key(message: &str) -> Option<String> {
    let at = message.find("unknown field `")?;
    let mut quoted = message[at..].split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    nearest(unknown, quoted).map(str::to_owned)
}

/// The candidate that differs least from `word`, if it differs by no more than a third of its length or two letters.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distance = |other: &&str| strsim::damerau_levenshtein(word, other);
    let best = candidates.into_iter().min_by_key(distance)?;
    (distance(&best) <= (word.len() / 3).max(2)).then_some(best)
}
