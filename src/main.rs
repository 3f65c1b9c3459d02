//! The program: what the command line asks for is in `common_id::commands`.

use std::process::ExitCode;

fn main() -> ExitCode {
    common_id::commands::run()
}
