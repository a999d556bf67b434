//! Operators end to end: in a flag, in the four states of a property (spec: engine §4).
//!
//! Their finer points (dates, versions, ranges) have tables beside the operators themselves.

use serde_json::{Value, json};

use super::situation::{Situation, flag, person};

/// At 0 % nobody matches, but the reason tells whether the filter held.
fn situation(operator: &str, value: &Value) -> Situation {
    let filters = json!({"groups": [
        {"properties": [person("p", operator, value.clone())], "rollout_percentage": 0},
    ]});
    Situation::flags(json!([flag(1, "any", filters)]))
}

fn held(situation: &Situation) -> bool {
    situation.ask("any") == "false out_of_rollout_bound@0"
}

/// A filter, a property that meets it, and whether null, a missing and an unknown property do.
const STATES: [(&str, &str, &str, [bool; 3]); 33] = [
    ("exact", r#""a""#, r#""A""#, [false, false, false]),
    ("exact", r#""null""#, "null", [true, false, false]),
    ("is_not", r#""a""#, r#""b""#, [true, true, false]),
    ("icontains", r#""UL""#, r#""dull""#, [true, false, false]),
    (
        "not_icontains",
        r#""UL""#,
        r#""bright""#,
        [false, true, false],
    ),
    ("starts_with", r#""NU""#, r#""nut""#, [true, false, false]),
    (
        "not_starts_with",
        r#""NU""#,
        r#""hut""#,
        [false, true, false],
    ),
    ("ends_with", r#""LL""#, r#""hill""#, [true, false, false]),
    ("not_ends_with", r#""LL""#, r#""hut""#, [false, true, false]),
    (
        "icontains_multi",
        r#"["x","UL"]"#,
        r#""dull""#,
        [true, false, false],
    ),
    (
        "not_icontains_multi",
        r#"["x","UL"]"#,
        r#""bright""#,
        [false, true, false],
    ),
    ("regex", r#""^n""#, r#""nut""#, [true, false, false]),
    ("not_regex", r#""^n""#, r#""hut""#, [false, true, false]),
    ("gt", "5", r#""6""#, [false, false, false]),
    ("gte", "5", "5", [false, false, false]),
    ("lt", "5", "4.5", [false, false, false]),
    ("lte", r#""5""#, r#""1e0""#, [false, false, false]),
    ("between", "[1,3]", "3", [false, false, false]),
    ("not_between", "[1,3]", "4", [true, true, false]),
    ("is_set", "null", r#""""#, [true, false, false]),
    ("is_not_set", "null", "", [false, true, false]),
    (
        "semver_eq",
        r#""1.2""#,
        r#""v1.2.0""#,
        [false, false, false],
    ),
    ("semver_neq", r#""1.2""#, r#""1.3""#, [false, false, false]),
    ("semver_gt", r#""1.2""#, r#""1.10""#, [false, false, false]),
    ("semver_gte", r#""1.2""#, r#""1.2""#, [false, false, false]),
    (
        "semver_lt",
        r#""1.2""#,
        r#""1.2.0-beta""#,
        [false, false, false],
    ),
    ("semver_lte", r#""1.2""#, r#""1.1""#, [false, false, false]),
    (
        "semver_tilde",
        r#""1.2.3""#,
        r#""1.2.9""#,
        [false, false, false],
    ),
    (
        "semver_caret",
        r#""1.2.3""#,
        r#""1.9.0""#,
        [false, false, false],
    ),
    (
        "semver_wildcard",
        r#""1.*""#,
        r#""1.9.0""#,
        [false, false, false],
    ),
    (
        "is_date_exact",
        r#""2024-06-01""#,
        r#""2024-06-01T00:00:00Z""#,
        [false, false, false],
    ),
    (
        "is_date_before",
        r#""2024-06-01""#,
        "1710979200",
        [false, false, false],
    ),
    (
        "is_date_after",
        r#""2024-06-01""#,
        r#""2024-06-02""#,
        [false, false, false],
    ),
];

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_operator_on_a_property_that_is_there_null_missing_or_unknown() {
    for (operator, filter, meets, [null, missing, unknown]) in STATES {
        let ask = || situation(operator, &json_of(filter));
        if !meets.is_empty() {
            let present = ask().person(json!({"p": json_of(meets)}));
            assert!(held(&present), "{operator} {filter} on {meets}");
        }
        let of_null = ask().person(json!({"p": null}));
        assert_eq!(held(&of_null), null, "{operator} {filter} on null");
        assert_eq!(held(&ask()), missing, "{operator} {filter} on nothing");
        let of_unknown = ask().subject_unavailable();
        assert_eq!(
            held(&of_unknown),
            unknown,
            "{operator} {filter} on the unknown"
        );
    }
}

#[test]
fn a_filter_without_a_value_never_holds() {
    for (operator, ..) in STATES {
        if matches!(operator, "is_set" | "is_not_set") {
            continue;
        }
        for properties in [json!({"p": "null"}), json!({"p": null}), json!({})] {
            let situation = situation(operator, &Value::Null).person(properties.clone());
            assert!(!held(&situation), "{operator} on {properties}");
        }
    }
}

#[test]
fn filter_values_of_no_use_are_a_miss_either_way() {
    let cases = [
        ("gt", json!("many"), json!(5), false),
        ("lte", json!(true), json!(5), false),
        ("regex", json!("("), json!("("), false),
        ("not_regex", json!("("), json!("x"), false),
        ("between", json!([3, 1]), json!(2), false),
        ("not_between", json!([3, 1]), json!(2), false),
        ("not_between", json!([1]), json!(2), false),
        ("not_between", json!(["a", "b"]), json!(2), false),
        ("between", json!(["1", "3"]), json!("2"), true),
        ("semver_neq", json!("one"), json!("1.0.0"), false),
        ("semver_tilde", json!("one"), json!("1.0.0"), false),
        (
            "is_date_before",
            json!("someday"),
            json!("2024-01-01"),
            false,
        ),
        (
            "is_date_before",
            json!(1_710_979_200),
            json!("1970-01-01"),
            false,
        ),
        ("icontains_multi", json!([]), json!("x"), false),
        ("not_icontains_multi", json!([]), json!("x"), true),
        ("in", json!(1), json!(1), false),
        ("not_in", json!(1), json!(2), false),
        ("flag_evaluates_to", json!(true), json!(true), false),
    ];
    for (operator, filter, property, expected) in cases {
        let situation = situation(operator, &filter).person(json!({"p": property}));
        assert_eq!(
            held(&situation),
            expected,
            "{operator} {filter} on {property}"
        );
    }
    let invalid_on_nothing = situation("not_regex", &json!("("));
    assert!(
        held(&invalid_on_nothing),
        "missing is decided before the pattern"
    );
}

#[test]
fn equality_in_the_released_and_the_explicit_mode() {
    // filter, property, released, explicit
    let cases = [
        (json!("false"), json!("banana"), true, false),
        (json!(false), json!(0), true, false),
        (json!(false), json!(null), true, false),
        (json!("false"), json!({}), true, false),
        (json!("true"), json!(true), true, true),
        (json!("true"), json!("TRUE"), true, true),
        (json!("true"), json!(["true"]), true, false),
        (json!("true"), json!([]), true, false),
        (json!("true"), json!(1), false, false),
        (json!("true"), json!("1"), false, false),
        (json!(["true", "false"]), json!("true"), false, true),
        (json!(["true", "false"]), json!("pro"), true, false),
        (json!([]), json!(true), true, true),
        (json!([]), json!([]), true, true),
        (json!([]), json!("true"), true, true),
        (json!([]), json!("us"), false, false),
        (json!(["US", "CA"]), json!("us"), true, true),
        (json!(["true", "x"]), json!(true), true, true),
        (json!("null"), json!(null), true, true),
        (json!("1"), json!(1), true, true),
        (json!(1), json!(1.0), false, false),
        (json!("a"), json!(["a"]), false, false),
        (json!("İ"), json!("i̇"), true, true),
        (json!("ΟΔΟΣ"), json!("οδος"), true, true),
    ];
    for (filter, property, released, explicit) in cases {
        for (operator, flip) in [("exact", false), ("is_not", true)] {
            let ask = || situation(operator, &filter).person(json!({"p": property}));
            assert_eq!(
                held(&ask()),
                released != flip,
                "{operator} {filter} on {property}, released"
            );
            let answer = held(&ask().explicit_matching());
            assert_eq!(
                answer,
                explicit != flip,
                "{operator} {filter} on {property}, explicit"
            );
        }
    }
}

#[test]
fn a_pattern_that_backtracks_without_end_is_a_miss_and_soon() {
    let property = format!("{}!", "a".repeat(30));
    let cases = [
        ("regex", r"^(a+)+\1$"),
        ("regex", r"^(?:(a|a)*)*\1b$"),
        ("not_regex", r"^(?:(a|a)*)*\1b$"),
    ];
    for (operator, pattern) in cases {
        let situation = situation(operator, &json!(pattern)).person(json!({"p": property}));
        assert!(!held(&situation), "{operator} {pattern}");
    }
}

#[test]
fn patterns_may_look_around_and_refer_back() {
    let cases = [
        (r"^(?!admin)", "user", true),
        (r"^(?!admin)", "admin", false),
        (r"(\w)\1", "aab", true),
        (r"(\w)\1", "abc", false),
        ("pro", "enterprise PRO", false),
        ("(?i)pro", "enterprise PRO", true),
    ];
    for (pattern, property, expected) in cases {
        let situation = situation("regex", &json!(pattern)).person(json!({"p": property}));
        assert_eq!(held(&situation), expected, "{pattern} on {property}");
    }
}

#[test]
fn dates_are_read_in_the_environment_s_time_zone() {
    // Midnight in Los Angeles is 07:00Z in June.
    let cases = [
        (
            "is_date_before",
            json!("2024-06-01"),
            json!("2024-06-01T03:00:00Z"),
            true,
        ),
        (
            "is_date_after",
            json!("2024-06-01"),
            json!("2024-06-01T08:00:00Z"),
            true,
        ),
        (
            "is_date_after",
            json!("2024-06-01"),
            json!(1_717_225_200),
            false,
        ),
        (
            "is_date_before",
            json!("2024-06-01"),
            json!(1_717_225_200),
            false,
        ),
        (
            "is_date_exact",
            json!("2024-06-01"),
            json!(1_717_225_200),
            true,
        ),
        (
            "is_date_after",
            json!("2024-06-01"),
            json!(1_717_225_201),
            true,
        ),
        (
            "is_date_after",
            json!("2024-06-01T14:00:00Z"),
            json!("2024-06-01 08:00:00"),
            true,
        ),
    ];
    for (operator, filter, property, expected) in cases {
        let situation = situation(operator, &filter)
            .timezone("America/Los_Angeles")
            .person(json!({"p": property}));
        assert_eq!(
            held(&situation),
            expected,
            "{operator} {filter} on {property}"
        );
    }
}

#[test]
fn relative_dates_count_back_from_the_present() {
    // The present is 2020-01-01T12:01:20.134Z here.
    let cases = [
        ("-24h", "2019-12-31T12:01:20.134Z"),
        ("1d", "2019-12-31T12:01:20.134Z"),
        ("1m", "2019-12-01T12:01:20.134Z"),
        ("12m", "2019-01-01T12:01:20.134Z"),
        ("1y", "2019-01-01T12:01:20.134Z"),
    ];
    for (filter, instant) in cases {
        let situation = situation("is_date_exact", &json!(filter)).person(json!({"p": instant}));
        assert!(held(&situation), "{filter} is {instant}");
    }
}
