//! Reads the lines of an input of any length, with one line in memory at a time.

use std::io::{self, BufRead, Read as _};

/// The maximum length of a line, in bytes.
const LONGEST: usize = 64 * 1024;

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// The line without its line end.
    Whole(&'a [u8]),
    /// The line is longer than the maximum; its text was skipped.
    TooLong,
}

/// The lines of an input, counted from 1. Empty lines are skipped.
pub(super) struct Lines {
    input: Box<dyn BufRead>,
    number: u64,
    buffer: Vec<u8>,
}

impl Lines {
    pub(super) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            input,
            number: 0,
            buffer: Vec::new(),
        }
    }

    /// Returns the next line and its number; `None` at the end.
    ///
    /// # Errors
    /// The I/O error if the input cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            self.buffer.clear();
            let mut bounded = (&mut self.input).take(LONGEST as u64);
            if bounded.read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let whole = self.buffer.last() == Some(&b'\n') || self.buffer.len() < LONGEST;
            if !whole {
                self.input.skip_until(b'\n')?;
                return Ok(Some((self.number, Line::TooLong)));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let line = self.buffer.trim_ascii();
        // A byte order mark, with which some exports begin.
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        Ok(Some((self.number, Line::Whole(line))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Lines {
        Lines::new(Box::new(io::Cursor::new(text.to_vec())))
    }

    #[test]
    fn lines_are_counted_and_empty_ones_passed_over() {
        let mut lines = lines(b"\xEF\xBB\xBFone\r\n\n  \n four \nfive");
        assert_eq!(lines.next().unwrap(), Some((1, Line::Whole(b"one"))));
        assert_eq!(lines.next().unwrap(), Some((4, Line::Whole(b"four"))));
        assert_eq!(lines.next().unwrap(), Some((5, Line::Whole(b"five"))));
        assert_eq!(lines.next().unwrap(), None);
    }

    #[test]
    fn a_line_too_long_is_skipped_and_the_next_is_read() {
        for length in [LONGEST, LONGEST + 1, 3 * LONGEST] {
            let mut text = vec![b'x'; length];
            text.extend_from_slice(b"\nnext\n");
            let mut lines = lines(&text);
            assert_eq!(lines.next().unwrap(), Some((1, Line::TooLong)));
            assert_eq!(lines.next().unwrap(), Some((2, Line::Whole(b"next"))));
        }
        let mut fits = vec![b'x'; LONGEST - 1];
        fits.push(b'\n');
        assert!(matches!(
            lines(&fits).next().unwrap(),
            Some((1, Line::Whole(_)))
        ));
    }
}
