//! Any bytes parse, come back, and hold together.
#![no_main]

use boxwright_dockerfile::{Dockerfile, Escape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = Dockerfile::from_bytes(bytes);
    assert_eq!(file.to_bytes(), bytes);
    let mut at = if file.text().starts_with('\u{feff}') { 3 } else { 0 };
    for item in file.items() {
        assert_eq!(item.span().start, at);
        at = item.span().end;
    }
    assert_eq!(at, file.text().len());
    for one in file.instructions() {
        for (index, argument) in one.arguments.iter().enumerate() {
            assert!(file.text().get(argument.span.range()).is_some());
            let word = boxwright_dockerfile::Word::raw(argument.value.clone());
            for variable in word.variables(file.escape()).unwrap_or_default() {
                let _ = one.span_in_argument(index, variable.range);
            }
            let _ = word.expand(Escape::Backslash, &|name| Some(name.to_owned()));
        }
    }
});
