//! Working memory of an evaluation, reused from request to request.
//!
//! All texts of a request that some flag reads lie in one buffer and everything else holds spans of
//! it, so a `Scratch` has no lifetime, can be pooled, and after warm-up costs no allocation.

use crate::{
    evaluate::Ahead,
    operator::{Folding, ValueKind, ValueView},
    slot::{GroupSlot, Slot},
    snapshot::{Aggregation, Identity, Position},
};

/// Working memory for evaluating, to be reused: after warm-up nothing is allocated.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) reading: Reading,
    pub(crate) memory: Memory,
    pub(crate) ahead: Ahead,
}

impl Scratch {
    /// Memory that is held, in bytes.
    pub fn capacity_bytes(&self) -> usize {
        let Self {
            reading, memory, ..
        } = self;
        reading.texts.0.capacity()
            + reading.slots.capacity() * size_of::<SlotValue>()
            + reading.groups.capacity() * size_of::<GroupValue>()
            + memory.predicates.capacity()
            + memory.cohorts.capacity()
            + memory.results.capacity() * size_of::<FlagResult>()
    }
}

/// What is known of the subject; does not change while flags are evaluated.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) texts: Texts,
    pub(crate) slots: Vec<SlotValue>,
    pub(crate) groups: Vec<GroupValue>,
    /// Whether the request has any usable group (spec: engine §5.5).
    pub(crate) has_group_context: bool,
    /// Whether an absent person property means that it is unknown.
    pub(crate) is_person_partial: bool,
}

/// What was worked out so far in this evaluation.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// By predicate.
    pub(crate) predicates: Vec<Known>,
    /// By cohort.
    pub(crate) cohorts: Vec<Known>,
    /// By flag: what dependents read.
    pub(crate) results: Vec<FlagResult>,
    /// The last hash of a holdout and whose it is: the same for every flag.
    pub(crate) holdout: Option<((Aggregation, Identity), u64)>,
}

/// A shared result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Known {
    #[default]
    NotYet,
    No,
    Yes,
    /// The operator could not compare; a miss either way.
    Error,
}

impl From<bool> for Known {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// What dependents of a flag read. A flag that is not evaluated reads as off (spec: engine §7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FlagResult {
    #[default]
    Off,
    On,
    /// Position among the flag's variants.
    Variant(Position),
    Holdout,
    Failed,
}

/// A piece of the text buffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// The text buffer.
#[derive(Debug, Default)]
pub(crate) struct Texts(String);

impl Texts {
    /// The text of a span.
    pub(crate) fn get(&self, span: Span) -> &str {
        self.0
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn push(&mut self, text: &str) -> Span {
        self.write(|buffer| buffer.push_str(text))
    }

    /// The span of whatever `write` appends.
    pub(crate) fn write(&mut self, write: impl FnOnce(&mut String)) -> Span {
        let start = self.0.len();
        write(&mut self.0);
        Span {
            start: offset(start),
            end: offset(self.0.len()),
        }
    }

    /// The span's text in ASCII lower case; the span itself when it is that already.
    fn push_ascii_lower(&mut self, span: Span) -> Span {
        if !self.get(span).bytes().any(|byte| byte.is_ascii_uppercase()) {
            return span;
        }
        let lower = self.write(|buffer| {
            buffer.extend_from_within(span.start as usize..span.end as usize);
        });
        if let Some(text) = self.0.get_mut(lower.start as usize..lower.end as usize) {
            text.make_ascii_lowercase();
        }
        lower
    }

    /// The span's text in Unicode lower case. Only a text beyond ASCII is allocated for, since
    /// lower-casing depends on neighbours there (final sigma).
    fn push_lower(&mut self, span: Span) -> Span {
        if self.get(span).is_ascii() {
            return self.push_ascii_lower(span);
        }
        let lower = self.get(span).to_lowercase();
        self.push(&lower)
    }
}

/// A request over 4 GiB is refused long before this.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Where a slot's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    #[default]
    Absent,
    /// The store, or derived from another property.
    Stored,
    /// The request; wins over the store.
    Given,
}

/// A property's value, in the forms in which it is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotValue {
    pub(crate) origin: Origin,
    kind: ValueKind,
    is_truthy: bool,
    text: Span,
    lower: Span,
    ascii_lower: Span,
}

impl Default for SlotValue {
    fn default() -> Self {
        Self::ABSENT
    }
}

impl SlotValue {
    /// No value.
    const ABSENT: Self = {
        let nothing = Span { start: 0, end: 0 };
        Self {
            origin: Origin::Absent,
            kind: ValueKind::Null,
            is_truthy: false,
            text: nothing,
            lower: nothing,
            ascii_lower: nothing,
        }
    };

