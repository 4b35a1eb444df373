//! Project automation; `cargo xtask --help` lists what one can do.

mod conformance;

fn main() {
    // Filled as the parts land.
    let _ = (conformance::SUITES, conformance::Outcome::default());
}
