//! `burgee eval`: answers from a file.

use serde_json::{Value, json};

use crate::running::{Folder, demo};

fn eval(arguments: &[&str]) -> String {
    let folder = Folder::new();
    let demo = demo();
    let mut all = vec!["eval", demo.to_str().unwrap()];
    all.extend(arguments);
    folder.run(&all).success()
}

#[test]
fn a_table_shows_value_reason_and_payload_of_every_flag() {
    let expected = "\
FLAG              VALUE      REASON                   PAYLOAD
checkout-layout   \"compact\"  Matched condition set 1  \"{\\\"columns\\\": 1, \\\"button\\\": \\\"Buy\\\"}\"
new-navigation    off        Out of rollout bound
priority-support  on         Matched condition set 1
shared-workspace  on         Matched condition set 1
support-chat      on         Matched condition set 1
";
    let groups = r#"{"organization": "analytical-engines"}"#;
    assert_eq!(
        eval(&["--distinct-id", "kristen", "--groups", groups]),
        expected
    );
}

#[test]
fn explain_shows_why_each_condition_did_or_did_not_match() {
    let arguments = [
        "--distinct-id",
        "hedy",
        "--flag",
        "priority-support",
        "--explain",
    ];
    let expected = "\
FLAG              VALUE  REASON                   PAYLOAD
priority-support  on     Matched condition set 2
  · condition 1: does not target the subject: the person is not in cohort 1
      ✗ the person is not in cohort 1
  ✓ condition 2: all filters hold and the 100 % includes the subject
      ✓ the person is in cohort 2
";
    assert_eq!(eval(&arguments), expected);
    let json = [&arguments[..], &["--json"]].concat();
    let answer: Value = serde_json::from_str(&eval(&json)).unwrap();
    let conditions = &answer["flags"]["priority-support"]["conditions"];
    assert_eq!(conditions[1]["matched"], json!(true), "{answer}");
}

#[test]
fn properties_that_are_given_count_before_those_of_the_file() {
    let free = r#"{"plan": "free"}"#;
    let answer = |more: &[&str]| {
        let mut arguments = vec![
            "--distinct-id",
            "ada",
            "--flag",
            "priority-support",
            "--json",
        ];
        arguments.extend(more);
        let answer: Value = serde_json::from_str(&eval(&arguments)).unwrap();
        answer["flags"]["priority-support"]["enabled"].clone()
    };
    assert_eq!(answer(&[]), json!(true));
    assert_eq!(answer(&["--person-properties", free]), json!(false));
}

#[test]
fn members_of_a_static_cohort_and_groups_of_the_file_count_as_stored() {
    let value = |arguments: &[&str], flag: &str| {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let answer: Value = serde_json::from_str(&eval(&arguments)).unwrap();
        answer["flags"][flag]["enabled"].clone()
    };
    assert_eq!(
        value(&["--distinct-id", "hedy"], "priority-support"),
        json!(true)
    );
    assert_eq!(
        value(&["--distinct-id", "hedy"], "support-chat"),
        json!(true)
    );
    assert_eq!(
        value(&["--distinct-id", "alan"], "priority-support"),
        json!(false)
    );
    let garage = [
        "--distinct-id",
        "alan",
        "--groups",
        r#"{"organization": "garage"}"#,
    ];
    assert_eq!(value(&garage, "shared-workspace"), json!(false));
    let seats = r#"{"organization": {"seats": 11}}"#;
    let larger = [&garage[..], &["--group-properties", seats]].concat();
    assert_eq!(value(&larger, "shared-workspace"), json!(true));
}

#[test]
fn json_is_the_servers_answer_and_the_same_each_time() {
    let arguments = [
        "--distinct-id",
        "u",
        "--json",
        "--now",
        "2026-01-02T03:04:05Z",
    ];
    let first = eval(&arguments);
    assert_eq!(first, eval(&arguments));
    let answer: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(answer["errorsWhileComputingFlags"], json!(false));
    assert_eq!(answer["evaluatedAt"], json!(1_767_323_045_000_i64));
    let reason = &answer["flags"]["shared-workspace"]["reason"];
    assert_eq!(reason["code"], json!("no_group_type"));
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let folder = Folder::new();
    let demo = demo();
    let demo = demo.to_str().unwrap();
    for (arguments, reason) in [
        (
            &["--distinct-id", "u", "--flag", "nope"][..],
            "there is no flag `nope`",
        ),
        (
            &["--distinct-id", "u", "--environment", "x"],
            "there is no environment `x`",
        ),
        (
            &["--distinct-id", "u", "--project", "x"],
            "there is no project `x`; the file has: Demo",
        ),
        (
            &["--distinct-id", "u", "--groups", "[]"],
            "not a JSON object",
        ),
        (&["--distinct-id", "u", "--now", "soon"], "soon"),
        (&[], "--distinct-id"),
    ] {
        let all = [&["eval", demo], arguments].concat();
        let ran = folder.run(&all);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
}

#[test]
fn one_environment_of_several_has_to_be_named() {
    let folder = Folder::new();
    let flag =
        |active| json!([{"id": 1, "key": "a", "active": active, "filters": {"groups": [{}]}}]);
    let file = json!({"projects": [{"name": "Acme", "environments": [
        {"name": "staging", "flags": flag(true)},
        {"name": "production", "flags": flag(false)},
    ]}]});
    folder.write("flags.json", &file.to_string());
    let ran = folder.run(&["eval", "flags.json", "--distinct-id", "u"]);
    assert!(
        ran.stderr
            .contains("name one with --environment; the file has: staging, production")
    );
    let ask = |name| {
        let arguments = [
            "eval",
            "flags.json",
            "--distinct-id",
            "u",
            "--environment",
            name,
        ];
        folder.run(&arguments).success()
    };
    assert!(ask("staging").contains("a     on"), "{}", ask("staging"));
    assert_eq!(ask("production"), "no flags\n");
}
