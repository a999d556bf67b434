//! `burgee check`: what is kept with a warning, what is read, how it ends.

use crate::running::{Folder, demo, environment};

#[test]
fn the_demo_has_neither_problems_nor_warnings() {
    let folder = Folder::new();
    let printed = folder.run(&["check", demo().to_str().unwrap()]).success();
    assert!(
        printed.ends_with("can be applied: 5 flags, 0 warnings\n"),
        "{printed}"
    );
}

#[test]
fn what_evaluation_has_an_answer_for_is_kept_with_a_warning_and_its_place() {
    let condition = |property: &str| {
        environment(&format!(
            r#""flags": [{{"id": 1, "key": "a", "active": true, "filters": {{"groups": [
                {{"properties": [{property}]}}]}}}}]"#
        ))
    };
    let folder = Folder::new();
    for property in [
        // A flag that does not exist.
        r#"{"type": "flag", "key": "7", "operator": "flag_evaluates_to", "value": true}"#,
        // An unknown operator.
        r#"{"type": "person", "key": "plan", "operator": "sounds_like", "value": "pro"}"#,
        // A cohort that does not exist.
        r#"{"type": "cohort", "key": "id", "value": 9}"#,
    ] {
        folder.write("flags.json", &condition(property));
        let printed = folder.run(&["check", "flags.json"]).success();
        assert!(
            printed.contains("1 flag, 1 warning"),
            "{property}\n{printed}"
        );
        let place = "  projects[0].environments[0].flags[0]";
        assert!(printed.contains(place), "{property}\n{printed}");
    }
}

#[test]
fn fields_of_posthogs_own_answers_are_dropped_without_a_word() {
    let folder = Folder::new();
    let flag = r#""flags": [{"id": 1, "key": "a", "team_id": 3, "created_by": {}, "tags": [],
        "deleted": false, "ensure_experience_continuity": null, "version": null, "filters": {}}]"#;
    folder.write("flags.json", &environment(flag));
    let printed = folder.run(&["check", "flags.json"]).success();
    assert!(printed.contains("1 flag, 0 warnings"), "{printed}");
}

#[test]
fn yaml_and_standard_input_are_read() {
    let folder = Folder::new();
    let yaml = "
projects:
  - name: Acme
    environments:
      - name: production
        flags:
          - key: a
            active: true
            filters: {groups: [{rollout_percentage: 50}]}
";
    let name = folder.write("flags.yaml", yaml);
    let printed = folder.run(&["check", &name]).success();
    assert!(printed.contains("1 flag, 0 warnings"), "{printed}");
    let printed = folder.run_with_input(&["check", "-"], yaml).success();
    assert!(printed.contains("1 flag, 0 warnings"), "{printed}");
}

#[test]
fn the_exit_code_tells_a_wrong_file_from_a_missing_one_and_a_wrong_command() {
    let folder = Folder::new();
    folder.write("flags.json", "[]");
    assert_eq!(folder.run(&["check", "flags.json"]).code, 2);
    assert_eq!(folder.run(&["check", "nowhere.json"]).code, 1);
    assert_eq!(folder.run(&["chekc", "flags.json"]).code, 2);
    assert_eq!(folder.run(&["--help"]).code, 0);
}
