//! Tables for people, in plain text.

/// On which side a column's values stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table under way.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            columns: columns.iter().map(|(name, align)| ((*name).to_owned(), *align)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells beyond the columns are dropped.
    pub(crate) fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    /// The table as text; the header is bold where escape codes are welcome.
    pub(crate) fn render(&self, escapes: bool) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            widest.max(self.columns[column].0.chars().count())
        };
        let widths: Vec<_> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &String>| {
            let cells = cells.zip(&widths).zip(&self.columns).map(
                |((cell, &width), (_, align))| match align {
                    Align::Left => format!("{cell:<width$}"),
                    Align::Right => format!("{cell:>width$}"),
                },
            );
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let header = line(&mut self.columns.iter().map(|(name, _)| name));
        let mut text =
            if escapes { format!("\x1b[1m{header}\x1b[0m\n") } else { format!("{header}\n") };
        for row in &self.rows {
            text.push_str(&line(&mut row.iter()));
            text.push('\n');
        }
        text
    }
}

/// Bytes in megabytes of a million bytes, as registries and engines show them.
pub(crate) fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let mut table =
            Table::new(&[("name", Align::Left), ("n", Align::Right), ("x", Align::Left)]);
        table.row(&["a".into(), "100".into(), "y".into()]);
        table.row(&["longer".into(), "1".into(), String::new()]);
        assert_eq!(table.render(false), "name      n  x\na       100  y\nlonger    1\n");
        assert!(table.render(true).starts_with("\x1b[1mname"));
        assert_eq!(megabytes(44_951_000), "45.0 MB");
    }
}