    /// A value that is truthy as far as its kind tells.
    pub(crate) fn new(origin: Origin, kind: ValueKind, text: Span) -> Self {
        let is_truthy = matches!(kind, ValueKind::Bool(true));
        Self {
            origin,
            kind,
            is_truthy,
            text,
            lower: text,
            ascii_lower: text,
        }
    }

    pub(crate) fn with_truth(self, is_truthy: bool) -> Self {
        Self { is_truthy, ..self }
    }

    /// The same value for another slot, whose predicates may compare other forms.
    pub(crate) fn derived(self) -> Self {
        Self {
            origin: Origin::Stored,
            ..self
        }
    }

    /// With the lower case forms that are asked for.
    pub(crate) fn folded(self, texts: &mut Texts, folding: Folding) -> Self {
        let lower = if folding.unicode {
            texts.push_lower(self.text)
        } else {
            self.text
        };
        let ascii_lower = if !folding.ascii {
            self.text
        } else if folding.unicode && texts.get(self.text).is_ascii() {
            lower
        } else {
            texts.push_ascii_lower(self.text)
        };
        Self {
            lower,
            ascii_lower,
            ..self
        }
    }

    /// What is hashed for a group with this key: texts and numbers as they are written, nothing for
    /// all else (spec: engine §1.4).
    pub(crate) fn identifier(&self) -> Span {
        match self.kind {
            ValueKind::Text | ValueKind::Number(_) => self.text,
            ValueKind::Null | ValueKind::Bool(_) | ValueKind::Composite => Span::default(),
        }
    }

    pub(crate) fn is_present(&self) -> bool {
        self.origin != Origin::Absent
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, ValueKind::Null)
    }

    /// Whether it is the boolean true or exactly the text `true`: what enrolls (spec: engine §3.2).
    pub(crate) fn is_exactly_true(&self, texts: &Texts) -> bool {
        match self.kind {
            ValueKind::Bool(value) => value,
            ValueKind::Text => texts.get(self.text) == "true",
            ValueKind::Null | ValueKind::Number(_) | ValueKind::Composite => false,
        }
    }

    /// The value as an operator sees it, with those of the folded texts that are asked for.
    pub(crate) fn view<'t>(&self, texts: &'t Texts, folding: Folding) -> ValueView<'t> {
        let asked = |is_asked, span| if is_asked { texts.get(span) } else { "" };
        ValueView {
            kind: self.kind,
            text: texts.get(self.text),
            lower: asked(folding.unicode, self.lower),
            ascii_lower: asked(folding.ascii, self.ascii_lower),
            truthy: self.is_truthy,
        }
    }
}

/// A group of the request, for one of the snapshot's group types.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GroupValue {
    /// Text that is hashed; empty for a key that is neither text nor number.
    pub(crate) identifier: Span,
    /// Whether the store is asked for its properties.
    pub(crate) is_fetched: bool,
    /// Whether an absent property means that it is unknown (spec: engine §5.5).
    pub(crate) is_partial: bool,
}

impl GroupValue {
    /// Whether the key is a text that is not empty, or a number (spec: engine §8.2).
    pub(crate) fn has_usable_key(self) -> bool {
        !self.identifier.is_empty()
    }
}

impl Reading {
    /// Makes ready for a request to a snapshot with that many slots and group types.
    pub(crate) fn clear(&mut self, slots: usize, groups: usize) {
        self.texts.clear();
        refill(&mut self.slots, slots);
        refill(&mut self.groups, groups);
        self.has_group_context = false;
        self.is_person_partial = false;
    }

    pub(crate) fn slot(&self, slot: Slot) -> &SlotValue {
        self.slots
            .get(slot.0 as usize)
            .unwrap_or(&SlotValue::ABSENT)
    }

    pub(crate) fn set(&mut self, slot: Slot, value: SlotValue) {
        if let Some(place) = self.slots.get_mut(slot.0 as usize) {
            *place = value;
        }
    }

    pub(crate) fn group(&self, group: GroupSlot) -> GroupValue {
        self.groups.get(group.0.get()).copied().unwrap_or_default()
    }

    pub(crate) fn group_mut(&mut self, group: GroupSlot) -> Option<&mut GroupValue> {
        self.groups.get_mut(group.0.get())
    }
}

/// Fills with defaults, keeping the capacity.
pub(crate) fn refill<T: Clone + Default>(values: &mut Vec<T>, count: usize) {
    values.clear();
    values.resize(count, T::default());
}
