//! Requests to other servers, by either adapter: any method, caps, deadlines, and addresses where nothing may be sent.
//!
//! On the Worker, they go through one that is built with the feature `probe`; `DAYMARK_WORKER` names its folder.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acceptance::Client;
use base64ct::{Base64, Encoding};
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::harness::is_worker;
use crate::local::{Clock, Sender};
use crate::{Outgoing, OutgoingRequest, Wanted};

/// The body of the large answer: far more than what a system keeps on its way.
const LARGE_BYTES: usize = 64 << 20;

/// A request, as a server got it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    /// Method and path.
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// A server that notes what it is asked. Its answer depends on the path.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    /// Bytes of the large answer that it could send.
    sent: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            asked: Arc::default(),
            connections: Arc::default(),
            sent: Arc::default(),
        };
        let (asked, connections, sent) =
            (Arc::clone(&server.asked), Arc::clone(&server.connections), Arc::clone(&server.sent));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                connections.fetch_add(1, Ordering::SeqCst);
                let (asked, sent) = (Arc::clone(&asked), Arc::clone(&sent));
                std::thread::spawn(move || answer(&stream, &asked, &sent));
            }
        });
        server
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut stream: &TcpStream, asked: &Mutex<Vec<Asked>>, sent: &AtomicUsize) -> Option<()> {
    let request = read(stream)?;
    let path = request.line.rsplit('/').next().unwrap_or_default().to_owned();
    asked.lock().unwrap().push(request);
    let mut say = |text: &str| stream.write_all(text.as_bytes()).ok();
    match path.as_str() {
        "hang" => {}
        "stall" => say("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\nit begins")?,
        "broken" => {
            say("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\nit begins")?;
            return Some(());
        }
        "moved" => {
            say("HTTP/1.1 302 Found\r\nlocation: /small\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")?;
        }
        "large" => {
            say(&format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {LARGE_BYTES}\r\n\r\n"))?;
            let piece = "x".repeat(64 << 10);
            while sent.load(Ordering::SeqCst) < LARGE_BYTES {
                say(&piece)?;
                sent.fetch_add(piece.len(), Ordering::SeqCst);
            }
        }
        _ => say(
            "HTTP/1.1 207 Multi-Status\r\ndav: 1, calendar-access\r\nconnection: close\r\ncontent-length: 14\r\n\r\n<multistatus/>",
        )?,
    }
    // Open until the other side closes: each connection has one request.
    stream.read(&mut [0]).ok().map(drop)
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?.trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = Vec::new();
    while let Some((name, value)) = line()?.split_once(':') {
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse());
    let mut body = vec![0; length.map_or(0, Result::unwrap)];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { line: first, headers, body: String::from_utf8(body).unwrap() })
}

