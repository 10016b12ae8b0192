//! The API as programs use it that read its description: `tests/run api` runs this, on both adapters.

use std::path::Path;
use std::process::Command;

use acceptance::Server;

#[test]
#[ignore = "needs the binary, and Python's packages: tests/run api"]
fn the_document_is_true_and_enough_to_book_with() {
    let server = Server::new();
    let started = server.start();
    let folder = tempfile::tempdir().unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut check = Command::new(tests.join("api/.venv/bin/python"));
    check.arg(tests.join("api/check.py")).arg(format!("http://{}", started.address));
    check.arg(server.key("jonas")).arg(folder.path());
    assert!(check.status().unwrap().success(), "see above");
}
