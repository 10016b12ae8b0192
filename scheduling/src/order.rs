//! The one way in which long lists are put in order: as pairs of numbers. A sort of each kind costs kilobytes of
//! WebAssembly.

use std::collections::BTreeSet;

/// Things as a set, put in one by one: gathered at once, each kind of them would be sorted first.
pub fn set<T: Ord>(things: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    for thing in things {
        set.insert(thing);
    }
    set
}

/// A number to order by, and what it belongs to.
pub type Pair = (i64, i64);

/// Pairs in order.
pub fn sorted(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_unstable();
    pairs
}

/// Things in the order of a number that each has; those of one number as they were.
pub fn ordered<T: Clone>(things: &[T], number: impl Fn(&T) -> i64) -> Vec<T> {
    let pairs = things.iter().enumerate().map(|(index, thing)| pair(number(thing), index));
    sorted(pairs.collect()).into_iter().filter_map(|pair| of_pair(things, pair)).cloned().collect()
}

/// A number, and the place of what it belongs to.
pub fn pair(number: i64, index: usize) -> Pair {
    (number, i64::try_from(index).unwrap_or(i64::MAX))
}

/// What a pair's second number is the place of.
pub fn of_pair<T>(things: &[T], (_, index): Pair) -> Option<&T> {
    things.get(usize::try_from(index).ok()?)
}

/// Stretches of time, as starts with their ends: in order, and those that touch as one.
pub fn merged(stretches: Vec<Pair>) -> Vec<Pair> {
    let mut merged = sorted(stretches);
    merged.dedup_by(|next, stretch| {
        let touches = next.0 <= stretch.1;
        if touches {
            stretch.1 = stretch.1.max(next.1);
        }
        touches
    });
    merged
}
