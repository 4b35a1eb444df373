//! Which wheels a target can use, and which it likes best.

use std::collections::BTreeMap;

use boxwright_requirements::{Libc, PythonVersion, Target};

use crate::WheelName;

/// How well a wheel fits a target: the lowest is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagRank(u32);

/// The wheel tags that a target supports, in the order of `packaging.tags` 26.3 (which pip follows).
///
/// `linux_x86_64` and `linux_aarch64` are among them, and come first: no public index takes such
/// wheels, so one that is there was built by its user for just this kind of machine. Whether its
/// libraries are in the image is checked from its ELF files, not from its name.
///
/// ```
/// use boxwright_requirements::{Architecture, Libc, PythonVersion, Target};
/// use boxwright_wheel::Tags;
///
/// let tags = Tags::for_target(&Target {
///     python: PythonVersion { major: 3, minor: 13, patch: 5 },
///     architecture: Architecture::Amd64,
///     libc: Libc::Glibc { major: 2, minor: 41 },
/// });
/// let exact = "m-1-cp313-cp313-manylinux_2_17_x86_64.whl".parse()?;
/// let stable = "m-1-cp38-abi3-manylinux_2_17_x86_64.whl".parse()?;
/// let newer = "m-1-cp314-cp314-manylinux_2_17_x86_64.whl".parse()?;
/// assert!(tags.rank(&exact) < tags.rank(&stable));
/// assert_eq!(tags.rank(&newer), None);
/// # Ok::<(), boxwright_wheel::WheelNameError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tags {
    /// Interpreter and binary interface of wheels that are bound to a platform, best first.
    bound: BTreeMap<String, BTreeMap<String, u32>>,
    /// Interpreter tags of wheels for any platform, whose binary interface is `none`.
    free: BTreeMap<String, u32>,
    platforms: BTreeMap<String, u32>,
}

impl Tags {
    /// The tags that a target supports.
    pub fn for_target(target: &Target) -> Self {
        Self {
            bound: by_interpreter(bound_interpreters(target.python)),
            free: numbered(free_interpreters(target.python)),
            platforms: numbered(platforms(target)),
        }
    }

    /// How well a wheel fits; `None` when the target cannot use it.
    pub fn rank(&self, wheel: &WheelName) -> Option<TagRank> {
        let best_platform = wheel.platform_tags().filter_map(|tag| self.platforms.get(tag)).min();
        let bound = best_platform.and_then(|platform| {
            let interpreter = self.best_interpreter(wheel)?;
            Some(interpreter * self.width() + platform)
        });
        bound.or_else(|| self.rank_free(wheel)).map(TagRank)
    }

    /// Whether the target's processor and C library could load a wheel, whatever Python it is for.
    pub fn fits_platform(&self, wheel: &WheelName) -> bool {
        wheel.platform_tags().any(|tag| tag == "any" || self.platforms.contains_key(tag))
    }

    /// All tags, best first, as `packaging.tags` lists them.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        let platforms = in_order(&self.platforms);
        let abis_of = |(python, abis): (&String, &BTreeMap<String, u32>)| {
            let tag = |(abi, &number): (&String, &u32)| (format!("{python}-{abi}"), number);
            abis.iter().map(tag).collect::<Vec<_>>()
        };
        let bound: BTreeMap<String, u32> = self.bound.iter().flat_map(abis_of).collect();
        let bound = in_order(&bound).into_iter().flat_map(move |tag| {
            platforms.iter().map(|platform| format!("{tag}-{platform}")).collect::<Vec<_>>()
        });
        let free = in_order(&self.free).into_iter().map(|python| format!("{python}-none-any"));
        bound.chain(free)
    }

    fn best_interpreter(&self, wheel: &WheelName) -> Option<u32> {
        wheel
            .python_tags()
            .filter_map(|python| self.bound.get(python))
            .filter_map(|abis| wheel.abi_tags().filter_map(|abi| abis.get(abi)).min())
            .min()
            .copied()
    }

    fn rank_free(&self, wheel: &WheelName) -> Option<u32> {
        let fits = wheel.platform_tags().any(|tag| tag == "any")
            && wheel.abi_tags().any(|tag| tag == "none");
        let best = wheel.python_tags().filter_map(|tag| self.free.get(tag)).min()?;
        fits.then(|| self.bound.values().map(count).sum::<u32>() * self.width() + best)
    }

    fn width(&self) -> u32 {
        count(&self.platforms)
    }
}

