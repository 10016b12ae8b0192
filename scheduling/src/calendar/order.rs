//! The one way in which things are put in order here: as pairs of numbers. A sort of each kind costs kilobytes of
//! WebAssembly.

/// A number to order by, and what it belongs to.
pub(super) type Pair = (i64, i64);

/// Pairs in order.
pub(super) fn sorted(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_unstable();
    pairs
}

/// Things in the order of a number that each has; those of one number as they were.
pub(super) fn ordered<T: Clone>(things: &[T], number: impl Fn(&T) -> i64) -> Vec<T> {
    let pairs = things.iter().enumerate().map(|(index, thing)| pair(number(thing), index));
    sorted(pairs.collect()).into_iter().filter_map(|pair| of_pair(things, pair)).cloned().collect()
}

/// A number, and the place of what it belongs to.
pub(super) fn pair(number: i64, index: usize) -> Pair {
    (number, i64::try_from(index).unwrap_or(i64::MAX))
}

/// What a pair's second number is the place of.
pub(super) fn of_pair<T>(things: &[T], (_, index): Pair) -> Option<&T> {
    things.get(usize::try_from(index).ok()?)
}
