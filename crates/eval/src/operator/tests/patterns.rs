//! `regex` and `not_regex` (spec: engine §4.4).

use std::time::{Duration, Instant};

use chrono_tz::Tz;
use serde_json::json;

use super::{NOW, ask, compile, missing, verdict, warning};
use crate::operator::Test;
use crate::operator::Verdict::{Error, No, Yes};
use crate::operator::pattern::{BACKTRACK_TEXT_BYTES_MAX, PATTERN_BYTES_MAX};

/// How long the worst pattern may take: it needs milliseconds, a busy machine needs patience, and without
/// an end it would be hours.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn patterns_search_case_sensitively_and_unanchored() {
    let cases = [
        ("ell", json!("Hello"), true),
        ("ELL", json!("Hello"), false),
        ("(?i)ELL", json!("Hello"), true),
        ("^[a-z.]+@example\\.com$", json!("a.b@example.com"), true),
        ("^[a-z.]+@example\\.com$", json!("a.b@example_com"), false),
        ("^\\d+$", json!(42), true),
        ("^true$", json!(true), true),
        ("^\\[\"a\",1\\]$", json!(["a", 1]), true),
        ("", json!("anything"), true),
        ("^(?!internal-)", json!("internal-1"), false),
        ("^(?!internal-)", json!("external-1"), true),
        ("(?<=v)\\d", json!("v2"), true),
        ("(\\w)\\1", json!("book"), true),
        ("(\\w)\\1", json!("bok"), false),
    ];
    for (pattern, property, holds) in cases {
        let expected = if holds { [Yes, No] } else { [No, Yes] };
        let answers =
            ["regex", "not_regex"].map(|operator| verdict(operator, &json!(pattern), &property));
        assert_eq!(answers, expected, "{pattern} of {property}");
    }
}

#[test]
fn a_filter_that_is_no_string_is_a_pattern_of_its_text() {
    assert_eq!(verdict("regex", &json!(4), &json!(142)), Yes);
    assert_eq!(verdict("regex", &json!(["a"]), &json!("xyz")), No);
    assert_eq!(verdict("regex", &json!(["a"]), &json!("\"")), Yes);
}

#[test]
fn an_invalid_pattern_matches_neither_way_unless_the_property_is_missing() {
    for pattern in ["(", "[z-a]", "*", "(?<n>", "\\p{Nonsense}"] {
        let pattern = json!(pattern);
        assert_eq!(verdict("regex", &pattern, &json!("a")), No, "{pattern}");
        assert_eq!(verdict("not_regex", &pattern, &json!("a")), No, "{pattern}");
        assert_eq!(missing("regex", &pattern), No, "{pattern}");
        assert_eq!(missing("not_regex", &pattern), Yes, "{pattern}");
        let warning = warning("regex", &pattern).unwrap();
        assert!(
            warning.contains("not a usable regular expression"),
            "{warning}"
        );
    }
}

#[test]
fn a_pattern_that_backtracks_too_far_is_soon_an_error() {
    let property = json!("a".repeat(30) + "!");
    for operator in ["regex", "not_regex"] {
        let endless = compile(operator, &json!("^(?:(a|a)*)*\\1b$"));
        assert!(matches!(endless, Test::Pattern { .. }));
        let start = now();
        assert_eq!(ask(&endless, &property, NOW, Tz::UTC), Error, "{operator}");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    }
}

#[test]
fn nested_repetition_with_a_back_reference_is_soon_a_miss() {
    let property = json!("a".repeat(30) + "!");
    let test = compile("regex", &json!("^(a+)+\\1$"));
    let start = now();
    assert_ne!(ask(&test, &property, NOW, Tz::UTC), Yes);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn a_pattern_that_may_backtrack_is_asked_of_short_texts_only() {
    let text = |bytes: usize| json!(format!("{}x", "a".repeat(bytes - 1)));
    let (at_limit, over) = (
        text(BACKTRACK_TEXT_BYTES_MAX),
        text(BACKTRACK_TEXT_BYTES_MAX + 1),
    );
    for pattern in ["(?=x)x$", "(?<=a)x", "(a)\\1x", "(?>a)x"] {
        assert_eq!(
            verdict("regex", &json!(pattern), &at_limit),
            Yes,
            "{pattern}"
        );
        for operator in ["regex", "not_regex"] {
            let answer = verdict(operator, &json!(pattern), &over);
            assert_eq!(answer, Error, "{operator} {pattern}");
        }
    }
    let long = text(1 << 20);
    for pattern in ["a.*x$", "(?i)AX", "[a-f]+x", "a{3}|b"] {
        assert_eq!(verdict("regex", &json!(pattern), &long), Yes, "{pattern}");
    }
    let start = now();
    let endless = compile("regex", &json!("(?=a)(a+)+$"));
    ask(&endless, &at_limit, NOW, Tz::UTC);
    ask(&endless, &long, NOW, Tz::UTC);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[expect(clippy::disallowed_methods, reason = "the deadline is what is tested")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn a_pattern_may_have_ten_thousand_bytes_and_no_more() {
    for unit in ["a", "ü"] {
        let longest = unit.repeat(PATTERN_BYTES_MAX / unit.len());
        let text = json!(format!("x{longest}x"));
        assert_eq!(verdict("regex", &json!(longest), &text), Yes);
        let longer = json!(longest + "a");
        assert_eq!(verdict("regex", &longer, &json!("a")), No);
        assert!(
            warning("regex", &longer)
                .unwrap()
                .contains("longer than 10000 bytes")
        );
    }
}

#[test]
fn patterns_that_would_grow_without_bound_are_invalid() {
    let deep = "(".repeat(1_000) + &")".repeat(1_000);
    let bombs = [
        "((a{1000}){1000}){1000}",
        "(?=((a{1000}){1000}){1000})x",
        "((?=a)\\w{1000}){1000}",
        "(?<r>a|b\\g<r>c\\g<r>)",
        "(\\w{1000}){1000}",
        &deep,
    ];
    for bomb in bombs {
        assert_eq!(verdict("regex", &json!(bomb), &json!("aaaa")), No, "{bomb}");
        assert!(warning("regex", &json!(bomb)).is_some(), "{bomb}");
    }
}

#[test]
fn literals_with_or_without_anchors_need_no_automaton() {
    for literal in [
        "@example\\.com$",
        "^beta-",
        "^a/b$",
        "plain text",
        "ünïcødé",
        "\\$5",
        "",
    ] {
        assert!(
            matches!(compile("regex", &json!(literal)), Test::Literal { .. }),
            "{literal}"
        );
    }
    for pattern in [
        "a.c", "a|b", "a$b", "(?i)a", "\\d", "a\\", "[a]", "x{2}", "\\<", "a^",
    ] {
        assert!(
            !matches!(compile("regex", &json!(pattern)), Test::Literal { .. }),
            "{pattern}"
        );
    }
}
