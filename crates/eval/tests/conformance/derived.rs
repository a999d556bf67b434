//! Properties that are made from others, and who wins (spec: engine §5.1).

use serde_json::{Value, json};

use super::situation::{Situation, flag, person};

/// A flag for whom `key` is `value`.
fn flag_for(key: &str, value: &str) -> Situation {
    let filters = json!({"groups": [{"properties": [person(key, "exact", json!(value))]}]});
    Situation::flags(json!([flag(1, "any", filters)]))
}

fn holds(situation: &Situation) -> bool {
    match &*situation.ask("any") {
        "true condition_match@0" => true,
        "false no_condition_match@0" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn the_request_wins_over_the_store() {
    let stored = || flag_for("plan", "pro").stored_person(json!({"plan": "pro"}), &[]);
    assert!(holds(&stored()));
    assert!(!holds(&stored().person(json!({"plan": "free"}))));
    assert!(holds(&stored().person(json!({"other": "free"}))));
    let null = stored().person(json!({"plan": null}));
    assert!(!holds(&null), "null is a value too");
}

#[test]
fn the_distinct_id_is_a_property_unless_the_caller_says_otherwise() {
    let by_id = |id: &str| flag_for("distinct_id", id).distinct_id("user-17");
    assert!(holds(&by_id("user-17")));
    assert!(holds(
        &by_id("other").person(json!({"distinct_id": "other"}))
    ));
    assert!(!holds(&by_id("user-17").person(json!({"distinct_id": ""}))));
    assert!(
        holds(&flag_for("distinct_id", "").distinct_id("")),
        "empty included"
    );
    let stored = by_id("stored").stored_person(json!({"distinct_id": "stored"}), &[]);
    assert!(!holds(&stored));
}

#[test]
fn a_location_fills_in_where_the_caller_sent_none_or_null() {
    let country = || flag_for("$geoip_country_code", "DE").geoip("$geoip_country_code", "DE");
    assert!(holds(&country()));
    assert!(holds(
        &country().person(json!({"$geoip_country_code": null}))
    ));
    assert!(!holds(
        &country().person(json!({"$geoip_country_code": "AT"}))
    ));
    assert!(!holds(
        &country().person(json!({"$geoip_country_code": ""}))
    ));
    let stored = country().stored_person(json!({"$geoip_country_code": "AT"}), &[]);
    assert!(
        holds(&stored),
        "the request's address is newer than the store"
    );
}

#[test]
fn each_name_of_the_operating_system_stands_in_for_the_other() {
    assert!(holds(
        &flag_for("$os_name", "iOS").person(json!({"$os": "iOS"}))
    ));
    assert!(holds(
        &flag_for("$os", "iOS").person(json!({"$os_name": "iOS"}))
    ));
    let both = json!({"$os": "iOS", "$os_name": "iPadOS"});
    assert!(!holds(&flag_for("$os", "iPadOS").person(both.clone())));
    assert!(!holds(&flag_for("$os_name", "iOS").person(both)));
    let stored = flag_for("$os_name", "iPadOS")
        .person(json!({"$os": "iOS"}))
        .stored_person(json!({"$os_name": "iPadOS"}), &[]);
    assert!(holds(&stored), "a stored value is present");
}

#[test]
fn first_values_are_copied_from_present_ones_where_absent() {
    let pairs = [
        ("$browser", "$initial_browser"),
        ("$current_url", "$initial_current_url"),
        ("$raw_user_agent", "$initial_raw_user_agent"),
        ("$referring_domain", "$initial_referring_domain"),
        ("utm_source", "$initial_utm_source"),
        ("gclid", "$initial_gclid"),
        ("_kx", "$initial__kx"),
    ];
    for (source, initial) in pairs {
        let copied = flag_for(initial, "x").person(json!({source: "x"}));
        assert!(holds(&copied), "{initial}");
        let own = flag_for(initial, "x").person(json!({source: "x", initial: "y"}));
        assert!(!holds(&own), "{initial}");
        let stored = flag_for(initial, "y")
            .person(json!({source: "x"}))
            .stored_person(json!({initial: "y"}), &[]);
        assert!(holds(&stored), "{initial}");
    }
    for (source, initial) in [
        ("plan", "$initial_plan"),
        ("$plan", "$initial_plan"),
        ("$utm_source", "$initial_utm_source"),
    ] {
        let other = flag_for(initial, "x").person(json!({source: "x"}));
        assert!(!holds(&other), "{initial} from {source}");
    }
}

#[test]
fn the_operating_system_is_mirrored_before_first_values_are_copied() {
    assert!(holds(
        &flag_for("$initial_os", "iOS").person(json!({"$os_name": "iOS"}))
    ));
}

#[test]
fn a_copy_is_compared_in_the_forms_that_its_own_filters_ask_for() {
    let filters = json!({"groups": [{"properties": [
        person("$browser", "regex", json!("^Fire")),
        person("$initial_browser", "icontains", json!("FIRE")),
    ]}]});
    let situation = Situation::flags(json!([flag(1, "any", filters)]));
    assert!(holds(&situation.person(json!({"$browser": "Firefox"}))));
}

#[test]
fn facts_about_the_record_are_apart_from_properties() {
    let metadata = |operator: &str, value: Value| {
        let filter = json!({
            "key": "created_at", "type": "person_metadata", "operator": operator, "value": value,
        });
        let filters = json!({"groups": [{"properties": [filter]}]});
        Situation::flags(json!([flag(1, "any", filters)]))
    };
    // Stored people here were created at the present, 2020-01-01.
    let before = || metadata("is_date_before", json!("2021-01-01"));
    assert!(holds(&before().stored_person(json!({}), &[])));
    let after = || metadata("is_date_after", json!("2021-01-01"));
    assert!(!holds(
        &after().stored_person(json!({"created_at": "2022-01-01"}), &[])
    ));
    assert!(!holds(
        &before()
            .person(json!({"created_at": "2019-01-01"}))
            .no_stored_person()
    ));
    let prefixed = json!({"__posthog_person_metadata__created_at": "2022-01-01"});
    assert!(!holds(
        &before().stored_person(json!({}), &[]).person(prefixed)
    ));
}
