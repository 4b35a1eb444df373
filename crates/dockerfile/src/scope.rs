//! Which variables are known where, and what they say.

use std::collections::BTreeMap;

use crate::model::{Argument, Command};
use crate::stages::Stages;
use crate::{Escape, Expansion, Word, WordError};

/// Variables that a `FROM` may use without an `ARG`, and a stage with one that gives no default.
pub(crate) const PLATFORM_ARGUMENTS: [&str; 9] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
];

/// What names said before something was applied, the first change last.
pub(crate) type Undo = Vec<(String, Option<Option<String>>)>;

/// The variables at one place of a Dockerfile.
///
/// Before the first `FROM` there are the global `ARG`s; only `FROM` sees them.
/// A stage starts with what its base has: nothing, or all that the stage it is
/// built on ends with. `ENV` and `ARG` add to it, and an `ARG` without a
/// default takes over the global one of its name.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `None` where a name is declared and has no value.
    values: BTreeMap<String, Option<String>>,
}

impl Scope {
    /// What `FROM` sees: the defaults of the global `ARG`s, and the values a build gives.
    ///
    /// `arguments` are those that the build is given, as with `--build-arg`.
    pub fn global(
        stages: &Stages<'_>,
        escape: Escape,
        arguments: &BTreeMap<String, String>,
    ) -> Self {
        let mut scope = Self::default();
        for argument in stages.global_arguments() {
            let value = match (arguments.get(&argument.name), &argument.default) {
                (Some(value), _) => Some(value.clone()),
                (None, Some(default)) => scope.text(default, escape),
                (None, None) => None,
            };
            // An `ARG` without a value hides no earlier one.
            if value.is_some() || !scope.values.contains_key(&argument.name) {
                scope.values.insert(argument.name.clone(), value);
            }
        }
        scope
    }

    /// Applies what `command` declares: `ENV` and `ARG`, in a stage.
    ///
    /// All words of one `ENV` see what was before it; the names of one `ARG` see each other.
    /// `arguments` are those that the build is given.
    pub fn enter(
        &mut self,
        command: &Command,
        escape: Escape,
        global: &Self,
        arguments: &BTreeMap<String, String>,
    ) {
        self.apply(command, escape, global, arguments);
    }

    /// Does the same, and says what was there before.
    pub(crate) fn apply(
        &mut self,
        command: &Command,
        escape: Escape,
        global: &Self,
        arguments: &BTreeMap<String, String>,
    ) -> Undo {
        let mut undo = Undo::new();
        match command {
            Command::Env(pairs) => {
                let set: Vec<_> = pairs
                    .iter()
                    .filter_map(|pair| {
                        Some((self.text(&pair.key, escape)?, self.text(&pair.value, escape)))
                    })
                    .collect();
                for (key, value) in set {
                    let before = self.values.insert(key.clone(), value);
                    undo.push((key, before));
                }
            }
            Command::Arg(list) => {
                for Argument { name, default } in list {
                    let value = match (arguments.get(name), default) {
                        (Some(value), _) => Some(value.clone()),
                        (None, Some(default)) => self.text(default, escape),
                        (None, None) => global.get(name).map(str::to_owned),
                    };
                    if value.is_some() || !self.values.contains_key(name) {
                        let before = self.values.insert(name.clone(), value);
                        undo.push((name.clone(), before));
                    }
                }
            }
            _ => {}
        }
        undo
    }

    /// Takes back what was applied.
    pub(crate) fn undo(&mut self, undo: Undo) {
        for (name, before) in undo.into_iter().rev() {
            match before {
                Some(value) => self.values.insert(name, value),
                None => self.values.remove(&name),
            };
        }
    }

    /// The value of `name`, where it has one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_deref()
    }

    /// Whether `name` is declared, with a value or without.
    pub fn declares(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// All declared names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Expands `word`.
    pub fn expand(&self, word: &Word, escape: Escape) -> Result<Expansion, WordError> {
        word.expand(escape, &|name| self.get(name).map(str::to_owned))
    }

    fn text(&self, word: &Word, escape: Escape) -> Option<String> {
        self.expand(word, escape).ok().map(|expansion| expansion.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dockerfile;

    fn end_of_last_stage(text: &str, arguments: &[(&str, &str)]) -> Scope {
        let file = Dockerfile::parse(text);
        let stages = file.stages();
        let arguments = arguments.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let global = Scope::global(&stages, file.escape(), &arguments);
        let mut scope = Scope::default();
        for instruction in &stages.last().unwrap().body {
            let command = instruction.command.as_ref().unwrap();
            scope.enter(command, file.escape(), &global, &arguments);
        }
        scope
    }

    #[test]
    fn a_global_argument_reaches_a_stage_only_when_asked_for() {
        let scope = end_of_last_stage("ARG A=1\nARG B=$A-2\nFROM x\nARG B\nENV C=$A$B\n", &[]);
        assert_eq!(scope.get("A"), None);
        assert_eq!(scope.get("B"), Some("1-2"));
        assert_eq!(scope.get("C"), Some("1-2"));
    }

    #[test]
    fn a_build_argument_wins_over_a_default() {
        let scope = end_of_last_stage("FROM x\nARG A=1\nARG B\nENV C=${B:-none}\n", &[("A", "2")]);
        assert_eq!(scope.get("A"), Some("2"));
        assert!(scope.declares("B") && scope.get("B").is_none());
        assert_eq!(scope.get("C"), Some("none"));
    }

    #[test]
    fn one_env_does_not_see_itself() {
        let scope = end_of_last_stage("FROM x\nENV A=1\nENV A=2 B=$A\n", &[]);
        assert_eq!((scope.get("A"), scope.get("B")), (Some("2"), Some("1")));
    }
}
