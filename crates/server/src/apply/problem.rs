//! What is wrong with a file, and where. Everything is collected, so that a person mends a file once
//! and not once per mistake.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Write as _};

/// How many problems, or warnings, are listed; the rest are counted.
pub(crate) const LISTED_MAX: usize = 100;

/// One thing that is wrong, or odd, at one place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// JSON path, such as `projects[0].name`; empty for the whole file.
    pub(crate) path: String,
    /// What is wrong. Lower case, no full stop.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// Collects problems. Shared by reference while a document is walked; holds [`LISTED_MAX`] at most.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    listed: RefCell<Vec<Problem>>,
    unlisted: Cell<usize>,
}

impl Problems {
    /// Notes one.
    pub(crate) fn add(&self, path: &str, message: impl Into<String>) {
        let mut listed = self.listed.borrow_mut();
        if listed.len() == LISTED_MAX {
            self.unlisted.set(self.unlisted.get() + 1);
            return;
        }
        listed.push(Problem {
            path: path.to_owned(),
            message: message.into(),
        });
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.listed.borrow().is_empty()
    }

    /// All that were noted.
    pub(crate) fn into_findings(self) -> Findings {
        Findings {
            listed: self.listed.into_inner(),
            unlisted: self.unlisted.get(),
        }
    }
}

/// Problems, or warnings, that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Findings {
    /// The first [`LISTED_MAX`].
    pub(crate) listed: Vec<Problem>,
    /// How many more there are.
    pub(crate) unlisted: usize,
}

impl Findings {
    /// One that concerns the whole file.
    pub(crate) fn whole_file(message: impl Into<String>) -> Self {
        Self {
            listed: vec![Problem {
                path: String::new(),
                message: message.into(),
            }],
            unlisted: 0,
        }
    }

    /// How many were found.
    pub(crate) fn count(&self) -> usize {
        self.listed.len() + self.unlisted
    }

    /// One line each, indented by two spaces.
    pub(crate) fn lines(&self) -> String {
        let mut lines = String::new();
        for problem in &self.listed {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "  {problem}");
        }
        if self.unlisted > 0 {
            let _ = writeln!(lines, "  and {} more", self.unlisted);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_problems_are_listed_and_the_rest_are_counted() {
        for (noted, unlisted) in [(0, 0), (LISTED_MAX, 0), (LISTED_MAX + 1, 1)] {
            let problems = Problems::default();
            for index in 0..noted {
                problems.add("projects", format!("problem {index}"));
            }
            let findings = problems.into_findings();
            assert_eq!(findings.count(), noted);
            assert_eq!(findings.unlisted, unlisted);
        }
    }
}
