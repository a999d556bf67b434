//! `regex` and `not_regex` (spec: engine §4.4): look-around and back-references, unanchored, case
//! sensitive.
//!
//! An automaton takes up to hundreds of kilobytes, so it is thrown away after the check at compile time
//! and built again when the pattern is first asked. Most patterns of flags are plain literals with or
//! without anchors (`@example\.com$`); those need no automaton at all.

mod literal;

use std::sync::OnceLock;

use fancy_regex::{Regex, RegexOptionsBuilder};
use serde_json::Value;

use super::{Compiled, Polarity, Test, Verdict, flaw, text_of};

/// Length of a pattern, in bytes. Longer ones are invalid.
pub(super) const PATTERN_BYTES_MAX: usize = 10_000;

/// Steps back that a pattern with look-around or back-references may take for one value; more is an
/// error (spec: engine §4.4).
const BACKTRACK_STEPS_MAX: usize = 10_000;

/// Length of a text that such a pattern is asked of, in bytes; a longer one is an error. A step
/// back can cost as much as the text is long, and the text may come from anybody.
pub(super) const BACKTRACK_TEXT_BYTES_MAX: usize = 2_048;

/// Size of each of a pattern's automata, in bytes. A pattern that needs more is invalid.
const AUTOMATON_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Size of the cache that an automaton fills while it is asked, in bytes per thread.
const AUTOMATON_CACHE_BYTES_MAX: usize = 256 * 1024;

/// Instructions of the backtracking part. A pattern that needs more is invalid.
const PROGRAM_INSTRUCTIONS_MAX: usize = 20_000;

/// A valid regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: Box<str>,
    engine: Engine,
    /// Built on first use; `None` if it can't be, which the check at compile time rules out.
    regex: OnceLock<Option<Box<Regex>>>,
}

/// How a pattern is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    /// In one pass over the text.
    Linear,
    /// With look-around or back-references.
    Backtracking,
}

/// Compiles `regex` (positive) or `not_regex` (negative).
pub(super) fn compile(value: &Value, polarity: Polarity) -> Compiled {
    let source = text_of(value);
    if source.len() > PATTERN_BYTES_MAX {
        let reason = format!("longer than {PATTERN_BYTES_MAX} bytes");
        return flaw::bad_pattern(&source, &reason, polarity);
    }
    if let Some((literal, place)) = literal::parse(&source) {
        let test = Test::Literal {
            literal,
            place,
            polarity,
        };
        return (test, None);
    }
    let engine = match engine(&source) {
        Ok(engine) => engine,
        Err(error) => {
            let reason = error.to_string().to_lowercase();
            return flaw::bad_pattern(&source, &reason, polarity);
        }
    };
    let pattern = Box::new(Pattern {
        source: source.into(),
        engine,
        regex: OnceLock::new(),
    });
    (Test::Pattern { pattern, polarity }, None)
}

impl Pattern {
    /// Searches `text`. Over [`BACKTRACK_STEPS_MAX`] or [`BACKTRACK_TEXT_BYTES_MAX`] is an error,
    /// whatever the polarity.
    pub(super) fn test(&self, text: &str, polarity: Polarity) -> Verdict {
        if self.engine == Engine::Backtracking && text.len() > BACKTRACK_TEXT_BYTES_MAX {
            return Verdict::Error;
        }
        let built = self
            .regex
            .get_or_init(|| build(&self.source).ok().map(Box::new));
        let Some(regex) = built else {
            return Verdict::No;
        };
        match regex.is_match(text) {
            Ok(holds) => polarity.verdict(holds),
            Err(_) => Verdict::Error,
        }
    }

    /// Estimated heap memory in bytes, the automaton left out.
    pub(super) fn weight_bytes(&self) -> usize {
        size_of::<Self>() + self.source.len()
    }
}

/// Checks the pattern. Only one that backtracks needs a program.
fn engine(source: &str) -> fancy_regex::Result<Engine> {
    if build_within(source, 0).is_ok() {
        return Ok(Engine::Linear);
    }
    build(source).map(|_| Engine::Backtracking)
}

fn build(source: &str) -> fancy_regex::Result<Regex> {
    build_within(source, PROGRAM_INSTRUCTIONS_MAX)
}

fn build_within(source: &str, instructions_max: usize) -> fancy_regex::Result<Regex> {
    RegexOptionsBuilder::new()
        .backtrack_limit(BACKTRACK_STEPS_MAX)
        .delegate_size_limit(AUTOMATON_BYTES_MAX)
        .delegate_dfa_size_limit(AUTOMATON_CACHE_BYTES_MAX)
        .max_prog_size(instructions_max)
        .build(source.to_owned())
}
