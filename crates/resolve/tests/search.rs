//! The search against brute force: what it finds holds, and what it calls impossible is.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod shelf;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use boxwright_resolve::{Resolution, ResolveError, resolve};
use proptest::prelude::*;
use shelf::{Shelf, request};

const PROJECTS: usize = 4;
const VERSIONS: u32 = 3;

/// A project, and the lowest and highest version that will do.
#[derive(Debug, Clone)]
struct Need {
    project: usize,
    extra: bool,
    range: (u32, u32),
}

/// What a version needs, and what its extra `x` adds; `None` for a source distribution.
#[derive(Debug, Clone)]
struct Release {
    needs: Vec<Need>,
    extra: Vec<Need>,
    is_wheel: bool,
}

type World = Vec<Vec<Release>>;

fn need() -> impl Strategy<Value = Need> {
    (0..PROJECTS, any::<bool>(), 1..=VERSIONS, 0..VERSIONS)
        .prop_map(|(project, extra, low, width)| Need { project, extra, range: (low, low + width) })
}

fn world() -> impl Strategy<Value = World> {
    let needs = || prop::collection::vec(need(), 0..3);
    let release = (needs(), needs(), prop::bool::weighted(0.85))
        .prop_map(|(needs, extra, is_wheel)| Release { needs, extra, is_wheel });
    let releases = prop::collection::vec(release, VERSIONS as usize);
    prop::collection::vec(releases, PROJECTS)
}

impl Need {
    fn text(&self) -> String {
        let extra = if self.extra { "[x]" } else { "" };
        format!("p{}{extra}>={},<={}", self.project, self.range.0, self.range.1)
    }

    fn takes(&self, version: u32) -> bool {
        (self.range.0..=self.range.1).contains(&version)
    }
}

fn shelf_of(world: &World) -> Shelf {
    let mut text = String::new();
    for (project, releases) in world.iter().enumerate() {
        for (version, release) in (1..).zip(releases) {
            let kind = if release.is_wheel { "extra=x" } else { "sdist" };
            write!(text, "p{project} {version} {kind}").unwrap();
            for need in &release.needs {
                write!(text, " | {}", need.text()).unwrap();
            }
            for need in &release.extra {
                write!(text, " | {} ; extra == 'x'", need.text()).unwrap();
            }
            text.push('\n');
        }
    }
    Shelf::new(&text)
}

/// Which projects and extras a choice of versions needs, or `None` where it does not hold.
fn closure(world: &World, wanted: &[Need], choice: &[u32]) -> Option<BTreeMap<usize, bool>> {
    let mut reached: BTreeMap<usize, bool> = BTreeMap::new();
    let mut open: Vec<&Need> = wanted.iter().collect();
    while let Some(need) = open.pop() {
        let version = choice[need.project];
        let release = &world[need.project][version as usize - 1];
        if !need.takes(version) || !release.is_wheel {
            return None;
        }
        let known = reached.get(&need.project).copied();
        if known.is_none() {
            open.extend(&release.needs);
        }
        if need.extra && known != Some(true) {
            open.extend(&release.extra);
        }
        reached.insert(need.project, need.extra || known == Some(true));
    }
    Some(reached)
}

/// Every choice of one version for each project.
fn choices() -> impl Iterator<Item = Vec<u32>> {
    let versions = |number: u32| {
        let digits = std::iter::successors(Some(number), |rest| Some(rest / VERSIONS));
        digits.take(PROJECTS).map(|rest| rest % VERSIONS + 1).collect()
    };
    (0..VERSIONS.pow(u32::try_from(PROJECTS).unwrap())).map(versions)
}

fn chosen(resolution: &Resolution) -> BTreeMap<usize, (u32, bool)> {
    let index = |name: &str| name.trim_start_matches('p').parse().unwrap();
    resolution
        .packages
        .iter()
        .map(|pinned| {
            let version = pinned.version.release()[0];
            let version = u32::try_from(version).unwrap();
            (index(pinned.name.as_str()), (version, !pinned.extras.is_empty()))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn brute_force_agrees(world in world(), wanted in prop::collection::vec(need(), 1..4)) {
        let lines: Vec<String> = wanted.iter().map(Need::text).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        match resolve(&request(&lines), &shelf_of(&world)) {
            Ok(resolution) => {
                let chosen = chosen(&resolution);
                let choice: Vec<u32> =
                    (0..PROJECTS).map(|p| chosen.get(&p).map_or(1, |(version, _)| *version)).collect();
                let reached = closure(&world, &wanted, &choice);
                // Exactly what is needed, with exactly the extras asked for.
                let installed = chosen.into_iter().map(|(project, (_, extra))| (project, extra));
                prop_assert_eq!(reached, Some(installed.collect()));
            }
            Err(error) => {
                let is_about_versions =
                    matches!(error, ResolveError::Unsatisfiable(_) | ResolveError::Conflict(_));
                prop_assert!(is_about_versions, "{}", error);
                let solution = choices().find(|choice| closure(&world, &wanted, choice).is_some());
                prop_assert_eq!(solution, None, "{}", error);
            }
        }
    }

    /// The newest version that could be chosen for a lone requirement is chosen.
    #[test]
    fn a_lone_requirement_gets_the_newest_that_works(world in world(), wanted in need()) {
        let text = wanted.text();
        let newest = choices()
            .filter(|choice| closure(&world, std::slice::from_ref(&wanted), choice).is_some())
            .map(|choice| choice[wanted.project])
            .max();
        let found = resolve(&request(&[&text]), &shelf_of(&world)).ok();
        let found = found.map(|resolution| chosen(&resolution)[&wanted.project].0);
        prop_assert_eq!(found, newest);
    }
}
