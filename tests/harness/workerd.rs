//! workerd, the Workers runtime, started directly: one process with Durable Objects and KV in a folder, and assets
//! beside it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;

use serde_json::Value;

use crate::PATIENCE;

/// The settings of a Worker, beside its code.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The folder of Durable Objects and KV.
    pub state: PathBuf,
    /// The published site.
    pub dist: PathBuf,
    /// Variables and secrets.
    pub variables: Vec<(String, String)>,
    /// KV answers nothing but 429, as it does when its quota is spent.
    pub kv_spent: bool,
}

/// A workerd that listens.
#[derive(Debug)]
pub struct Running {
    /// Its process, which whoever has started it ends.
    pub child: Child,
    /// Where the Worker answers.
    pub address: SocketAddr,
    /// Where any request has the Worker do what it does each hour.
    pub hour: SocketAddr,
}

/// Starts the built Worker, or the one in the folder that `DAYMARK_WORKER` names, on a free port, and waits until it
/// listens. What it says goes to `errors`.
pub fn start(setting: &Setting, errors: Stdio) -> Running {
    let built = root().join(std::env::var("DAYMARK_WORKER").unwrap_or("edge/build".to_owned()));
    assert!(built.join("index.js").exists(), "{} is missing: tests/run worker", built.display());
    let modules = r#"(name = "index.js", esModule = embed "index.js"), (name = "index_bg.wasm", wasm = embed "index_bg.wasm")"#;
    for file in ["index.js", "index_bg.wasm"] {
        fs::create_dir_all(&setting.state).unwrap();
        fs::copy(built.join(file), setting.state.join(file)).unwrap();
    }
    start_worker(setting, modules, "Ledger", errors)
}

/// Starts any Worker with one class of Durable Objects, bound as `LEDGERS`, whose modules lie in the state's folder.
pub fn start_worker(setting: &Setting, modules: &str, class: &str, errors: Stdio) -> Running {
    for folder in ["do", "kv", "kv-blobs"] {
        fs::create_dir_all(setting.state.join(folder)).unwrap();
    }
    fs::create_dir_all(&setting.dist).unwrap();
    let config = setting.state.join("edge.capnp");
    fs::write(&config, configuration(setting, modules, class)).unwrap();
    let mut command = Command::new(binary());
    command.arg("serve").arg(&config).args(["--experimental", "--control-fd=1"]);
    command.env("TZ", "UTC").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
    let mut child = command.spawn().unwrap_or_else(|cause| panic!("{}: {cause}", binary().display()));
    let (found, listening) = channel();
    let control = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in control.lines().map_while(Result::ok) {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["event"] == "listen" {
                let port = u16::try_from(event["port"].as_u64().unwrap()).unwrap();
                let _ = found.send((event["socket"] == "http", SocketAddr::from(([127, 0, 0, 1], port))));
            }
        }
    });
    let mut sockets: Vec<_> = (0..2).map_while(|_| listening.recv_timeout(PATIENCE).ok()).collect();
    sockets.sort_unstable();
    let [(false, hour), (true, address)] = sockets[..] else {
        let _ = child.kill();
        panic!("workerd does not listen: {sockets:?}");
    };
    Running { child, address, hour }
}

/// The files of the Durable Objects of a class, each with its SQLite database.
pub fn databases(state: &Path, class: &str) -> Vec<PathBuf> {
    let folder = state.join("do").join(format!("edge-{class}"));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_database = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "sqlite") && !path.ends_with("metadata.sqlite")
    };
    entries.map(|entry| entry.path()).filter(is_database).collect()
}

/// A namespace whose quota is spent. The class is there as the configuration names it.
const KV_SPENT: &str = r#"(name = "kv.js", esModule = "import { DurableObject } from 'cloudflare:workers'; export class KVNamespace extends DurableObject {} export default { fetch() { return new Response('the quota is spent', { status: 429 }) } }")"#;

/// Has the Worker do what the platform asks for each hour.
const HOUR: &str = r#"(name = "hour.js", esModule = "export default { async fetch(request, env) { await env.EDGE.scheduled({ cron: '0 * * * *' }); return new Response() } }")"#;

fn configuration(setting: &Setting, modules: &str, class: &str) -> String {
    let text = |value: &str| serde_json::to_string(value).unwrap();
    let variable =
        |(name, value): &(String, String)| format!("(name = {}, text = {}),", text(name), text(value));
    let variables: String = setting.variables.iter().map(variable).collect();
    let path = |path: PathBuf| text(&path.display().to_string());
    let (durable, kv, blobs) = (
        path(setting.state.join("do")),
        path(setting.state.join("kv")),
        path(setting.state.join("kv-blobs")),
    );
    let dist = path(fs::canonicalize(&setting.dist).unwrap());
    let assets = text(&assets().to_string());
    let kv_module =
        if setting.kv_spent { KV_SPENT } else { r#"(name = "kv.js", bundled = "/workerd/kv.js")"# };
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true))),
    (name = "do-storage", disk = (path = {durable}, writable = true)),
    (name = "kv-storage", disk = (path = {kv}, writable = true)),
    (name = "kv-blobs", disk = (path = {blobs}, writable = true)),
    (name = "kv", worker = .kv),
    (name = "assets", assets = (path = {dist}, config = {assets}, userWorker = "edge")),
    (name = "hour", worker = .hour),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:0", http = (), service = "assets"),
    (name = "hour", address = "127.0.0.1:0", http = (), service = "hour"),
  ],
);
const edge :Workerd.Worker = (
  modules = [{modules}],
  compatibilityDate = "2026-11-01",
  bindings = [
    (name = "KV", kvNamespace = (name = "kv", props = (json = "{{\"namespace\":\"main\"}}"))),
    (name = "ASSETS", service = (name = "assets", entrypoint = "AssetWorker")),
    (name = "LEDGERS", durableObjectNamespace = "{class}"),
    {variables}
  ],
  durableObjectNamespaces = [(className = "{class}", uniqueKey = "edge-{class}", enableSql = true)],
  durableObjectStorage = (localDisk = "do-storage"),
);
const hour :Workerd.Worker = (
  modules = [{HOUR}],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "EDGE", service = "edge")],
);
const kv :Workerd.Worker = (
  modules = [{kv_module}],
  compatibilityDate = "2026-11-01",
  bindings = [
    (name = "SHARD", durableObjectNamespace = "KVNamespace"),
    (name = "BLOBS", service = "kv-blobs"),
  ],
  durableObjectNamespaces = [(className = "KVNamespace", uniqueKey = "kv", enableSql = true)],
  durableObjectStorage = (localDisk = "kv-storage"),
);
"#
    )
}

/// The handling of assets, as the deployment has it.
fn assets() -> Value {
    let path = root().join("wrangler.toml");
    let deployment: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let mut assets = serde_json::to_value(&deployment["assets"]).unwrap();
    assets
        .as_object_mut()
        .unwrap()
        .retain(|key, _| ["not_found_handling", "run_worker_first"].contains(&&**key));
    assets
}

/// The native program inside npm's package, or where `DAYMARK_WORKERD` says.
fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("DAYMARK_WORKERD") {
        return path.into();
    }
    let packages = root().join("tests/worker/node_modules/@cloudflare");
    let entries = fs::read_dir(&packages).into_iter().flatten().flatten();
    let mut binaries = entries.map(|entry| entry.path().join("bin/workerd")).filter(|path| path.exists());
    binaries.next().unwrap_or_else(|| panic!("{} has no workerd: tests/run worker", packages.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
