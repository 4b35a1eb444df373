//! `entry_points.txt`: the commands that a wheel brings, and the scripts that run them.

use crate::error::Problem;

/// A command: a name, and the object that runs when it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryPoint {
    /// The command's name, and the script's.
    pub name: String,
    /// The module, such as `flask.cli`.
    pub module: String,
    /// The object in it, such as `main` or `App.run`.
    pub object: String,
    /// Whether it is a graphical program, which makes no difference on Linux.
    pub gui: bool,
}

impl EntryPoint {
    /// The script, for an interpreter by its absolute path. It does what pip's does on Linux.
    pub fn script(&self, interpreter: &str) -> String {
        let Self { module, object, .. } = self;
        let import = object.split('.').next().unwrap_or(object);
        format!(
            "#!{interpreter}\nimport sys\n\nfrom {module} import {import}\n\n\
             if __name__ == \"__main__\":\n    sys.exit({object}())\n"
        )
    }

    fn parse(line: &str, gui: bool) -> Result<Self, Problem> {
        let refuse = |reason| Problem::EntryPoint { entry: line.to_owned(), reason };
        let (name, value) = line.split_once('=').ok_or_else(|| refuse("has no `=`"))?;
        // `module:object [extra]`: the extra says what to install, which is the resolver's business.
        let value = value.split('[').next().unwrap_or(value);
        let (module, object) = value
            .split_once(':')
            .ok_or_else(|| refuse("names a module and no object in it to call"))?;
        let (name, module, object) = (name.trim(), module.trim(), object.trim());
        if !is_file_name(name) {
            return Err(refuse("has a name that is no file name"));
        }
        // Both become code of the script: nothing but dotted names may get there.
        if !is_dotted_name(module) || !is_dotted_name(object) {
            return Err(refuse("is not of the form `name = module:object`"));
        }
        let [name, module, object] = [name, module, object].map(str::to_owned);
        Ok(Self { name, module, object, gui })
    }
}

/// The `console_scripts` and `gui_scripts` of a wheel, sorted. Other groups concern nobody here.
pub(crate) fn parse(contents: &[u8]) -> Result<Vec<EntryPoint>, Problem> {
    let text = String::from_utf8_lossy(contents);
    let mut gui = None;
    let mut entry_points = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            gui = match section.trim() {
                "console_scripts" => Some(false),
                "gui_scripts" => Some(true),
                _ => None,
            };
        } else if let Some(gui) = gui
            && !line.trim_start().is_empty()
            && !line.trim_start().starts_with(['#', ';'])
        {
            entry_points.push(EntryPoint::parse(line.trim_start(), gui)?);
        }
    }
    entry_points.sort();
    if let Some(twice) = entry_points.windows(2).find(|pair| pair[0].name == pair[1].name) {
        let (entry, reason) = (twice[0].name.clone(), "stands there twice");
        return Err(Problem::EntryPoint { entry, reason });
    }
    Ok(entry_points)
}

fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.+ @:".contains(c);
    !name.is_empty()
        && name != "."
        && name != ".."
        && name.len() <= 255
        && name.chars().all(is_plain)
}

fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|part| {
        part.chars().all(|c| c == '_' || c.is_alphanumeric())
            && part.chars().next().is_some_and(|c| !c.is_numeric())
    })
}
