//! That changes lead from any state to any later one, whatever was done between them. What is done is
//! drawn from a seed, so that a failure comes again.

use burgee_model::{CohortId, Definitions, FlagId, PropertyMatching};

use super::{
    Store,
    fixture::{
        PRODUCTION, PROJECT, STAGING, cohort, commit, flag, found, put_cohort, put_flag, read,
        token,
    },
};
use crate::{Change, DefinitionChange};

const SEEDS: [u64; 3] = [1, 2, 3];
const COMMITS: usize = 36;
/// States are compared after so many commits.
const COMMITS_BETWEEN: usize = 4;

const ENVIRONMENTS: [(&str, &str); 2] = [("production", PRODUCTION), ("staging", STAGING)];
/// Fewer than there are flags, so that keys are refused, given up and taken over.
const KEYS: [&str; 4] = ["a", "b", "c", "d"];
const FLAGS: u64 = 5;
const COHORTS: u64 = 2;

/// Numbers that look random: SplitMix64.
struct Dice(u64);

impl Dice {
    /// From zero on, below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }

    /// An id, from one on.
    fn id(&mut self, ids: u64) -> i32 {
        i32::try_from(1 + self.roll(ids)).unwrap()
    }
}

/// Mostly something about flags.
fn draw(dice: &mut Dice) -> Change {
    let (name, token_text) = dice.pick(&ENVIRONMENTS);
    match dice.roll(40) {
        0 => {
            let mut cohort = cohort(dice.id(COHORTS), dice.one_in(2));
            cohort.deleted = dice.one_in(4);
            put_cohort(cohort)
        }
        1 => Change::ArchiveCohort {
            project: PROJECT.to_owned(),
            cohort: CohortId(dice.id(COHORTS)),
        },
        2 => Change::PutEnvironment {
            project: PROJECT.to_owned(),
            name: name.to_owned(),
            token: token(token_text),
            timezone: dice.pick(&["UTC", "Europe/Berlin"]).to_owned(),
            property_matching: PropertyMatching::Explicit,
        },
        3 => Change::PutHoldPolls {
            environment: token(token_text),
            seconds: dice.pick(&[0, 7]),
        },
        4..12 => Change::ArchiveFlag {
            environment: token(token_text),
            flag: FlagId(dice.id(FLAGS)),
        },
        _ => {
            let mut flag = flag(dice.id(FLAGS), dice.pick(&KEYS));
            flag.version = None;
            flag.active = dice.one_in(2);
            flag.deleted = dice.one_in(8);
            put_flag(token_text, flag)
        }
    }
}

/// Compares what changed since each of the earlier states with what there is now. Returns since how
/// many it was nothing but flags.
async fn check(store: &impl Store, states: &[Definitions], seed: u64) -> usize {
    let mut by_flags = 0;
    for known in states {
        let state = (known.environment, known.revision);
        let change = store.read_change(&known.token, state).await.unwrap();
        let now = read(store, known.token.as_str()).await;
        let told = format!("seed {seed}, {state:?}: {change:?}");
        by_flags += usize::from(matches!(change, Some(DefinitionChange::Flags(_))));
        assert_eq!(change.unwrap().apply(known), now, "{told}");
    }
    by_flags
}

pub async fn changes_lead_from_any_state_to_the_present(store: &impl Store) {
    found(store).await;
    for seed in SEEDS {
        let mut dice = Dice(seed);
        let mut states = Vec::new();
        let mut by_flags = 0;
        for number in 0..COMMITS {
            for (_, token_text) in ENVIRONMENTS {
                let now = read(store, token_text).await;
                if !states.contains(&now) {
                    states.push(now);
                }
            }
            let count = 1 + dice.roll(3);
            let changes = (0..count).map(|_| draw(&mut dice)).collect();
            // Two flags that would have one key are refused, and then nothing has changed.
            let _ = commit(store, changes).await;
            if number % COMMITS_BETWEEN == 0 {
                by_flags += check(store, &states, seed).await;
            }
        }
        by_flags += check(store, &states, seed).await;
        assert!(by_flags > COMMITS, "{by_flags} changes of flags alone");
    }
}
