//! A server that serves `tests/content` on a port of its own: the real binary in production, or the Worker in workerd.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Client, PATIENCE, wait_until, workerd};

/// The time at which every server begins: a Tuesday, 09:00 in Tokyo, less a moment.
pub const NOW: &str = "2026-11-23T23:59:00Z";

/// Signs links and keys of every server.
const SECRET: &str = "a secret of sixteen bytes, and then of some more";

/// The adapter that carries the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// The real binary, with SQLite.
    Local,
    /// The built Worker, in workerd.
    Cloudflare,
}

impl Adapter {
    /// The one that `DAYMARK_ADAPTER` names; the local one where it names none.
    pub fn chosen() -> Self {
        match std::env::var("DAYMARK_ADAPTER").as_deref() {
            Ok("cloudflare") => Self::Cloudflare,
            Ok("local") | Err(_) => Self::Local,
            Ok(other) => panic!("DAYMARK_ADAPTER is local or cloudflare, not {other}"),
        }
    }
}

/// A folder for one server, which may be started in it again and again.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    adapter: Adapter,
    content: PathBuf,
    secrets: Vec<(String, String)>,
    kv_spent: bool,
}

/// A server that runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Started {
    /// The address on which it listens.
    pub address: SocketAddr,
    child: Mutex<Option<Child>>,
    said: Arc<Mutex<String>>,
    /// Ends when the server's standard error does.
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    /// A server without any booking, of the adapter that is chosen.
    pub fn new() -> Self {
        Self::of(Adapter::chosen())
    }

    /// A server of an adapter.
    pub fn of(adapter: Adapter) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, adapter, content: root().join("tests/content"), secrets: Vec::new(), kv_spent: false }
    }

    /// Its adapter.
    pub fn adapter(&self) -> Adapter {
        self.adapter
    }

    /// Gives it a copy of the content of its own, to be changed: the folder of that copy.
    pub fn own_content(&mut self) -> PathBuf {
        let own = self.folder.path().join("content");
        if self.content == own {
            return own;
        }
        copy_folder(&self.content, &own);
        self.content.clone_from(&own);
        own
    }

    /// Gives it a secret beside its own, such as a webhook's.
    pub fn secret(&mut self, name: &str, value: &str) {
        self.secrets.push((name.to_owned(), value.to_owned()));
    }

    /// Lets workerd's KV answer as one whose quota is spent; or no longer.
    pub fn spend_kv(&mut self, spent: bool) {
        self.kv_spent = spent;
    }

    /// The server at `DAYMARK_URL` where that is set, else a new one. The folder must outlive it.
    pub fn any(&self) -> Started {
        let Ok(url) = std::env::var("DAYMARK_URL") else { return self.start() };
        let address = url.trim_start_matches("http://").trim_end_matches('/').parse();
        Started {
            address: address.expect("DAYMARK_URL is http://address:port"),
            child: Mutex::new(None),
            said: Arc::default(),
            listener: Mutex::default(),
        }
    }

    /// Starts it, and waits until it listens.
    pub fn start(&self) -> Started {
        self.start_at(NOW)
    }

    /// Starts it at an instant.
    pub fn start_at(&self, now: &str) -> Started {
        match self.adapter {
            Adapter::Local => start_command(&mut self.command_at(now)),
            Adapter::Cloudflare => {
                if !self.dist().join("_edge/site.json").exists() {
                    self.publish();
                }
                self.start_worker(now)
            }
        }
    }

    /// Publishes the content. The local adapter does so itself whenever it starts.
    pub fn publish(&self) {
        let output = self.generator().args(["build", "--now", NOW]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn start_worker(&self, now: &str) -> Started {
        let own = [("DAYMARK_SECRET", SECRET), ("DAYMARK_NOW", now), ("DAYMARK_PRIVATE_WEBHOOKS", "1")];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let setting = workerd::Setting {
            state: self.state(),
            dist: self.dist(),
            variables: own.into_iter().chain(self.secrets.iter().cloned()).collect(),
            kv_spent: self.kv_spent,
        };
        let workerd::Running { mut child, address, .. } = workerd::start(&setting, Stdio::piped());
        let said = Arc::new(Mutex::new(String::new()));
        let (_, listener) = listen_to(&mut child, &said);
        Started { address, child: Mutex::new(Some(child)), said, listener: Mutex::new(Some(listener)) }
    }

    /// Starts it where no file may grow beyond so many kilobytes: to it, a full disk. The site is built before.
    pub fn start_with_full_disk(&self, kilobytes: u32) -> Started {
        self.start().stop();
        let command = self.command();
        let mut shell = Command::new("bash");
        // Ignored, the signal becomes an error of the write that goes too far.
        shell.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &kilobytes.to_string()]);
        shell.arg(command.get_program()).args(command.get_args());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        start_command(&mut shell)
    }

    /// Starts it where it may open only so many files at once.
    pub fn start_with_files(&self, most: u32) -> Started {
        let command = self.command();
        let mut shell = Command::new("bash");
        shell.args(["-c", "ulimit -n \"$0\"; exec \"$@\"", &most.to_string()]);
        shell.arg(command.get_program()).args(command.get_args());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        start_command(&mut shell)
    }

    /// The command that starts the local adapter.
    pub fn command(&self) -> Command {
        self.command_at(NOW)
    }

    fn command_at(&self, now: &str) -> Command {
        let mut command = self.generator();
        command.args(["serve", "--production", "--private-webhooks", "--port", "0", "--now", now]);
        command.arg("--data").arg(self.data());
        command.envs(self.secrets.iter().map(|(name, value)| (name, value)));
        command
    }

    fn generator(&self) -> Command {
        let mut command = Command::new(binary());
        command.env("DAYMARK_SECRET", SECRET);
        command.arg("--content").arg(&self.content);
        command.arg("--theme").arg(root().join("site"));
        command.arg("--output").arg(self.dist());
        command
    }

    /// The folder of the published site.
    pub fn dist(&self) -> PathBuf {
        self.folder.path().join("dist")
    }

    /// The folder in which the local adapter stores bookings.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder in which workerd stores bookings.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The file of a ledger, of the local adapter.
    pub fn ledger(&self, host: &str) -> PathBuf {
        self.data().join(format!("ledgers/{host}.sqlite3"))
    }

    /// A host's key, as the command line prints it.
    pub fn key(&self, host: &str) -> String {
        let output = self.generator().args(["token", host]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The link with which the operator has everything about an address erased.
    pub fn erasure_link(&self, email: &str) -> String {
        let output = self.generator().args(["erase", email, "--now", NOW]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// All bookings of a host, read with the host's key.
    pub fn bookings(&self, started: &Started, host: &str) -> Vec<Value> {
        let key = self.key(host);
        let answer = started.client().get("/api/host/bookings", Some(&key)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["bookings"].as_array().unwrap().clone()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Started {
    /// A new connection.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Ends it at once, as a power cut does to a process: SIGKILL.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    pub fn stop(&self) -> ExitStatus {
        let mut child = self.child.lock().unwrap().take().expect("a server of our own");
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        child.wait().unwrap()
    }

    /// The process, where it is one of ours that runs.
    pub fn process(&self) -> Option<u32> {
        self.child.lock().unwrap().as_ref().map(Child::id)
    }

    /// Waits until it has told the operator this.
    #[track_caller]
    pub fn must_say(&self, expected: &str) {
        let says = || self.said.lock().unwrap().contains(expected);
        assert!(wait_until(PATIENCE, says), "{expected} is not in:\n{}", self.said.lock().unwrap());
    }

    /// All that it told the operator; to be asked when it has ended.
    pub fn said(&self) -> String {
        if let Some(listener) = self.listener.lock().unwrap().take() {
            assert!(self.child.lock().unwrap().is_none(), "it has not ended yet, and may say more");
            listener.join().unwrap();
        }
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.kill();
    }
}

fn start_command(command: &mut Command) -> Started {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let said = Arc::new(Mutex::new(String::new()));
    let (listening, listener) = listen_to(&mut child, &said);
    let Ok(address) = listening.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        panic!("the server does not listen:\n{}", said.lock().unwrap());
    };
    Started { address, child: Mutex::new(Some(child)), said, listener: Mutex::new(Some(listener)) }
}

/// Collects what a server says, and finds the address that it listens on.
fn listen_to(child: &mut Child, said: &Arc<Mutex<String>>) -> (Receiver<SocketAddr>, JoinHandle<()>) {
    let (found, listening) = channel();
    let said = Arc::clone(said);
    let errors = BufReader::new(child.stderr.take().unwrap());
    let listener = std::thread::spawn(move || {
        for line in errors.lines().map_while(Result::ok) {
            let address =
                line.split("Serving http://").nth(1).and_then(|rest| rest.split(['/', ' ', '\u{1b}']).next());
            if let Some(address) = address.and_then(|address| address.parse().ok()) {
                let _ = found.send(address);
            }
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
    (listening, listener)
}

/// The binary: beside the tests' own folder, where `cargo build -p generator` puts it, or where `DAYMARK_GENERATOR`
/// says.
fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("DAYMARK_GENERATOR") {
        return path.into();
    }
    let own = std::env::current_exe().unwrap();
    let path = own.ancestors().nth(2).unwrap().join("generator");
    assert!(
        fs::exists(&path).unwrap(),
        "{} is missing: cargo build -p generator (with --release for a benchmark)",
        path.display()
    );
    path
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
