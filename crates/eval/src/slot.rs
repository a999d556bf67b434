//! Slots: every property that some flag or cohort reads has an index, so that a request's JSON is
//! read once into an array and a predicate is an array access. Properties that nobody reads are
//! skipped, not kept.

use std::collections::BTreeMap;

use burgee_model::GroupTypeIndex;
use hashbrown::HashMap;

use crate::{exact::exact_list, operator::Folding, snapshot::Position};

/// Index into the slots of a snapshot and of a [`crate::Scratch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(pub(crate) u32);

/// Index into the group types that a snapshot refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupSlot(pub(crate) Position);

/// Whose properties a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// The person's.
    Person,
    /// A group's.
    Group(GroupSlot),
    /// Nobody's: a group filter that names no group type reads an empty map (spec: engine §5.2).
    Nowhere,
}

/// Prefix of the keys under which facts about a person's record are kept (spec: engine §5.4).
const METADATA_PREFIX: &str = "__posthog_person_metadata__";
/// The one fact that there is.
pub(crate) const CREATED_AT: &str = "__posthog_person_metadata__created_at";
pub(crate) const DISTINCT_ID: &str = "distinct_id";
pub(crate) const GROUP_KEY: &str = "$group_key";

/// Key under which a `person_metadata` filter finds `name`.
pub(crate) fn metadata_key(name: &str) -> String {
    format!("{METADATA_PREFIX}{name}")
}

/// The slots of a snapshot.
#[derive(Debug)]
pub(crate) struct SlotTable {
    person: HashMap<Box<str>, Slot>,
    groups: Box<[GroupSlots]>,
    specs: Box<[SlotSpec]>,
    derivations: Box<[Derivation]>,
}

/// A group type that some flag refers to.
#[derive(Debug)]
pub(crate) struct GroupSlots {
    /// How filters name it.
    pub(crate) index: GroupTypeIndex,
    /// How requests name it; `None`: the project has no such group type.
    pub(crate) name: Option<Box<str>>,
    slots: HashMap<Box<str>, Slot>,
}

/// What a slot is read for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotSpec {
    /// Whose property it is.
    pub(crate) source: Source,
    /// Which folded forms its predicates compare.
    pub(crate) folding: Folding,
}

/// `target` is filled from `from` when it is absent (spec: engine §5.1 steps 3 and 4).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Derivation {
    pub(crate) target: Slot,
    pub(crate) from: Slot,
}

impl SlotTable {
    /// How many slots there are.
    pub(crate) fn len(&self) -> usize {
        self.specs.len()
    }

    /// The slot of a property, if any flag reads it.
    pub(crate) fn find(&self, source: Source, key: &str) -> Option<Slot> {
        match source {
            Source::Person => self.person.get(key).copied(),
            Source::Group(group) => self.group(group)?.slots.get(key).copied(),
            Source::Nowhere => None,
        }
    }

    /// What a slot is read for.
    pub(crate) fn spec(&self, slot: Slot) -> SlotSpec {
        let nobody = SlotSpec {
            source: Source::Nowhere,
            folding: Folding::default(),
        };
        self.specs.get(slot.0 as usize).copied().unwrap_or(nobody)
    }

    /// The group types that flags refer to.
    pub(crate) fn groups(&self) -> impl ExactSizeIterator<Item = (GroupSlot, &GroupSlots)> {
        self.groups
            .iter()
            .enumerate()
            .map(|(at, group)| (group_slot(at), group))
    }

    /// One of them.
    pub(crate) fn group(&self, group: GroupSlot) -> Option<&GroupSlots> {
        self.groups.get(group.0.get())
    }

    /// In the order in which they are made.
    pub(crate) fn derivations(&self) -> &[Derivation] {
        &self.derivations
    }

    /// Estimated memory in bytes.
    pub(crate) fn weight_bytes(&self) -> usize {
        let map = |slots: &HashMap<Box<str>, Slot>| {
            slots.allocation_size() + slots.keys().map(|key| key.len()).sum::<usize>()
        };
        map(&self.person)
            + self
                .groups
                .iter()
                .map(|group| map(&group.slots) + size_of_val(group))
                .sum::<usize>()
            + size_of_val(&*self.specs)
            + size_of_val(&*self.derivations)
    }
}

fn group_slot(at: usize) -> GroupSlot {
    GroupSlot(Position::new(at))
}

/// Collects slots while definitions are compiled.
#[derive(Debug)]
pub(crate) struct SlotTableBuilder<'d> {
    names: &'d BTreeMap<GroupTypeIndex, &'d str>,
    person: HashMap<Box<str>, Slot>,
    groups: Vec<GroupSlots>,
    specs: Vec<SlotSpec>,
}

