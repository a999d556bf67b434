//! Texts among which one is looked for. They are kept as one text and the places where each ends: a
//! list may have thousands, and every change of a definition makes and drops them all.

/// Sorted, each once.
#[derive(Debug)]
pub(crate) struct SortedTexts {
    joined: Box<str>,
    /// A filter's document is far below 4 GB.
    ends: Box<[u32]>,
}

impl SortedTexts {
    /// Of `texts` that are sorted and differ.
    pub(super) fn of(texts: &[&str]) -> Self {
        let mut end = 0;
        let ends = texts.iter().map(|text| {
            end += text.len();
            u32::try_from(end).unwrap_or(u32::MAX)
        });
        Self {
            ends: ends.collect(),
            joined: texts.concat().into_boxed_str(),
        }
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        let (mut first, mut past) = (0, self.ends.len());
        while first < past {
            let middle = first.midpoint(past);
            match self.at(middle).cmp(text) {
                std::cmp::Ordering::Less => first = middle + 1,
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Greater => past = middle,
            }
        }
        false
    }

    /// Heap memory in bytes.
    pub(super) fn weight_bytes(&self) -> usize {
        size_of::<Self>() + self.joined.len() + size_of_val(&*self.ends)
    }

    fn at(&self, position: usize) -> &str {
        let end = |position: usize| self.ends.get(position).map_or(0, |end| *end as usize);
        let start = position.checked_sub(1).map_or(0, end);
        self.joined.get(start..end(position)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_and_nothing_between() {
        for length in 0..12 {
            // Of different lengths, one of them empty.
            let all: Vec<String> = (0..length).map(|at| "bé".repeat(at)).collect();
            let mut texts: Vec<&str> = all.iter().map(String::as_str).collect();
            texts.sort_unstable();
            let sorted = SortedTexts::of(&texts);
            for text in &texts {
                assert!(sorted.contains(text), "{text} in {texts:?}");
            }
            for other in ["a", "b", "é", "béb", "ébé", "bébéb", "z"] {
                assert!(!sorted.contains(other), "{other} in {texts:?}");
            }
            assert_eq!(sorted.contains(""), length > 0);
        }
    }
}
