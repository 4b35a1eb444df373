//! The `boxwright` command.

fn main() -> std::process::ExitCode {
    boxwright::run()
}
