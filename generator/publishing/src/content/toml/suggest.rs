//! Suggestions of what the author probably meant.

/// The longest word that is compared, in bytes: no key, zone or name is longer.
const LONGEST: usize = 64;

/// The candidate that a misspelt word probably is, if any is near enough, or else one that it is part of.
pub(crate) fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str> + Clone) -> Option<&'c str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase().replace(['-', ' '], "_");
    let most = (word.chars().count() / 3).clamp(1, 2);
    let within = |candidate: &&str| word.len() >= 4 && candidate.to_lowercase().contains(&word);
    let part = candidates.clone().find(within);
    let likely = candidates
        .map(|candidate| {
            let plain = candidate.to_lowercase().replace(['-', ' '], "_");
            (strsim::osa_distance(&word, &plain), candidate)
        })
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate);
    likely.or(part)
}

/// Names in backticks, as a sentence lists them: "`a`, `b` and `c`".
pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
    }
}

/// A name as folders and pages need it: lower-case letters, digits and hyphens.
pub fn as_name(name: &str) -> Option<String> {
    let mut proposed = String::with_capacity(name.len());
    for character in name.chars().take(LONGEST).flat_map(char::to_lowercase) {
        match character {
            'a'..='z' | '0'..='9' => proposed.push(character),
            'ä' => proposed.push_str("ae"),
            'ö' => proposed.push_str("oe"),
            'ü' => proposed.push_str("ue"),
            'ß' => proposed.push_str("ss"),
            'é' | 'è' | 'ê' => proposed.push('e'),
            'á' | 'à' | 'â' => proposed.push('a'),
            _ if proposed.ends_with('-') || proposed.is_empty() => {}
            _ => proposed.push('-'),
        }
    }
    proposed.truncate(64);
    let proposed = proposed.trim_end_matches('-');
    scheduling::token::is_ledger_name(proposed).then(|| proposed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        let candidates = ["title", "time_zone", "durations", "per_day", "email"];
        assert_eq!(nearest(word, candidates.into_iter()), expected, "{word}");
    }

    #[test]
    fn the_nearest_is_near() {
        check("titel", Some("title"));
        check("Time-Zone", Some("time_zone"));
        check("timezone", Some("time_zone"));
        check("zone", Some("time_zone"));
        check("duration", Some("durations"));
        check("mail", Some("email"));
        check("day", None);
        check("frobnicate", None);
        check("", None);
    }

    #[test]
    fn names_are_listed_as_a_sentence_lists_them() {
        let listed = |names: &[&'static str]| super::listed(names.iter().copied(), "and");
        assert_eq!(listed(&[]), "");
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
    }

    #[test]
    fn proposed_names_can_stand_in_links() {
        let check =
            |name: &str, expected: Option<&str>| assert_eq!(as_name(name).as_deref(), expected, "{name}");
        check("Intro Call", Some("intro-call"));
        check("  --Größe! ", Some("groesse"));
        check("café", Some("cafe"));
        check("東京", None);
        check("", None);
    }
}
