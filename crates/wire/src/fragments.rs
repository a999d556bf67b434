//! What an answer says of a flag whatever its value, rendered once per snapshot.
//!
//! Kept for every flag of every resident environment, so it is compact: one text for all, and eight
//! bytes a flag to find its way in it. What all flags have in common is not in it, and the key is in
//! it once: three more copies of a few bytes cost 0.3 µs in an answer of a hundred flags, 40 bytes a
//! flag cost 20 MB in a server of ten thousand projects.

use burgee_eval::{FlagInfo, Snapshot};

use crate::quote::push_quoted;

const BEFORE_KEY: &[u8] = b":{\"key\":";
const BEFORE_IDENTITY: &[u8] = b",\"metadata\":{\"id\":";

/// The fixed parts of every flag's record.
#[derive(Debug)]
pub struct Fragments {
    /// `"key"1,"version":1`, flag after flag.
    text: Box<[u8]>,
    /// By `FlagInfo::index`.
    spans: Box<[Span]>,
}

/// Where a flag's part of the text begins, and where its quoted key, the start of it, ends.
///
/// 32 bits: the keys of one environment come nowhere near 4 GiB. Were they to, the flags beyond
/// would be left out of answers.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    key_end: u32,
}

impl Fragments {
    /// Renders what every answer from `snapshot` will copy.
    pub fn prepare(snapshot: &Snapshot) -> Self {
        Self::of(snapshot.flags())
    }

    /// As [`Self::prepare`]; each flag stands where its `index` says.
    pub fn of(flags: &[FlagInfo]) -> Self {
        let mut text = Vec::new();
        let mut spans = Vec::with_capacity(flags.len());
        for flag in flags {
            let start = offset(&text);
            push_quoted(&mut text, &flag.key);
            let key_end = offset(&text);
            push_identity(&mut text, flag);
            spans.push(Span { start, key_end });
        }
        Self {
            // A copy of its own size: shrunk in place, it may keep all that it had grown to.
            text: text.as_slice().into(),
            spans: spans.into(),
        }
    }

    /// Memory, in bytes.
    pub fn weight_bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.spans)
    }

    /// Average length of a record up to the version in its metadata, in bytes.
    pub(crate) fn head_bytes_average(&self) -> usize {
        let own = self.text.len().checked_div(self.spans.len()).unwrap_or(0);
        2 * own + BEFORE_KEY.len() + BEFORE_IDENTITY.len()
    }

    /// The flag's key as a JSON string.
    pub(crate) fn key(&self, index: u32) -> Option<&[u8]> {
        let span = self.span(index)?;
        self.text.get(span.start as usize..span.key_end as usize)
    }

    /// Writes the flag's record from its key to the version in its metadata; `None`: there is no
    /// such flag.
    pub(crate) fn push_head(&self, output: &mut Vec<u8>, index: u32) -> Option<()> {
        let key = self.key(index)?;
        let identity = self.identity(index)?;
        for piece in [key, BEFORE_KEY, key, BEFORE_IDENTITY, identity] {
            output.extend_from_slice(piece);
        }
        Some(())
    }

    /// `1,"version":1`.
    pub(crate) fn identity(&self, index: u32) -> Option<&[u8]> {
        let start = self.span(index)?.key_end as usize;
        let next = self.span(index.checked_add(1)?);
        let end = next.map_or(self.text.len(), |next| next.start as usize);
        self.text.get(start..end)
    }

    fn span(&self, index: u32) -> Option<Span> {
        self.spans.get(index as usize).copied()
    }
}

fn push_identity(text: &mut Vec<u8>, flag: &FlagInfo) {
    let mut digits = itoa::Buffer::new();
    text.extend_from_slice(digits.format(flag.id.0).as_bytes());
    text.extend_from_slice(b",\"version\":");
    text.extend_from_slice(digits.format(flag.version).as_bytes());
}

fn offset(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use burgee_model::FlagId;

    use super::*;

    fn flag(index: u32, key: &str) -> FlagInfo {
        FlagInfo {
            index,
            id: FlagId(i32::MAX),
            key: key.into(),
            version: 3,
            has_experiment: index == 1,
        }
    }

    #[test]
    fn each_flag_finds_its_own_part() {
        let fragments = Fragments::of(&[flag(0, "a"), flag(1, "say \"b\""), flag(2, "")]);
        assert_eq!(fragments.key(0), Some(&b"\"a\""[..]));
        assert_eq!(fragments.key(1), Some(&br#""say \"b\"""#[..]));
        let mut head = Vec::new();
        assert_eq!(fragments.push_head(&mut head, 1), Some(()));
        assert_eq!(
            str::from_utf8(&head).unwrap(),
            r#""say \"b\"":{"key":"say \"b\"","metadata":{"id":2147483647,"version":3"#
        );
        head.clear();
        assert_eq!(fragments.push_head(&mut head, 2), Some(()));
        assert!(head.starts_with(b"\"\":{"));
        assert_eq!(fragments.push_head(&mut head, 3), None);
        assert!(Fragments::of(&[]).head_bytes_average() > 0);
    }

    #[test]
    fn a_flag_weighs_at_most_35_bytes_beside_its_key() {
        let flags: Vec<_> = (0..1_000)
            .map(|index| flag(index, "new-checkout"))
            .collect();
        let per_flag = Fragments::of(&flags).weight_bytes() / flags.len();
        assert!(per_flag <= 35 + "new-checkout".len(), "{per_flag}");
    }
}
