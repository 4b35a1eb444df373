//! Decides markers for a target, with the semantics of Python's `packaging`.

use std::collections::BTreeSet;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifier};

use super::{Joint, Marker, Operand, Operator, Term, Variable};
use crate::name::fold;
use crate::target::Target;

/// The extras and dependency groups that are installed: what `extra`, `extras` and
/// `dependency_groups` are compared with. Names are kept in their normalised form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activated {
    extras: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Activated {
    /// These extras and these groups.
    pub fn new<E: AsRef<str>, G: AsRef<str>>(
        extras: impl IntoIterator<Item = E>,
        groups: impl IntoIterator<Item = G>,
    ) -> Self {
        Self {
            extras: extras.into_iter().map(|extra| fold(extra.as_ref())).collect(),
            groups: groups.into_iter().map(|group| fold(group.as_ref())).collect(),
        }
    }
}

impl Marker {
    /// Whether the marker holds for `target` with `activated` extras and groups.
    ///
    /// The target is always Linux and CPython. Its kernel is unknown, so comparisons with
    /// `platform_release` and `platform_version` see an empty text.
    pub fn holds(&self, target: &Target, activated: &Activated) -> bool {
        let mut all = self.0.first.holds(target, activated);
        for (joint, term) in &self.0.rest {
            match joint {
                Joint::And => all = all && term.holds(target, activated),
                Joint::Or if all => return true,
                Joint::Or => all = term.holds(target, activated),
            }
        }
        all
    }
}

impl Term {
    fn holds(&self, target: &Target, activated: &Activated) -> bool {
        match self {
            Self::Group(marker) => marker.holds(target, activated),
            Self::Compare { left, operator, right } => {
                if let Some(answer) = in_a_set(left, *operator, right, activated) {
                    return answer;
                }
                let versions = [left, right].into_iter().any(Operand::is_version);
                let (left, right) = (left.value(target), right.value(target));
                let by_version =
                    if versions { versions_compare(&left, *operator, &right) } else { None };
                by_version.unwrap_or_else(|| texts_compare(&left, *operator, &right))
            }
        }
    }
}

impl Operand {
    const fn is_version(&self) -> bool {
        matches!(
            self,
            Self::Variable(
                Variable::PythonVersion
                    | Variable::PythonFullVersion
                    | Variable::ImplementationVersion
                    | Variable::PlatformRelease
            )
        )
    }

    fn value(&self, target: &Target) -> String {
        let variable = match self {
            Self::Text(text) => return text.to_string(),
            Self::Variable(variable) => *variable,
        };
        match variable {
            Variable::PythonVersion => target.python.short(),
            Variable::PythonFullVersion | Variable::ImplementationVersion => {
                target.python.to_string()
            }
            Variable::OsName => "posix".to_owned(),
            Variable::SysPlatform => "linux".to_owned(),
            Variable::PlatformSystem => "Linux".to_owned(),
            Variable::PlatformMachine => target.architecture.machine().to_owned(),
            Variable::PlatformPythonImplementation => "CPython".to_owned(),
            Variable::ImplementationName => "cpython".to_owned(),
            Variable::PlatformRelease
            | Variable::PlatformVersion
            | Variable::Extra
            | Variable::Extras
            | Variable::DependencyGroups => String::new(),
        }
    }
}

/// Decides comparisons with `extra`, `extras` and `dependency_groups`: `==` and `in` ask whether
/// the name is activated. `None` for every other variable.
fn in_a_set(
    left: &Operand,
    operator: Operator,
    right: &Operand,
    activated: &Activated,
) -> Option<bool> {
    let ((Operand::Variable(variable), Operand::Text(text))
    | (Operand::Text(text), Operand::Variable(variable))) = (left, right)
    else {
        return None;
    };
    let set = match variable {
        Variable::Extra | Variable::Extras => &activated.extras,
        Variable::DependencyGroups => &activated.groups,
        _ => return None,
    };
    let is_in = set.contains(&fold(text));
    match operator {
        Operator::Equal | Operator::Exact | Operator::In => Some(is_in),
        Operator::NotEqual | Operator::NotIn => Some(!is_in),
        _ => Some(false),
    }
}

/// Compares as versions, if the right side makes a valid specifier with the operator.
fn versions_compare(left: &str, operator: Operator, right: &str) -> Option<bool> {
    if matches!(operator, Operator::In | Operator::NotIn) {
        return None;
    }
    let specifier = VersionSpecifier::from_str(&format!("{}{right}", operator.text())).ok()?;
    Some(Version::from_str(left).is_ok_and(|version| specifier.contains(&version)))
}

/// Compares as texts: anything but equality and containment has no meaning and does not hold,
/// except that `<=` and `>=` hold for equal texts.
fn texts_compare(left: &str, operator: Operator, right: &str) -> bool {
    match operator {
        Operator::Equal
        | Operator::Exact
        | Operator::Compatible
        | Operator::LessOrEqual
        | Operator::GreaterOrEqual => left == right,
        Operator::NotEqual => left != right,
        Operator::In => right.contains(left),
        Operator::NotIn => !right.contains(left),
        Operator::Less | Operator::Greater => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Architecture, Libc, PythonVersion};

    #[test]
    fn markers_are_decided_for_the_target() {
        let target = Target {
            python: PythonVersion { major: 3, minor: 11, patch: 7 },
            architecture: Architecture::Arm64,
            libc: Libc::Glibc { major: 2, minor: 36 },
        };
        let activated = Activated::new(["Dev_Tools"], ["test"]);
        let cases = [
            ("python_version < '3.11'", false),
            ("python_version >= '3.9'", true),
            ("python_version == '3.11.*'", true),
            ("'3.9' <= python_version", true),
            ("python_full_version <= '3.11.7'", true),
            ("python_version in '3.8 3.11'", true),
            ("python_version not in '3.8,3.9'", true),
            ("sys_platform == 'linux' and os_name == 'posix'", true),
            ("sys_platform == 'win32' or platform_system == 'Linux'", true),
            ("sys_platform == 'win32' and os_name == 'nt' or os_name == 'posix'", true),
            ("os_name == 'posix' or os_name == 'nt' and sys_platform == 'win32'", true),
            ("(os_name == 'posix' or os_name == 'nt') and sys_platform == 'win32'", false),
            ("platform_machine == 'aarch64'", true),
            ("platform_machine == 'arm64'", false),
            ("'linux' in sys_platform", true),
            ("implementation_name == 'cpython'", true),
            ("platform_python_implementation != 'PyPy'", true),
            ("extra == 'dev-tools'", true),
            ("extra == 'docs'", false),
            ("'test' in dependency_groups", true),
            ("'docs' in extras", false),
            ("platform_release >= '5'", false),
        ];
        for (marker, expected) in cases {
            let answer = marker.parse::<Marker>().unwrap().holds(&target, &activated);
            assert_eq!(answer, expected, "{marker}");
        }
    }
}
