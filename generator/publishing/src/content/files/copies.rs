//! Copies that programs leave beside a file: of sync programs that found two versions, of editors, and of file
//! managers.

use scheduling::token::is_ledger_name;

/// What copies are called beside the original's own name, where two versions were found: in any language, such a name
/// is no page's.
const CONFLICTS: [&str; 9] =
    ["conflict", "konflikt", "conflit", "conflicto", "conflitto", "conflito", "競合", "コンフリクト", "冲突"];
/// What file managers call a copy.
const COPIES: [&str; 6] = ["copy", "kopie", "copie", "copia", "cópia", "kopia"];
/// The same in languages that put no space before it; in Japanese also decomposed, as some file systems keep it.
const JOINED_COPIES: [&str; 4] = ["コピー", "コヒ\u{309a}ー", "副本", "사본"];
/// What editors and tools add to the whole name.
const ENDINGS: [&str; 8] = ["~", ".orig", ".bak", ".old", ".rej", ".mine", ".theirs", ".save"];

/// The original of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Original {
    Named(String),
    /// The name does not say.
    Unknown,
}

/// The original of a file or folder whose name is that of a copy; `None` for any other name. `extension` is what the
/// names of its kind end in, with its point; `has` says whether there is a file of a name beside it.
pub(crate) fn original_of(name: &str, extension: &str, has: impl Fn(&str) -> bool) -> Option<Original> {
    if !extension.is_empty()
        && let Some(whole) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending))
    {
        return whole.ends_with(extension).then(|| Original::Named(whole.to_owned()));
    }
    if let Some(whole) = name.strip_prefix('#').and_then(|rest| rest.strip_suffix('#')) {
        return (!extension.is_empty() && whole.ends_with(extension))
            .then(|| Original::Named(whole.to_owned()));
    }
    let stem = name.strip_suffix(extension)?;
    if is_plain(stem) {
        return None;
    }
    let near = original_beside(stem, extension, &has);
    let lower = stem.to_lowercase();
    if CONFLICTS.iter().any(|word| lower.contains(word)) || is_merge_leftover(stem) {
        return Some(near.map_or(Original::Unknown, Original::Named));
    }
    let original = near?;
    let added = stem.replacen(original.strip_suffix(extension)?, "", 1);
    is_copys_addition(&added).then_some(Original::Named(original))
}

/// A page's name, with or without a locale behind it.
fn is_plain(stem: &str) -> bool {
    let is_locale = |locale: &str| {
        let mut parts = locale.split('-');
        let language = parts.next().unwrap_or_default();
        (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_lowercase())
            && parts.all(|part| part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    match stem.split_once('.') {
        None => is_ledger_name(stem),
        Some((slug, locale)) => is_ledger_name(slug) && is_locale(locale),
    }
}

/// The file beside it whose name is the longest beginning of this one, or the end behind "Copy of".
fn original_beside(stem: &str, extension: &str, has: &impl Fn(&str) -> bool) -> Option<String> {
    let ends = stem.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
    let beginnings: Vec<&str> = ends.map(|at| &stem[..at]).filter(|part| is_plain(part)).collect();
    let behind = stem.rsplit_once(' ').map(|(_, last)| last).filter(|last| is_plain(last));
    let names = beginnings.into_iter().rev().chain(behind);
    names.map(|part| format!("{part}{extension}")).find(|name| has(name))
}

/// What file managers and browsers add: a word for "copy", a number, or both; what `OneDrive` adds: a machine's
/// name.
fn is_copys_addition(added: &str) -> bool {
    let lower = added.to_lowercase();
    let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    let has_word = words.into_iter().any(|word| COPIES.contains(&word))
        || JOINED_COPIES.iter().any(|word| lower.contains(word));
    let is_number =
        added.starts_with([' ', '(', '_']) && letters(added).parse::<u32>().is_ok_and(|number| number < 1000);
    let is_machine = added.strip_prefix('-').is_some_and(|name| {
        name.len() > 2
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
            && name.bytes().any(|byte| byte.is_ascii_uppercase())
    });
    has_word || is_number || is_machine
}

/// What `git mergetool` leaves: `intro_LOCAL_4711`.
fn is_merge_leftover(stem: &str) -> bool {
    ["_BACKUP_", "_BASE_", "_LOCAL_", "_REMOTE_"].iter().any(|part| {
        stem.split_once(part).is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, extension: &str, expected: Option<&str>) {
        let beside = ["intro.md", "intro.ja.md", "host.toml", "aiko", "copy-desk.md"];
        let original = original_of(name, extension, |name| beside.contains(&name));
        let named = original.map(|original| match original {
            Original::Named(name) => name,
            Original::Unknown => "?".to_owned(),
        });
        assert_eq!(named.as_deref(), expected, "{name}");
    }

    #[test]
    fn copies_are_known_by_what_is_added_to_the_name() {
        for copy in [
            "intro (conflicted copy).md",
            "intro (Mara's conflicted copy 2026-11-28).md",
            "intro (conflicted copy 2026-11-28 101112).md",
            "intro.sync-conflict-20261128-101112-ABCDEFG.md",
            "intro_conflict-20261128-101112.md",
            "intro_DiskStation_Nov-28-1011-2026_Conflict.md",
            "intro.Conflict.md",
            "intro (SFConflict mara@example.org 2026-11-28-10-11-12).md",
            "intro (In Konflikt stehende Kopie von Mara 2026-11-28).md",
            "intro (Copie en conflit de Mara 2026-11-28).md",
            "intro (競合コピー 2026-11-28).md",
            "intro 2.md",
            "intro 13.md",
            "intro (1).md",
            "intro(2).md",
            "intro copy.md",
            "intro copy 2.md",
            "intro - Copy.md",
            "intro - Copy (2).md",
            "intro - Kopie.md",
            "introのコピー.md",
            "intro的副本.md",
            "introのコヒ\u{309a}ー.md",
            "intro - コピー.md",
            "Copy of intro.md",
            "Kopie von intro.md",
            "intro-DESKTOP-4K2.md",
            "intro_LOCAL_4711.md",
            "intro.md~",
            "intro.md.orig",
            "intro.md.bak",
            "intro.md.rej",
            "#intro.md#",
        ] {
            check(copy, ".md", Some("intro.md"));
        }
        check("intro.ja 2.md", ".md", Some("intro.ja.md"));
        check("intro.ja (conflicted copy).md", ".md", Some("intro.ja.md"));
        check("host 2.toml", ".toml", Some("host.toml"));
        check("host.sync-conflict-20261128-101112-ABCDEFG.toml", ".toml", Some("host.toml"));
        check("host.toml.orig", ".toml", Some("host.toml"));
        check("#host.toml#", ".toml", Some("host.toml"));
        check("aiko 2", "", Some("aiko"));
        check("aiko (conflicted copy)", "", Some("aiko"));
        check("gone (conflicted copy).md", ".md", Some("?"));
    }

    #[test]
    fn other_names_are_not_copies() {
        for page in [
            "intro.md",
            "intro.ja.md",
            "intro.zh-Hant.md",
            "intro-2.md",
            "intro-copy.md",
            "conflict.md",
            "conflict-talk.md",
            "copy-desk.md",
            "Intro Call.md",
            "gone 2.md",
            "Copy Desk.md",
            "intro call.md",
            "notes~",
            "photo.orig",
        ] {
            check(page, ".md", None);
        }
        check("host.toml", ".toml", None);
        check("jonas 2", "", None);
    }
}
