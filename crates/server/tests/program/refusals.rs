//! Every way in which a file is refused: exit code 2, with the place and the reason.

use crate::running::{Folder, environment};

/// Two flags with these filters.
fn flags(first: &str, second: &str) -> String {
    environment(&format!(
        r#""flags": [{{"id": 1, "key": "a", "filters": {first}}},
                     {{"id": 2, "key": "b", "filters": {second}}}]"#
    ))
}

fn depends_on(key: &str) -> String {
    format!(
        r#"{{"groups": [{{"properties": [
            {{"type": "flag", "key": "{key}", "operator": "flag_evaluates_to", "value": true}}]}}]}}"#
    )
}

fn variants(shares: &[(&str, f64)]) -> String {
    let variants = shares
        .iter()
        .map(|(key, share)| format!(r#"{{"key": "{key}", "rollout_percentage": {share}}}"#));
    let variants: Vec<String> = variants.collect();
    format!(
        r#"{{"groups": [{{}}], "multivariate": {{"variants": [{}]}}}}"#,
        variants.join(",")
    )
}

fn cohorts(cohorts: &str) -> String {
    format!(
        r#"{{"projects": [{{"name": "Acme", "cohorts": [{cohorts}],
            "environments": [{{"name": "production", "token": "phc_acme",
                "persons": [{{"distinct_ids": ["u1"]}}],
                "cohort_members": [{{"cohort": 1, "distinct_ids": ["u1"]}}]}}]}}]}}"#
    )
}

fn containing(id: u8) -> String {
    format!(
        r#"{{"properties": {{"type": "AND", "values": [
            {{"type": "cohort", "key": "id", "value": {id}}}]}}}}"#
    )
}

