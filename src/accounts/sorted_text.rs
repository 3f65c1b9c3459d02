//! Looks lines up in sorted text that is compiled into the program: a few lines are read in
//! place, so nothing is parsed at start and nothing is kept on the heap.

/// Returns the lines of `text` from the first one on that is not less than `key`, in the
/// order of bytes. `text` must be sorted in that order.
pub(super) fn lines_from(text: &'static str, key: &str) -> std::str::Lines<'static> {
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low.midpoint(high);
        let before = text.as_bytes().get(..middle).unwrap_or_default();
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next());
        let line = line.unwrap_or_default();
        if line < key {
            low = start + line.len() + 1;
        } else {
            high = start;
        }
    }
    text.get(low..).unwrap_or_default().lines()
}
