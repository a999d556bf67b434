//! JSON5 strings: either quote, more escapes, lines that go on.

use super::{Rewriter, push};

impl Rewriter<'_> {
    /// Writes the string whose opening `quote` comes next.
    pub(super) fn string(&mut self, quote: char) -> Option<()> {
        self.skip(1);
        self.output.push('"');
        loop {
            let special = self.rest.find(|character: char| {
                character == quote || matches!(character, '"' | '\\' | '\0'..='\u{1f}')
            })?;
            self.copy(special);
            let character = self.rest.chars().next()?;
            self.skip(1);
            match character {
                '\\' => self.escape()?,
                '\n' | '\r' => return None,
                _ if character == quote => break,
                _ => self.push_escaped(character),
            }
        }
        self.output.push('"');
        Some(())
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<()> {
        let character = self.rest.chars().next()?;
        self.skip(character.len_utf8());
        match character {
            'b' | 'f' | 'n' | 'r' | 't' | '"' | '\\' | '/' => {
                self.output.push('\\');
                self.output.push(character);
            }
            // The digits are copied with what follows, and judged by the JSON parser.
            'u' => self.output.push_str("\\u"),
            'x' => {
                let digits = self.rest.get(..2)?;
                if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                self.output.push_str("\\u00");
                self.copy(2);
            }
            'v' => self.push_escaped('\u{b}'),
            '0' if !self.rest.starts_with(|next: char| next.is_ascii_digit()) => {
                self.push_escaped('\0');
            }
            '0'..='9' => return None,
            // A line that goes on: both halves are one.
            '\r' if self.rest.starts_with('\n') => self.skip(1),
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => {}
            _ => self.push_escaped(character),
        }
        Some(())
    }

    fn push_escaped(&mut self, character: char) {
        match character {
            '"' => self.output.push_str("\\\""),
            '\0'..='\u{1f}' => push(
                &mut self.output,
                format_args!("\\u{:04x}", u32::from(character)),
            ),
            _ => self.output.push(character),
        }
    }
}
