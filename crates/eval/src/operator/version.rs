//! `semver_eq` and the other comparisons of versions (spec: engine §4.5).
//!
//! Versions are read leniently (`v1.08` is 1.8.0) and compared strictly. Surprising: build metadata takes
//! part in the comparison, and what is no version is not even "not equal".

use semver::{BuildMetadata, Prerelease, Version};
use serde_json::Value;

use super::{Comparison, Compiled, Test, Verdict, flaw, text_of};

/// Compiles a comparison of versions.
pub(super) fn compile(value: &Value, comparison: Comparison) -> Compiled {
    let text = text_of(value);
    match parse(&text) {
        Some(version) => {
            let bound = Box::new(version);
            (Test::Version { bound, comparison }, None)
        }
        None => flaw::bad_value(&text, "a version"),
    }
}

/// Compares a property's text.
pub(super) fn test(text: &str, bound: &Version, comparison: Comparison) -> Verdict {
    if bound.pre.is_empty()
        && bound.build.is_empty()
        && let Some(numbers) = parse_core(text)
    {
        let bound = [bound.major, bound.minor, bound.patch];
        return comparison.holds(&numbers, &bound).into();
    }
    match parse(text) {
        Some(version) => comparison.holds(&version, bound).into(),
        None => Verdict::No,
    }
}

/// Reads a version: one `v` and spaces dropped, leading zeros stripped, missing parts 0. Allocates
/// only for a pre-release or build longer than eight bytes.
pub(super) fn parse(text: &str) -> Option<Version> {
    let (core, suffix) = split(text);
    let [major, minor, patch] = parse_core(core)?;
    let mut version = Version::new(major, minor, patch);
    if !suffix.is_empty() {
        (version.pre, version.build) = parse_suffix(suffix)?;
    }
    Some(version)
}

/// The trimmed version without its `v`, split before the first `-` or `+`.
pub(super) fn split(text: &str) -> (&str, &str) {
    let text = text.strip_prefix('v').unwrap_or(text).trim();
    let end = text.find(['-', '+']).unwrap_or(text.len());
    text.split_at(end)
}

/// One to three numbers with dots between them.
fn parse_core(core: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    let mut rest = core.as_bytes();
    for number in &mut numbers {
        let (parsed, after) = leading_number(rest)?;
        *number = parsed;
        match after {
            [] => return Some(numbers),
            [b'.', after @ ..] => rest = after,
            _ => return None,
        }
    }
    None
}

/// The number that `bytes` begin with, and what follows it.
fn leading_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut rest = bytes;
    let mut number = 0_u64;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        number = number
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
        rest = after;
    }
    (rest.len() < bytes.len()).then_some((number, rest))
}

/// Reads `-pre`, `+build` or `-pre+build`; an empty one of these is no version.
fn parse_suffix(suffix: &str) -> Option<(Prerelease, BuildMetadata)> {
    let (pre, build) = match suffix.split_once('+') {
        Some((pre, build)) => (pre, Some(build)),
        None => (suffix, None),
    };
    let pre = match pre.strip_prefix('-') {
        Some("") => return None,
        Some(pre) => Prerelease::new(pre).ok()?,
        None => Prerelease::EMPTY,
    };
    let build = match build {
        Some("") => return None,
        Some(build) => BuildMetadata::new(build).ok()?,
        None => BuildMetadata::EMPTY,
    };
    Some((pre, build))
}
