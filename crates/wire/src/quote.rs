//! Writes texts as JSON strings into an answer that is being built.

/// Appends `text` as a JSON string. Keys and variants seldom need an escape, so that is asked first.
pub(crate) fn push_quoted(output: &mut Vec<u8>, text: &str) {
    if text.bytes().any(needs_escape) {
        // Writing a string to memory cannot fail.
        let _ = serde_json::to_writer(output, text);
        return;
    }
    output.push(b'"');
    output.extend_from_slice(text.as_bytes());
    output.push(b'"');
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_from_its_json_string() {
        for text in [
            "",
            "blue",
            "say \"hi\"",
            "a\\b",
            "a\nb\0",
            "é😀\u{7f}\u{2028}",
            "</script>",
        ] {
            let mut output = Vec::new();
            push_quoted(&mut output, text);
            assert_eq!(serde_json::from_slice::<String>(&output).unwrap(), text);
        }
    }
}