const PLACE: &str = "projects[0].environments[0]";

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_file_that_is_wrong_is_refused_with_the_place_and_the_reason() {
    let cases: [(String, &str); 49] = [
        // Not readable, or not of the shape.
        ("{".to_owned(), "not readable as JSON: EOF"),
        ("[]".to_owned(), "expected an object, found a list"),
        ("{}".to_owned(), "projects: is missing"),
        (
            r#"{"projects": {}}"#.to_owned(),
            "projects: expected a list, found an object",
        ),
        (r#"{"project": []}"#.to_owned(), "project: unknown field"),
        (
            r#"{"projects": [1]}"#.to_owned(),
            "projects[0]: expected an object, found a number",
        ),
        (
            r#"{"projects": [{}]}"#.to_owned(),
            "projects[0].name: is missing",
        ),
        (
            r#"{"projects": [{"name": ""}]}"#.to_owned(),
            "projects[0].name: is empty",
        ),
        (
            r#"{"projects": [{"name": "A", "colour": 1}]}"#.to_owned(),
            "projects[0].colour: unknown field; known here are name, group_types, cohorts, environments",
        ),
        // Names that are given twice.
        (
            r#"{"projects": [{"name": "A"}, {"name": "A"}]}"#.to_owned(),
            "projects[1]: project name `A` is already used by projects[0]",
        ),
        (
            r#"{"projects": [{"name": "A", "environments": [{"name": "p"}, {"name": "p"}]}]}"#
                .to_owned(),
            "projects[0].environments[1]: environment name `p` is already used by \
             projects[0].environments[0]",
        ),
        (
            r#"{"projects": [{"name": "A", "environments": [
                {"name": "p", "token": "t"}, {"name": "q", "token": "t"}]}]}"#
                .to_owned(),
            "projects[0].environments[1]: token `t` is already used by projects[0].environments[0]",
        ),
        (
            r#"{"projects": [{"name": "A", "group_types": ["g", "g"]}]}"#.to_owned(),
            "projects[0].group_types[1]: group type `g` is given twice",
        ),
        (
            environment(r#""flags": [{"key": "a", "filters": {}}, {"key": "a", "filters": {}}]"#),
            ".flags[1]: flag key `a` is already used by projects[0].environments[0].flags[0]",
        ),
        (
            environment(
                r#""flags": [{"id": 1, "key": "a", "filters": {}}, {"id": 1, "key": "b", "filters": {}}]"#,
            ),
            ".flags[1]: flag id 1 is already used by projects[0].environments[0].flags[0]",
        ),
        (
            environment(r#""persons": [{"distinct_ids": ["u", "v"]}, {"distinct_ids": ["v"]}]"#),
            ".persons[1].distinct_ids: `v` already belongs to projects[0].environments[0].persons[0]",
        ),
        (
            environment(
                r#""groups": [{"type": "organization", "key": "a"}, {"type": "organization", "key": "a"}]"#,
            ),
            ".groups[1]: organization `a` is already declared by projects[0].environments[0].groups[0]",
        ),
        // Environments.
        (
            environment(r#""timezone": "Mars/Base""#),
            ".timezone: `Mars/Base` is no IANA time zone",
        ),
        (
            r#"{"projects": [{"name": "A", "environments": [{"name": "p", "token": ""}]}]}"#
                .to_owned(),
            ".token: project token is empty",
        ),
        (
            environment(r#""secret_keys": [""]"#),
            ".secret_keys[0]: a key has 1 to 400 bytes, not 0",
        ),
        (
            environment(r#""personal_api_keys": [{}]"#),
            ".personal_api_keys[0].key: is missing",
        ),
        (
            environment(r#""property_matching_version": 3"#),
            ".property_matching_version: expected a whole number from 1 to 2, found 3",
        ),
        // Flags.
        (
            environment(r#""flags": [{"filters": {}}]"#),
            ".flags[0].key: is missing",
        ),
        (
            environment(r#""flags": [{"key": "a"}]"#),
            ".flags[0].filters: is missing",
        ),
        (
            environment(r#""flags": [{"key": "a", "filters": []}]"#),
            ".flags[0].filters: expected an object, found a list",
        ),
        (
            environment(r#""flags": [{"key": "a", "filters": {}, "actve": true}]"#),
            ".flags[0].actve: unknown field",
        ),
        (
            environment(r#""flags": [{"id": 2147483648, "key": "a", "filters": {}}]"#),
            ".flags[0].id: expected a whole number from 1 to 2147483647, found 2147483648",
        ),
        (
            environment(r#""flags": [{"id": 0, "key": "a", "filters": {}}]"#),
            ".flags[0].id: expected a whole number from 1 to 2147483647, found 0",
        ),
        (
            environment(r#""flags": [{"key": "a", "filters": {}, "version": 2147483648}]"#),
            ".flags[0].version: expected a whole number from 0 to 2147483647",
        ),
        (
            environment(&format!(
                r#""flags": [{{"key": "{}", "filters": {{}}}}]"#,
                "k".repeat(401)
            )),
            ".flags[0].key: flag key is 401 bytes long, at most 400 are allowed",
        ),
        // Variants.
        (
            flags(&variants(&[("x", 50.0), ("y", 40.0)]), "{}"),
            ".flags[0].filters.multivariate.variants: the shares add up to 90, not to 100",
        ),
        (
            flags("{}", &variants(&[("x", 50.0), ("x", 50.0)])),
            ".flags[1].filters.multivariate.variants: two variants have the key \"x\"",
        ),
        // Dependencies that lead back.
        (
            flags(&depends_on("1"), "{}"),
            ".flags[0]: flags depend on each other: a → a",
        ),
        (
            flags(&depends_on("b"), &depends_on("1")),
            ".flags[0]: flags depend on each other: a → b → a",
        ),
        // Cohorts.
        (
            cohorts("{}"),
            "projects[0].cohorts[0]: a cohort needs an `id` or a `name`",
        ),
        (
            cohorts(r#"{"id": 1, "is_static": true}, {"id": 1}"#),
            "projects[0].cohorts[1]: cohort id 1 is given twice",
        ),
        (
            cohorts(r#"{"name": "N"}, {"name": "N"}"#),
            "projects[0].cohorts[0]: a cohort without an id is known by its name",
        ),
        (
            cohorts(&format!(r#"{{"id": 1, "filters": {}}}"#, containing(1))),
            "projects[0].cohorts[0]: cohorts contain each other: 1 → 1",
        ),
        (
            cohorts(&format!(
                r#"{{"id": 1, "filters": {}}}, {{"id": 2, "filters": {}}}"#,
                containing(2),
                containing(1)
            )),
            "projects[0].cohorts[0]: cohorts contain each other: 1 → 2 → 1",
        ),
        (
            cohorts(r#"{"id": 1, "filters": {"properties": {"type": "AND", "values": []}}}"#),
            ".cohort_members[0].cohort: cohort 1 is not static",
        ),
        (
            cohorts(r#"{"id": 2}"#),
            ".cohort_members[0].cohort: there is no cohort 1 in this project",
        ),
        (
            cohorts(r#"{"id": 1, "static": true}"#),
            "projects[0].cohorts[0].static: unknown field",
        ),
        // Subjects.
        (
            environment(r#""persons": [{"distinct_ids": []}]"#),
            ".persons[0].distinct_ids: a person has 1 to 10000 distinct ids, not 0",
        ),
        (
            environment(r#""persons": [{"distinct_ids": ["u"], "props": {}}]"#),
            ".persons[0].props: unknown field",
        ),
        (
            environment(r#""persons": [{"distinct_ids": ["u"], "properties": []}]"#),
            ".persons[0].properties: expected an object, found a list",
        ),
        (
            environment(&format!(
                r#""persons": [{{"distinct_ids": ["{}"]}}]"#,
                "u".repeat(201)
            )),
            ".persons[0].distinct_ids[0]: a distinct id has 200 characters at most",
        ),
        (
            environment(r#""persons": [{"distinct_ids": ["u"], "created_at": "yesterday"}]"#),
            ".persons[0].created_at: `yesterday` is no RFC 3339 time",
        ),
        (
            environment(r#""groups": [{"type": "team", "key": "a"}]"#),
            ".groups[0].type: `team` is no group type of this project; it has: organization",
        ),
        (
            environment(r#""groups": [{"type": "organization"}]"#),
            ".groups[0].key: is missing",
        ),
    ];
    let folder = Folder::new();
    for (file, reason) in cases {
        let place = if reason.starts_with('.') { PLACE } else { "" };
        let reason = format!("{place}{reason}");
        folder.write("flags.json", &file);
        let ran = folder.run(&["check", "flags.json"]);
        assert_eq!(ran.code, 2, "{file}\n{ran:?}");
        assert!(
            ran.stderr.contains(&reason),
            "expected {reason}\nfound {}",
            ran.stderr
        );
        assert!(
            ran.stderr.starts_with("error: flags.json is refused"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let folder = Folder::new();
    let file = environment(
        r#""timezone": "x", "flags": [{"key": ""}, {"key": "b", "filters": 1}], "persons": [{}]"#,
    );
    folder.write("flags.json", &file);
    let ran = folder.run(&["check", "flags.json"]);
    assert!(
        ran.stderr
            .starts_with("error: flags.json is refused, 5 problems:"),
        "{}",
        ran.stderr
    );
}

#[test]
fn keys_and_ids_are_taken_at_their_limits() {
    let folder = Folder::new();
    let key = "k".repeat(400);
    let distinct_id = "u".repeat(200);
    let file = environment(&format!(
        r#""flags": [{{"id": 2147483647, "key": "{key}", "version": 2147483647, "filters": {{}}}}],
           "persons": [{{"distinct_ids": ["{distinct_id}"]}}]"#
    ));
    folder.write("flags.json", &file);
    folder.run(&["check", "flags.json"]).success();
}

#[test]
fn shares_may_add_up_to_a_hundred_as_well_as_binary_fractions_can() {
    let folder = Folder::new();
    let third = 100.0 / 3.0;
    for shares in [
        &[("a", 33.33), ("b", 33.33), ("c", 33.34)][..],
        &[("a", third), ("b", third), ("c", third)],
        &[("a", 0.1), ("b", 0.2), ("c", 99.7)],
        &[("a", 100.0)],
        &[],
    ] {
        folder.write("flags.json", &flags(&variants(shares), "{}"));
        folder.run(&["check", "flags.json"]).success();
    }
    folder.write("flags.json", &flags(&variants(&[("a", 99.999_999)]), "{}"));
    assert_eq!(folder.run(&["check", "flags.json"]).code, 2);
}

#[test]
fn lenient_keeps_cycles_and_wrong_shares_with_a_warning() {
    let folder = Folder::new();
    for (file, reason) in [
        (
            flags(&depends_on("b"), &depends_on("a")),
            "flags depend on each other",
        ),
        (
            flags(&variants(&[("x", 50.0)]), "{}"),
            "the shares add up to 50",
        ),
    ] {
        folder.write("flags.json", &file);
        assert_eq!(folder.run(&["check", "flags.json"]).code, 2);
        let printed = folder.run(&["check", "flags.json", "--lenient"]).success();
        assert!(printed.contains(reason), "{printed}");
    }
}