fn bound_interpreters(PythonVersion { major, minor, .. }: PythonVersion) -> Vec<(String, String)> {
    let own = format!("cp{major}{minor}");
    // Until 3.7 an interpreter's own interface also named its allocator.
    let pymalloc = if (major, minor) < (3, 8) { "m" } else { "" };
    let pair = |python: &str, abi: &str| (python.to_owned(), abi.to_owned());
    let mut pairs = vec![pair(&own, &format!("{own}{pymalloc}"))];
    pairs.push(pair(&own, "abi3"));
    pairs.push(pair(&own, "none"));
    // The stable interface began with 3.2.
    pairs.extend((2..minor).rev().map(|older| pair(&format!("cp{major}{older}"), "abi3")));
    pairs.extend(py_tags(major, minor).map(|python| pair(&python, "none")));
    pairs
}

fn free_interpreters(PythonVersion { major, minor, .. }: PythonVersion) -> Vec<String> {
    std::iter::once(format!("cp{major}{minor}")).chain(py_tags(major, minor)).collect()
}

fn py_tags(major: u16, minor: u16) -> impl Iterator<Item = String> {
    let own = [format!("py{major}{minor}"), format!("py{major}")];
    own.into_iter().chain((0..minor).rev().map(move |older| format!("py{major}{older}")))
}

fn platforms(target: &Target) -> Vec<String> {
    let machine = target.architecture.machine();
    let mut platforms = vec![format!("linux_{machine}")];
    match target.libc {
        Libc::Glibc { major, minor } => {
            // manylinux began with 2.5 on x86-64 and with 2.17 everywhere else; there is no glibc 3.
            let oldest = if machine == "x86_64" { 5 } else { 17 };
            for minor in (oldest..=minor).rev() {
                platforms.push(format!("manylinux_{major}_{minor}_{machine}"));
                if let Some(alias) = legacy_alias(minor) {
                    platforms.push(format!("{alias}_{machine}"));
                }
            }
        }
        Libc::Musl { major, minor } => {
            platforms.extend(
                (0..=minor).rev().map(|minor| format!("musllinux_{major}_{minor}_{machine}")),
            );
        }
    }
    platforms
}

/// What PEP 600 says that the older names mean.
fn legacy_alias(minor: u16) -> Option<&'static str> {
    match minor {
        17 => Some("manylinux2014"),
        12 => Some("manylinux2010"),
        5 => Some("manylinux1"),
        _ => None,
    }
}

/// Numbers the pairs, so that either of the two can be looked up without a copy.
fn by_interpreter(pairs: Vec<(String, String)>) -> BTreeMap<String, BTreeMap<String, u32>> {
    let mut numbers: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for (number, (python, abi)) in (0..).zip(pairs) {
        numbers.entry(python).or_default().entry(abi).or_insert(number);
    }
    numbers
}

fn numbered<T: Ord>(items: Vec<T>) -> BTreeMap<T, u32> {
    let mut numbers = BTreeMap::new();
    for (number, item) in (0..).zip(items) {
        numbers.entry(item).or_insert(number);
    }
    numbers
}

fn in_order<T: Clone>(numbers: &BTreeMap<T, u32>) -> Vec<T> {
    let mut items: Vec<_> = numbers.iter().collect();
    items.sort_by_key(|&(_, number)| number);
    items.into_iter().map(|(item, _)| item.clone()).collect()
}

fn count(numbers: &BTreeMap<String, u32>) -> u32 {
    // A few hundred at most: the numbers of Python and C library releases.
    u32::try_from(numbers.len()).unwrap_or(u32::MAX)
}
