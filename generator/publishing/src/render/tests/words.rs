//! Words: none is in a template or in the code.

use std::fs;
use std::path::Path;

use scheduling::locale::DateWords;

use super::super::Theme;
use super::harness::{Trial, root};

/// A theme in which no word is a word: each message is its key in brackets, and no name of a date has letters.
fn theme_without_words(folder: &Path) -> Theme {
    for part in ["templates", "styles", "scripts"] {
        copy(&root().join("site").join(part), &folder.join(part));
    }
    fs::copy(root().join("site/bundles.toml"), folder.join("bundles.toml")).unwrap();
    let locale = folder.join("locales/en");
    fs::create_dir_all(&locale).unwrap();
    for name in ["page", "endpoint", "desk"] {
        let text = fs::read_to_string(root().join(format!("site/locales/en/{name}.toml"))).unwrap();
        let mut table: toml::Table = toml::from_str(&text).unwrap();
        blank(&mut table);
        fs::write(locale.join(format!("{name}.toml")), toml::to_string(&table).unwrap()).unwrap();
    }
    let numbers = |count: usize| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
    let dates = DateWords {
        weekdays: numbers(7),
        weekdays_short: numbers(7),
        months: numbers(12),
        months_short: numbers(12),
        day_periods: numbers(2),
        week_start: 1,
        hour12: false,
        date_full: "{day}".to_owned(),
        date: "{day}".to_owned(),
        month: "{month}".to_owned(),
        time: "{hour}".to_owned(),
        ..DateWords::default()
    };
    fs::write(locale.join("dates.toml"), toml::to_string(&dates).unwrap()).unwrap();
    Theme::load(folder).unwrap()
}

fn blank(table: &mut toml::Table) {
    for (_, value) in table.iter_mut() {
        match value {
            toml::Value::Table(table) => blank(table),
            other => *other = toml::Value::String("⟪⟫".to_owned()),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten() {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The parts of HTML that people see or hear: its text, and the attributes that are read out.
fn words_of(html: &str) -> String {
    let mut words = String::new();
    for part in html.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        // Linked data, and the pictures of links, are no text.
        if !tag.starts_with("script ") {
            words.push_str(text);
        }
        let is_read = !["viewport", "og:image", "twitter:card"].iter().any(|name| tag.contains(name));
        for attribute in ["aria-label=\"", "title=\"", "alt=\"", "placeholder=\"", "content=\""] {
            if let Some((_, value)) = tag.split_once(attribute).filter(|_| is_read) {
                words.push_str(value.split('"').next().unwrap_or_default());
                words.push(' ');
            }
        }
    }
    words
}

#[test]
fn no_word_is_in_a_template_or_in_the_code() {
    let folder = tempfile::tempdir().unwrap();
    let page = "+++\ntitle = \"茶\"\ndurations = [30, 60]\nlocation = { address = \"丁\" }\n[[questions]]\nid = \"topic\"\nlabel = \"何\"\nkind = \"text\"\n+++\n湯\n";
    let theme = theme_without_words(folder.path());
    let dist = Trial::named("店", "愛", page).with_theme(theme).publish();
    for path in ["index.html", "aiko/index.html", "aiko/tea/index.html", "host/index.html", "404.html"] {
        let words = words_of(&dist.read(path)).replace("noindex", "");
        let letters: String = words.chars().filter(char::is_ascii_alphabetic).collect();
        assert_eq!(letters, "", "{path}: {words}");
    }
}
