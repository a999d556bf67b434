//! Versions and version ranges (spec: engine §4.5, §4.6).

use serde_json::{Value, json};

use super::{missing, verdict};
use crate::operator::Verdict::{self, Error, No, Yes};

fn check(operator: &str, filter: &str, property: &Value, expected: Verdict) {
    let answer = verdict(operator, &json!(filter), property);
    assert_eq!(answer, expected, "{property} {operator} {filter}");
}

#[test]
fn versions_are_read_leniently() {
    let cases = [
        ("3", "3.0.0"),
        ("3.08", "3.8.0"),
        ("01.2.3", "1.2.3"),
        ("000.1", "0.1.0"),
        ("v1.2", "1.2.0"),
        ("v 1.2", "1.2.0"),
        ("1.2 ", "1.2.0"),
        (" 1.2", "1.2.0"),
        ("1.2.3-beta.1", "1.2.3-beta.1"),
        ("1.2-rc-1", "1.2.0-rc-1"),
        ("1.2.3+build", "1.2.3+build"),
        ("1.2.3-a+001", "1.2.3-a+001"),
        ("18446744073709551615", "18446744073709551615.0.0"),
    ];
    for (property, version) in cases {
        check("semver_eq", version, &json!(property), Yes);
        check("semver_eq", property, &json!(version), Yes);
    }
    check(
        "semver_eq",
        "3.1.0",
        &serde_json::from_str("3.10").unwrap(),
        Yes,
    );
    check("semver_eq", "3", &json!(3), Yes);
}

#[test]
fn what_is_no_version_holds_for_no_comparison() {
    let invalid = [
        "1.2.3.4",
        "",
        "v",
        "1.2.3-",
        "1.2.3+",
        "1.2.3-+b",
        "1.2.3-01",
        "1.2.3-a_b",
        "1.2.3-ä",
        "1.2.3+a+b",
        "18446744073709551616",
        "1..2",
        "1.",
        ".1",
        "+1",
        "1.x",
        "-1",
        " v1.2",
        "V1.2",
        "vv1.2",
        "1. 2",
        "null",
    ];
    let operators = ["eq", "neq", "gt", "gte", "lt", "lte"].map(|name| format!("semver_{name}"));
    for text in invalid {
        for operator in &operators {
            check(operator, "1.2.3", &json!(text), No);
            check(operator, text, &json!("1.2.3"), Error);
            assert_eq!(missing(operator, &json!(text)), No);
        }
        check("semver_tilde", "1.2.3", &json!(text), No);
    }
}

#[test]
fn versions_are_ordered_by_precedence_and_then_by_build() {
    let ascending = [
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0",
        "1.0.0+1",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2",
    ];
    for (left_rank, left) in ascending.iter().enumerate() {
        for (right_rank, right) in ascending.iter().enumerate() {
            let property = json!(left);
            check(
                "semver_eq",
                right,
                &property,
                (left_rank == right_rank).into(),
            );
            check(
                "semver_neq",
                right,
                &property,
                (left_rank != right_rank).into(),
            );
            check(
                "semver_lt",
                right,
                &property,
                (left_rank < right_rank).into(),
            );
            check(
                "semver_lte",
                right,
                &property,
                (left_rank <= right_rank).into(),
            );
            check(
                "semver_gt",
                right,
                &property,
                (left_rank > right_rank).into(),
            );
            check(
                "semver_gte",
                right,
                &property,
                (left_rank >= right_rank).into(),
            );
        }
    }
}

#[test]
fn ranges_hold_what_cargo_lets_them_hold() {
    let cases = [
        ("semver_tilde", "1.2.3", "1.2.3", Yes),
        ("semver_tilde", "1.2.3", "1.2.99", Yes),
        ("semver_tilde", "1.2.3", "1.3.0", No),
        ("semver_tilde", "v01.2", "1.2.0", Yes),
        ("semver_tilde", "1", "1.0.5", Yes),
        ("semver_tilde", "1", "1.1.0", No),
        ("semver_tilde", "1.2.3", "1.2.4-beta", No),
        ("semver_tilde", "1.2.3-beta.1", "1.2.3-beta.2", Yes),
        ("semver_tilde", "1.2.3-beta.1", "1.2.3", Yes),
        ("semver_tilde", "1.2.3-beta.1", "1.2.4", Yes),
        ("semver_tilde", "1.2.3-beta.1", "1.2.4-beta", No),
        ("semver_tilde", "1.2.3", "1.2.3+build", Yes),
        ("semver_caret", "1.2.3", "1.9.9", Yes),
        ("semver_caret", "1.2.3", "2.0.0", No),
        ("semver_caret", "0.2.3", "0.2.9", Yes),
        ("semver_caret", "0.2.3", "0.3.0", No),
        ("semver_caret", "0.0.3", "0.0.3", Yes),
        ("semver_caret", "0.0.3", "0.0.4", No),
        ("semver_caret", "0", "0.0.0", Yes),
        ("semver_caret", "0", "0.0.1", No),
        ("semver_wildcard", "1.*", "1.9.9", Yes),
        ("semver_wildcard", "1.*", "2.0.0", No),
        ("semver_wildcard", "01.*", "1.0.0", Yes),
        ("semver_wildcard", "1.2.*", "1.2.9", Yes),
        ("semver_wildcard", "1.2.*", "1.3.0", No),
        ("semver_wildcard", "1.*.*", "1.9.9", Yes),
        ("semver_wildcard", "1.*.*", "2.0.0", No),
        ("semver_wildcard", "*", "7.8.9", Yes),
        ("semver_wildcard", "*", "7.8.9-rc.1", No),
        ("semver_wildcard", "1.x", "1.9.0", Yes),
        ("semver_wildcard", "1.X", "2.0.0", No),
        ("semver_wildcard", "1.2.3", "1.9.0", Yes),
        ("semver_wildcard", "1.2", "1.5.0", Yes),
        ("semver_wildcard", "1.2", "2.0.0", No),
        ("semver_wildcard", ">=1.2, <1.5", "1.4.9", Yes),
        ("semver_wildcard", ">=1.2, <1.5", "1.5.0", No),
    ];
    for (operator, filter, property, expected) in cases {
        check(operator, filter, &json!(property), expected);
    }
}

#[test]
fn a_range_that_cannot_be_read_is_an_error() {
    for filter in ["1.*.3", "*.1", "*.*", "1.2.3.*", ""] {
        check("semver_wildcard", filter, &json!("1.2.3"), Error);
    }
    for filter in ["1.*", "1.2.3.4", "", "abc", "1.2.3-"] {
        check("semver_tilde", filter, &json!("1.2.3"), Error);
        check("semver_caret", filter, &json!("1.2.3"), Error);
        assert_eq!(missing("semver_caret", &json!(filter)), No);
    }
}
