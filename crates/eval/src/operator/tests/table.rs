//! Every operator for a property that is there, null, and not there (spec: engine §4.2).

use serde_json::{Value, json};

use super::{Test, missing, verdict, warning};
use crate::operator::Verdict::{self, Error, No, Yes};
use burgee_model::PropertyMatching;
use chrono_tz::Tz;

/// Operator, filter, and a property that the positive reading of the filter holds for; then the
/// verdicts on that property, on null and on a missing property.
type Row = (&'static str, Value, Value, [Verdict; 3]);

fn rows() -> Vec<Row> {
    let mut rows = rows_of_text_operators();
    rows.extend(rows_of_patterns_and_numbers());
    rows.extend(rows_of_versions_and_dates());
    rows
}

fn rows_of_text_operators() -> Vec<Row> {
    vec![
        ("exact", json!("Pro"), json!("pro"), [Yes, No, No]),
        ("is_not", json!("Pro"), json!("pro"), [No, Yes, Yes]),
        ("icontains", json!("RO"), json!("pro"), [Yes, No, No]),
        ("not_icontains", json!("RO"), json!("pro"), [No, Yes, Yes]),
        ("starts_with", json!("PR"), json!("pro"), [Yes, No, No]),
        ("not_starts_with", json!("PR"), json!("pro"), [No, Yes, Yes]),
        ("ends_with", json!("RO"), json!("pro"), [Yes, No, No]),
        ("not_ends_with", json!("RO"), json!("pro"), [No, Yes, Yes]),
        (
            "icontains_multi",
            json!(["X", "RO"]),
            json!("pro"),
            [Yes, No, No],
        ),
        (
            "not_icontains_multi",
            json!(["X", "RO"]),
            json!("pro"),
            [No, Yes, Yes],
        ),
        ("icontains_multi", json!("RO"), json!("pro"), [Yes, No, No]),
        ("icontains_multi", json!([]), json!("pro"), [No, No, No]),
        (
            "not_icontains_multi",
            json!([]),
            json!("pro"),
            [Yes, Yes, Yes],
        ),
    ]
}

fn rows_of_patterns_and_numbers() -> Vec<Row> {
    vec![
        ("regex", json!("^p.o$"), json!("pro"), [Yes, No, No]),
        ("not_regex", json!("^p.o$"), json!("pro"), [No, Yes, Yes]),
        ("regex", json!("("), json!("("), [No, No, No]),
        ("not_regex", json!("("), json!("("), [No, No, Yes]),
        ("gt", json!(4), json!(5), [Yes, Error, No]),
        ("gte", json!("5"), json!(5), [Yes, Error, No]),
        ("lt", json!(6), json!("5"), [Yes, Error, No]),
        ("lte", json!(5), json!(5.0), [Yes, Error, No]),
        ("gt", json!("four"), json!(5), [Error, Error, No]),
        ("between", json!([1, 5]), json!(5), [Yes, No, No]),
        ("not_between", json!([1, 5]), json!(5), [No, Yes, Yes]),
        ("between", json!([5, 1]), json!(3), [Error, Error, Error]),
        (
            "not_between",
            json!([5, 1]),
            json!(3),
            [Error, Error, Error],
        ),
        ("is_set", json!("ignored"), json!(""), [Yes, Yes, No]),
        ("is_not_set", json!("ignored"), json!(""), [No, No, Yes]),
        ("is_set", json!(null), json!(""), [Yes, Yes, No]),
        ("is_not_set", json!(null), json!(""), [No, No, Yes]),
    ]
}

fn rows_of_versions_and_dates() -> Vec<Row> {
    vec![
        ("semver_eq", json!("1.2"), json!("v1.2.0"), [Yes, No, No]),
        ("semver_neq", json!("1.3"), json!("1.2"), [Yes, No, No]),
        ("semver_gt", json!("1.1"), json!("1.2"), [Yes, No, No]),
        ("semver_gte", json!("1.2"), json!("1.2"), [Yes, No, No]),
        ("semver_lt", json!("1.3"), json!("1.2"), [Yes, No, No]),
        ("semver_lte", json!("1.2"), json!("1.2"), [Yes, No, No]),
        ("semver_neq", json!("one"), json!("1.2"), [Error, Error, No]),
        ("semver_tilde", json!("1.2"), json!("1.2.9"), [Yes, No, No]),
        ("semver_caret", json!("1.2"), json!("1.9"), [Yes, No, No]),
        ("semver_wildcard", json!("1.*"), json!("1.9"), [Yes, No, No]),
        (
            "semver_wildcard",
            json!("*.*"),
            json!("1.9"),
            [Error, Error, No],
        ),
        (
            "is_date_exact",
            json!("2024-06-01"),
            json!("2024-06-01T00:00:00Z"),
            [Yes, No, No],
        ),
        (
            "is_date_before",
            json!("2024-06-01"),
            json!("2024-05-31"),
            [Yes, No, No],
        ),
        (
            "is_date_after",
            json!("2024-06-01"),
            json!("2024-06-02"),
            [Yes, No, No],
        ),
        (
            "is_date_after",
            json!("someday"),
            json!("2024-06-02"),
            [No, No, No],
        ),
        (
            "is_date_after",
            json!(1_717_200_000),
            json!("2024-06-02"),
            [No, No, No],
        ),
        ("in", json!(1), json!(1), [Error, Error, Error]),
        ("not_in", json!(1), json!(1), [Error, Error, Error]),
        (
            "flag_evaluates_to",
            json!(true),
            json!(true),
            [Error, Error, Error],
        ),
        (
            "is_cleaned_path_exact",
            json!("/"),
            json!("/"),
            [Error, Error, Error],
        ),
    ]
}

#[test]
fn every_operator_answers_for_present_null_and_missing() {
    for (operator, filter, property, expected) in rows() {
        let answers = [
            verdict(operator, &filter, &property),
            verdict(operator, &filter, &json!(null)),
            missing(operator, &filter),
        ];
        assert_eq!(answers, expected, "{operator} {filter} of {property}");
    }
}

#[test]
fn null_has_the_text_null() {
    let cases = [
        ("exact", json!("NULL"), Yes),
        ("is_not", json!("null"), No),
        ("icontains", json!("UL"), Yes),
        ("not_icontains", json!("ul"), No),
        ("starts_with", json!("nu"), Yes),
        ("ends_with", json!("ll"), Yes),
        ("icontains_multi", json!(["x", "ull"]), Yes),
        ("regex", json!("^null$"), Yes),
        ("not_regex", json!("^null$"), No),
    ];
    for (operator, filter, expected) in cases {
        let answer = verdict(operator, &filter, &json!(null));
        assert_eq!(answer, expected, "{operator} {filter}");
    }
}

#[test]
fn a_filter_without_a_value_never_matches() {
    for (operator, ..) in rows() {
        if matches!(operator, "is_set" | "is_not_set") {
            continue;
        }
        for property in [json!("pro"), json!(null), json!(5)] {
            assert_eq!(verdict(operator, &json!(null), &property), No, "{operator}");
        }
        assert_eq!(missing(operator, &json!(null)), No, "{operator}");
        assert!(warning(operator, &json!(null)).is_some(), "{operator}");
    }
}

#[test]
fn no_operator_means_exact() {
    let (test, warning) = Test::compile(None, &json!("Pro"), PropertyMatching::Released, Tz::UTC);
    assert!(matches!(test, Test::Equal { .. }));
    assert_eq!(warning, None);
}

#[test]
fn what_cannot_be_read_is_warned_about() {
    let cases = [
        (
            "sounds_like",
            json!(1),
            "unknown operator `sounds_like`, so the filter never matches",
        ),
        (
            "in",
            json!(1),
            "operator `in` is not for properties, so the filter never matches",
        ),
        (
            "gt",
            json!([1]),
            "`[1]` is not a number, so the filter never matches",
        ),
        (
            "between",
            json!([1]),
            "`[1]` is not a list of two numbers in order, so the filter never matches",
        ),
        (
            "semver_eq",
            json!("a"),
            "`a` is not a version, so the filter never matches",
        ),
        (
            "semver_tilde",
            json!("a"),
            "`a` is not a version range, so the filter never matches",
        ),
        (
            "is_date_exact",
            json!("now"),
            "`now` is not a date, so the filter never matches",
        ),
    ];
    for (operator, filter, expected) in cases {
        assert_eq!(warning(operator, &filter).as_deref(), Some(expected));
    }
    assert_eq!(warning("exact", &json!("pro")), None);
}

#[test]
fn a_warning_repeats_sixty_characters_of_a_value() {
    let shown = |length: usize| warning("gt", &json!("ü".repeat(length))).unwrap();
    assert!(shown(60).starts_with(&format!("`{}` is", "ü".repeat(60))));
    assert!(shown(61).starts_with(&format!("`{}…` is", "ü".repeat(60))));
}

#[test]
fn numbers_are_read_as_rust_reads_them() {
    let numeric = ["1e3", "+5", "5.", ".5", "inf", "Infinity", "-0"];
    let other = ["", " 5", "5 ", "1_000", "0x10", "true", "[5]"];
    for text in numeric {
        assert_eq!(verdict("gte", &json!("-1"), &json!(text)), Yes, "{text}");
    }
    for text in other {
        assert_eq!(verdict("gte", &json!("-1"), &json!(text)), Error, "{text}");
    }
    for property in [json!(true), json!([5]), json!({})] {
        assert_eq!(verdict("gte", &json!(-1), &property), Error, "{property}");
    }
    assert_eq!(verdict("gt", &json!(9), &json!("10")), Yes);
    assert_eq!(verdict("gt", &json!(1), &json!("nan")), No);
    assert_eq!(verdict("lte", &json!("nan"), &json!(1)), No);
}

#[test]
fn substrings_fold_ascii_alone() {
    assert_eq!(
        verdict("icontains", &json!("STRASSE"), &json!("hauptstrasse")),
        Yes
    );
    assert_eq!(verdict("icontains", &json!("MÜLL"), &json!("müll")), No);
    assert_eq!(verdict("icontains", &json!("M"), &json!("müll")), Yes);
    assert_eq!(verdict("icontains", &json!(5), &json!(1.5)), Yes);
    assert_eq!(verdict("icontains", &json!(""), &json!("anything")), Yes);
    assert_eq!(verdict("icontains", &json!(["a"]), &json!("x[\"A\"]")), Yes);
}
