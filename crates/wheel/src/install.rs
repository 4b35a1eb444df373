//! Where the files of a wheel go.

use std::collections::BTreeMap;

use boxwright_digest::Digest;
use boxwright_image::{LayerPath, Node, NodeKind, Tree};
use boxwright_requirements::PythonVersion;
use bytes::Bytes;

use crate::archive::WheelFile;
use crate::error::{Problem, WheelError};
use crate::{Wheel, record};

/// What the kernel reads of a script's first line.
const LONGEST_SHEBANG: usize = 127;

/// Into which virtual environment a wheel is installed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallOptions {
    /// The virtual environment, such as `opt/venv`.
    pub prefix: LayerPath,
    /// Its Python.
    pub python: PythonVersion,
    /// The interpreter that scripts start with, such as `/opt/venv/bin/python`.
    pub interpreter: String,
    /// Whether somebody asked for this very project: then `REQUESTED` says so.
    pub requested: bool,
    /// The URL that somebody asked for, instead of a project on an index (PEP 610).
    pub direct_url: Option<DirectUrl>,
}

/// Where a wheel came from, if not from an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectUrl {
    /// The URL, without credentials and without its hash.
    pub url: String,
    /// What the wheel hashes to.
    pub sha256: Option<Digest>,
}

impl InstallOptions {
    /// Installs into `prefix`, with scripts that start its `bin/python`.
    pub fn new(prefix: LayerPath, python: PythonVersion) -> Self {
        let interpreter = format!("/{prefix}/bin/python");
        Self { prefix, python, interpreter, requested: false, direct_url: None }
    }

    fn site_packages(&self) -> String {
        format!("lib/python{}/site-packages", self.python.short())
    }
}

impl Wheel {
    /// The wheel as files of a virtual environment: what it holds, a script for each command,
    /// `INSTALLER`, and a `RECORD` of all of these.
    ///
    /// Test suites, sources of extension modules and whatever else a wheel holds is installed as
    /// it is: that is its authors' choice. Files are root's, of mode `0644`, or `0755` where the
    /// archive lets anybody execute them. Equal wheels and options give equal trees.
    ///
    /// # Errors
    /// Two files for one place; a `.data` directory without a place; an interpreter whose path
    /// cannot stand in a script.
    pub fn install(&self, options: &InstallOptions) -> Result<Tree, WheelError> {
        Installation { wheel: self, options, tree: Tree::new(), hashes: BTreeMap::new() }
            .run()
            .map_err(|problem| WheelError { wheel: self.name.file_name().into(), problem })
    }
}

struct Installation<'a> {
    wheel: &'a Wheel,
    options: &'a InstallOptions,
    tree: Tree,
    /// The hashes of files that are installed as the wheel holds them.
    hashes: BTreeMap<LayerPath, Digest>,
}

