//! ETags: what names a content, so that a client need not be sent it twice.

use std::fmt::Write as _;

use axum::http::HeaderValue;
use sha2::{Digest, Sha256};

/// Hexadecimal digits of the content's hash in a tag: 64 bits, so that no two contents that one
/// client meets share one.
pub(crate) const TAG_DIGITS: usize = 16;

/// The same for the same bytes, on every node.
pub(crate) fn content_tag(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let mut tag = String::with_capacity(TAG_DIGITS);
    for byte in hash.iter().take(TAG_DIGITS / 2) {
        // Writing to a string does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag
}

/// `W/"…"`: weak, since it is one for all codings. `None`: the tag has characters that no header may
/// have, which one of [`content_tag`] never has.
pub(crate) fn weak_etag(tag: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("W/\"{tag}\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_of_the_content_alone() {
        assert_eq!(content_tag(b"abc"), "ba7816bf8f01cfea");
        assert_eq!(content_tag(b"abc").len(), TAG_DIGITS);
        assert_ne!(content_tag(b"abd"), content_tag(b"abc"));
        let etag = weak_etag(&content_tag(b"abc")).unwrap();
        assert_eq!(etag, "W/\"ba7816bf8f01cfea\"");
    }
}
