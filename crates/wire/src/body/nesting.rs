//! How deep a text nests, found without parsing it and without recursion (spec: service §2.4).
//!
//! Not a parser: brackets that do not match are somebody else's concern. It runs before anything
//! that parses, so that no text can exhaust a stack.

use memchr::{memchr2, memmem};

/// Deepest nesting of objects and arrays in a body; the root is depth 1.
pub const JSON_DEPTH_MAX: usize = 128;

/// Whether `text`, read as JSON5, opens more than [`JSON_DEPTH_MAX`] brackets at once. Brackets in
/// strings and comments do not count.
pub(super) fn is_too_deep(text: &str) -> bool {
    // Almost every body has fewer brackets than the limit, and counting is a tenth of scanning.
    let openers = text.bytes().filter(|&byte| is_opener(byte)).count();
    openers > JSON_DEPTH_MAX && scan(text.as_bytes())
}

fn scan(mut rest: &[u8]) -> bool {
    let mut depth = 0_usize;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match byte {
            b'"' | b'\'' => after_string(tail, byte),
            b'/' => after_comment(tail),
            _ => tail,
        };
        if is_opener(byte) {
            depth += 1;
            if depth > JSON_DEPTH_MAX {
                return true;
            }
        } else if matches!(byte, b'}' | b']') {
            depth = depth.saturating_sub(1);
        }
    }
    false
}

fn is_opener(byte: u8) -> bool {
    byte == b'{' || byte == b'['
}

/// What follows the string whose opening `quote` is just before `rest`; nothing if it never ends.
fn after_string(mut rest: &[u8], quote: u8) -> &[u8] {
    while let Some(at) = memchr2(quote, b'\\', rest) {
        let is_end = rest.get(at) == Some(&quote);
        // A backslash takes the byte after it along, whatever that is.
        rest = rest
            .get(at + if is_end { 1 } else { 2 }..)
            .unwrap_or_default();
        if is_end {
            return rest;
        }
    }
    &[]
}

/// What follows the comment whose first `/` is just before `rest`.
fn after_comment(rest: &[u8]) -> &[u8] {
    match rest.first() {
        Some(b'/') => after_line(rest),
        Some(b'*') => {
            let body = rest.get(1..).unwrap_or_default();
            let end = memmem::find(body, b"*/").map_or(body.len(), |at| at + 2);
            body.get(end..).unwrap_or_default()
        }
        _ => rest,
    }
}

fn after_line(mut rest: &[u8]) -> &[u8] {
    while let Some((byte, tail)) = rest.split_first() {
        let is_separator =
            rest.starts_with("\u{2028}".as_bytes()) || rest.starts_with("\u{2029}".as_bytes());
        if matches!(byte, b'\n' | b'\r') || is_separator {
            return rest;
        }
        rest = tail;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn depth_128_is_allowed_and_129_is_not() {
        assert!(!is_too_deep(&nested(JSON_DEPTH_MAX)));
        assert!(is_too_deep(&nested(JSON_DEPTH_MAX + 1)));
        assert!(is_too_deep(&r#"{"a":"#.repeat(JSON_DEPTH_MAX + 1)));
        assert!(!is_too_deep(""));
    }

    #[test]
    fn brackets_beside_each_other_do_not_add_up() {
        assert!(!is_too_deep(&"[]".repeat(JSON_DEPTH_MAX + 1)));
        assert!(!is_too_deep(&"]".repeat(JSON_DEPTH_MAX + 1)));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[".repeat(JSON_DEPTH_MAX + 1);
        for text in [
            format!(r#"["{many}"]"#),
            format!(r#"["\"{many}"]"#),
            format!(r"['it\'s {many}']"),
            format!("[/* {many} */]"),
            format!("[// {many}\n]"),
            format!("[\"{many}"),
            format!("[/*{many}"),
        ] {
            assert!(!is_too_deep(&text), "{text}");
        }
    }

    #[test]
    fn brackets_after_a_string_or_a_comment_count() {
        let many = nested(JSON_DEPTH_MAX);
        for opening in [
            r#"["\\","#,
            "['\"',",
            "[/*/ */",
            "[// it's\n",
            "[// it's\r",
            "[// it's\u{2028}",
            "[/",
        ] {
            assert!(is_too_deep(&format!("{opening}{many}]")), "{opening}");
        }
    }
}
