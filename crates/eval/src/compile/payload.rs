//! Payloads, kept in the form in which they are answered (spec: engine §10, service §2.9 Advice).

use serde_json::Value;

/// The payload stored under `key`, as a JSON string or `null`. A payload that is not text becomes
/// its own JSON text, since some SDKs lose every flag over one that is an object.
pub(super) fn payload(payloads: &Value, key: &str) -> Option<String> {
    let stored = payloads.as_object()?.get(key)?;
    Some(match stored {
        Value::Null => "null".to_owned(),
        Value::String(_) => stored.to_string(),
        other => Value::String(other.to_string()).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_goes_out_as_text_or_null() {
        let payloads = json!({"true": "{\"a\":1}", "v": {"a": 1}, "n": null, "7": 7});
        assert_eq!(
            payload(&payloads, "true").as_deref(),
            Some(r#""{\"a\":1}""#)
        );
        assert_eq!(payload(&payloads, "v").as_deref(), Some(r#""{\"a\":1}""#));
        assert_eq!(payload(&payloads, "7").as_deref(), Some(r#""7""#));
        assert_eq!(payload(&payloads, "n").as_deref(), Some("null"));
        assert_eq!(payload(&payloads, "absent"), None);
        assert_eq!(payload(&json!(["true"]), "true"), None);
    }
}
