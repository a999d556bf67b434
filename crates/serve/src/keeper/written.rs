//! What the shared cache holds, as far as its keeper knows.

use std::collections::{HashMap, HashSet};

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use burgee_store::{KeyDigest, KeyFingerprint, RecordName, RevisionList, SharedContents};

/// What the table of contents says of an environment that is there and has no records yet, so that
/// nobody takes it for gone. Revisions begin at 1.
const NO_RECORDS: Revision = Revision(0);

/// What is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Rewrite {
    #[default]
    WhatDiffers,
    /// Every record, whatever is there.
    Everything,
    /// The same, and each is removed first: what is there has higher versions than will ever be
    /// written.
    MakingWay,
}

/// A memory of writes.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The mark up to which everything is written.
    mark: Option<u64>,
    /// The mark that the table of contents names.
    shared_mark: Option<u64>,
    /// Turns in a row in which the database was behind the cache.
    pub(super) turns_behind: u32,
    environments: HashMap<ProjectToken, (EnvironmentId, Revision)>,
    /// By digest, those of this process; before it there were only fingerprints.
    keys: HashMap<KeyDigest, KeyFingerprint>,
    /// What is in the cache for certain.
    fingerprints: HashSet<KeyFingerprint>,
    /// Records that are not as they should be: to be removed, then written.
    suspects: HashSet<RecordName>,
    rewrite: Rewrite,
    /// Whether anything was written that no notice was given of.
    has_news: bool,
    /// Where the inspection goes on.
    pub(super) inspected: usize,
    began_micros: Option<u64>,
}

impl Written {
    /// Writes everything anew when the last time is longer ago than that.
    pub(super) fn renew_after(&mut self, limit_micros: u64, now_micros: u64) {
        let began = *self.began_micros.get_or_insert(now_micros);
        if now_micros.saturating_sub(began) >= limit_micros {
            self.began_micros = Some(now_micros);
            if self.rewrite == Rewrite::WhatDiffers {
                self.rewrite = Rewrite::Everything;
            }
            self.mark = None;
        }
    }

    /// Takes what the cache itself says over what is remembered, where they differ: somebody else may
    /// have filled or emptied it.
    pub(super) fn compare(&mut self, contents: Option<SharedContents>) {
        let Some(contents) = contents else {
            let keys = std::mem::take(&mut self.keys);
            *self = Self {
                began_micros: self.began_micros,
                rewrite: self.rewrite,
                keys,
                ..Self::default()
            };
            return;
        };
        self.shared_mark = Some(contents.mark);
        if self.mark == Some(contents.mark) {
            return;
        }
        self.mark = None;
        let entry = |(id, token, revision)| (token, (id, revision));
        self.environments = contents.revisions.into_iter().map(entry).collect();
        self.fingerprints = contents.keys.into_iter().collect();
    }

    /// For [`burgee_store::DefinitionReader::read_revisions`].
    pub(super) fn mark(&self) -> Option<u64> {
        self.mark
    }

    pub(super) fn shared_mark(&self) -> Option<u64> {
        self.shared_mark
    }

    /// Something could not be written: the next turn looks at everything.
    pub(super) fn doubt(&mut self) {
        self.mark = None;
    }

    /// These records are not as they should be.
    pub(super) fn suspect(&mut self, names: Vec<RecordName>) {
        self.suspects.extend(names);
        self.suspects.remove(&RecordName::Revisions);
    }

    pub(super) fn has_suspects(&self) -> bool {
        !self.suspects.is_empty()
    }

    /// Whether the record is to be removed before it is written.
    pub(super) fn is_suspect(&self, name: &RecordName) -> bool {
        self.rewrite == Rewrite::MakingWay || self.suspects.contains(name)
    }

    /// Whether the records of this environment are at this revision, and good.
    pub(super) fn has_environment(&self, token: &ProjectToken, revision: Revision) -> bool {
        let is_suspect = [
            RecordName::Definitions(token.clone()),
            RecordName::Document(token.clone()),
        ]
        .iter()
        .any(|name| self.is_suspect(name));
        let is_written = |(_, written): &(EnvironmentId, Revision)| *written == revision;
        let is_good = !is_suspect && self.rewrite == Rewrite::WhatDiffers;
        is_good && self.environments.get(token).is_some_and(is_written)
    }

