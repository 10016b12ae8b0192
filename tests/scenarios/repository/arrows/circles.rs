//! Circles of files within a room.

use std::collections::{BTreeMap, BTreeSet};

use super::rooms::Circle;

/// Which file needs which others, of its own room.
#[derive(Debug, Default)]
pub(super) struct Needs<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Needs<'a> {
    pub(super) fn add(&mut self, from: &'a str, to: &'a str) {
        if from != to {
            self.0.entry(from).or_default().insert(to);
        }
    }

    /// Circles but for those that are listed, and listed ones that are none.
    pub(super) fn problems(&self, listed: &'a [Circle]) -> Vec<String> {
        let stale = listed.iter().filter(|Circle { files: [one, other], .. }| !self.is_round(one, other));
        let mut problems: Vec<String> = stale.map(not_round).collect();
        let rounds = self.joined(listed).rounds();
        problems.extend(rounds.iter().map(|files| self.told(files)));
        problems
    }

    fn told(&self, files: &[&str]) -> String {
        let needed = |from: &&str| -> Vec<String> {
            let needed = self.0.get(from).into_iter().flatten().filter(|to| files.contains(to));
            needed.map(|to| format!("{from} -> {to}")).collect()
        };
        let arrows: Vec<String> = files.iter().flat_map(needed).collect();
        format!("{}: a circle of files within a room: {}", files[0], arrows.join(", "))
    }

    /// A listed pair as one file: what goes round through a third is found all the same.
    fn joined(&self, listed: &'a [Circle]) -> Needs<'a> {
        let one_for = |file: &'a str| {
            listed
                .iter()
                .find(|circle| circle.files[1] == file)
                .map_or(file, |circle| circle.files[0].as_str())
        };
        let mut joined = Needs::default();
        for (from, needed) in &self.0 {
            for to in needed {
                joined.add(one_for(from), one_for(to));
            }
        }
        joined
    }

    /// Each set of files that all need each other.
    fn rounds(&self) -> BTreeSet<Vec<&'a str>> {
        let round_of = |file: &&'a str| -> Vec<&'a str> {
            self.0.keys().filter(|other| self.is_round(file, other)).copied().collect()
        };
        self.0.keys().map(round_of).filter(|round| !round.is_empty()).collect()
    }

    fn is_round(&self, one: &str, other: &str) -> bool {
        self.leads(one, other) && self.leads(other, one)
    }

    fn leads(&self, from: &str, to: &str) -> bool {
        let mut waiting: Vec<&str> = self.0.get(from).into_iter().flatten().copied().collect();
        let mut seen = BTreeSet::new();
        while let Some(file) = waiting.pop() {
            if file == to {
                return true;
            }
            if seen.insert(file) {
                waiting.extend(self.0.get(file).into_iter().flatten());
            }
        }
        false
    }
}

fn not_round(circle: &Circle) -> String {
    let [one, other] = &circle.files;
    format!("{one} and {other} are listed as a circle and do not need each other: take the line out")
}
