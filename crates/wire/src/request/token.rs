//! A look at the token before anything is decoded, so that a flood costs little
//! (spec: service §8.5).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::Text;

#[derive(Deserialize)]
struct Tokens<'a> {
    #[serde(borrow)]
    token: Option<&'a RawValue>,
    #[serde(borrow)]
    api_key: Option<&'a RawValue>,
    #[serde(borrow, rename = "$token")]
    dollar_token: Option<&'a RawValue>,
}

/// The token of a raw body that is plain JSON: the first of `token`, `api_key`, `$token` that is a
/// string and not empty. `None` also for bodies that would have to be decoded first.
pub fn peek_token(body: &[u8]) -> Option<String> {
    let tokens: Tokens<'_> = serde_json::from_slice(body).ok()?;
    [tokens.token, tokens.api_key, tokens.dollar_token]
        .into_iter()
        .flatten()
        .filter_map(|value| serde_json::from_str::<Text<'_>>(value.get()).ok())
        .map(|Text(text)| text.into_owned())
        .find(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_usable_token_is_found_in_plain_json_only() {
        for (body, token) in [
            (r#"{"token":"a"}"#, Some("a")),
            (r#"{"api_key":"b","distinct_id":"u"}"#, Some("b")),
            (r#"{"$token":"c"}"#, Some("c")),
            (r#"{"$token":"c","api_key":"b","token":"a"}"#, Some("a")),
            (r#"{"token":"","api_key":"b"}"#, Some("b")),
            (r#"{"token":5,"api_key":null,"$token":"c"}"#, Some("c")),
            (r#"{"token":"\u0061"}"#, Some("a")),
            (r#"{"distinct_id":"u"}"#, None),
            (r#"{"token":"a""#, None),
            ("{token:'a'}", None),
            ("eyJ0b2tlbiI6ImEifQ==", None),
            ("data=eyJ0b2tlbiI6ImEifQ", None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(peek_token(body.as_bytes()).as_deref(), token, "{body}");
        }
        assert_eq!(peek_token(b"\x1f\x8b"), None);
        assert_eq!(peek_token(b"{\"token\":\"\xff\"}"), None);
    }
}
