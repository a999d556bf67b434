//! The texts of JSON values, pinned: a new release of the JSON library must not move them.

use serde_json::{Value, json};

use crate::operator::text_of;

#[test]
fn texts_are_compact_json_except_for_strings() {
    let cases = [
        (json!("as Is "), "as Is "),
        (json!(""), ""),
        (json!(true), "true"),
        (json!(false), "false"),
        (json!(null), "null"),
        (json!(1), "1"),
        (json!(1.0), "1.0"),
        (json!(["a", null]), "[\"a\",null]"),
        (
            json!({"b": 2, "a": 1, "é": 3, "Z": 0}),
            "{\"Z\":0,\"a\":1,\"b\":2,\"é\":3}",
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(text_of(&value), expected);
    }
}

#[test]
fn numbers_are_printed_as_this_release_prints_them() {
    let cases = [
        ("1e16", "1e+16"),
        ("0.00001", "0.00001"),
        ("5e-7", "5e-7"),
        ("-0.0", "-0.0"),
        ("1000000000000000.0", "1000000000000000.0"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e+19"),
        ("42", "42"),
        ("42.0", "42.0"),
        ("3.10", "3.1"),
    ];
    for (json, expected) in cases {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(text_of(&value), expected);
    }
}
