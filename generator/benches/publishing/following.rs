//! The time from saving a file until `serve` answers with the new page.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::usage::now;

const ROUNDS: usize = 11;
/// Asked so often that asking costs little beside building.
const PAUSE: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves the content, saves its first page again and again, and returns the milliseconds of each round, sorted.
pub(crate) fn measure(folder: &Path, options: &[String]) -> Vec<f64> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command.args(["serve", "--port", "0", "--data"]).arg(folder.join("data")).args(options);
    let mut server = Server(command.stderr(Stdio::piped()).spawn().expect("the command runs"));
    let mut said = BufReader::new(server.0.stderr.take().expect("standard error"));
    let address = address(&mut said);
    // Later output is read, too, so that nobody waits for a full pipe.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));

    let page = folder.join("content/host-0/page-0.md");
    let text = fs::read_to_string(&page).expect("the first page");
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|round| one(&page, &text, round, &address)).collect();
    rounds.sort_by(f64::total_cmp);
    rounds
}

fn one(page: &Path, text: &str, round: usize, address: &str) -> f64 {
    let title = format!("Saved for the {round}th time");
    let text = text.replace("\"Meeting 0\"", &format!("\"{title}\""));
    let begin = now();
    fs::write(page, text).expect("a file is written");
    while !get(address, "/host-0/page-0/").contains(&title) {
        assert!(begin.elapsed() < PATIENCE, "the page stays as it was");
        std::thread::sleep(PAUSE);
    }
    begin.elapsed().as_secs_f64() * 1000.0
}

fn address(said: &mut impl BufRead) -> String {
    let mut line = String::new();
    while said.read_line(&mut line).expect("a line") > 0 {
        if let Some(address) = line.trim_end().strip_prefix("Serving http://") {
            return address.trim_end_matches('/').to_owned();
        }
        line.clear();
    }
    panic!("it does not serve")
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A process that ends with the benchmark, also where that fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
