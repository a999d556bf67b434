//! `between` and `not_between` (spec: engine §4.8).

use serde_json::json;

use super::{missing, verdict};
use crate::operator::Verdict::{Error, No, Yes};

#[test]
fn both_ends_belong_to_the_range() {
    for (property, inside) in [
        (0.999, false),
        (1.0, true),
        (3.0, true),
        (5.0, true),
        (5.001, false),
    ] {
        let expected = if inside { [Yes, No] } else { [No, Yes] };
        for property in [json!(property), json!(property.to_string())] {
            let answers = ["between", "not_between"]
                .map(|operator| verdict(operator, &json!([1, "5"]), &property));
            assert_eq!(answers, expected, "{property}");
        }
    }
}

#[test]
fn what_is_no_number_is_out_of_range() {
    for property in [
        json!(null),
        json!("abc"),
        json!(true),
        json!([3]),
        json!({}),
        json!(""),
    ] {
        assert_eq!(
            verdict("between", &json!([1, 5]), &property),
            No,
            "{property}"
        );
        assert_eq!(
            verdict("not_between", &json!([1, 5]), &property),
            Yes,
            "{property}"
        );
    }
    assert_eq!(missing("between", &json!([1, 5])), No);
    assert_eq!(missing("not_between", &json!([1, 5])), Yes);
}

#[test]
fn nan_is_neither_in_nor_out_of_range() {
    for operator in ["between", "not_between"] {
        assert_eq!(verdict(operator, &json!([1, 5]), &json!("NaN")), No);
    }
}

#[test]
fn bad_bounds_are_an_error_even_for_a_missing_property() {
    let bounds = [
        json!([5, 1]),
        json!([1]),
        json!([1, 2, 3]),
        json!([]),
        json!(["nan", 5]),
        json!([1, "NaN"]),
        json!([1, "five"]),
        json!([null, 5]),
        json!([true, 5]),
        json!(5),
        json!("[1,5]"),
        json!({"min": 1, "max": 5}),
    ];
    for bounds in bounds {
        for operator in ["between", "not_between"] {
            assert_eq!(verdict(operator, &bounds, &json!(3)), Error, "{bounds}");
            assert_eq!(verdict(operator, &bounds, &json!(null)), Error, "{bounds}");
            assert_eq!(missing(operator, &bounds), Error, "{bounds}");
        }
    }
}

#[test]
fn bounds_may_be_equal_or_infinite() {
    assert_eq!(verdict("between", &json!([3, 3]), &json!(3)), Yes);
    assert_eq!(verdict("between", &json!(["-inf", "inf"]), &json!(3)), Yes);
}
