//! What a base to build in needs beyond a runtime.

use boxwright_image::{Node, Tree, TreeError};

use crate::assembly::Assembly;
use crate::deb::Deb;
use crate::made::missing;
use crate::recipe::BaseRecipe;

pub(crate) fn make(tree: &mut Tree, _recipe: &BaseRecipe) -> Result<(), TreeError> {
    missing(tree, "usr/bin/awk", Node::symlink("mawk"))
}

pub(crate) fn database(assembly: &mut Assembly<'_>, debs: &[Deb]) -> Result<(), TreeError> {
    crate::record::status_d(assembly, debs)
}
