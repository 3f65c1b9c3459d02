//! The program in its own folder, and a running server of it on its own port.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A working directory.
pub(crate) struct Folder(TempDir);

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Returns the standard output; fails the test if the command failed.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Returns the standard error; fails the test if the command panicked, or ended with
    /// another code.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        self.err
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a database for the demo, migrated.
    pub(crate) fn with_demo_database() -> Self {
        let folder = Self::new();
        folder.run(&["migrate"]).done();
        folder
    }

    /// Creates the key that the demo creates when it starts.
    pub(crate) fn make_sealing_key(&self) {
        std::fs::create_dir(self.path("keys")).unwrap();
        let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";
        self.write("keys/sealing.key", key);
        let owner_alone = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.path("keys/sealing.key"), owner_alone).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Returns the URL of the demo's database for `Store::open`.
    pub(crate) fn demo_database(&self) -> String {
        format!("sqlite:{}", self.path("data/common-id.db").display())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_by(Command::new(env!("CARGO_BIN_EXE_common-id")), arguments)
    }

    /// The program as another command starts it.
    fn command_by(&self, mut command: Command, arguments: &[&str]) -> Command {
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs a command with `input` as its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap().into()
    }

    /// Starts a command that serves on `port`, and waits until it does.
    pub(crate) fn serve(&self, arguments: &[&str], port: u16) -> Server {
        let program = Command::new(env!("CARGO_BIN_EXE_common-id"));
        self.serve_by(program, arguments, port)
    }

    /// The same, by a command that starts the program.
    pub(crate) fn serve_by(&self, command: Command, arguments: &[&str], port: u16) -> Server {
        let mut child = self
            .command_by(command, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The port is open long before requests are answered.
        for _ in 0..600 {
            if let Some(status) = child.try_wait().unwrap() {
                let ended: Ended = child.wait_with_output().unwrap().into();
                panic!("it ended with {status}: {ended:?}");
            }
            if answers(port) {
                return Server { child, port };
            }
            sleep(Duration::from_millis(50));
        }
        drop(child.kill());
        panic!("it does not serve on {port}");
    }
}

fn answers(port: u16) -> bool {
    ask(port, "nobody.localhost", "/").is_some()
}

/// A running server. It ends with the test.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Sends a GET, and returns the response's head and body.
    #[track_caller]
    pub(crate) fn get(&self, host: &str, path: &str) -> String {
        ask(self.port, &format!("{host}:{}", self.port), path).unwrap()
    }

    /// Returns the output from the start up to the line that begins with `last`.
    pub(crate) fn printed_until(&mut self, last: &str) -> Vec<String> {
        let out = BufReader::new(self.child.stdout.as_mut().unwrap());
        let mut printed = Vec::new();
        for line in out.lines().map(Result::unwrap) {
            let is_last = line.starts_with(last);
            printed.push(line);
            if is_last {
                break;
            }
        }
        printed
    }

    /// Sends a signal to the server.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends the server as a process manager does.
    pub(crate) fn terminate(mut self) -> Ended {
        self.signal(Signal::TERM);
        let status = self.child.wait().unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        stdout.unwrap().read_to_string(&mut out).unwrap();
        stderr.unwrap().read_to_string(&mut err).unwrap();
        let code = status.code();
        Ended { code, out, err }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn ask(port: u16, host: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let timeout = Some(Duration::from_secs(10));
    stream.set_read_timeout(timeout).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
