//! A `.dockerignore` to start from, merged with the one that is there.

use crate::ignore::{Dialect, IgnoreError, IgnoreFile, IgnorePattern, Matcher};

/// Patterns under one heading.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The comment above them.
    pub title: &'static str,
    /// The patterns, each with a path that shows what it is for.
    pub patterns: &'static [(&'static str, &'static str)],
}

/// What a Python web application's image does without.
pub const PYTHON: &[Section] = &[
    Section {
        title: "History",
        patterns: &[
            ("**/.git", ".git"),
            (".gitignore", ".gitignore"),
            (".gitattributes", ".gitattributes"),
            (".github", ".github"),
            (".hg", ".hg"),
            (".svn", ".svn"),
        ],
    },
    Section {
        title: "Secrets and settings of one machine",
        patterns: &[
            ("**/.env", ".env"),
            ("**/.env.*", ".env.local"),
            ("**/.netrc", ".netrc"),
            ("**/.pypirc", ".pypirc"),
            ("**/.aws", ".aws"),
            ("**/.ssh", ".ssh"),
            ("**/id_rsa", "id_rsa"),
            ("**/id_ed25519", "id_ed25519"),
        ],
    },
    Section {
        title: "What Python and its tools leave behind",
        patterns: &[
            ("**/__pycache__", "__pycache__"),
            ("**/*.py[cod]", "module.pyc"),
            ("**/*.egg-info", "app.egg-info"),
            (".venv", ".venv"),
            ("venv", "venv"),
            ("**/.pytest_cache", ".pytest_cache"),
            ("**/.mypy_cache", ".mypy_cache"),
            ("**/.ruff_cache", ".ruff_cache"),
            (".tox", ".tox"),
            (".nox", ".nox"),
            ("**/.coverage", ".coverage"),
            ("htmlcov", "htmlcov"),
            ("**/.ipynb_checkpoints", ".ipynb_checkpoints"),
        ],
    },
    Section { title: "Front-end packages", patterns: &[("**/node_modules", "node_modules")] },
    Section {
        title: "Editors, and how the image is built",
        patterns: &[
            (".idea", ".idea"),
            (".vscode", ".vscode"),
            ("**/*.swp", "file.swp"),
            ("**/.DS_Store", ".DS_Store"),
            ("Dockerfile*", "Dockerfile"),
            ("*.Dockerfile", "prod.Dockerfile"),
            (".dockerignore", ".dockerignore"),
            ("compose*.y*ml", "compose.yaml"),
            ("docker-compose*.y*ml", "docker-compose.yml"),
        ],
    },
];

/// The text of an ignore file that says what `existing` says, and beyond that leaves out what is
/// suggested.
///
/// The existing text is kept to the letter, at the top. A suggestion is added unless the file has
/// it already, leaves such paths out by other means, or takes them back in with an exception:
/// nothing that the file lets in on purpose is left out. Merging twice changes nothing.
///
/// # Errors
/// `existing` is no well-formed ignore file.
pub fn suggest(existing: Option<&[u8]>, sections: &[Section]) -> Result<Vec<u8>, IgnoreError> {
    let existing = existing.unwrap_or_default();
    let file = IgnoreFile::parse(existing, ".dockerignore")?;
    let matcher = Matcher::new(&file, Dialect::Current)?;
    // Where something is taken back in, a pattern may matter that seems to be covered.
    let has_exceptions = exceptions(&file).next().is_some();
    let mut text = existing.to_vec();
    let mut added = Vec::new();
    for Section { title, patterns } in sections {
        let mut lines = Vec::new();
        for &(pattern, example) in *patterns {
            let known = file.patterns().iter().any(|known| known.text == pattern.as_bytes());
            let covered = leaves_out(&matcher, pattern, example)? && !has_exceptions;
            if !known && !covered && !is_taken_back(&file, example)? {
                lines.push(pattern);
            }
        }
        if !lines.is_empty() {
            append_section(&mut text, title, &lines);
            added.extend(lines);
        }
    }
    let taken_back = overridden(&file, &matcher, &added)?;
    if !taken_back.is_empty() {
        let lines: Vec<&str> = taken_back.iter().map(String::as_str).collect();
        append_section(&mut text, "Kept all the same", &lines);
    }
    Ok(text)
}

