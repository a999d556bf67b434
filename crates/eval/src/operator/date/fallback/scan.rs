//! A cursor over a date text. A failed step takes nothing.

use std::ops::RangeInclusive;

/// What is left of a date text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'t> {
    rest: &'t str,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn starts_with(&self, expected: &str) -> bool {
        self.rest.starts_with(expected)
    }

    /// How many digits come next.
    pub(super) fn leading_digits(&self) -> usize {
        self.run(|character| character.is_ascii_digit())
    }

    /// The character after the digits that come next, if any.
    pub(super) fn after_digits(&self) -> Option<char> {
        self.rest.get(self.leading_digits()..)?.chars().next()
    }

    /// Takes all that is left.
    pub(super) fn take_rest(&mut self) -> &'t str {
        std::mem::take(&mut self.rest)
    }

    /// Takes `expected`, which has to be next.
    pub(super) fn take(&mut self, expected: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// Takes `expected` if it is next.
    pub(super) fn skip(&mut self, expected: &str) {
        self.rest = self.rest.strip_prefix(expected).unwrap_or(self.rest);
    }

    /// Takes the spaces that are next, and says how many bytes they had.
    pub(super) fn spaces(&mut self) -> usize {
        let trimmed = self.rest.trim_start();
        let spaces = self.rest.len() - trimmed.len();
        self.rest = trimmed;
        spaces
    }

    /// Takes at least one space.
    pub(super) fn some_spaces(&mut self) -> Option<()> {
        (self.spaces() > 0).then_some(())
    }

    /// Takes all digits that are next, if there are that many.
    pub(super) fn digits(&mut self, length: RangeInclusive<usize>) -> Option<&'t str> {
        let digits = self.leading_digits();
        self.take_run(digits, length)
    }

    /// Takes the number that is next, if it has that many digits: nine at most.
    pub(super) fn number(&mut self, length: RangeInclusive<usize>) -> Option<u32> {
        self.digits(length)?.parse().ok()
    }

    /// Takes all ASCII letters that are next, if there are that many.
    pub(super) fn word(&mut self, length: RangeInclusive<usize>) -> Option<&'t str> {
        let letters = self.run(|character| character.is_ascii_alphabetic());
        self.take_run(letters, length)
    }

    fn run(&self, belongs: impl Fn(char) -> bool) -> usize {
        self.rest
            .find(|character| !belongs(character))
            .unwrap_or(self.rest.len())
    }

    fn take_run(&mut self, run: usize, length: RangeInclusive<usize>) -> Option<&'t str> {
        if !length.contains(&run) {
            return None;
        }
        let (taken, rest) = self.rest.split_at_checked(run)?;
        self.rest = rest;
        Some(taken)
    }
}
