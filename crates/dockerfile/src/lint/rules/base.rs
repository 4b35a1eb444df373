//! Base images: pinned, and still supported.

use crate::Stage;
use crate::image::{ImageName, PythonVersion};
use crate::lint::check::{Context, Known};
use crate::lint::facts::Date;
use crate::lint::finding::Finding;
use crate::lint::rule::{END_OF_LIFE_PYTHON, UNPINNED_BASE};

/// The day on which a Python 3 release stops to get security fixes, by minor version
/// (the release schedules: PEPs 494, 537, 569, 596, 619, 664, 693, 719, 745).
const LAST_DAYS: &[(u32, Date)] = &[
    (0, date(2009, 6, 27)),
    (1, date(2012, 4, 9)),
    (2, date(2016, 2, 20)),
    (3, date(2017, 9, 29)),
    (4, date(2019, 3, 18)),
    (5, date(2020, 9, 30)),
    (6, date(2021, 12, 23)),
    (7, date(2023, 6, 27)),
    (8, date(2024, 10, 7)),
    (9, date(2025, 10, 31)),
    (10, date(2026, 10, 31)),
    (11, date(2027, 10, 31)),
    (12, date(2028, 10, 31)),
    (13, date(2029, 10, 31)),
    (14, date(2030, 10, 31)),
];

/// PEP 373: the last day of Python 2.7.
const PYTHON_2: Date = date(2020, 1, 1);

/// The day this table was made: what it says about days before it is certain.
const TABLE_MADE: Date = date(2026, 11, 1);

const fn date(year: u16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (stage, known) in context.stages() {
        // Of a stage of this file its own `FROM` says it already.
        let Some(image) = known.image.as_deref().filter(|_| known.parent.is_none()) else {
            continue;
        };
        let name = ImageName::parse(image);
        findings.extend(unpinned(stage, known, &name));
        let today = context.input.today.unwrap_or(TABLE_MADE);
        findings.extend(end_of_life(stage, &name, today));
    }
}

fn unpinned(stage: &Stage<'_>, known: &Known, name: &ImageName<'_>) -> Option<Finding> {
    let text = known.image.as_deref()?;
    if text == "scratch" || name.digest.is_some() {
        return None;
    }
    let span = stage.instruction.arguments.first()?.span;
    let moving = match (name.tag, name.python()) {
        (None, _) => {
            format!("`{text}` has no tag, so it means whatever `latest` is on the day of the build")
        }
        (Some("latest"), _) => format!("`{text}` is another image tomorrow"),
        (Some(_), Some(PythonVersion { major, minor: None })) if name.is_official() => {
            format!(
                "`{text}` moves to the next Python {major} when that is released, and installed wheels stop to fit"
            )
        }
        _ => return None,
    };
    let help = if name.is_official() && name.last() == "python" {
        "name the minor version and the distribution, such as `python:3.13-slim-trixie`; add a digest to pin it for good"
    } else {
        "name a version, or pin it with a digest: `image:version@sha256:…`"
    };
    Some(Finding::new(&UNPINNED_BASE, span, moving).help(help))
}

fn end_of_life(stage: &Stage<'_>, name: &ImageName<'_>, today: Date) -> Option<Finding> {
    let version = name.python()?;
    let (text, last) = match version {
        PythonVersion { major: 2, .. } => ("2".to_owned(), PYTHON_2),
        PythonVersion { major: 3, minor: Some(minor) } => {
            let last = LAST_DAYS.iter().find(|(number, _)| *number == minor)?.1;
            (format!("3.{minor}"), last)
        }
        _ => return None,
    };
    if today <= last {
        return None;
    }
    let span = stage.instruction.arguments.first()?.span;
    let message = format!("Python {text} has had no security fixes since {last}");
    Some(
        Finding::new(&END_OF_LIFE_PYTHON, span, message)
            .help("move to a supported version; https://devguide.python.org/versions/ lists them"),
    )
}