impl Installation<'_> {
    fn run(mut self) -> Result<Tree, Problem> {
        self.check_interpreter()?;
        for (path, file) in &self.wheel.files {
            if let Some((place, file)) = self.place(path, file)? {
                self.hashes.insert(self.options.prefix.join(&place)?, file.sha256);
                self.put(&place, node(file))?;
            }
        }
        for entry_point in &self.wheel.entry_points {
            let script = entry_point.script(&self.options.interpreter);
            self.put(&format!("bin/{}", entry_point.name), Node::executable(script))?;
        }
        self.put_own_files()?;
        self.put_record()?;
        Ok(self.tree)
    }

    fn check_interpreter(&self) -> Result<(), Problem> {
        let interpreter = &self.options.interpreter;
        let is_long = "#!".len() + interpreter.len() > LONGEST_SHEBANG;
        if is_long || interpreter.contains(char::is_whitespace) {
            return Err(Problem::Interpreter { interpreter: interpreter.clone() });
        }
        Ok(())
    }

    /// Where a file goes below the prefix; `None` for what is written anew or not at all.
    fn place(&self, path: &str, file: &WheelFile) -> Result<Option<(String, WheelFile)>, Problem> {
        let site_packages = self.options.site_packages();
        if let Some(rest) = path.strip_prefix(&self.wheel.dist_info) {
            // The signatures are of a RECORD that is no more. What pip leaves in `.dist-info` of an
            // installed project is not a wheel's to bring.
            let own = [
                "/RECORD",
                "/RECORD.jws",
                "/RECORD.p7s",
                "/INSTALLER",
                "/REQUESTED",
                "/direct_url.json",
            ];
            if own.contains(&rest) {
                return Ok(None);
            }
        }
        let Some(rest) = path.strip_prefix(&self.data_directory()) else {
            return Ok(Some((format!("{site_packages}/{path}"), file.clone())));
        };
        let nowhere = || Problem::Scheme { file: path.to_owned() };
        let (scheme, rest) = rest.split_once('/').ok_or_else(nowhere)?;
        let place = match scheme {
            "purelib" | "platlib" => format!("{site_packages}/{rest}"),
            "data" => rest.to_owned(),
            "headers" => {
                let python = self.options.python.short();
                format!("include/site/python{python}/{}/{rest}", self.project_as_written())
            }
            "scripts" if self.is_a_command(rest) => return Ok(None),
            "scripts" => {
                let file = self.script(file);
                return Ok(Some((format!("bin/{rest}"), file)));
            }
            _ => return Err(nowhere()),
        };
        Ok(Some((place, file.clone())))
    }

    fn data_directory(&self) -> String {
        let stem = self.wheel.dist_info.strip_suffix(".dist-info").unwrap_or_default();
        format!("{stem}.data/")
    }

    /// The project's name as the archive spells it, which is how pip names the headers' directory.
    fn project_as_written(&self) -> &str {
        self.wheel.dist_info.split('-').next().unwrap_or_default()
    }

    /// Older tools put the scripts of entry points into the wheel as well; ours replace them.
    fn is_a_command(&self, script: &str) -> bool {
        let name = script.strip_suffix(".exe").unwrap_or(script);
        let name = name.strip_suffix("-script.py").unwrap_or(name);
        self.wheel.entry_points.iter().any(|entry_point| entry_point.name == name)
    }

    /// A script starts with the environment's interpreter if its first line is `#!python`.
    fn script(&self, file: &WheelFile) -> WheelFile {
        let contents = match file.contents.strip_prefix(b"#!python") {
            None => file.contents.clone(),
            Some(rest) => {
                let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
                let first = format!("#!{}\n", self.options.interpreter);
                Bytes::from([first.as_bytes(), &rest[line..]].concat())
            }
        };
        WheelFile::new(contents, true)
    }

    fn put_own_files(&mut self) -> Result<(), Problem> {
        let dist_info = format!("{}/{}", self.options.site_packages(), self.wheel.dist_info);
        self.put(&format!("{dist_info}/INSTALLER"), Node::file("boxwright\n"))?;
        if self.options.requested {
            self.put(&format!("{dist_info}/REQUESTED"), Node::file(""))?;
        }
        if let Some(direct_url) = &self.options.direct_url {
            self.put(&format!("{dist_info}/direct_url.json"), Node::file(direct_url.json()))?;
        }
        Ok(())
    }

    /// Paths in RECORD are relative to `site-packages`, as for pip.
    fn put_record(&mut self) -> Result<(), Problem> {
        let (prefix, site_packages) =
            (format!("{}/", self.options.prefix), self.options.site_packages());
        let to_prefix = "../".repeat(site_packages.split('/').count());
        let relative = |path: &LayerPath| {
            let path = String::from_utf8_lossy(path.as_bytes()).into_owned();
            let path = path.strip_prefix(&prefix).unwrap_or(&path).to_owned();
            match path.strip_prefix(&format!("{site_packages}/")) {
                Some(path) => path.to_owned(),
                None => format!("{to_prefix}{path}"),
            }
        };
        let files = self.tree.iter().filter_map(|(path, node)| match &node.kind {
            NodeKind::File(contents) => {
                Some((relative(path), &contents[..], self.hashes.get(path).copied()))
            }
            NodeKind::Directory | NodeKind::Symlink(_) => None,
        });
        let own_path = format!("{}/RECORD", self.wheel.dist_info);
        let record = record::write(&own_path, files)?;
        self.put(&format!("{site_packages}/{own_path}"), Node::file(record))
    }

    fn put(&mut self, place: &str, node: Node) -> Result<(), Problem> {
        let path = self.options.prefix.join(place)?;
        Ok(self.tree.insert_at(path, node)?)
    }
}

fn node(file: WheelFile) -> Node {
    if file.executable { Node::executable(file.contents) } else { Node::file(file.contents) }
}

impl DirectUrl {
    /// The JSON of PEP 610, as pip writes it.
    fn json(&self) -> String {
        let hash = self.sha256.map(|digest| digest.hex());
        let archive_info = match hash {
            None => serde_json::json!({}),
            Some(hex) => {
                serde_json::json!({ "hash": format!("sha256={hex}"), "hashes": { "sha256": hex } })
            }
        };
        serde_json::json!({ "archive_info": archive_info, "url": self.url }).to_string()
    }
}
