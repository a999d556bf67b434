//! JSON5 by example, and beside the `json5` crate, which parses it by the grammar.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::to_json;

fn read(text: &str) -> Option<Value> {
    serde_json::from_str(&to_json(text)?).ok()
}

#[test]
fn everything_that_json5_adds_to_json_is_understood() {
    for (text, expected) in [
        ("{a:1}", json!({"a": 1})),
        ("{$a_1: 'b', ünder: 2}", json!({"$a_1": "b", "ünder": 2})),
        (r"{\u0061b: 1}", json!({"ab": 1})),
        (
            "{null: null, true: true, NaN: NaN}",
            json!({"null": null, "true": true, "NaN": null}),
        ),
        ("[1, 2,]", json!([1, 2])),
        ("{a: 1,}", json!({"a": 1})),
        ("{a: [],\n}", json!({"a": []})),
        ("// one\n[/* two */ 1 /* * / */] // three", json!([1])),
        (
            "[.5, 5., +5, -.5, 5.e1, 0.0]",
            json!([0.5, 5, 5, -0.5, 50.0, 0.0]),
        ),
        ("[0x10, -0xfF, 0XA]", json!([16, -255, 10])),
        (
            "[0xffffffffffffffff, 0x10000000000000000]",
            json!([u64::MAX, 18_446_744_073_709_551_616.0]),
        ),
        (
            "[NaN, -NaN, Infinity, +Infinity, -Infinity, 1e999, -1e999]",
            json!([null, null, null, null, null, null, null]),
        ),
        (r"['it''s'.length]", Value::Null),
        (
            r#"['say "hi"', "it's", 'it\'s']"#,
            json!(["say \"hi\"", "it's", "it's"]),
        ),
        (r#"["\x41\v\0\q\/\b\u00e9\u{}"]"#, Value::Null),
        (
            r#"["\x41\v\0\q\/\b\u00e9"]"#,
            json!(["A\u{b}\0q/\u{8}\u{e9}"]),
        ),
        (
            "['one \\\n two \\\r\n three\\\u{2028}']",
            json!(["one  two  three"]),
        ),
        ("['a\tb']", json!(["a\tb"])),
        ("\u{feff}\u{a0}{}", json!({})),
        ("{a: 1 /* the last */}", json!({"a": 1})),
    ] {
        assert_eq!(read(text).unwrap_or(Value::Null), expected, "{text}");
    }
}

#[test]
fn what_is_no_json5_is_refused() {
    for text in [
        "",
        "[1 2]",
        "[1,,2]",
        "[,]",
        "[,1]",
        "{,}",
        "{a:1,,}",
        "{a,}",
        "{a:}",
        "{:1}",
        "[1}",
        "{a:1",
        "1,",
        "['a' 'b']",
        "{a:1 b:2}",
        "{1:2}",
        "{a b:1}",
        "[tru]",
        "[nul l]",
        "[0x]",
        "[0xg]",
        "[+]",
        "[.]",
        "[1.2.3]",
        "[01]",
        "[01e400]",
        "[1e]",
        "[--1]",
        "['a]",
        "['a\nb']",
        "['\\1']",
        "['\\01']",
        "['\\xg0']",
        "['\\u12']",
        "/* a",
        "[/]",
        "/",
        "{a\\n:1}",
        "[\u{85}1]",
        "{}{}",
        "[][]",
        "undefined",
        "[- 1]",
        "{'a':1]",
        "é",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

/// Nothing that is not finite, and every number as binary64: the two parsers differ in how they
/// keep whole numbers over 64 bits, which the typed reading does not.
fn levelled(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(items) => items.into_iter().map(levelled).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, levelled(value)))
            .collect(),
        other => other,
    }
}

/// Pieces of JSON5 that are put together at random: mostly nonsense, often almost right.
const PIECES: &[&str] = &[
    "{", "}", "[", "]", ":", ",", "a", "'b'", "\"c\"", "1", "-", "+", ".", ".5", "5.", "0", "x",
    "0x1F", "e3", "NaN", "Infinity", "true", "false", "null", " ", "\n", "// c\n", "/* c */", "/",
    "'", "\"", "\\", "\\u0061", "'\\x41'", "'\\\n'", "$", "_", "é", "\u{2028}", "{a:", "[1,", ",]",
    ",}", "1e400", "\u{feff}", "'\\0'", "'\t'",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn random_pieces_are_judged_as_the_json5_crate_judges_them(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..12),
    ) {
        let text = pieces.concat();
        let theirs = json5::from_str::<Value>(&text).ok();
        prop_assert_eq!(read(&text).map(levelled), theirs.map(levelled), "{}", text);
    }

    #[test]
    fn json_means_the_same_as_json5(text in json_text(), at in any::<prop::sample::Index>()) {
        prop_assert_eq!(read(&text), serde_json::from_str(&text).ok());
        // Cut anywhere, it does not panic.
        let cut = text.char_indices().nth(at.index(text.len())).map_or(0, |(at, _)| at);
        let _ = to_json(&text[..cut]);
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = to_json(&text);
    }
}

fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
    .prop_map(|value| value.to_string())
}