impl<'d> SlotTableBuilder<'d> {
    /// With the project's group types.
    pub(crate) fn new(names: &'d BTreeMap<GroupTypeIndex, &'d str>) -> Self {
        let mut builder = Self {
            names,
            person: HashMap::new(),
            groups: Vec::new(),
            specs: Vec::new(),
        };
        // The first slot is the one that no property ever fills.
        builder.specs.push(SlotSpec {
            source: Source::Nowhere,
            folding: Folding::default(),
        });
        builder
    }

    /// The slot of a property, made when it is new.
    pub(crate) fn slot(&mut self, source: Source, key: &str, folding: Folding) -> Slot {
        let next = Slot(u32::try_from(self.specs.len()).unwrap_or(u32::MAX));
        let slots = match source {
            Source::Person => &mut self.person,
            Source::Group(group) => match self.groups.get_mut(group.0.get()) {
                Some(group) => &mut group.slots,
                None => return Slot(0),
            },
            Source::Nowhere => return Slot(0),
        };
        let slot = *slots.entry(key.into()).or_insert(next);
        match self.specs.get_mut(slot.0 as usize) {
            Some(spec) => spec.folding = spec.folding.union(folding),
            None => self.specs.push(SlotSpec { source, folding }),
        }
        slot
    }

    /// The group type of that index.
    pub(crate) fn group(&mut self, index: GroupTypeIndex) -> GroupSlot {
        if let Some(at) = self.groups.iter().position(|group| group.index == index) {
            return group_slot(at);
        }
        let name = self.names.get(&index).map(|name| Box::from(*name));
        self.groups.push(GroupSlots {
            index,
            name,
            slots: HashMap::new(),
        });
        group_slot(self.groups.len() - 1)
    }

    /// Adds what derived properties are made from, and closes the table.
    pub(crate) fn finish(mut self) -> SlotTable {
        let derivations = exact_list(self.derivations());
        self.person.shrink_to_fit();
        for group in &mut self.groups {
            group.slots.shrink_to_fit();
        }
        SlotTable {
            person: self.person,
            groups: exact_list(self.groups),
            specs: exact_list(self.specs),
            derivations,
        }
    }

    /// `$initial_…` twins first find their sources, then `$os` and `$os_name` find each other; they
    /// are *made* the other way round.
    fn derivations(&mut self) -> Vec<Derivation> {
        let mut initial = Vec::new();
        let targets: Vec<_> = self
            .person
            .iter()
            .filter_map(|(key, slot)| Some((initial_source(key)?, *slot, key.len())))
            .collect();
        for (source, target, _) in targets {
            let folding = self.folding(target);
            initial.push(Derivation {
                target,
                from: self.slot(Source::Person, &source, folding),
            });
        }
        initial.sort_by_key(|derivation| derivation.target);
        let mut made = self.mirrors();
        made.extend(initial);
        made
    }

    fn mirrors(&mut self) -> Vec<Derivation> {
        const MIRRORED: [&str; 2] = ["$os", "$os_name"];
        if !MIRRORED.iter().any(|key| self.person.contains_key(*key)) {
            return Vec::new();
        }
        let [os, os_name] = MIRRORED.map(|key| self.slot(Source::Person, key, Folding::default()));
        let folding = self.folding(os).union(self.folding(os_name));
        for key in MIRRORED {
            self.slot(Source::Person, key, folding);
        }
        vec![
            Derivation {
                target: os_name,
                from: os,
            },
            Derivation {
                target: os,
                from: os_name,
            },
        ]
    }

    fn folding(&self, slot: Slot) -> Folding {
        self.specs
            .get(slot.0 as usize)
            .map_or_else(Folding::default, |spec| spec.folding)
    }
}

/// The property that `$initial_…` is copied from, if it is one that is (spec: engine §5.1 step 4).
fn initial_source(key: &str) -> Option<String> {
    const WITH_DOLLAR: [&str; 18] = [
        "app_build",
        "app_name",
        "app_namespace",
        "app_version",
        "browser",
        "browser_version",
        "device_type",
        "current_url",
        "pathname",
        "os",
        "os_version",
        "referring_domain",
        "referrer",
        "screen_height",
        "screen_width",
        "viewport_height",
        "viewport_width",
        "raw_user_agent",
    ];
    const PLAIN: [&str; 24] = [
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
        "gclid",
        "gad_source",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "fbclid",
        "msclkid",
        "twclid",
        "li_fat_id",
        "mc_cid",
        "igshid",
        "ttclid",
        "rdt_cid",
        "epik",
        "qclid",
        "sccid",
        "irclid",
        "_kx",
    ];
    let name = key.strip_prefix("$initial_")?;
    if WITH_DOLLAR.contains(&name) {
        Some(format!("${name}"))
    } else {
        PLAIN.contains(&name).then(|| name.to_owned())
    }
}

impl Folding {
    /// What either asks for.
    fn union(self, other: Self) -> Self {
        Self {
            unicode: self.unicode || other.unicode,
            ascii: self.ascii || other.ascii,
        }
    }
}
