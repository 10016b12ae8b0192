//! Every booking is delivered, whatever happens to receiver and endpoint in between.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use acceptance::receiver::{Received, Receiver};
use acceptance::{Adapter, PATIENCE, Server, booking, later, rounds, wait_until};
use serde_json::{Value, json};

const SECRETS: [(&str, &str); 2] = [
    ("HOOK_NEW", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("HOOK_OLD", "whsec_dGhlIG9sZCBzZWNyZXQgb2YgMjQgYnl0ZXM="),
];

/// A server whose site tells a receiver of everything, signed with two secrets.
fn server_told(receiver: &Receiver) -> Server {
    let mut server = Server::new();
    let content = server.own_content();
    let url = receiver.url("hook");
    let webhook = format!("\n[[webhooks]]\nurl = \"{url}\"\nsecret = [\"HOOK_NEW\", \"HOOK_OLD\"]\n");
    append(&content.join("site.toml"), &webhook);
    for (name, value) in SECRETS {
        server.secret(name, value);
    }
    server
}

fn append(path: &Path, text: &str) {
    let before = fs::read_to_string(path).unwrap();
    fs::write(path, before + text).unwrap();
}

/// The start of a number: every half hour of December.
fn start_of(number: usize) -> String {
    format!("2026-12-{:02}T{:02}:{:02}:00Z", 1 + number / 48, number % 48 / 2, number % 2 * 30)
}

/// The events of bookings that must arrive, and those that have.
#[derive(Default)]
struct Expected(BTreeSet<(String, &'static str)>);

impl Expected {
    fn missing(&self, received: &[Received]) -> usize {
        let taken: BTreeSet<(String, String)> =
            received.iter().filter(|one| one.taken).map(event_of).collect();
        self.0.iter().filter(|(id, event)| !taken.contains(&(id.clone(), (*event).to_owned()))).count()
    }
}

/// The booking's id, and the event with the status that tells one alert from the other.
fn event_of(received: &Received) -> (String, String) {
    let body: Value = serde_json::from_str(&received.body).unwrap();
    let booking = &body["data"]["booking"];
    let event =
        format!("{} {}", body["type"].as_str().unwrap(), booking["status"].as_str().unwrap_or_default());
    (booking["id"].as_str().unwrap_or_default().to_owned(), event)
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn every_event_arrives_though_receiver_and_endpoint_fail() {
    let receiver = Receiver::start();
    let server = server_told(&receiver);
    receiver.set_failing(true);
    let count = rounds(48, 200);
    let pause = Duration::from_millis(u64::try_from(rounds(20, 150)).unwrap());
    let mut expected = Expected::default();
    // Three kills: each phase books and cancels its share, and is then cut off.
    for phase in 0..4 {
        let started = server.start();
        let mut client = started.client();
        for number in (phase * count / 4)..((phase + 1) * count / 4) {
            let mut body = booking("jonas/always", &start_of(number), 15, number);
            body["tracking"] = json!({ "utm_source": format!("letter-{number}"), "gclid": "g1" });
            let answer = client.post("/api/bookings", &format!("key-{number}"), &body).unwrap();
            assert_eq!(answer.status, 201, "{}", answer.json());
            let id = answer.json()["booking"]["id"].as_str().unwrap().to_owned();
            let token = answer.json()["manage_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            let (path, bearer) = (format!("/api/bookings/{id}/cancel"), format!("Bearer {token}"));
            std::thread::sleep(pause);
            let answer = client.send("POST", &path, &[("authorization", &bearer)], b"").unwrap();
            assert_eq!(answer.status, 200, "{}", answer.json());
            for event in [
                "booking.confirmed confirmed",
                "booking.alert confirmed",
                "booking.cancelled cancelled",
                "booking.alert cancelled",
            ] {
                expected.0.insert((id.clone(), event));
            }
        }
        if phase < 3 {
            started.kill();
            receiver.next_phase();
        } else {
            std::thread::sleep(pause * 20);
        }
    }
    receiver.set_failing(false);
    // Retries come after minutes and hours: the clock is set on, and nobody asks the endpoint for anything.
    for days in 0..8 {
        receiver.next_phase();
        let started = server.start_at(&later(days));
        let arrived = wait_until(Duration::from_secs(20), || expected.missing(&receiver.received()) == 0);
        started.kill();
        if arrived {
            break;
        }
    }
    let all = receiver.received();
    assert_eq!(expected.missing(&all), 0, "of {} events", expected.0.len());
    assert!(all.iter().any(|one| !one.taken), "the receiver never failed");
    check_repeats(&all);
    check_tracking(&all);
    keep_for_others(&all);
}

/// An id is only seen again while nobody took it, or when the endpoint was cut off before it could note so; always with
/// the same body.
fn check_repeats(received: &[Received]) {
    let mut taken_in: BTreeMap<&str, u32> = BTreeMap::new();
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    for one in received {
        let id = one.headers["webhook-id"].as_str();
        assert_eq!(*bodies.entry(id).or_insert(&one.body), one.body, "{id} came with two bodies");
        assert!(
            taken_in.get(id).is_none_or(|phase| *phase < one.phase),
            "{id} came again after it was taken"
        );
        if one.taken {
            taken_in.insert(id, one.phase);
        }
    }
}

fn check_tracking(received: &[Received]) {
    for one in received {
        let body: Value = serde_json::from_str(&one.body).unwrap();
        let tracking = &body["data"]["booking"]["tracking"];
        assert!(tracking["utm_source"].as_str().unwrap().starts_with("letter-"), "{}", one.body);
        assert_eq!(tracking["gclid"], "g1");
    }
}

/// For the verifiers that others wrote: tests/webhooks/.
fn keep_for_others(received: &[Received]) {
    let name = format!("webhooks-{:?}.json", Adapter::chosen()).to_lowercase();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let received: Vec<Value> =
        received.iter().map(|one| json!({ "headers": one.headers, "body": one.body })).collect();
    let secrets: Vec<&str> = SECRETS.iter().map(|(_, value)| *value).collect();
    fs::write(&path, json!({ "secrets": secrets, "received": received }).to_string()).unwrap();
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn notices_go_out_after_a_restart_though_nobody_asks() {
    let receiver = Receiver::start();
    let server = server_told(&receiver);
    receiver.set_failing(true);
    let started = server.start();
    for number in 0..5 {
        let body = booking("jonas/always", &start_of(number), 15, number);
        assert_eq!(started.client().post("/api/bookings", &number.to_string(), &body).unwrap().status, 201);
    }
    started.kill();
    receiver.set_failing(false);
    // The alarm that was set rings; later, what had failed is due again.
    let _started = server.start_at(&later(1));
    let all = wait_until(PATIENCE, || {
        let taken: BTreeSet<String> = receiver
            .received()
            .iter()
            .filter(|one| one.taken)
            .map(|one| one.headers["webhook-id"].clone())
            .collect();
        taken.len() == 10
    });
    assert!(all, "{} were taken", receiver.taken());
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn one_receiver_that_hangs_delays_no_other() {
    let quick = Receiver::start();
    // It takes connections, and nobody ever reads from them.
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = server_told(&quick);
    let content = server.own_content();
    let url = format!("http://{}/hook", hanging.local_addr().unwrap());
    let webhook = format!("\n[[webhooks]]\nurl = \"{url}\"\nsecret = \"HOOK_NEW\"\n");
    append(&content.join("site.toml"), &webhook);
    let started = server.start();
    for number in 0..30 {
        let body = booking("jonas/always", &start_of(number), 15, number);
        assert_eq!(started.client().post("/api/bookings", &number.to_string(), &body).unwrap().status, 201);
    }
    // Less than what one attempt waits for an answer.
    assert!(
        wait_until(Duration::from_secs(12), || quick.taken() == 60),
        "{} of 60 were taken",
        quick.taken()
    );
}

#[test]
#[ignore = "needs the binary: cargo build -p generator"]
fn a_host_sees_what_is_parked_and_sends_it_again() {
    let receiver = Receiver::start();
    let gone = gone();
    let mut server = server_told(&receiver);
    let content = server.own_content();
    let webhook = format!("\n[[webhooks]]\nurl = \"http://{gone}/hook\"\nsecret = \"HOOK_NEW\"\n");
    append(&content.join("jonas/host.toml"), &webhook);
    let started = server.start();
    let mut client = started.client();
    let body = booking("jonas/always", &start_of(0), 15, 0);
    assert_eq!(client.post("/api/bookings", "one", &body).unwrap().status, 201);
    let key = server.key("jonas");
    let parked =
        || started.client().get("/api/host/deliveries", Some(&key)).unwrap().json()["deliveries"].clone();
    assert!(wait_until(PATIENCE, || parked()[0]["event"] == "booking.alert"), "{}", parked());
    assert_eq!(parked()[0]["destination"], format!("http://{gone}/hook"));
    let path = format!("/api/host/deliveries/{}/replay", parked()[0]["id"].as_str().unwrap());
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(client.send("POST", &path, &headers, b"").unwrap().status, 200);
    // It is tried, refused, and parked again.
    assert!(wait_until(PATIENCE, || parked()[0]["event"] == "booking.alert"), "{}", parked());
    let other = server.key("aiko");
    let answer = client.send("POST", &path, &[("authorization", &format!("Bearer {other}"))], b"").unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"));
    assert_eq!(client.get("/api/host/deliveries", None).unwrap().status, 401);
    let done = client.get("/api/host/deliveries?state=done", Some(&key)).unwrap().json();
    assert_eq!(done["deliveries"].as_array().unwrap().len(), 2, "{done}");
}

/// A receiver that wants no more of anything.
fn gone() -> std::net::SocketAddr {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut some = vec![0; 64 * 1024];
            std::thread::sleep(Duration::from_millis(50));
            let _ = stream.read(&mut some);
            let _ = stream.write_all(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    address
}