    pub(super) fn note_environment(&mut self, token: &ProjectToken, at: (EnvironmentId, Revision)) {
        self.suspects
            .remove(&RecordName::Definitions(token.clone()));
        self.suspects.remove(&RecordName::Document(token.clone()));
        self.environments.insert(token.clone(), at);
        self.has_news = true;
    }

    /// The environment is there, and its records could not be written.
    pub(super) fn note_failure(&mut self, token: &ProjectToken, id: EnvironmentId) {
        if !self.environments.contains_key(token) {
            self.environments.insert(token.clone(), (id, NO_RECORDS));
            self.has_news = true;
        }
    }

    /// Environments that are in the cache and not in `list`.
    pub(super) fn surplus(&self, list: &RevisionList) -> Vec<ProjectToken> {
        let listed: HashSet<&ProjectToken> =
            list.revisions.iter().map(|(_, token, _)| token).collect();
        let tokens = self.environments.keys();
        let surplus = tokens.filter(|token| !listed.contains(token));
        surplus.cloned().collect()
    }

    pub(super) fn forget_environment(&mut self, token: &ProjectToken) {
        self.environments.remove(token);
        self.has_news = true;
    }

    /// Environments that are in the cache at a higher revision than in `list`, or not in it.
    pub(super) fn newer_than(&self, list: &RevisionList) -> Vec<ProjectToken> {
        let mut newer = self.surplus(list);
        for (_, token, revision) in &list.revisions {
            let written = self.environments.get(token);
            if written.is_some_and(|(_, written)| written > revision) {
                newer.push(token.clone());
            }
        }
        newer
    }

    /// Whether the record of this key says this, and is good.
    pub(super) fn has_key(&self, digest: KeyDigest, fingerprint: KeyFingerprint) -> bool {
        self.rewrite == Rewrite::WhatDiffers
            && self.fingerprints.contains(&fingerprint)
            && !self.is_suspect(&RecordName::Grants(digest))
    }

    /// These are all keys there are, and all of them are written. Returns those that were taken away.
    pub(super) fn replace_keys(
        &mut self,
        keys: HashMap<KeyDigest, KeyFingerprint>,
    ) -> Vec<KeyDigest> {
        let fingerprints = keys.values().copied().collect();
        self.has_news |= self.fingerprints != fingerprints;
        self.fingerprints = fingerprints;
        for digest in keys.keys() {
            self.suspects.remove(&RecordName::Grants(*digest));
        }
        let before = std::mem::replace(&mut self.keys, keys);
        let digests = before.into_keys();
        digests
            .filter(|digest| !self.keys.contains_key(digest))
            .collect()
    }

    /// The revision of an environment's records.
    pub(super) fn revision(&self, token: &ProjectToken) -> Option<Revision> {
        let (_, revision) = self.environments.get(token)?;
        Some(*revision).filter(|revision| *revision != NO_RECORDS)
    }

    /// What the record of a key says.
    pub(super) fn fingerprint(&self, digest: &KeyDigest) -> Option<KeyFingerprint> {
        self.keys.get(digest).copied()
    }

    /// As after [`Self::default`], and every record is removed before it is written.
    pub(super) fn making_way() -> Self {
        Self {
            rewrite: Rewrite::MakingWay,
            ..Self::default()
        }
    }

    /// All records there should be.
    pub(super) fn names(&self) -> Vec<RecordName> {
        let mut names = Vec::with_capacity(self.environments.len() * 2 + self.keys.len());
        for token in self.environments.keys() {
            names.push(RecordName::Definitions(token.clone()));
            names.push(RecordName::Document(token.clone()));
        }
        names.extend(self.keys.keys().map(|digest| RecordName::Grants(*digest)));
        names
    }

    /// Takes over the mark. False: the other nodes have heard of all this before.
    pub(super) fn adopt(&mut self, list: &RevisionList) -> bool {
        let has_news = std::mem::take(&mut self.has_news);
        self.shared_mark.replace(list.mark) != Some(list.mark) || has_news
    }

