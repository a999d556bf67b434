//! Whether a client has the current document already (spec: service §5.2, RFC 9110 §13.1.2).

use axum::http::{HeaderMap, header};

/// Whether `If-None-Match` names `tag`, which is without quotes. Clients send it weak, strong, or
/// bare; a list or `*` is understood too.
pub(crate) fn is_current(headers: &HeaderMap, tag: &str) -> bool {
    values(headers).any(|value| names(value, tag))
}

/// Whether one value of the header, which may be a list, names `tag`.
pub(crate) fn names(value: &str, tag: &str) -> bool {
    let mut items = value.split(',').map(str::trim);
    items.any(|item| item == "*" || opaque(item) == tag)
}

/// All values in one, for [`names`].
pub(crate) fn known(headers: &HeaderMap) -> String {
    values(headers).collect::<Vec<_>>().join(",")
}

fn values(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    values.filter_map(|value| value.to_str().ok())
}

fn opaque(item: &str) -> &str {
    let strong = item.strip_prefix("W/").unwrap_or(item);
    let quoted = strong.strip_prefix('"');
    quoted
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(strong)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn an_etag_is_recognised_in_each_form() {
        for (values, expected) in [
            (&[][..], false),
            (&["W/\"0123abcd\""], true),
            (&["\"0123abcd\""], true),
            (&["0123abcd"], true),
            (&["W/0123abcd"], true),
            (&[" \"0123abcd\" "], true),
            (&["\"other\", W/\"0123abcd\""], true),
            (&["\"other\"", "\"0123abcd\""], true),
            (&["*"], true),
            (&["\"*\""], false),
            (&["\"0123abc\""], false),
            (&["\"0123abcd"], false),
            (&["0123abcd\""], false),
            (&["w/\"0123abcd\""], false),
            (&["\"0123ABCD\""], false),
            (&["", ",,"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            assert_eq!(is_current(&headers, "0123abcd"), expected, "{values:?}");
            let is_named = names(&known(&headers), "0123abcd");
            assert_eq!(is_named, expected, "{values:?} in one");
        }
    }
}
