//! `maintenance-app`: the maintenance log's app for a terminal.

use std::io::{self, BufReader, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use relying_parties::native_app::{NativeApp, Terminal, Way};

const USAGE: &str =
    "maintenance-app [--issuer URL] [--port PORT] [--keep FILE] [--claimed] [open|logout]

  open       shows your car; logs in by your browser the first time
  logout     signs out
  --issuer   the provider (http://id.toyota.localhost:PORT)
  --port     the port of the demo (8080)
  --keep     the file that keeps you signed in (maintenance-app.json)
  --claimed  come back by the https address that the app claims, instead of a port on this machine
";

enum Command {
    Open,
    LogOut,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some((app, command)) = read(std::env::args().skip(1)) else {
        let _ = io::stderr().write_all(USAGE.as_bytes());
        return ExitCode::from(2);
    };
    let (mut input, mut output) = (BufReader::new(io::stdin()), io::stdout());
    let mut terminal = Terminal {
        input: &mut input,
        output: &mut output,
    };
    let outcome = match command {
        Command::Open => app.open(&mut terminal).await,
        Command::LogOut => app.log_out().await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(stopped) => {
            let _ = writeln!(io::stderr(), "maintenance-app: {stopped}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Option<(NativeApp, Command)> {
    let mut app = NativeApp {
        issuer: String::new(),
        port: 8080,
        keep: PathBuf::from("maintenance-app.json"),
        way: Way::Loopback,
    };
    let mut command = Command::Open;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--issuer" => app.issuer = arguments.next()?,
            "--port" => app.port = arguments.next()?.parse().ok()?,
            "--keep" => app.keep = PathBuf::from(arguments.next()?),
            "--claimed" => app.way = Way::Claimed,
            "open" => command = Command::Open,
            "logout" => command = Command::LogOut,
            _ => return None,
        }
    }
    if app.issuer.is_empty() {
        app.issuer = format!("http://id.toyota.localhost:{}", app.port);
    }
    Some((app, command))
}
