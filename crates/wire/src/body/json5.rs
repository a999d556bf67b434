//! Rewrites JSON5 as JSON, token by token (spec: service §2.4).
//!
//! Not a validating parser. It turns every JSON5 token into the JSON token of the same meaning and
//! leaves the judgement of the grammar to the strict JSON parser that reads the result. Only what
//! that parser could not see any more is refused here: two values with nothing between them, and
//! commas where JSON5 has none. It does not recurse, and its time and memory are linear.
//!
//! Numbers that are not finite become null.

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

    // === strings ===

    fn string(&mut self, quote: char) -> Option<()> {
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

    // === numbers ===

    fn number(&mut self) -> Option<()> {
        let negative = self.rest.starts_with('-');
        if self.rest.starts_with(['-', '+']) {
            self.skip(1);
        }
        let written = self.output.len();
        if negative {
            self.output.push('-');
        }
        let is_finite = if self.skip_word("Infinity") || self.skip_word("NaN") {
            false
        } else if self.skip_word("0x") || self.skip_word("0X") {
            self.hexadecimal()?
        } else {
            self.decimal()?;
            // Too large a number parses as infinity; what does not parse is left as it is.
            let number = self.output.get(written..).map(str::parse::<f64>);
            !matches!(number, Some(Ok(number)) if number.is_infinite())
        };
        if !is_finite {
            self.output.truncate(written);
            self.output.push_str("null");
        }
        Some(())
    }

    /// Writes the number in decimal; answers whether it is finite.
    fn hexadecimal(&mut self) -> Option<bool> {
        let length = leading(self.rest, |byte| byte.is_ascii_hexdigit());
        let digits = self
            .rest
            .get(..length)
            .filter(|digits| !digits.is_empty())?;
        self.rest = self.rest.get(length..)?;
        if let Ok(number) = u64::from_str_radix(digits, 16) {
            push(&mut self.output, format_args!("{number}"));
            return Some(true);
        }
        let number = digits
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .fold(0.0_f64, |number, digit| number * 16.0 + f64::from(digit));
        push(&mut self.output, format_args!("{number:e}"));
        Some(number.is_finite())
    }

    fn decimal(&mut self) -> Option<()> {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let whole = leading(self.rest, is_digit);
        if whole == 0 {
            self.output.push('0');
        } else if whole > 1 && self.rest.starts_with('0') {
            // Refused here already, lest one that overflows becomes null.
            return None;
        }
        self.copy(whole);
        let mut fraction = 0;
        if let Some(rest) = self.rest.strip_prefix('.') {
            fraction = leading(rest, is_digit);
            self.rest = rest;
            if fraction > 0 {
                self.output.push('.');
                self.copy(fraction);
            }
        }
        if whole + fraction == 0 {
            return None;
        }
        if self.rest.starts_with(['e', 'E']) {
            self.copy(1);
            self.copy(usize::from(self.rest.starts_with(['+', '-'])));
            self.copy(leading(self.rest, is_digit));
        }
        Some(())
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

fn leading(text: &str, is_part: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|&byte| is_part(byte)).count()
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
