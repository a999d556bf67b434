//! Memory of compiled tests: very many of them are resident.

use serde_json::{Value, json};

use super::compile;
use crate::operator::Test;

#[test]
fn a_test_takes_three_words() {
    assert_eq!(size_of::<Test>(), 24);
}

#[test]
fn the_weight_is_what_is_behind_a_test() {
    let cases: [(&str, Value, usize); 9] = [
        ("is_set", json!(null), 0),
        ("gt", json!(5), 0),
        ("between", json!([1, 5]), 0),
        ("exact", json!("abcd"), 4),
        ("exact", json!(["ab", "cd"]), 2 + 1 + 2),
        (
            "exact",
            json!([1, 2, 3, 4, 5, 6, 7, 8, 9]),
            32 + 9 * (4 + 1),
        ),
        ("icontains", json!("abc"), 3),
        ("icontains_multi", json!(["abc"]), 16 + 3),
        ("regex", json!("abc$"), 3),
    ];
    for (operator, filter, bytes) in cases {
        assert_eq!(
            compile(operator, &filter).weight_bytes(),
            bytes,
            "{operator} {filter}"
        );
    }
    for (operator, filter) in [
        ("regex", "a.c"),
        ("semver_eq", "1.2"),
        ("semver_tilde", "1.2"),
        ("is_date_after", "-7d"),
    ] {
        assert!(
            compile(operator, &json!(filter)).weight_bytes() > 0,
            "{operator}"
        );
    }
}
