//! JSON5 numbers: signs, bare points, hexadecimal, and the ones that are not finite.

use super::{Rewriter, push};

impl Rewriter<'_> {
    /// Writes the number that comes next; null if it is not finite.
    pub(super) fn number(&mut self) -> Option<()> {
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
}

fn leading(text: &str, is_part: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|&byte| is_part(byte)).count()
}
