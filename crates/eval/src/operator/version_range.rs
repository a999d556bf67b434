//! `semver_tilde`, `semver_caret` and `semver_wildcard` (spec: engine §4.6), with Cargo's grammar of
//! requirements.
//!
//! Surprising: a wildcard filter without a star is a caret requirement, and a pre-release matches only a
//! requirement that names a pre-release of the same three numbers.

use semver::VersionReq;
use serde_json::Value;

use super::version::{parse, split};
use super::{Compiled, Test, Verdict, flaw, text_of};

/// Compiles "at least this, below the next minor version".
pub(super) fn compile_tilde(value: &Value) -> Compiled {
    compile(value, |version| {
        format!("~{}", canonical(version, Parts::Three))
    })
}

/// Compiles "at least this, without a breaking change".
pub(super) fn compile_caret(value: &Value) -> Compiled {
    compile(value, |version| {
        format!("^{}", canonical(version, Parts::Three))
    })
}

/// Compiles a version with stars for its last parts.
pub(super) fn compile_wildcard(value: &Value) -> Compiled {
    compile(value, |version| canonical(version, Parts::AsGiven))
}

/// Whether a property's text is a version of the range.
pub(super) fn test(text: &str, range: &VersionReq) -> Verdict {
    parse(text)
        .is_some_and(|version| range.matches(&version))
        .into()
}

fn compile(value: &Value, requirement_of: impl Fn(&str) -> String) -> Compiled {
    let text = text_of(value);
    match VersionReq::parse(&requirement_of(&text)) {
        Ok(range) => {
            let range = Box::new(range);
            (Test::VersionRange { range }, None)
        }
        Err(_) => flaw::bad_value(&text, "a version range"),
    }
}

/// How many parts a version is written with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    /// Filled up with zeros.
    Three,
    AsGiven,
}

/// The version's text with leading zeros stripped from parts that are digits alone.
fn canonical(text: &str, parts: Parts) -> String {
    let (core, suffix) = split(text);
    let mut canonical: Vec<&str> = core.split('.').map(without_leading_zeros).collect();
    if parts == Parts::Three && canonical.len() < 3 {
        canonical.resize(3, "0");
    }
    canonical.join(".") + suffix
}

fn without_leading_zeros(part: &str) -> &str {
    if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return part;
    }
    match part.trim_start_matches('0') {
        "" => "0",
        stripped => stripped,
    }
}