/// Whether the file leaves out what the pattern is for, at the root and, for `**/`, below it.
fn leaves_out(matcher: &Matcher, pattern: &str, example: &str) -> Result<bool, IgnoreError> {
    let nested = format!("directory/below/{example}");
    Ok(matcher.matches(example.as_bytes())?
        && (!pattern.starts_with("**/") || matcher.matches(nested.as_bytes())?))
}

fn append_section(text: &mut Vec<u8>, title: &str, lines: &[&str]) {
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    let gap = if text.is_empty() { "" } else { "\n" };
    text.extend_from_slice(format!("{gap}# {title}\n{}\n", lines.join("\n")).as_bytes());
}

/// Whether an exception of the file is about paths like the example: its last component
/// matches, and is more than a star.
fn is_taken_back(file: &IgnoreFile, example: &str) -> Result<bool, IgnoreError> {
    for exception in exceptions(file) {
        let last = exception.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        if matches!(last, b"*" | b"**" | b"") {
            continue;
        }
        let alone = IgnoreFile::from_patterns(file.name(), [last]);
        if Matcher::new(&alone, Dialect::Current)?.matches(example.as_bytes())? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The exceptions to repeat behind the added patterns, since one of these would override them.
fn overridden(
    file: &IgnoreFile,
    before: &Matcher,
    added: &[&str],
) -> Result<Vec<String>, IgnoreError> {
    let alone = IgnoreFile::from_patterns("suggested", added.iter().map(|line| line.as_bytes()));
    let added = Matcher::new(&alone, Dialect::Current)?;
    let mut again = Vec::new();
    for exception in exceptions(file) {
        // A wildcard stands for a name here, which tells whether such names are left out.
        let path = String::from_utf8_lossy(exception).replace("**/", "").replace('*', "x");
        let line = format!("!{}", String::from_utf8_lossy(exception));
        let effective = !before.matches(path.as_bytes())?;
        if effective && added.matches(path.as_bytes())? && !again.contains(&line) {
            again.push(line);
        }
    }
    Ok(again)
}

/// The file's exceptions, without their `!`.
fn exceptions(file: &IgnoreFile) -> impl Iterator<Item = &[u8]> {
    file.patterns().iter().filter_map(|IgnorePattern { text, .. }| text.strip_prefix(b"!"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(existing: &str) -> String {
        String::from_utf8(suggest(Some(existing.as_bytes()), PYTHON).unwrap()).unwrap()
    }

    fn excludes(text: &str, path: &str) -> bool {
        let file = IgnoreFile::parse(text, "f").unwrap();
        Matcher::new(&file, Dialect::Current).unwrap().matches(path.as_bytes()).unwrap()
    }

    #[test]
    fn a_fresh_file() {
        insta::assert_snapshot!(merged(""));
    }

    #[test]
    fn every_pattern_leaves_its_example_out() {
        for (pattern, example) in PYTHON.iter().flat_map(|section| section.patterns) {
            assert!(excludes(pattern, example), "{pattern} does not match {example}");
        }
    }

    #[test]
    fn what_the_file_says_stays() {
        for existing in
            ["", "node_modules\n*.md\n!README.md", "# mine\r\n\r\n*.log\r\n", "*\n!src\n"]
        {
            let once = merged(existing);
            assert!(once.starts_with(existing), "{once}");
            assert_eq!(merged(&once), once, "merging twice changed the file");
            assert_eq!(excludes(existing, "README.md"), excludes(&once, "README.md"));
        }
    }

    #[test]
    fn nothing_taken_in_on_purpose_is_left_out() {
        let text = merged("*\n!src\n!.env.production\n!**/*.swp\n!Dockerfile\n!wheels/x.pyc\n");
        for path in ["src", "src/app.py", ".env.production", "b.swp", "Dockerfile", "wheels/x.pyc"]
        {
            assert!(!excludes(&text, path), "{path}\n{text}");
        }
        assert!(excludes(&text, "src/__pycache__"));
        assert!(excludes(&text, "src/.env.local"));
    }

    #[test]
    fn what_is_left_out_already_is_not_repeated() {
        let text = merged(".git*\n**/__pycache__\n*.md\n");
        assert_eq!(text.matches("__pycache__").count(), 1);
        assert_eq!(text.matches(".gitignore").count(), 0);
        assert!(text.contains("\n**/.git\n"), "`.git*` leaves it out at the root only");
        assert!(!merged("!.env\n").contains("\n**/.env\n"));
        let undone = merged("!.env.local\n.env.*\n");
        assert!(!undone.contains("Kept all the same"), "it had no effect before either");
    }
}
