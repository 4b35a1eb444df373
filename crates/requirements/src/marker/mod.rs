//! Environment markers (PEP 508, with PEP 751's sets): read, printed, and decided for a target.

mod assume;
mod evaluate;
mod parse;

use std::fmt;
use std::sync::Arc;

pub(crate) use assume::Assumed;
pub use evaluate::Activated;
pub use parse::InvalidMarker;

/// A condition under which a requirement applies, such as `python_version < "3.11"`.
///
/// Printed as Python's `packaging` prints it: legacy names in their modern form, double quotes,
/// parentheses where they were written and mean something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker(
    /// Shared, since locks repeat few markers thousands of times.
    Arc<Chain>,
);

/// Terms in the order written; `and` binds tighter than `or`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Chain {
    first: Term,
    rest: Vec<(Joint, Term)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Joint {
    And,
    Or,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Term {
    Compare { left: Operand, operator: Operator, right: Operand },
    Group(Marker),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Operand {
    Variable(Variable),
    Text(Box<str>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Operator {
    Exact,
    Equal,
    Compatible,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    In,
    NotIn,
}

impl Operator {
    const fn text(self) -> &'static str {
        match self {
            Self::Exact => "===",
            Self::Equal => "==",
            Self::Compatible => "~=",
            Self::NotEqual => "!=",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Variable {
    PythonVersion,
    PythonFullVersion,
    OsName,
    SysPlatform,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PlatformMachine,
    PlatformPythonImplementation,
    ImplementationName,
    ImplementationVersion,
    Extra,
    Extras,
    DependencyGroups,
}

impl Variable {
    /// All names that mean a variable; the modern one of each comes before its legacy forms.
    const NAMES: [(&'static str, Self); 19] = [
        ("python_version", Self::PythonVersion),
        ("python_full_version", Self::PythonFullVersion),
        ("os_name", Self::OsName),
        ("os.name", Self::OsName),
        ("sys_platform", Self::SysPlatform),
        ("sys.platform", Self::SysPlatform),
        ("platform_release", Self::PlatformRelease),
        ("platform_system", Self::PlatformSystem),
        ("platform_version", Self::PlatformVersion),
        ("platform.version", Self::PlatformVersion),
        ("platform_machine", Self::PlatformMachine),
        ("platform.machine", Self::PlatformMachine),
        ("platform_python_implementation", Self::PlatformPythonImplementation),
        ("platform.python_implementation", Self::PlatformPythonImplementation),
        ("python_implementation", Self::PlatformPythonImplementation),
        ("implementation_name", Self::ImplementationName),
        ("implementation_version", Self::ImplementationVersion),
        ("extra", Self::Extra),
        ("extras", Self::Extras),
    ];

    fn from_name(name: &str) -> Option<Self> {
        if name == "dependency_groups" {
            return Some(Self::DependencyGroups);
        }
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|&(_, variable)| variable)
    }

    fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, variable)| *variable == self)
            .map_or("dependency_groups", |(name, _)| name)
    }
}

impl Marker {
    fn of(first: Term, rest: Vec<(Joint, Term)>) -> Self {
        Self(Arc::new(Chain { first, rest }))
    }

    /// The same number for clones of one marker, to decide them once; it means nothing else.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Holds when both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.joined(Joint::And, other)
    }

    /// Holds when either holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.joined(Joint::Or, other)
    }

    /// Adds a term behind a chain of the same joint; nests only where joints differ, so that markers
    /// that are put together step by step stay flat.
    fn joined(self, joint: Joint, other: Self) -> Self {
        if self.0.rest.iter().all(|(known, _)| *known == joint) {
            let Chain { first, mut rest } = Arc::unwrap_or_clone(self.0);
            rest.push((joint, Term::Group(other)));
            return Self::of(first, rest);
        }
        Self::of(Term::Group(self), vec![(joint, Term::Group(other))])
    }

    /// Whether the marker asks for the running kernel, which nobody knows before the image runs.
    pub fn asks_for_kernel(&self) -> bool {
        self.any_variable(&|variable| {
            matches!(variable, Variable::PlatformRelease | Variable::PlatformVersion)
        })
    }

    /// Whether the marker asks which extra was requested.
    pub fn asks_for_extra(&self) -> bool {
        self.any_variable(&|variable| matches!(variable, Variable::Extra | Variable::Extras))
    }

    fn any_variable(&self, wanted: &impl Fn(Variable) -> bool) -> bool {
        let in_operand = |operand: &Operand| match operand {
            Operand::Variable(variable) => wanted(*variable),
            Operand::Text(_) => false,
        };
        self.terms().any(|term| match term {
            Term::Compare { left, right, .. } => in_operand(left) || in_operand(right),
            Term::Group(marker) => marker.any_variable(wanted),
        })
    }

    fn terms(&self) -> impl Iterator<Item = &Term> {
        std::iter::once(&self.0.first).chain(self.0.rest.iter().map(|(_, term)| term))
    }

    /// The marker inside of parentheses around all of this one, if that is all there is.
    fn peeled(&self) -> &Self {
        match (&self.0.first, self.0.rest.is_empty()) {
            (Term::Group(inner), true) => inner.peeled(),
            _ => self,
        }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let this = self.peeled();
        write!(f, "{}", this.0.first)?;
        for (joint, term) in &this.0.rest {
            let joint = match joint {
                Joint::And => "and",
                Joint::Or => "or",
            };
            write!(f, " {joint} {term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare { left, operator, right } => {
                write!(f, "{left} {} {right}", operator.text())
            }
            Self::Group(marker) => match &*marker.peeled().0 {
                Chain { first: term @ Self::Compare { .. }, rest } if rest.is_empty() => {
                    term.fmt(f)
                }
                _ => write!(f, "({marker})"),
            },
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => f.write_str(variable.name()),
            Self::Text(text) if text.contains('"') => write!(f, "'{text}'"),
            Self::Text(text) => write!(f, "\"{text}\""),
        }
    }
}
