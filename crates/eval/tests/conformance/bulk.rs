//! A thousand people at once: the tables that the SDKs test themselves with (spec: engine §1.7).

use serde_json::json;
use sha2::{Digest, Sha256};

use super::situation::{Situation, flag};

/// The values for `distinct_id_0` to `distinct_id_999`.
fn values(key: &str, filters: &serde_json::Value) -> Vec<String> {
    let value = |at: u32| {
        let situation = Situation::flags(json!([flag(1, key, filters.clone())]));
        let answer = situation.distinct_id(&format!("distinct_id_{at}")).ask(key);
        answer.split(' ').next().unwrap().to_owned()
    };
    (0..1000).map(value).collect()
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn count(values: &[String], wanted: &str) -> usize {
    values.iter().filter(|value| *value == wanted).count()
}

#[test]
fn a_thousand_people_of_a_simple_flag() {
    let filters = json!({"groups": [{"properties": [], "rollout_percentage": 45}]});
    let values = values("simple-flag", &filters);
    let bits: String = values
        .iter()
        .map(|value| if value == "true" { '1' } else { '0' })
        .collect();
    assert!(bits.starts_with("01101001010110100011"), "{bits}");
    assert_eq!(count(&values, "true"), 446);
    assert_eq!(
        sha256(&bits),
        "e8d170e18078f6c80b2cfb3cdf1bb69b7ec76d68481106c9b5147a6816e17d2e"
    );
}

#[test]
fn a_thousand_people_of_a_multivariate_flag() {
    let shares = [
        ("first-variant", 50),
        ("second-variant", 20),
        ("third-variant", 20),
        ("fourth-variant", 5),
        ("fifth-variant", 5),
    ];
    let variants = shares.map(|(key, share)| json!({"key": key, "rollout_percentage": share}));
    let filters = json!({
        "groups": [{"properties": [], "rollout_percentage": 55}],
        "multivariate": {"variants": variants},
    });
    let values = values("multivariate-flag", &filters);
    let counts = [
        ("false", 444),
        ("first-variant", 290),
        ("second-variant", 110),
        ("third-variant", 111),
        ("fourth-variant", 24),
        ("fifth-variant", 21),
    ];
    for (value, expected) in counts {
        assert_eq!(count(&values, value), expected, "{value}");
    }
    assert_eq!(
        sha256(&values.join("\n")),
        "69765239aec47272c38ff8f45b0d9476f5b49bdf69c6d4dacc4ce7ee4ac347d1"
    );
}

#[test]
fn a_thousand_people_of_a_holdout() {
    let filters = json!({"groups": [{}], "holdout": {"id": 7, "exclusion_percentage": 10}});
    let values = values("any-flag", &filters);
    let members: Vec<usize> = (0..1000).filter(|at| values[*at] == "holdout-7").collect();
    assert_eq!(members.len(), 95);
    assert_eq!(
        members[..12],
        [3, 6, 11, 17, 31, 35, 53, 61, 62, 74, 80, 84]
    );
}
