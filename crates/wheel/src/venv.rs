//! A virtual environment without packages.

use boxwright_image::{LayerPath, Node, Tree, TreeError};
use boxwright_requirements::PythonVersion;

/// The files of an empty virtual environment, as `python -m venv --without-pip` makes them, for
/// the interpreter at `/usr/bin/python3.x`.
///
/// ```
/// use boxwright_image::LayerPath;
/// use boxwright_requirements::PythonVersion;
/// use boxwright_wheel::venv_skeleton;
///
/// let python = PythonVersion { major: 3, minor: 13, patch: 5 };
/// let tree = venv_skeleton(python, &LayerPath::new("opt/venv")?)?;
/// assert!(tree.contains("opt/venv/lib/python3.13/site-packages"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn venv_skeleton(python: PythonVersion, prefix: &LayerPath) -> Result<Tree, TreeError> {
    let short = python.short();
    let mut tree = Tree::new();
    let mut put = |place: &str, node| tree.insert_at(prefix.join(place)?, node);
    // CPython's own file also says by which command it was made, which is of no use here.
    let configuration = format!(
        "home = /usr/bin\ninclude-system-site-packages = false\nversion = {python}\n\
         executable = /usr/bin/python{short}\n"
    );
    put("pyvenv.cfg", Node::file(configuration))?;
    for name in ["python", "python3", &format!("python{short}")] {
        put(&format!("bin/{name}"), Node::symlink(format!("/usr/bin/python{short}")))?;
    }
    put(&format!("include/python{short}"), Node::directory())?;
    put(&format!("lib/python{short}/site-packages"), Node::directory())?;
    put("lib64", Node::symlink("lib"))?;
    Ok(tree)
}
