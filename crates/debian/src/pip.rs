//! pip, installed from the wheel that Debian ships for `venv`.

use std::io::{Cursor, Read as _};

use boxwright_image::{LayerPath, Node, NodeKind, Tree};
use bytes::Bytes;
use zip::ZipArchive;

use crate::compose::ComposeError;

/// Where Debian keeps the wheels that `venv` and `ensurepip` install from (python3-pip-whl).
const WHEELS: &[u8] = b"usr/share/python-wheels/pip-";

/// What the wheel may unpack to: 64 MiB. Debian's has 8.
const MAX_WHEEL: u64 = 64 << 20;

/// The console scripts, with the interpreter that the base has under this name.
const SCRIPT: &str = "#!/usr/bin/python3
import sys
from pip._internal.cli.main import main
if __name__ == \"__main__\":
    sys.exit(main())
";

/// Installs pip below `/usr/local`, as `python -m ensurepip` would.
///
/// Debian's own package of pip is not taken: what it brings along (packaging and wheel, on trixie)
/// comes without a RECORD, and so a requirement for another version of those ends in pip's
/// `uninstall-no-record-file`.
pub(crate) fn install(tree: &mut Tree, python: &str) -> Result<(), ComposeError> {
    let Some((path, wheel)) = find(tree) else {
        return Err(ComposeError::Missing { package: "python3-pip-whl".to_owned() });
    };
    let broken = |reason: String| ComposeError::Pip { path: path.clone(), reason };
    let by_hand = |source| ComposeError::Tree { package: "python3-pip-whl".to_owned(), source };
    let site = format!("usr/local/lib/python{python}/dist-packages");
    let names = ["pip".to_owned(), "pip3".to_owned(), format!("pip{python}")];

    let mut archive =
        ZipArchive::new(Cursor::new(&wheel)).map_err(|error| broken(error.to_string()))?;
    let mut left = MAX_WHEEL;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(|error| broken(error.to_string()))?.into_owned();
        let mut contents = Vec::new();
        let read = entry.by_ref().take(left + 1).read_to_end(&mut contents);
        read.map_err(|error| broken(error.to_string()))?;
        left = left
            .checked_sub(contents.len() as u64)
            .ok_or_else(|| broken(format!("it unpacks to more than {MAX_WHEEL} bytes")))?;
        if name.ends_with(".dist-info/RECORD") {
            for script in &names {
                contents.extend_from_slice(format!("../../../bin/{script},,\n").as_bytes());
            }
        }
        tree.insert(format!("{site}/{name}"), Node::file(contents)).map_err(by_hand)?;
    }
    for name in names {
        tree.insert(format!("usr/local/bin/{name}"), Node::executable(SCRIPT)).map_err(by_hand)?;
    }
    Ok(())
}

/// The wheel, by the last name where there are several.
fn find(tree: &Tree) -> Option<(LayerPath, Bytes)> {
    tree.iter()
        .filter_map(|(path, node)| match &node.kind {
            NodeKind::File(contents) if path.as_bytes().starts_with(WHEELS) => {
                path.as_bytes().ends_with(b".whl").then(|| (path.clone(), contents.clone()))
            }
            _ => None,
        })
        .last()
}
