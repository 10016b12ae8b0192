//! What the author probably meant.

/// The candidate that a misspelt word probably is, if any is near enough.
pub(super) fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase().replace(['-', ' '], "_");
    let most = (word.chars().count() / 3).max(1);
    candidates
        .map(|candidate| {
            let plain = candidate.to_lowercase().replace(['-', ' '], "_");
            (strsim::osa_distance(&word, &plain), candidate)
        })
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Names in backticks, as a sentence lists them: "`a`, `b` and `c`".
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
    }
}

/// A name as folders and pages need it: lower-case letters, digits and hyphens.
pub(crate) fn as_name(name: &str) -> Option<String> {
    let mut proposed = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
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