/// The way out of one adapter.
enum Way {
    Local(Sender),
    Worker(Mutex<Client>, #[expect(dead_code, reason = "it ends with the test")] Worker),
}

struct Worker(Child, #[expect(dead_code, reason = "its folder ends with it")] TempDir);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Status, headers and body; or the words for why there are none.
type Told = Result<(u16, Vec<(String, String)>, String), String>;

impl Way {
    /// With `private`, also over plain HTTP and to private addresses.
    fn out(private: bool) -> Self {
        if !is_worker() {
            return Self::Local(Sender::new(Clock::starting_at(None), private));
        }
        let folder = tempfile::tempdir().unwrap();
        let mut variables =
            vec![("DAYMARK_SECRET".to_owned(), "a secret of more than 32 bytes in all".to_owned())];
        if private {
            variables.push(("DAYMARK_PRIVATE_WEBHOOKS".to_owned(), "1".to_owned()));
        }
        let setting = acceptance::workerd::Setting {
            state: folder.path().join("state"),
            dist: folder.path().join("dist"),
            variables,
            kv_spent: false,
        };
        let running = acceptance::workerd::start(&setting, Stdio::inherit());
        Self::Worker(Mutex::new(Client::new(running.address)), Worker(running.child, folder))
    }

    async fn send(&self, request: OutgoingRequest) -> Told {
        match self {
            Self::Local(sender) => {
                let answer = sender.send(request).await.map_err(|unanswered| unanswered.to_string())?;
                let headers = answer.headers().iter();
                let headers =
                    headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
                let body = String::from_utf8(answer.body().to_vec()).unwrap();
                Ok((answer.status().as_u16(), headers.collect(), body))
            }
            Self::Worker(client, _) => probe(&mut client.lock().unwrap(), &request),
        }
    }
}

fn probe(client: &mut Client, request: &OutgoingRequest) -> Told {
    let most_bytes = match request.wanted {
        Wanted::Head => None,
        Wanted::Whole { most_bytes } => Some(most_bytes),
    };
    let asked = json!({
        "method": request.method.as_str(), "url": request.url, "headers": request.headers,
        "body": String::from_utf8(request.body.to_vec()).unwrap(),
        "deadline_seconds": request.deadline.as_secs(), "most_bytes": most_bytes,
    });
    let answer = client.send("POST", "/_probe/outgoing", &[], asked.to_string().as_bytes()).unwrap();
    assert_eq!(
        answer.status, 200,
        "DAYMARK_WORKER must name a Worker that is built with the feature `probe`"
    );
    let told = answer.json();
    if let Value::String(words) = &told["unanswered"] {
        return Err(words.clone());
    }
    let headers = serde_json::from_value(told["headers"].clone()).unwrap();
    Ok((
        u16::try_from(told["status"].as_u64().unwrap()).unwrap(),
        headers,
        told["body"].as_str().unwrap().to_owned(),
    ))
}

/// A private key of nobody, made for this test (PKCS#8), in base64.
const KEY: &str = include_str!("rsa_key.txt");
/// What OpenSSL signs `signed text` with by that key: `openssl dgst -sha256 -sign`.
const SIGNATURE: &str = "\
RQ59ndNwXc+iqiXZneKx2QleMCD/TFRk8EfE9a/J3t3Y/JO2FiWtK2UgNMksk4yPsXEDJDh84aas2mX/ltij4YcXT+9PsKEhwruI\
MzHEOQXMoF390W1MIBxtD+3z8bFgi8FhZP8jJhsB4YAjggr9gcfRt+AToFn54zrD5FkTn3KEqyGDFE+GibThOi0JjXzqjacYFz/h\
7TvyESpDQpx3qHSi7fj2HCma1r6Ld+QEVG5k8uXTckfRA0yklbChoWENaLuE1AfQ0Jj4RpJfq/TZjjjjTr73g+NXu6Eok85WUmjt\
2XmHbGlMHtmMd19HTxdd1JZfuUF7Nl9amOiAVSuhog==";

#[tokio::test]
async fn a_text_is_signed_as_openssl_signs_it() {
    let (way, key) = (Way::out(false), KEY.replace('\n', ""));
    let signed = async |key: &str| match &way {
        Way::Local(sender) => sender.sign(&Base64::decode_vec(key).unwrap(), "signed text").await,
        Way::Worker(client, _) => {
            let asked = json!({ "key": key, "text": "signed text" }).to_string();
            let told = client.lock().unwrap().send("POST", "/_probe/signature", &[], asked.as_bytes());
            told.unwrap().json().as_str().map(|signature| Base64::decode_vec(signature).unwrap())
        }
    };
    assert_eq!(
        signed(&key).await.map(|signature| Base64::encode_string(&signature)).as_deref(),
        Some(SIGNATURE)
    );
    for no_key in ["", "YSBrZXk=", &key[..key.len() / 2 / 4 * 4]] {
        assert_eq!(signed(no_key).await, None);
    }
}

/// As Python's `cryptography` seals `a text` with the key 0, 1, … 31 and the nonce 100, 101, … 111.
const SEALED: &str = "KTuqAwGd4Agi6GkyMZdW6DC6b/8B9g==";

#[tokio::test]
async fn a_text_is_sealed_with_aes_256_gcm_and_opened_if_it_was_not_changed() {
    let (way, key, nonce) =
        (Way::out(false), std::array::from_fn(small), std::array::from_fn(|at| small(100 + at)));
    let passed = async |what: &str, key: &[u8; 32], text: &[u8]| match &way {
        Way::Local(sender) if what == "seal" => sender.seal(key, &nonce, text).await,
        Way::Local(sender) => sender.open(key, &nonce, text).await,
        Way::Worker(client, _) => {
            let [key, nonce, text] = [key.as_slice(), &nonce, text].map(Base64::encode_string);
            let asked = json!({ "key": key, "nonce": nonce, "text": text }).to_string();
            let told = client.lock().unwrap().send("POST", &format!("/_probe/{what}"), &[], asked.as_bytes());
            told.unwrap().json().as_str().map(|text| Base64::decode_vec(text).unwrap())
        }
    };
    let sealed = Base64::decode_vec(SEALED).unwrap();
    assert_eq!(passed("seal", &key, b"a text").await.as_ref(), Some(&sealed));
    assert_eq!(passed("open", &key, &sealed).await.as_deref(), Some(&b"a text"[..]));
    assert_eq!(passed("open", &[7; 32], &sealed).await, None);
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(passed("open", &key, &changed).await, None, "{at}");
        assert_eq!(passed("open", &key, &sealed[..at]).await, None, "{at}");
    }
}

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

fn get(url: String) -> OutgoingRequest {
    OutgoingRequest {
        method: Method::GET,
        url,
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        deadline: Duration::from_secs(20),
        wanted: Wanted::Whole { most_bytes: 1000 },
    }
}

#[tokio::test]
async fn any_method_goes_out_with_its_headers_and_body_and_the_answer_comes_back() {
    let (server, way) = (Server::start(), Way::out(true));
    for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "PROPPATCH", "REPORT", "OPTIONS"] {
        let body = format!("<{method}>é</{method}>");
        let headers =
            [("depth", "1"), ("content-type", "application/xml"), ("authorization", "Bearer a-token")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = OutgoingRequest {
            method: method.parse().unwrap(),
            headers: headers.to_vec(),
            body: body.clone().into(),
            ..get(server.url("small"))
        };
        let (status, answered, text) = way.send(request).await.unwrap();
        assert_eq!((status, text.as_str()), (207, "<multistatus/>"), "{method}");
        assert!(answered.contains(&("dav".to_owned(), "1, calendar-access".to_owned())), "{answered:?}");
        let asked = server.asked().pop().unwrap();
        assert_eq!((asked.line.as_str(), asked.body), (format!("{method} /small").as_str(), body));
        for header in headers {
            assert!(asked.headers.contains(&header), "{method}: no {header:?} in {:?}", asked.headers);
        }
    }
    assert_eq!(way.send(get(server.url("small"))).await.unwrap().0, 207);
    let asked = server.asked().pop().unwrap();
    assert_eq!((asked.line.as_str(), asked.body.as_str()), ("GET /small", ""));
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_cap_and_no_further() {
    let (server, way) = (Server::start(), Way::out(true));
    let capped = |path: &str, most_bytes| OutgoingRequest {
        method: "PROPFIND".parse().unwrap(),
        body: "<propfind/>".into(),
        wanted: Wanted::Whole { most_bytes },
        ..get(server.url(path))
    };
    assert_eq!(way.send(capped("small", 14)).await.unwrap().2, "<multistatus/>");
    let too_large = |bytes| Err(format!("it answered with more than {bytes} bytes"));
    assert_eq!(way.send(capped("small", 13)).await, too_large(13));
    assert_eq!(way.send(capped("large", 100_000)).await, too_large(100_000));
    let sent = server.sent.load(Ordering::SeqCst);
    assert!(sent < LARGE_BYTES, "all of it was read");
    let head = OutgoingRequest { wanted: Wanted::Head, ..get(server.url("large")) };
    let (status, _, body) = way.send(head).await.unwrap();
    assert_eq!((status, body.as_str()), (200, ""));
}

#[tokio::test]
async fn the_deadline_covers_the_whole_answer() {
    let (server, way) = (Server::start(), Way::out(true));
    for path in ["hang", "stall"] {
        let request = OutgoingRequest { deadline: Duration::from_secs(1), ..get(server.url(path)) };
        assert_eq!(way.send(request).await, Err("it did not answer within 1 s".to_owned()), "{path}");
    }
    // More than there are connections: none is held by one that was given up.
    for _ in 0..8 {
        let request = OutgoingRequest { wanted: Wanted::Head, ..get(server.url("stall")) };
        assert_eq!(way.send(request).await.unwrap().0, 200);
    }
}

#[tokio::test]
async fn redirects_are_answers_and_what_fails_says_so() {
    let (server, way) = (Server::start(), Way::out(true));
    let (status, headers, _) = way.send(get(server.url("moved"))).await.unwrap();
    assert_eq!(status, 302);
    assert!(headers.contains(&("location".to_owned(), "/small".to_owned())), "{headers:?}");
    assert_eq!(server.asked().len(), 1, "nobody followed it");
    let broken = way.send(get(server.url("broken"))).await.unwrap_err();
    assert!(broken.starts_with("its answer broke off: "), "{broken}");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = way.send(get(format!("http://{closed}/"))).await.unwrap_err();
    assert!(unreachable.starts_with("it cannot be reached: "), "{unreachable}");
    let headers = vec![("a name".to_owned(), "a value".to_owned())];
    let unsendable = way.send(OutgoingRequest { headers, ..get(server.url("small")) }).await.unwrap_err();
    assert!(unsendable.starts_with("it cannot be sent: "), "{unsendable}");
}

/// Every spelling of this machine that a parser of addresses knows (WHATWG URL, "host parsing").
const HERE: [&str; 24] = [
    "https://127.0.0.1",
    "https://127.0.0.1.",
    "https://127.1",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://0x7F.0x0.0x0.0x1",
    "https://2130706433",
    "https://0x7f000001",
    "https://017700000001",
    "https://0",
    "https://%31%32%37.0.0.1",
    "https://１２７.0.0.1",
    "https://127。0。0。1",
    "https://①②⑦.1",
    "https:127.1",
    r"https:\\127.1",
    " HTTPS://127.1",
    "https://[::1]",
    "https://[::]",
    "https://[::ffff:127.0.0.1]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::7f00:1]",
    "https://someone:word@127.1",
    "https://LOCALHOST.",
];

#[tokio::test]
async fn nothing_is_sent_to_a_private_address_however_it_is_written() {
    let (server, way) = (Server::start(), Way::out(false));
    let port = server.address.port();
    for host in HERE.into_iter().chain([
        "https://localhost",
        "https://deep.localhost",
        "https://10.1",
        "https://169.254.169.254",
    ]) {
        let refused = way.send(get(format!("{host}:{port}/"))).await.unwrap_err();
        assert!(refused.ends_with(" is a private address"), "{host}: {refused}");
    }
    let plain = format!("http://127.1:{port}/");
    assert_eq!(way.send(get(plain.clone())).await, Err(format!("{plain} does not begin with https://")));
    for text in ["", "hooks.example.com", "https://", "/hook", "https://1.2.3.4.5", "https://[::1"] {
        assert_eq!(way.send(get(text.to_owned())).await, Err(format!("{text} is not a web address")));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn those_spellings_lead_here_where_it_is_allowed() {
    let (server, way) = (Server::start(), Way::out(true));
    for host in ["127.1", "0x7f.1", "2130706433", "１２７.0.0.1"] {
        let request = get(format!("http://{host}:{}/small", server.address.port()));
        assert_eq!(way.send(request).await.unwrap().0, 207, "{host}");
    }
}
