//! Names of folders, pages, questions and options: as content takes them, and each only once.

use std::collections::BTreeMap;

use publishing::content::as_name;

/// The longest that a name may be, in bytes.
const LONGEST: usize = 64;
/// The longest id that is made of a question, in bytes: shorter ones are easier to keep apart.
const LONGEST_ID: usize = 40;

/// The names that are taken, each with how often it was wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<String, usize>);

impl Names {
    /// With names that none can have.
    pub(super) fn without(reserved: &[&str]) -> Self {
        Self(reserved.iter().map(|name| ((*name).to_owned(), 1)).collect())
    }

    /// Takes the first of these that can be a name, with a number behind it if it is taken.
    pub(super) fn take<'w>(&mut self, wanted: impl IntoIterator<Item = &'w str>, otherwise: &str) -> String {
        let mut names = wanted.into_iter().filter_map(as_name);
        self.unique(&names.next().unwrap_or_else(|| otherwise.to_owned()), '-', LONGEST)
    }

    /// Takes an id, in the same way.
    pub(super) fn take_id<'w>(
        &mut self,
        wanted: impl IntoIterator<Item = &'w str>,
        otherwise: &str,
    ) -> String {
        let mut names = wanted.into_iter().filter_map(as_name);
        let mut id = names.next().unwrap_or_else(|| otherwise.to_owned()).replace('-', "_");
        if id.len() > LONGEST_ID {
            id.truncate(LONGEST_ID);
            id.truncate(id.rfind('_').unwrap_or(id.len()));
        }
        self.unique(&id, '_', LONGEST_ID)
    }

    fn unique(&mut self, name: &str, hyphen: char, longest: usize) -> String {
        let mut number = self.0.get(name).copied().unwrap_or(0);
        let mut unique = name.to_owned();
        while self.0.contains_key(&unique) {
            number += 1;
            let ending = format!("{hyphen}{number}");
            let room = longest.saturating_sub(ending.len());
            unique =
                name.chars().take(room).collect::<String>().trim_end_matches(hyphen).to_owned() + &ending;
        }
        self.0.insert(name.to_owned(), number.max(1));
        self.0.entry(unique.clone()).or_insert(1);
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_taken_once() {
        let mut names = Names::without(&["readme"]);
        for (wanted, expected) in [
            ("intro", "intro"),
            ("Intro!", "intro-2"),
            ("intro", "intro-3"),
            ("intro-2", "intro-2-2"),
            ("README", "readme-2"),
            ("日本語", "page"),
            ("", "page-2"),
            ("Über uns", "ueber-uns"),
        ] {
            assert_eq!(names.take([wanted], "page"), expected, "{wanted}");
        }
        assert_eq!(names.take(["日本語", "Second choice"], "page"), "second-choice");
        let long = "a".repeat(64);
        assert_eq!(names.take([long.as_str()], "page"), long);
        assert_eq!(names.take([long.as_str()], "page"), format!("{}-2", "a".repeat(62)));
    }

    #[test]
    fn ids_are_short() {
        let mut names = Names::without(&["name"]);
        let long = "What would you like to talk about, and what have you tried already?";
        assert_eq!(names.take_id([long], "question"), "what_would_you_like_to_talk_about_and");
        assert_eq!(names.take_id(["Name"], "question"), "name_2");
        assert_eq!(names.take_id(["質問"], "question"), "question");
        assert_eq!(names.take_id(["質問"], "question"), "question_2");
    }
}
