//! Answers calendars, as JSON lines: for tests/calendars/compare.py, which asks others the same.
//!
//! A line has `text`, `zone`, `from` and `until` (seconds since 1970); its answer has `busy` and `unknown_from`.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::io::{BufRead, Write};

use scheduling::calendar::{Answer, Question, Reader};
use scheduling::zone::Zone;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let answer = match answer(&asked) {
            Ok(answer) => {
                let busy: Vec<_> = answer.busy.iter().map(|span| (span.start, span.end)).collect();
                json!({ "busy": busy, "unknown_from": answer.unknown_from() })
            }
            Err(error) => json!({ "error": error.to_string() }),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(asked: &Value) -> Result<Answer, Box<dyn std::error::Error>> {
    let number = |key: &str| asked[key].as_i64().ok_or_else(|| format!("{key} is missing"));
    let text = |key: &str| asked[key].as_str().ok_or_else(|| format!("{key} is missing"));
    let question = Question::new(number("from")?, number("until")?, Zone::named(text("zone")?)?);
    let mut reader = Reader::new(question);
    reader.push(text("text")?.as_bytes());
    Ok(reader.finish()?)
}
