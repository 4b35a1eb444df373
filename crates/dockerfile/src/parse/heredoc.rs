//! Inline documents announced on a line.

use crate::model::Heredoc;
use crate::word::{Options, words};
use crate::{SyntaxErrorKind, WordError};

/// BuildKit looks for them with this escape character, whatever the file's is.
const ESCAPE: char = '\\';

/// The documents that `line` announces; their contents are still empty.
pub(crate) fn announced(line: &str) -> Result<Vec<Heredoc>, SyntaxErrorKind> {
    if !line.contains("<<") {
        return Ok(Vec::new());
    }
    let unset = |_: &str| None;
    let options = Options { raw_quotes: true, raw_escapes: true, keep_unset: true, value: &unset };
    // Text that cannot be read as words announces nothing: it may be any language.
    let words = words(line, ESCAPE, &options).unwrap_or_default();
    let mut found = Vec::new();
    for word in words {
        found.extend(parse(&word).map_err(SyntaxErrorKind::HeredocName)?);
    }
    Ok(found)
}

/// Reads `[descriptor]<<[-]NAME`; `None` where `word` is something else.
pub(crate) fn parse(word: &str) -> Result<Option<Heredoc>, WordError> {
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (descriptor, rest) = word.split_at(digits);
    let Some(rest) = rest.strip_prefix("<<") else {
        return Ok(None);
    };
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start_matches([' ', '\t', '\n', '\x0c', '\r']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let unset = |_: &str| None;
    let plain = Options { keep_unset: true, ..Options::plain(&unset) };
    let names = words(rest, ESCAPE, &plain)?;
    let [name] = names.as_slice() else {
        return Ok(None);
    };
    let raw = words(rest, ESCAPE, &Options { raw_quotes: true, ..plain })?;
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    let expand = raw.first().is_some_and(|raw| quotes(raw) == quotes(name));
    let descriptor = if descriptor.is_empty() { 0 } else { descriptor.parse().unwrap_or(u64::MAX) };
    Ok(Some(Heredoc { name: name.clone(), content: String::new(), expand, chomp, descriptor }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_found_where_buildkit_finds_them() {
        for (line, names) in [
            ("RUN <<EOF", &["EOF"][..]),
            ("RUN <<A cat <<B", &["A", "B"]),
            ("RUN cat << EOF", &["EOF"]),
            ("RUN <<-'EOF'", &["EOF"]),
            ("RUN 3<<EOF", &["EOF"]),
            ("RUN echo \"<<EOF\"", &[]),
            ("RUN echo '<<EOF", &[]),
            ("RUN cat <<<word", &[]),
            ("RUN a<<EOF", &[]),
            ("RUN echo $((1 << 2))", &["2))"]),
            ("RUN <<$NAME", &["$NAME"]),
        ] {
            let found = announced(line).unwrap();
            let found: Vec<_> = found.iter().map(|heredoc| heredoc.name.as_str()).collect();
            assert_eq!(found, names, "{line}");
        }
    }

    #[test]
    fn quotes_around_the_name_stop_expansion() {
        assert!(parse("<<EOF").unwrap().unwrap().expand);
        for word in ["<<\"EOF\"", "<<'EOF'", "<<E\"O\"F"] {
            let heredoc = parse(word).unwrap().unwrap();
            assert_eq!((heredoc.name.as_str(), heredoc.expand), ("EOF", false), "{word}");
        }
        assert_eq!(parse("5<<-x").unwrap().unwrap().descriptor, 5);
    }
}
