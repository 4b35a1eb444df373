//! A Python wheel as layer entries.
//!
//! A wheel is a zip archive of a known shape. [`WheelName`] reads its file name, [`Tags`] tells
//! whether a target can use it and which of several it likes best, [`Wheel::open`] unpacks and
//! verifies it, and [`Wheel::install`] says where in a virtual environment its files go, as a
//! [`Tree`](boxwright_image::Tree) that a layer is made of. Nothing is executed and nothing is
//! written to disk: equal bytes and options give equal trees, on any machine.
//!
//! ```
//! # use std::io::Write as _;
//! # use boxwright_image::LayerPath;
//! # use boxwright_requirements::PythonVersion;
//! use boxwright_wheel::{InstallOptions, Wheel, WheelName};
//!
//! # let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
//! # let files = [
//! #     ("hello.py", "def main(): print('hello')\n"),
//! #     ("hello-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n"),
//! #     ("hello-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"),
//! #     ("hello-1.0.dist-info/entry_points.txt", "[console_scripts]\nhello = hello:main\n"),
//! #     ("hello-1.0.dist-info/RECORD", "hello.py,sha256=1Epz7IaY8oHl_JveybrynrBfMB6VT0Wc6jLdDhMdh2g,27\n\
//! #         hello-1.0.dist-info/METADATA,sha256=CC-1LTSeqpfi63vZ2wwffnfmbMtjxGJCl2XgKYHSBkI,47\n\
//! #         hello-1.0.dist-info/WHEEL,sha256=pOC2U1k6hCf_vkZe7h2snGRWx-C20Xjuc3a02KQn2OY,41\n\
//! #         hello-1.0.dist-info/entry_points.txt,sha256=g7vw3BUitjMOOO9XznXoe0HPJHpjWp1fMM6yKmVP_7I,37\n\
//! #         hello-1.0.dist-info/RECORD,,\n"),
//! # ];
//! # for (path, contents) in files {
//! #     zip.start_file(path, zip::write::SimpleFileOptions::default())?;
//! #     zip.write_all(contents.as_bytes())?;
//! # }
//! # let bytes = bytes::Bytes::from(zip.finish()?.into_inner());
//! let name: WheelName = "hello-1.0-py3-none-any.whl".parse()?;
//! let wheel = Wheel::open(&bytes, &name)?;
//! let python = PythonVersion { major: 3, minor: 13, patch: 5 };
//! let tree = wheel.install(&InstallOptions::new(LayerPath::new("opt/venv")?, python))?;
//! assert!(tree.contains("opt/venv/bin/hello"));
//! assert!(tree.contains("opt/venv/lib/python3.13/site-packages/hello.py"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod dist_info;
mod elf;
mod entry_points;
mod error;
mod install;
mod name;
mod record;
mod tags;
mod venv;
mod wheel;

pub use archive::WheelFile;
pub use elf::{ElfError, ElfNeeds, Machine, elf_needs};
pub use entry_points::EntryPoint;
pub use error::{Problem, WheelError};
pub use install::{DirectUrl, InstallOptions};
pub use name::{BuildTag, WheelName, WheelNameError};
pub use tags::{TagRank, Tags};
pub use venv::venv_skeleton;
pub use wheel::Wheel;
