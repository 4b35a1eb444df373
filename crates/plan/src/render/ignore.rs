//! The ignore file for a project that has none.

/// A `.dockerignore` that leaves out what no image of a Python application needs.
///
/// Folders named `build` and `dist` are not in it: a front-end's bundles may be there.
pub const DOCKERIGNORE: &str = "\
# Written by `boxwright dockerfile`.
# Version control, editors and continuous integration.
.git
.gitignore
.gitattributes
.github
.gitlab-ci.yml
.idea
.vscode

# Environments: they belong to the machine that made them.
.venv
venv

# Secrets belong to whoever runs the image.
.env
.env.*
**/*.pem
**/*.key

# What Python and its tools leave behind.
**/__pycache__
**/*.py[co]
**/*.egg-info
.coverage
htmlcov
.mypy_cache
.pytest_cache
.ruff_cache
.tox
.nox

# What builds the front-end, not what it built.
**/node_modules

# How the image is made says nothing to the application.
Dockerfile*
.dockerignore
compose*.y*ml
docker-compose*.y*ml
";
