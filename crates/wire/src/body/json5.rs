//! Rewrites JSON5 as JSON, token by token (spec: service §2.4).
//!
//! Not a validating parser. It turns every JSON5 token into the JSON token of the same meaning and
//! leaves the judgement of the grammar to the strict JSON parser that reads the result. Only what
//! that parser could not see any more is refused here: two values with nothing between them, and
//! commas where JSON5 has none. It does not recurse, and its time and memory are linear.
//!
//! Numbers that are not finite become null.

mod number;
mod string;

use std::fmt::Write;

/// JSON text that is valid if, and only if, `text` is JSON5. `None`: it certainly is not.
pub(super) fn to_json(text: &str) -> Option<String> {
    Rewriter {
        rest: text,
        output: String::with_capacity(text.len()),
        last: Token::Start,
        comma: Comma::None,
    }
    .run()
}

struct Rewriter<'t> {
    rest: &'t str,
    output: String,
    /// What was written last, commas apart.
    last: Token,
    comma: Comma,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Start,
    Opener,
    Closer,
    Colon,
    Scalar,
}

/// A comma is written only when something follows that is not a closing bracket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comma {
    None,
    Pending,
}

impl Rewriter<'_> {
    fn run(mut self) -> Option<String> {
        loop {
            self.skip_space()?;
            let Some(character) = self.rest.chars().next() else {
                break;
            };
            match character {
                '{' | '[' => {
                    self.begin_value()?;
                    self.copy(1);
                    self.last = Token::Opener;
                }
                '}' | ']' => {
                    self.comma = Comma::None;
                    self.copy(1);
                    self.last = Token::Closer;
                }
                ':' => {
                    if self.comma == Comma::Pending {
                        return None;
                    }
                    self.copy(1);
                    self.last = Token::Colon;
                }
                ',' => self.note_comma()?,
                _ => {
                    self.begin_value()?;
                    self.scalar(character)?;
                    self.last = Token::Scalar;
                }
            }
        }
        (self.comma == Comma::None).then_some(self.output)
    }

    fn note_comma(&mut self) -> Option<()> {
        if self.comma == Comma::Pending || !matches!(self.last, Token::Closer | Token::Scalar) {
            return None;
        }
        self.comma = Comma::Pending;
        self.skip(1);
        Some(())
    }

    fn begin_value(&mut self) -> Option<()> {
        if self.comma == Comma::Pending {
            self.output.push(',');
            self.comma = Comma::None;
            return Some(());
        }
        // `[1 2]` would otherwise come out as `[12]`.
        (!matches!(self.last, Token::Closer | Token::Scalar)).then_some(())
    }

    fn scalar(&mut self, first: char) -> Option<()> {
        match first {
            '"' | '\'' => self.string(first),
            '+' | '-' | '.' | '0'..='9' => self.number(),
            _ => self.word(),
        }
    }

    // === words ===

    /// A key without quotes, or one of the named values.
    fn word(&mut self) -> Option<()> {
        let mut escaped = false;
        let end = self.rest.find(|character: char| {
            escaped |= character == '\\';
            !is_word(character)
        });
        let (word, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        self.skip_space()?;
        if self.rest.starts_with(':') {
            // `\u` escapes are the same in a JSON string; others may not stand in a word.
            if word.is_empty()
                || escaped && word.matches('\\').count() != word.matches("\\u").count()
            {
                return None;
            }
            push(&mut self.output, format_args!("\"{word}\""));
            return Some(());
        }
        match word {
            "true" | "false" | "null" => self.output.push_str(word),
            "Infinity" | "NaN" => self.output.push_str("null"),
            _ => return None,
        }
        Some(())
    }

    // === moving on ===

    /// Skips white space and comments. `None`: a comment that is none, or never ends.
    fn skip_space(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start_matches(is_space);
            if let Some(comment) = self.rest.strip_prefix("//") {
                let end = comment.find(['\n', '\r', '\u{2028}', '\u{2029}']);
                self.rest = comment.get(end.unwrap_or(comment.len())..)?;
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/")?.1;
            } else {
                return (!self.rest.starts_with('/')).then_some(());
            }
        }
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn copy(&mut self, bytes: usize) {
        self.output
            .push_str(self.rest.get(..bytes).unwrap_or_default());
        self.skip(bytes);
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '$' | '_' | '\\' | '\u{200c}' | '\u{200d}')
}

fn is_space(character: char) -> bool {
    // U+0085 is white space to Unicode, not to JSON5.
    character == '\u{feff}' || character.is_whitespace() && character != '\u{85}'
}

fn push(output: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = output.write_fmt(arguments);
}

#[cfg(test)]
mod tests;
