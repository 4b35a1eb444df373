//! Why there is no resolution, in words, with the lines that ask for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxwright_requirements::{Extra, Origin, PackageName};
use pubgrub::{DerivationTree, External};

use crate::conflict::Conflict;
use crate::error::{Explanation, ResolveError};
use crate::node::Node;
use crate::project::{Permits, Project};
use crate::provider::Provider;
use crate::unusable::Account;
use crate::versions::VersionIds;
use crate::{Wanted, words};

pub(crate) type Tree = DerivationTree<Node, VersionIds, String>;
pub(crate) type Leaf = External<Node, VersionIds, String>;

/// More facts than this nobody reads.
const MOST_FACTS: usize = 24;

/// Explains a search that ended without a solution.
pub(crate) fn conflict(provider: &Provider<'_>, tree: Tree) -> ResolveError {
    let mut conflict = Conflict::new(provider);
    for leaf in leaves(&tree) {
        conflict.add(leaf);
    }
    let (mut facts, origins) = conflict.tell();
    let lines: Vec<String> = origins.iter().map(ToString::to_string).collect();
    dismantle(tree);
    if facts.len() > MOST_FACTS {
        let more = facts.len() - MOST_FACTS;
        facts.truncate(MOST_FACTS);
        facts.push(format!("… and {more} more facts like these"));
    }
    let fix = match lines.as_slice() {
        [] => "take out the requirement that nothing can meet".to_owned(),
        [only] => format!("ask for something else in {only}"),
        _ => format!("change {}", words::list(&lines, "or")),
    };
    let problem = "the requirements cannot all be met".to_owned();
    ResolveError::Conflict(Box::new(Explanation { problem, facts, fix, origins }))
}

/// What a refutation rests on, each fact once, in the order of a depth-first walk.
fn leaves(tree: &Tree) -> Vec<&Leaf> {
    let mut leaves = Vec::new();
    // One cause may have many effects; walked anew for each, a refutation is exponentially long.
    let mut seen = BTreeSet::new();
    let mut stack = vec![tree];
    while let Some(tree) = stack.pop() {
        if !seen.insert(std::ptr::from_ref(tree)) {
            continue;
        }
        match tree {
            DerivationTree::External(external) => leaves.push(external),
            DerivationTree::Derived(derived) => stack.extend([&*derived.cause2, &*derived.cause1]),
        }
    }
    leaves
}

/// Drops a tree without recursion: it can be deeper than the stack.
pub(crate) fn dismantle(tree: Tree) {
    let mut stack = vec![Arc::new(tree)];
    while let Some(tree) = stack.pop() {
        if let Some(DerivationTree::Derived(derived)) = Arc::into_inner(tree) {
            stack.extend([derived.cause1, derived.cause2]);
        }
    }
}

/// Explains a project of which nothing can be taken, whatever else is asked.
pub(crate) fn unsatisfiable(
    provider: &Provider<'_>,
    name: &PackageName,
    project: &Project,
    ids: &VersionIds,
    permits: &Permits,
) -> ResolveError {
    let account = Account { provider, name, project, permits };
    let lines: Vec<&Wanted> = provider.roots.wanting(name).collect();
    let origins: Vec<Origin> = lines.iter().map(|line| line.origin.clone()).collect();
    let constraints: Vec<&Wanted> = provider.roots.constraints_on(name).collect();
    let mut facts = Vec::new();
    let problem = match lines.as_slice() {
        [line] => format!(
            "{} wants {}, and {}",
            line.origin,
            words::wanted(line),
            shortage(&account, ids)
        ),
        lines => {
            facts.extend(
                lines.iter().map(|line| format!("{} wants {}", line.origin, words::wanted(line))),
            );
            format!(
                "{} want {name}, and {}",
                words::list(&at(lines), "and"),
                shortage(&account, ids)
            )
        }
    };
    facts.extend(
        constraints
            .iter()
            .map(|line| format!("{} allows only {}", line.origin, words::wanted(line))),
    );
    if project.exists {
        facts.extend(account.reasons(ids));
        facts.extend(alternative(&account, ids));
    }
    let fix = fix(&account, ids, &lines);
    ResolveError::Unsatisfiable(Box::new(Explanation { problem, facts, fix, origins }))
}

fn shortage(account: &Account<'_>, ids: &VersionIds) -> String {
    let candidates = &account.project.candidates;
    if !account.project.exists {
        "the index has no project of that name".to_owned()
    } else if ids.among(candidates.len()).next().is_none() {
        let lines = account.provider.roots.lines().filter(|line| line.name == *account.name);
        if lines.count() > 1 {
            "there is no version that meets them all".to_owned()
        } else {
            "there is no such version".to_owned()
        }
    } else {
        "no version of it can be used".to_owned()
    }
}

fn alternative(account: &Account<'_>, ids: &VersionIds) -> Option<String> {
    let (name, target) = (account.name, words::target(&account.provider.request.target));
    if account.project.direct {
        return None;
    }
    match account.nearest(ids) {
        None => account
            .is_without_wheels()
            .then(|| format!("no version of {name} has a wheel for {target}")),
        Some(version) if ids.among(account.project.candidates.len()).next().is_none() => {
            Some(format!("the newest version with a wheel for {target} is {version}"))
        }
        Some(version) => {
            Some(format!("the nearest version with a wheel for {target} is {version}"))
        }
    }
}

fn fix(account: &Account<'_>, ids: &VersionIds, lines: &[&Wanted]) -> String {
    let (name, at) = (account.name, words::list(&at(lines), "and"));
    if let Some(question) = account.did_you_mean()
        && account.nearest(ids).is_none()
    {
        return format!("{question} Correct the name in {at}");
    }
    if !account.project.exists {
        return format!("correct the name in {at}, or name the index that has it");
    }
    if account.project.direct {
        return format!("name a wheel in {at} that meets every line and fits the target");
    }
    let Some(version) = account.nearest(ids) else {
        return account.remedy(ids, &at);
    };
    let constraints: Vec<String> =
        account.provider.roots.constraints_on(name).map(|line| line.origin.to_string()).collect();
    match (lines, constraints.as_slice()) {
        ([_], []) => format!("change {at} to {name}=={version}, or to a range that includes it"),
        (_, []) => format!("make {at} agree, for example on {name}=={version}"),
        (_, constraints) => {
            let constraints = words::list(constraints, "and");
            format!("make {at} agree with {constraints}, for example on {name}=={version}")
        }
    }
}

fn at(lines: &[&Wanted]) -> Vec<String> {
    lines.iter().map(|line| line.origin.to_string()).collect()
}

/// Who asks for an extra.
pub(crate) fn who_wants_extra(
    provider: &Provider<'_>,
    name: &PackageName,
    extra: &Extra,
) -> String {
    let line = provider.roots.wanting(name).find(|line| line.extras.contains(extra));
    line.map_or_else(|| "another project".to_owned(), |line| line.origin.to_string())
}
