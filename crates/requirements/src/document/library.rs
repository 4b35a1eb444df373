//! All of TOML, by the `toml` crate.

use toml::de::{DeTable, DeValue};

use super::value::{Item, Table, Value};

/// The tree of `text`, or where it is no TOML, and why.
pub(crate) fn read(text: &str) -> Result<Table<'_>, (usize, String)> {
    let table = DeTable::parse(text)
        .map_err(|error| (error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    Ok(convert_table(0, table.into_inner()))
}

fn convert_table(offset: usize, table: DeTable<'_>) -> Table<'_> {
    let entries = table.into_iter().map(|(key, value)| {
        let offset = value.span().start;
        (key.into_inner(), Item { value: convert(offset, value.into_inner()), offset })
    });
    // The library has refused keys that are there twice.
    Table::new(offset, entries.collect()).unwrap_or_default()
}

fn convert(offset: usize, value: DeValue<'_>) -> Value<'_> {
    match value {
        DeValue::String(text) => Value::Text(text),
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Integer(number) => Value::Other(number.to_string().into()),
        DeValue::Float(number) => Value::Other(number.as_str().to_owned().into()),
        DeValue::Datetime(date) => Value::Other(date.to_string().into()),
        DeValue::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| {
                    let offset = item.span().start;
                    Item { value: convert(offset, item.into_inner()), offset }
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(offset, table)),
    }
}
