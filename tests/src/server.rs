//! The real `lyceum` program, in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::{Duration, SystemTime};

use http::Method;

use crate::browser::{Browser, Remote};
use crate::content::workspace;

/// How long a server may take to say that it is up.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The program: `LYCEUM_BIN`, else the one beside this test, built first when it is missing or old.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(path) = std::env::var_os("LYCEUM_BIN") {
            return path.into();
        }
        let test = std::env::current_exe().expect("this program has a file");
        let folder = test.ancestors().nth(2).expect("tests lie in `<profile>/deps`");
        let program = folder.join(format!("lyceum{}", std::env::consts::EXE_SUFFIX));
        let built_at = fs::metadata(&program).and_then(|file| file.modified()).ok();
        if built_at.is_none_or(|built_at| newest_source() > built_at) {
            build(folder);
        }
        program
    })
}

/// Builds the program into the folder in which this test was built.
fn build(folder: &Path) {
    let profile = if folder.ends_with("release") { "release" } else { "dev" };
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "lyceum", "--profile", profile, "--target-dir"]);
    command.arg(folder.parent().expect("a profile lies in the target folder")).current_dir(workspace());
    assert!(command.status().is_ok_and(|status| status.success()), "`cargo build -p lyceum` fails");
}

/// When something of which the program is made was changed last.
fn newest_source() -> SystemTime {
    let rooms = ["contract", "generator", "app", "cli", "themes", "docs"].map(|room| workspace().join(room));
    let mut waiting: Vec<PathBuf> = rooms.into();
    let mut newest = SystemTime::UNIX_EPOCH;
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if let Ok(modified) = fs::metadata(path).and_then(|file| file.modified()) {
            newest = newest.max(modified);
        }
    }
    newest
}

/// A running `lyceum serve`, which is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    origin: String,
}

impl Server {
    /// Starts a server on a free port and waits until it says where it is.
    pub fn start(content: &Path, data: &Path) -> Self {
        let mut command = Command::new(program());
        command.arg("serve").arg("--content").arg(content).arg("--data").arg(data).args(["--port", "0"]);
        for name in ["LYCEUM_SEAL_KEYS", "LYCEUM_SESSION_KEYS", "STRIPE_SECRET_KEY"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        let (found, address) = channel();
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        // Reads to the end, so that whatever else it says does not fill the pipe.
        std::thread::spawn(move || {
            for line in lines {
                // The greeting names the address, and the server listens before it says so.
                let word =
                    line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
                word.map(|address| found.send(address));
            }
        });
        let Ok(address) = address.recv_timeout(START_LIMIT) else {
            let _ = process.kill();
            let output = process.wait_with_output().map(|output| output.stderr).unwrap_or_default();
            panic!("the server does not start: {}", String::from_utf8_lossy(&output));
        };
        let complaints = process.stderr.take().expect("a pipe");
        std::thread::spawn(move || BufReader::new(complaints).lines().map_while(Result::ok).count());
        Self { process, origin: address.trim_end_matches('/').to_owned() }
    }

    /// Where it listens: `http://127.0.0.1:40000`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A new browser in front of it.
    pub fn browser(&self) -> Browser<Remote> {
        Browser::new(Remote::new(&self.origin))
    }

    /// Ends the process at once, as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The newest code that was mailed to an address, by `/outbox.json`.
pub async fn mailed_code(browser: &mut Browser<Remote>, email: &str) -> Option<String> {
    let page = browser.send(browser.request(Method::GET, "/outbox.json")).await;
    let mails: serde_json::Value = serde_json::from_slice(&page.body).ok()?;
    let mail = mails.as_array()?.iter().find(|mail| mail["to"] == email)?;
    let code = mail["text"]
        .as_str()?
        .lines()
        .find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()));
    code.map(str::to_owned)
}
