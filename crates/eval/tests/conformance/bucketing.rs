//! Who is inside a percentage and which variant they get (spec: engine §1).

use burgee_model::DistinctId;
use serde_json::{Value, json};

use super::situation::{Situation, flag};

fn rollout(key: &str, percentage: Value, distinct_id: &str) -> String {
    let filters = json!({"groups": [{"properties": [], "rollout_percentage": percentage}]});
    Situation::flags(json!([flag(1, key, filters)]))
        .distinct_id(distinct_id)
        .ask(key)
}

/// The variant of a flag that everybody has.
fn variant(key: &str, shares: &[(&str, f64)], distinct_id: &str) -> String {
    let variants: Vec<Value> = shares
        .iter()
        .map(|(key, share)| json!({"key": key, "rollout_percentage": share}))
        .collect();
    let filters = json!({"groups": [{}], "multivariate": {"variants": variants}});
    Situation::flags(json!([flag(1, key, filters)]))
        .distinct_id(distinct_id)
        .ask(key)
}

const IN: &str = "true condition_match@0";
const OUT: &str = "false out_of_rollout_bound@0";

#[test]
fn the_worked_vectors_fall_on_the_right_side_of_a_percentage_just_around_them() {
    let cases = [
        ("beta-search", "user-17", 0.009_101_217_133_290_002),
        (
            "beta-search-rollout",
            "user-61",
            0.004_230_598_914_404_695_5,
        ),
        ("beta-search-rollout", "user-105", 0.285_129_539_929_300_7),
        ("org-dashboard", "org-9", 0.575_311_944_422_296_3),
        ("org-dashboard", "42", 0.599_746_605_166_016_7),
        ("org-dashboard", "42.0", 0.557_938_015_182_486_2),
        ("beta-search", "ünïcødé-😀", 0.741_521_257_800_715_2),
        ("simple-flag", "distinct_id_0", 0.783_696_376_422_043_2),
        ("simple-flag", "distinct_id_1", 0.339_706_992_699_540_1),
        ("multivariate-flag", "distinct_id_0", 0.502_037_796_130_735),
        ("my-flag", "device_xyz789", 0.832_872_529_894_775_9),
        ("my-flag", "user@example.com", 0.939_736_241_880_366_4),
    ];
    for (key, distinct_id, hash01) in cases {
        let percentage: f64 = hash01 * 100.0;
        assert_eq!(
            rollout(key, json!(percentage + 1e-9), distinct_id),
            IN,
            "{key}.{distinct_id}"
        );
        assert_eq!(
            rollout(key, json!(percentage - 1e-9), distinct_id),
            OUT,
            "{key}.{distinct_id}"
        );
    }
}

#[test]
fn the_worked_variant_vectors_fall_on_the_right_side_of_a_share_just_around_them() {
    let cases = [
        ("checkout-layout", "user-61", 0.569_825_222_454_771_3),
        ("checkout-layout", "user-17", 0.136_780_691_132_103_06),
        ("release.v2", "a.b", 0.763_188_611_873_080_6),
        (
            "multivariate-flag",
            "distinct_id_0",
            0.618_645_453_793_037_9,
        ),
        ("my-flag", "user@example.com", 0.504_600_719_147_185_6),
    ];
    for (key, distinct_id, hash01) in cases {
        let share: f64 = hash01 * 100.0;
        let shares = |first: f64| [("first", first), ("second", 100.0 - first)];
        let above = variant(key, &shares(share + 1e-9), distinct_id);
        let below = variant(key, &shares(share - 1e-9), distinct_id);
        assert_eq!(above, "first condition_match@0", "{key}.{distinct_id}");
        assert_eq!(below, "second condition_match@0", "{key}.{distinct_id}");
    }
}

#[test]
fn percentages_at_their_edges() {
    let cases = [
        (json!(0), "user-17", OUT),
        (json!(1), "user-17", IN),
        (json!(25.5), "user-17", IN),
        (json!(100), "user-17", IN),
        (json!(150), "user-17", IN),
        (json!(-1), "user-17", OUT),
        (Value::Null, "user-17", IN),
        (json!(0), "", IN),
        (json!(-1), "", OUT),
    ];
    for (percentage, distinct_id, expected) in cases {
        let answer = rollout("beta-search", percentage.clone(), distinct_id);
        assert_eq!(answer, expected, "{percentage} % for {distinct_id:?}");
    }
}

#[test]
fn a_percentage_with_decimals_is_not_rounded() {
    assert_eq!(rollout("beta-search-rollout", json!(25.5), "user-61"), IN);
    assert_eq!(rollout("beta-search-rollout", json!(25.5), "user-105"), OUT);
    assert_eq!(rollout("beta-search-rollout", json!(28), "user-105"), OUT);
    assert_eq!(rollout("beta-search-rollout", json!(29), "user-105"), IN);
}

#[test]
fn an_absent_percentage_is_everybody() {
    let filters = json!({"groups": [{"properties": []}]});
    let situation = Situation::flags(json!([flag(1, "nav-refresh", filters)]));
    assert_eq!(situation.ask("nav-refresh"), IN);
}

#[test]
fn a_flag_key_is_hashed_as_it_is_stored() {
    assert_eq!(rollout("beta-search", json!(1), "user-17"), IN);
    assert_eq!(rollout("Beta-Search", json!(1), "user-17"), OUT);
    assert_eq!(rollout(" beta-search", json!(1), "user-17"), OUT);
}

#[test]
fn a_long_identifier_is_cut_at_200_characters_and_not_at_200_bytes() {
    let long = format!("{}😀 and all that follows", "a".repeat(199));
    let kept = DistinctId::truncated(&long);
    let percentage: f64 = 0.628_576_969_080_657_1 * 100.0;
    assert_eq!(
        rollout("beta-search", json!(percentage + 1e-9), kept.as_str()),
        IN
    );
    assert_eq!(
        rollout("beta-search", json!(percentage - 1e-9), kept.as_str()),
        OUT
    );
}

#[test]
fn an_empty_distinct_id_gets_the_first_variant_that_has_a_share() {
    let halves = [("control", 50.0), ("test", 50.0)];
    assert_eq!(
        variant("beta-search", &halves, ""),
        "control condition_match@0"
    );
    let shares = [("nobody", 0.0), ("control", 10.0), ("test", 90.0)];
    assert_eq!(
        variant("beta-search", &shares, ""),
        "control condition_match@0"
    );
}

#[test]
fn shares_below_100_leave_some_people_on_without_a_variant() {
    let shares = [("first", 13.0)];
    // user-17 is at 0.1368 of this flag's variants.
    assert_eq!(variant("checkout-layout", &shares, "user-17"), IN);
    let shares = [("first", 14.0)];
    assert_eq!(
        variant("checkout-layout", &shares, "user-17"),
        "first condition_match@0"
    );
}

#[test]
fn shares_over_100_leave_later_variants_out_of_reach() {
    let shares = [("first", 100.0), ("second", 100.0)];
    for user in 0..50 {
        let answer = variant("checkout-layout", &shares, &format!("user-{user}"));
        assert_eq!(answer, "first condition_match@0");
    }
}

#[test]
fn a_flag_without_variants_in_its_list_is_simply_on() {
    assert_eq!(variant("checkout-layout", &[], "user-17"), IN);
}
