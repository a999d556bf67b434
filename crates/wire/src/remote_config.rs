//! The answer of the remote config route: one payload, as a JSON string or `null` (spec: service §6).
//!
//! Surprising: a payload that is stored as an object is answered as a text with JSON in it. The Go SDK
//! fails on anything but a text, and `null` is an empty one to it (spec: sdk-protocol trap 16); Node
//! parses a text once more, and Python hands it on.

use serde_json::Value;

/// What is answered in the place of an encrypted payload; a text that is quoted itself.
pub const REDACTED_PAYLOAD: &str = r#""********* (encrypted)""#;

/// The payload of a remote configuration as a text; `None` if it is what PostHog takes for none: absent,
/// `null`, `false`, zero, or empty.
pub fn remote_config_text(stored: &Value) -> Option<String> {
    let is_nothing = match stored {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
    };
    if is_nothing {
        return None;
    }
    Some(match stored {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// The body.
pub fn remote_config_json(payload: Option<&str>) -> Vec<u8> {
    let payload = payload.map_or(Value::Null, Value::from);
    payload.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_is_a_text_or_nothing() {
        for (stored, body) in [
            (json!("{\"a\":1}"), r#""{\"a\":1}""#),
            (json!("ü"), r#""ü""#),
            (json!({"a": 1}), r#""{\"a\":1}""#),
            (json!([0]), r#""[0]""#),
            (json!(7), r#""7""#),
            (json!(true), r#""true""#),
            (json!("false"), r#""false""#),
            (json!(null), "null"),
            (json!(false), "null"),
            (json!(0), "null"),
            (json!(-0.0), "null"),
            (json!(""), "null"),
            (json!([]), "null"),
            (json!({}), "null"),
        ] {
            let text = remote_config_text(&stored);
            let answered = remote_config_json(text.as_deref());
            assert_eq!(String::from_utf8(answered).unwrap(), body, "{stored}");
        }
    }

    #[test]
    fn the_marker_is_quoted_twice() {
        let body = remote_config_json(Some(REDACTED_PAYLOAD));
        assert_eq!(body, br#""\"********* (encrypted)\"""#);
    }
}
