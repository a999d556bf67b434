//! The floating-point rule at its edges: tables from the specification, the corpus where it is
//! there, and random percentages.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

#[test]
fn the_division_rounds_both_operands_first() {
    assert_eq!(
        hash01(10_492_988_951_066_325).to_bits(),
        0x3f82_a3a8_af87_bb6a
    );
    assert_eq!(hash01(HASH_COUNT - 1).to_bits(), 1.0_f64.to_bits());
}

#[test]
fn edges_of_a_percentage() {
    assert_eq!(Bound::at_most(0.0), Bound::of(1), "only the hash 0");
    assert_eq!(Bound::at_most(-1.0), Bound::of(0));
    assert_eq!(Bound::at_most(f64::NAN), Bound::of(0));
    assert_eq!(Bound::at_most(150.0), Bound::of(HASH_COUNT));
    assert_eq!(Bound::below(0.0), Bound::of(0));
    assert!(
        !Bound::below(1.0).admits(HASH_COUNT - 1),
        "1.0 is not below 1.0"
    );
    assert_eq!(Rollout::from_percentage(None), Rollout::Everyone);
    assert_eq!(Rollout::from_percentage(Some(100.0)), Rollout::Everyone);
}

proptest! {
    #[test]
    fn a_bound_is_the_floating_point_rule(
        hash in 0..HASH_COUNT,
        percentage in prop_oneof![0.0..=100.0_f64, -5.0..105.0_f64],
    ) {
        prop_assert_eq!(
            Bound::at_most(percentage).admits(hash),
            hash01(hash) <= percentage / 100.0
        );
        prop_assert_eq!(
            Bound::below(percentage / 100.0).admits(hash),
            hash01(hash) < percentage / 100.0
        );
    }

    #[test]
    fn a_bound_turns_at_the_rule_s_own_edge(percentage in 0.0..=100.0_f64) {
        let bound = Bound::at_most(percentage).0.get() - 1;
        if bound < HASH_COUNT {
            prop_assert!(hash01(bound) > percentage / 100.0);
        }
        prop_assert!(hash01(bound - 1) <= percentage / 100.0);
    }
}

/// The hash that is this fraction, or the last one for 1.0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a fraction of 53 bits times a power of two is exact"
)]
fn hash_of(fraction: f64) -> u64 {
    ((fraction * HASH_COUNT as f64) as u64).min(HASH_COUNT - 1)
}

fn is_included(fraction: f64, percentage: f64) -> bool {
    match Rollout::from_percentage(Some(percentage)) {
        Rollout::Everyone => true,
        Rollout::Below(bound) => bound.admits(hash_of(fraction)),
    }
}

fn chosen(fraction: f64, shares: &[f64]) -> Option<usize> {
    cumulative(shares.iter().copied()).position(|bound| bound.admits(hash_of(fraction)))
}

#[test]
fn a_percentage_includes_its_threshold_and_not_the_next_number_above() {
    let cases = [
        (0.5, 50.0, true),
        (0.5_f64.next_up(), 50.0, false),
        (0.0, 0.0, true),
        (8.673_617_379_884_035e-19, 0.0, false),
        (1.0, 100.0, true),
        (0.333_400_000_000_000_03, 33.34, true),
        (0.333_400_000_000_000_03_f64.next_up(), 33.34, false),
        (0.666_700_000_000_000_1, 66.67, true),
        (0.666_700_000_000_000_2, 66.67, false),
        (0.999, 99.9, true),
        (0.999_000_000_000_000_1, 99.9, true),
        (1.0, 99.999, false),
        (1.0, 100.001, true),
    ];
    for (fraction, percentage, expected) in cases {
        assert_eq!(
            is_included(fraction, percentage),
            expected,
            "{fraction} of {percentage} %"
        );
    }
}

#[test]
fn a_variant_ends_before_its_boundary_and_the_last_one_is_no_fallback() {
    const TENS: &[f64] = &[10.0, 20.0, 30.0, 40.0];
    const HALVES: &[f64] = &[50.0, 50.0];
    const THIRDS: &[f64] = &[33.33, 33.33, 33.34];
    const SHORT: &[f64] = &[1.01, 10.02, 88.97];
    let cases = [
        (0.0, HALVES, Some(0)),
        (0.5, HALVES, Some(1)),
        (0.499_999_999_999_999_94, HALVES, Some(0)),
        (0.3, TENS, Some(1)),
        (0.6, TENS, Some(2)),
        (0.6666, THIRDS, Some(2)),
        (0.999_999_999_999_999_9, SHORT, None),
        (1.0, HALVES, None),
        (1.0, TENS, None),
        (0.4, &[40.0], None),
        (0.0, &[0.0, 10.0], Some(1)),
        (0.5, &[], None),
    ];
    for (fraction, shares, expected) in cases {
        assert_eq!(
            chosen(fraction, shares),
            expected,
            "{fraction} of {shares:?}"
        );
    }
}

#[test]
fn every_threshold_and_variant_of_the_published_corpus_holds() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/corpus/hash_sha1_60_v1.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("SKIPPED: there is no {path}");
        return;
    };
    let corpus: Value = serde_json::from_str(&text).unwrap();
    for row in corpus["threshold_vectors"].as_array().unwrap() {
        let number = |name: &str| row[name].as_f64().unwrap();
        let answer = is_included(number("hash01"), number("rollout_percentage"));
        assert_eq!(answer, row["included"], "{}", row["id"]);
    }
    for row in corpus["variant_vectors"].as_array().unwrap() {
        let variants = row["variants"].as_array().unwrap();
        let shares = variants
            .iter()
            .map(|variant| variant["rollout_percentage"].as_f64().unwrap());
        let position = chosen(row["hash01"].as_f64().unwrap(), &shares.collect::<Vec<_>>());
        let key = position.map_or(&Value::Null, |position| &variants[position]["key"]);
        assert_eq!(key, &row["selected"], "{}", row["id"]);
    }
}
