//! `burgee apply` and `burgee export`: what a database is brought to, and written down again.

use serde_json::{Value, json};

use crate::running::{Folder, demo, environment};

fn export(folder: &Folder) -> Value {
    serde_json::from_str(&folder.run(&["export"]).success()).unwrap()
}

/// An environment with these flags.
fn declared(flags: &Value) -> String {
    environment(&format!(r#""flags": {flags}"#))
}

fn flag(key: &str) -> Value {
    json!({"key": key, "active": true, "filters": {"groups": [{"rollout_percentage": 50}]}})
}

fn ids(folder: &Folder) -> Vec<(String, i64)> {
    let file = export(folder);
    let flags = file["projects"][0]["environments"][0]["flags"]
        .as_array()
        .unwrap()
        .clone();
    let id = |flag: &Value| {
        (
            flag["key"].as_str().unwrap().to_owned(),
            flag["id"].as_i64().unwrap(),
        )
    };
    flags.iter().map(id).collect()
}

#[test]
fn applying_twice_changes_nothing() {
    let folder = Folder::new();
    let demo = demo();
    let demo = demo.to_str().unwrap();
    let first = folder.run(&["apply", demo]).success();
    assert!(first.contains("flags           5 created"), "{first}");
    assert!(first.contains("phc_burgee_demo is at revision"), "{first}");
    assert!(
        first.contains("Demo / production: new secret key phs_"),
        "{first}"
    );
    let second = folder.run(&["apply", demo]).success();
    assert!(second.contains("flags           5 unchanged"), "{second}");
    assert!(second.contains("nothing had to be changed"), "{second}");
    assert!(
        !second.contains("is at revision") && !second.contains("phs_"),
        "{second}"
    );
}

#[test]
fn an_export_applied_to_an_empty_database_is_exported_the_same() {
    let (one, other) = (Folder::new(), Folder::new());
    let file = json!({"projects": [
        {"name": "Äcme", "group_types": ["organization", null, "project"],
         "cohorts": [
            {"id": 7, "name": "Listed", "is_static": true},
            {"id": 3, "filters": {"properties": {"type": "OR", "values": [
                {"type": "person", "key": "plan", "value": "pro"}]}}},
            {"id": 4, "groups": [{"properties": [{"key": "a", "value": 1}]}]}],
         "environments": [
            {"name": "production", "token": "phc_p", "timezone": "Europe/Oslo",
             "property_matching_version": 2, "secret_keys": ["phs_secret"],
             "flags": [
                {"id": 9, "key": "z", "name": "Z", "active": true, "version": 4,
                 "ensure_experience_continuity": true, "evaluation_runtime": "server",
                 "evaluation_contexts": ["web"], "bucketing_identifier": "device_id",
                 "has_experiment": false,
                 "filters": {"groups": [{"properties": [], "rollout_percentage": 33.333_333_333_333_336,
                    "aggregation_group_type_index": null, "sort_key": "kept"}],
                    "payloads": {"true": {"b": 1.0, "a": [1e100]}}, "holdout": null}},
                {"id": 2, "key": "a", "filters": {"groups": [{"properties": [
                    {"type": "flag", "key": "z", "operator": "flag_evaluates_to", "value": true}]}]}}],
             "persons": [
                {"distinct_ids": ["u1", "anon-7"], "properties": {"plan": "pro", "n": 1.50},
                 "created_at": "2020-02-03T04:05:06.789Z"},
                {"distinct_ids": ["u2"], "properties": {}}],
             "groups": [
                {"type": "project", "key": "p", "properties": {"size": 12}},
                {"type": "organization", "key": "acme", "properties": {"x": null}}],
             "cohort_members": [{"cohort": 7, "distinct_ids": ["anon-7", "u2"]}]},
            {"name": "staging", "token": "phc_s", "flags": [
                {"id": 9, "key": "z", "name": "Z", "active": false, "filters": {}}]}]},
        {"name": "Other", "environments": []},
    ]});
    one.write("flags.json", &file.to_string());
    one.run(&["apply", "flags.json"]).success();
    let first = one.run(&["export"]).success();
    assert!(!first.contains("phs_secret"), "secrets stay where they are");
    other.write("exported.json", &first);
    other.run(&["apply", "exported.json"]).success();
    assert_eq!(other.run(&["export"]).success(), first);
    let again = other.run(&["apply", "exported.json"]).success();
    assert!(again.contains("nothing had to be changed"), "{again}");
}

#[test]
fn a_file_that_is_refused_changes_nothing() {
    let folder = Folder::new();
    folder.write("good.json", &declared(&json!([flag("a")])));
    folder.run(&["apply", "good.json"]).success();
    let before = export(&folder);
    let mut wrong = flag("b");
    wrong["filters"]["multivariate"] = json!({"variants": [{"key": "x", "rollout_percentage": 1}]});
    folder.write("bad.json", &declared(&json!([flag("c"), wrong])));
    let ran = folder.run(&["apply", "bad.json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .contains("flags[1].filters.multivariate.variants"),
        "{}",
        ran.stderr
    );
    assert_eq!(export(&folder), before);
    let kept = folder.run(&["apply", "bad.json", "--lenient"]);
    assert!(
        kept.stderr.contains("the shares add up to 1, not to 100"),
        "{kept:?}"
    );
    assert_eq!(ids(&folder).len(), 3);
}

#[test]
fn ids_that_are_left_out_are_assigned_and_kept() {
    let folder = Folder::new();
    folder.write("flags.json", &declared(&json!([flag("a"), flag("b")])));
    folder.run(&["apply", "flags.json"]).success();
    let first = ids(&folder);
    assert_eq!(first, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    folder.write(
        "flags.json",
        &declared(&json!([flag("c"), flag("b"), flag("a")])),
    );
    folder.run(&["apply", "flags.json"]).success();
    assert_eq!(ids(&folder), [&first[..], &[("c".to_owned(), 3)]].concat());
}

#[test]
fn prune_archives_what_the_file_lacks_and_its_id_is_not_given_again() {
    let folder = Folder::new();
    folder.write("flags.json", &declared(&json!([flag("a"), flag("b")])));
    folder.run(&["apply", "flags.json"]).success();
    folder.write("flags.json", &declared(&json!([flag("a")])));
    folder.run(&["apply", "flags.json"]).success();
    assert_eq!(ids(&folder).len(), 2, "without --prune it stays");
    let printed = folder.run(&["apply", "flags.json", "--prune"]).success();
    assert!(printed.contains("1 archived, 1 unchanged"), "{printed}");
    folder.write("flags.json", &declared(&json!([flag("a"), flag("b")])));
    folder.run(&["apply", "flags.json"]).success();
    assert_eq!(ids(&folder), [("a".to_owned(), 1), ("b".to_owned(), 3)]);
}

#[test]
fn a_dependency_named_by_key_is_stored_by_id_and_digits_are_an_id_first() {
    let folder = Folder::new();
    let dependent = |key: &str, on: &str| {
        let property =
            json!({"type": "flag", "key": on, "operator": "flag_evaluates_to", "value": true});
        json!({"key": key, "filters": {"groups": [{"properties": [property]}]}})
    };
    let mut digits = flag("2");
    digits["id"] = json!(10);
    let mut two = flag("two");
    two["id"] = json!(2);
    let mut seven = flag("7");
    seven["id"] = json!(11);
    let flags = json!([
        digits,
        two,
        seven,
        dependent("x", "two"),
        dependent("y", "2"),
        dependent("z", "7"),
        dependent("w", "nobody")
    ]);
    folder.write("flags.json", &declared(&flags));
    folder.run(&["apply", "flags.json"]).success();
    let file = export(&folder);
    let flags = file["projects"][0]["environments"][0]["flags"]
        .as_array()
        .unwrap();
    let target = |key: &str| {
        let flag = flags.iter().find(|flag| flag["key"] == key).unwrap();
        flag["filters"]["groups"][0]["properties"][0]["key"].clone()
    };
    assert_eq!(target("x"), "2");
    assert_eq!(target("y"), "2", "id 2 comes before key `2`");
    assert_eq!(target("z"), "11", "no flag has the id 7");
    assert_eq!(target("w"), "nobody");
}

#[test]
fn one_flag_has_one_id_in_all_environments() {
    let folder = Folder::new();
    let mut other = flag("a");
    other["id"] = json!(5);
    let file = |other: &Value| {
        json!({"projects": [{"name": "Acme", "environments": [
            {"name": "production", "token": "phc_p", "flags": [flag("a")]},
            {"name": "staging", "token": "phc_s", "flags": [other]},
        ]}]})
        .to_string()
    };
    folder.write("flags.json", &file(&other));
    folder.run(&["apply", "flags.json"]).success();
    assert_eq!(ids(&folder), [("a".to_owned(), 5)]);
    other["id"] = json!(6);
    folder.write("flags.json", &file(&other));
    let ran = folder.run(&["apply", "flags.json"]);
    assert_eq!(ran.code, 2);
    let reason = "environments[1].flags[0]: flag key `a` has id 5 in the store, not 6";
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
}

#[test]
fn members_must_be_persons_of_the_file_or_of_the_store() {
    let folder = Folder::new();
    let file = |persons: Value, member: &str| {
        json!({"projects": [{"name": "Acme",
            "cohorts": [{"id": 1, "is_static": true}],
            "environments": [{"name": "production", "token": "phc_p", "persons": persons,
                "cohort_members": [{"cohort": 1, "distinct_ids": [member]}]}]}]})
        .to_string()
    };
    folder.write("flags.json", &file(json!([]), "u1"));
    let ran = folder.run(&["apply", "flags.json"]);
    assert_eq!(ran.code, 2);
    let place = "cohort_members[0].distinct_ids[0]: nobody has the distinct id `u1`";
    assert!(ran.stderr.contains(place), "{}", ran.stderr);
    folder.write("flags.json", &file(json!([{"distinct_ids": ["u1"]}]), "u1"));
    folder.run(&["apply", "flags.json"]).success();
    folder.write("flags.json", &file(json!([]), "u1"));
    folder.run(&["apply", "flags.json"]).success();
}

#[test]
fn a_token_that_is_left_out_is_made_once_and_kept() {
    let folder = Folder::new();
    let file = json!({"projects": [{"name": "Acme", "environments": [{"name": "production"}]}]});
    folder.write("flags.json", &file.to_string());
    let printed = folder.run(&["apply", "flags.json"]).success();
    let token = export(&folder)["projects"][0]["environments"][0]["token"].clone();
    assert!(
        printed.contains(&format!("new token {}", token.as_str().unwrap())),
        "{printed}"
    );
    let printed = folder.run(&["apply", "flags.json"]).success();
    assert!(printed.contains("nothing had to be changed"), "{printed}");
    assert_eq!(
        export(&folder)["projects"][0]["environments"][0]["token"],
        token
    );
}

#[test]
fn one_project_can_be_exported_alone() {
    let folder = Folder::new();
    let file = json!({"projects": [{"name": "A", "environments": []}, {"name": "B"}]});
    folder.write("flags.json", &file.to_string());
    folder.run(&["apply", "flags.json"]).success();
    folder
        .run(&["export", "--project", "B", "--out", "b.json"])
        .success();
    let written = std::fs::read_to_string(folder.path().join("b.json")).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(
        written,
        json!({"projects": [{"name": "B", "environments": []}]})
    );
    assert_eq!(folder.run(&["export", "--project", "C"]).code, 2);
}

#[test]
fn a_database_that_is_not_there_is_created_by_apply_and_refused_by_export() {
    let folder = Folder::new();
    folder.write("flags.json", &declared(&json!([])));
    assert_eq!(folder.run(&["export", "--data-dir", "data"]).code, 2);
    assert!(!folder.path().join("data").exists());
    folder
        .run(&["apply", "flags.json", "--data-dir", "data"])
        .success();
    folder.run(&["export", "--data-dir", "data"]).success();
    let in_memory = ["--database", "sqlite::memory:"];
    for command in [&["export"][..], &["apply", "flags.json"]] {
        let ran = folder.run(&[command, &in_memory[..]].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
    }
}
