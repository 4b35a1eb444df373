//! Fixes, made.

use super::finding::{Edit, Finding, Fix};
use crate::Dockerfile;

/// A text with fixes made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// How many findings were mended.
    pub count: usize,
}

/// Makes the safe fixes of `findings` in `file`.
///
/// Where two want to change the same place, the first one in the text wins:
/// look for findings in the new text, and fix again.
pub fn fix(file: &Dockerfile, findings: &[Finding]) -> Fixed {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut count = 0;
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.safe) {
        if fix.edits.iter().all(|edit| is_free(&taken, edit)) {
            for edit in &fix.edits {
                let at = taken.partition_point(|other| other.span < edit.span);
                taken.insert(at, edit);
            }
            count += 1;
        }
    }
    let mut text = String::with_capacity(file.text().len());
    let mut copied = 0;
    for edit in taken {
        text.push_str(file.text().get(copied..edit.span.start).unwrap_or_default());
        text.push_str(&edit.text);
        copied = edit.span.end;
    }
    text.push_str(file.text().get(copied..).unwrap_or_default());
    Fixed { text, count }
}

/// Whether `edit` touches none of `taken`, which is sorted and free of overlaps.
fn is_free(taken: &[&Edit], edit: &Edit) -> bool {
    let next = taken.partition_point(|other| other.span < edit.span);
    let before = next.checked_sub(1).and_then(|at| taken.get(at));
    let clear_before = before.is_none_or(|other| other.span.end <= edit.span.start);
    let clear_behind = taken
        .get(next)
        .is_none_or(|other| edit.span.end <= other.span.start && other.span != edit.span);
    clear_before && clear_behind
}

/// Puts the edits of `fix` in order.
pub(crate) fn sort(fix: &mut Fix) {
    fix.edits.sort_by_key(|edit| edit.span);
}
