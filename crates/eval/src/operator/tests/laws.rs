//! Laws that hold for every filter and property (spec: engine §4).

use burgee_model::PropertyMatching;
use chrono_tz::Tz;
use proptest::prelude::*;
use semver::Version;
use serde_json::{Value, json};

use super::{NOW, Test, ask, compile, verdict};
use crate::operator::Verdict;
use crate::operator::version::parse;

/// Operators with their complements.
const COMPLEMENTS: [(&str, &str); 7] = [
    ("exact", "is_not"),
    ("icontains", "not_icontains"),
    ("starts_with", "not_starts_with"),
    ("ends_with", "not_ends_with"),
    ("icontains_multi", "not_icontains_multi"),
    ("is_set", "is_not_set"),
    ("between", "not_between"),
];

fn any_scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-10..10_i32).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-cA-C]{0,3}".prop_map(Value::from),
        "(true|FALSE|null|nan|inf|1\\.0|-7d|1\\.2\\.3)".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => any_scalar(),
        1 => prop::collection::vec(any_scalar(), 0..4).prop_map(Value::from),
        1 => prop::collection::btree_map("[a-c]", any_scalar(), 0..3)
            .prop_map(|map| map.into_iter().collect()),
    ]
}

fn complement(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::No => Verdict::Yes,
        Verdict::Yes => Verdict::No,
        Verdict::Error => Verdict::Error,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn negative_operators_are_complements(
        filter in any_value().prop_filter("a null filter never matches", |value| !value.is_null()),
        property in any_value(),
        matching in prop::sample::select(vec![PropertyMatching::Released, PropertyMatching::Explicit]),
    ) {
        for (positive, negative) in COMPLEMENTS {
            let compile = |operator| Test::compile(Some(operator), &filter, matching, Tz::UTC).0;
            let (positive, negative) = (compile(positive), compile(negative));
            let is_nan = property.as_str().is_some_and(|text| text.eq_ignore_ascii_case("nan"));
            if !(is_nan && matches!(positive, Test::Between { .. })) {
                prop_assert_eq!(
                    ask(&negative, &property, NOW, Tz::UTC),
                    complement(ask(&positive, &property, NOW, Tz::UTC))
                );
            }
            prop_assert_eq!(negative.missing(), complement(positive.missing()));
        }
    }

    #[test]
    fn a_valid_pattern_and_its_negation_are_complements(
        pattern in "[ab.(|)*+?^$\\\\]{0,6}",
        property in "[ab\n]{0,5}",
    ) {
        let (positive, negative) =
            (compile("regex", &json!(pattern)), compile("not_regex", &json!(pattern)));
        let answer = |test: &Test| ask(test, &json!(property), NOW, Tz::UTC);
        prop_assert_eq!(negative.missing(), complement(positive.missing()));
        if !matches!(positive, Test::Fixed { .. }) {
            prop_assert_eq!(answer(&negative), complement(answer(&positive)));
        }
    }

    #[test]
    fn a_literal_is_what_the_engine_reads_in_it(
        pattern in "\\^?(a|b|-|@|\\\\[-.@$^\\\\/]|\n){0,4}\\$?",
        property in "[ab@.$^\\\\/\n-]{0,6}",
    ) {
        let test = compile("regex", &json!(pattern));
        let is_literal = matches!(test, Test::Literal { .. });
        prop_assert!(is_literal);
        let engine = fancy_regex::Regex::new(&pattern).unwrap();
        let expected = Verdict::from(engine.is_match(property.as_str()).unwrap());
        prop_assert_eq!(ask(&test, &json!(property), NOW, Tz::UTC), expected);
    }

    #[test]
    fn a_version_is_what_the_strict_parser_makes_of_its_canonical_form(
        text in "v? ?(0{0,2}[0-9]{1,2}\\.){0,3}[0-9]{0,2}([-+][0-9a-b.+-]{0,4}){0,2}",
    ) {
        prop_assert_eq!(parse(&text), canonical(&text).parse::<Version>().ok());
    }

    #[test]
    fn no_filter_and_no_property_is_too_odd(
        filter in any_value(),
        property in any_value(),
        operator in prop::sample::select(vec![
            "exact", "icontains", "icontains_multi", "regex", "gt", "between", "semver_lt",
            "semver_tilde", "semver_wildcard", "is_date_before", "is_set", "in", "nonsense",
        ]),
    ) {
        let _ = verdict(operator, &filter, &property);
    }
}

/// The canonical form of engine §4.5, written out.
fn canonical(text: &str) -> String {
    let text = text.strip_prefix('v').unwrap_or(text).trim();
    let (core, suffix) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
    let mut parts: Vec<String> = core
        .split('.')
        .map(|part| {
            part.parse()
                .map_or(part.to_owned(), |number: u64| number.to_string())
        })
        .collect();
    while parts.len() < 3 {
        parts.push("0".to_owned());
    }
    parts.join(".") + suffix
}
