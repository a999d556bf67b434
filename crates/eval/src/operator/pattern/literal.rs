//! Recognises patterns that are a literal with or without anchors, such as `^beta-` or
//! `@example\.com$`. When in doubt the answer is no: the regular expression engine reads it then.

use crate::operator::Place;

/// Characters that mean something outside a character class.
const SPECIAL: [char; 13] = [
    '\\', '.', '+', '*', '?', '(', ')', '[', ']', '{', '}', '^', '|',
];

/// Characters that stand for themselves after a backslash.
const ESCAPABLE: [char; 17] = [
    '\\', '.', '+', '*', '?', '(', ')', '[', ']', '{', '}', '^', '|', '$', '/', '-', '@',
];

/// The literal and where it has to be, if the pattern is one.
pub(super) fn parse(source: &str) -> Option<(Box<str>, Place)> {
    let (anchored, body) = match source.strip_prefix('^') {
        Some(body) => (true, body),
        None => (false, source),
    };
    let mut literal = String::with_capacity(body.len());
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => literal.push(characters.next().filter(|next| ESCAPABLE.contains(next))?),
            '$' if characters.as_str().is_empty() => {
                let place = if anchored { Place::Whole } else { Place::End };
                return Some((literal.into_boxed_str(), place));
            }
            '$' => return None,
            special if SPECIAL.contains(&special) => return None,
            plain => literal.push(plain),
        }
    }
    let place = if anchored {
        Place::Start
    } else {
        Place::Anywhere
    };
    Some((literal.into_boxed_str(), place))
}
