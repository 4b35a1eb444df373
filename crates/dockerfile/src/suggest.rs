//! What a misspelt name may have meant.

/// The name closest to `word` within two edits, not counting `word` itself; the first of several.
pub(crate) fn closest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Short names are all close to each other.
    let limit = if word.chars().count() < 4 { 1 } else { 2 };
    names
        .into_iter()
        .filter_map(|name| Some((distance(word, name, limit)?, name)))
        .filter(|(distance, _)| *distance > 0)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Insertions, deletions and replacements from `a` to `b`; `None` beyond `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
        if row.iter().min().is_none_or(|&least| least > limit) {
            return None;
        }
    }
    row.last().copied().filter(|&distance| distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_recognised() {
        let names = ["FROM", "RUN", "COPY"];
        assert_eq!(closest("FORM", names), Some("FROM"));
        assert_eq!(closest("CPY", names), Some("COPY"));
        assert_eq!(closest("RUN", names), None);
        assert_eq!(closest("BANANA", names), None);
    }
}