    /// All of it is written.
    pub(super) fn complete(&mut self, mark: u64) {
        self.mark = Some(mark);
        self.rewrite = Rewrite::WhatDiffers;
        // What is not in the database any more cannot be mended either.
        self.suspects.clear();
    }

    pub(super) fn contents(&self) -> SharedContents {
        let environments = self.environments.iter();
        SharedContents {
            mark: self.shared_mark.unwrap_or_default(),
            revisions: environments
                .map(|(token, (id, revision))| (*id, token.clone(), *revision))
                .collect(),
            keys: self.fingerprints.iter().copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 10;

    fn list(mark: u64, revision: u64) -> RevisionList {
        RevisionList {
            mark,
            revisions: vec![(EnvironmentId(1), token(), Revision(revision))],
        }
    }

    fn token() -> ProjectToken {
        ProjectToken::parse("phc_a").unwrap()
    }

    fn filled() -> Written {
        let mut written = Written::default();
        written.renew_after(DAY, 0);
        written.note_environment(&token(), (EnvironmentId(1), Revision(3)));
        assert!(written.adopt(&list(7, 3)));
        written.complete(7);
        written
    }

    #[test]
    fn what_the_cache_says_is_taken_over_what_is_remembered() {
        let mut written = filled();
        written.compare(Some(written.contents()));
        assert_eq!(written.mark(), Some(7));
        assert!(written.has_environment(&token(), Revision(3)));

        let mut others = written.contents();
        (others.mark, others.revisions[0].2) = (8, Revision(4));
        written.compare(Some(others));
        assert_eq!((written.mark(), written.shared_mark()), (None, Some(8)));
        assert!(written.has_environment(&token(), Revision(4)));
        assert_eq!(written.newer_than(&list(7, 3)), [token()]);

        written.compare(None);
        assert!(
            !written.has_environment(&token(), Revision(4)),
            "it was emptied"
        );
    }

    #[test]
    fn an_environment_without_records_is_told_of_and_stays_to_be_written() {
        let mut written = Written::default();
        written.note_failure(&token(), EnvironmentId(1));
        let contents = written.contents();
        assert_eq!(
            contents.revisions,
            [(EnvironmentId(1), token(), NO_RECORDS)]
        );
        written.compare(Some(contents));
        assert_eq!(written.revision(&token()), None);
        assert!(!written.has_environment(&token(), Revision(1)));

        written.note_environment(&token(), (EnvironmentId(1), Revision(1)));
        written.note_failure(&token(), EnvironmentId(1));
        assert_eq!(written.revision(&token()), Some(Revision(1)), "as it was");
    }

    #[test]
    fn a_record_that_is_not_as_it_should_be_is_written_again_once() {
        let mut written = filled();
        written.suspect(vec![RecordName::Document(token()), RecordName::Revisions]);
        assert!(written.has_suspects());
        assert!(!written.has_environment(&token(), Revision(3)));
        written.note_environment(&token(), (EnvironmentId(1), Revision(3)));
        assert!(!written.has_suspects());
        assert!(written.has_environment(&token(), Revision(3)));
        assert!(written.adopt(&list(7, 3)), "others hear of it");
        assert!(!written.adopt(&list(7, 3)));
    }

    #[test]
    fn everything_is_written_again_after_a_while() {
        let mut written = filled();
        written.renew_after(DAY, DAY - 1);
        assert_eq!(written.mark(), Some(7));
        written.renew_after(DAY, DAY);
        written.compare(Some(written.contents()));
        assert_eq!(written.mark(), None);
        assert!(!written.has_environment(&token(), Revision(3)));
        written.complete(7);
        assert!(written.has_environment(&token(), Revision(3)));
    }

    #[test]
    fn after_a_restore_each_record_makes_way_until_all_are_written() {
        let mut written = Written::making_way();
        written.compare(None);
        assert!(written.is_suspect(&RecordName::Grants(KeyDigest::of("a"))));
        written.complete(1);
        assert!(!written.is_suspect(&RecordName::Grants(KeyDigest::of("a"))));
    }
}
