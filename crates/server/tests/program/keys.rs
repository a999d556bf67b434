//! `burgee key`: what is printed, what is kept, and what is refused.

use burgee_testkit::PostgresServer;

use crate::running::{Folder, Ran, environment};

/// A folder with a database of one environment that has the secret key `phs_first_of_all`.
fn folder() -> Folder {
    let folder = Folder::new();
    let keys = r#""secret_keys": ["phs_first_of_all"]"#;
    let file = folder.write("flags.json", &environment(keys));
    folder.run(&["apply", &file]).success();
    folder
}

/// Makes a key and gives its text.
fn create(folder: &Folder, arguments: &[&str]) -> String {
    let all = [&["key", "create", "--environment"], arguments].concat();
    let printed = folder.run(&all).success();
    let key = printed.trim_end().to_owned();
    assert_eq!(printed, format!("{key}\n"), "the key alone");
    key
}

/// The line of the list that begins with this, as words.
fn listed(folder: &Folder, hint: &str) -> Option<Vec<String>> {
    let list = folder.run(&["key", "list"]).success();
    let line = list.lines().find(|line| line.starts_with(hint))?;
    Some(
        line.split("  ")
            .map(|cell| cell.trim().to_owned())
            .filter(|cell| !cell.is_empty())
            .collect(),
    )
}

fn hint(key: &str) -> &str {
    &key[..8]
}

fn refused(ran: &Ran, reason: &str) {
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains(reason), "{reason}: {ran:?}");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_key_is_printed_once_and_listed_by_its_hint() {
    let folder = folder();
    let arguments = [
        "Acme/production",
        "--name",
        "check out",
        "--scope",
        "feature_flag:read",
        "--expires",
        "90d",
    ];
    let key = create(&folder, &arguments);
    assert!(key.starts_with("phs_") && key.len() == 47, "{key}");
    let row = listed(&folder, hint(&key)).unwrap();
    assert_eq!(row[0], format!("{}…", hint(&key)));
    assert_eq!(
        row[2..6],
        [
            "secret",
            "Acme/production",
            "check out",
            "feature_flag:read"
        ]
    );
    assert_eq!(row[7], "never");
    assert!(row[8] > row[6], "it expires after it was made: {row:?}");
    let list = folder.run(&["key", "list"]).success();
    assert!(!list.contains(&key), "{list}");
    let first = listed(&folder, "phs_firs").unwrap();
    assert_eq!(first[4..6], ["-", "all"]);
    assert_eq!(first[7..], ["never", "never"]);
}

#[test]
fn a_personal_key_opens_several_environments_and_a_secret_key_one() {
    let folder = folder();
    let other = environment("")
        .replace("production", "staging")
        .replace("phc_acme", "phc_other");
    let file = folder.write("staging.json", &other);
    folder.run(&["apply", &file]).success();
    let both = ["Acme/production", "--environment", "phc_other"];
    let key = create(&folder, &[&both[..], &["--personal"]].concat());
    assert!(key.starts_with("phx_"), "{key}");
    let list = folder
        .run(&["key", "list", "--environment", "phc_other"])
        .success();
    let rows: Vec<&str> = list
        .lines()
        .filter(|line| line.starts_with(hint(&key)))
        .collect();
    assert_eq!(rows.len(), 2, "{list}");
    assert!(!list.contains("phs_firs"), "{list}");
    let all = [&["key", "create", "--environment"], &both[..]].concat();
    refused(&folder.run(&all), "a secret key opens one environment");
}

#[test]
fn a_rotated_key_ends_when_the_overlap_does() {
    let folder = folder();
    let old = create(&folder, &["phc_acme", "--name", "old"]);
    let arguments = ["key", "rotate", hint(&old), "--overlap", "24h"];
    let new = folder.run(&arguments).success();
    let new = new.trim_end();
    assert!(new.starts_with("phs_") && new != old, "{new}");
    let (old_row, new_row) = (listed(&folder, hint(&old)), listed(&folder, hint(new)));
    let (old_row, new_row) = (old_row.unwrap(), new_row.unwrap());
    assert_eq!(old_row[2..6], new_row[2..6]);
    assert_eq!(new_row[8], "never");
    assert!(
        old_row[8] > old_row[6] && old_row[8] != "never",
        "{old_row:?}"
    );

    // It has an end now: how long the next one is good must be said.
    let again = folder.run(&arguments);
    refused(&again, "say how long the new one is good");
    let now = folder.run_with_input(&["key", "rotate", "-", "--overlap", "0h"], new);
    assert_eq!(now.code, 0, "{now:?}");
    let row = listed(&folder, hint(new)).unwrap();
    assert!(row[8].ends_with("(over)"), "{row:?}");
    let over = folder.run(&["key", "rotate", hint(new)]);
    refused(&over, "the key ended");
}

#[test]
fn a_key_is_revoked_by_hint_by_id_and_by_itself() {
    let folder = folder();
    for way in ["hint", "shown hint", "id", "key"] {
        let key = create(&folder, &["phc_acme"]);
        let id = listed(&folder, hint(&key)).unwrap()[1].clone();
        let shown = format!("{}…", hint(&key));
        let ran = match way {
            "hint" => folder.run(&["key", "revoke", hint(&key)]),
            "shown hint" => folder.run(&["key", "revoke", &shown]),
            "id" => folder.run(&["key", "revoke", &id]),
            _ => folder.run_with_input(&["key", "revoke", "-"], &format!("{key}\n")),
        };
        let said = ran.success();
        assert!(said.contains("of Acme/production is revoked"), "{said}");
        assert_eq!(listed(&folder, hint(&key)), None, "{way}");
    }
    assert!(listed(&folder, "phs_firs").is_some());
}

#[test]
fn a_key_on_standard_input_has_a_limit() {
    let folder = folder();
    for (bytes, reason) in [
        (0, "holds no key of 1 to 1024 bytes"),
        (1_024, "no key is the key that was given"),
        (1_025, "holds no key of 1 to 1024 bytes"),
    ] {
        let ran = folder.run_with_input(&["key", "revoke", "-"], &"k".repeat(bytes));
        refused(&ran, reason);
    }
}

#[test]
fn a_hint_that_several_keys_have_is_refused_with_their_ids() {
    let folder = folder();
    let keys = r#""secret_keys": ["phs_alike_number_1", "phs_alike_number_2"]"#;
    let file = folder.write("alike.json", &environment(keys));
    folder.run(&["apply", &file]).success();
    let ran = folder.run(&["key", "revoke", "phs_alik"]);
    refused(&ran, "names several keys");
    assert_eq!(
        ran.stderr.matches("phs_alik… of Acme/production").count(),
        2
    );
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason() {
    let folder = folder();
    let whole = "phs_".to_owned() + &"a".repeat(43);
    for (arguments, reason) in [
        (
            &["create", "--environment", "Acme/nowhere"][..],
            "no environment `Acme/nowhere`",
        ),
        (&["create"], "--environment"),
        (
            &["create", "--environment", "phc_acme", "--expires", "soon"],
            "such as 24h or 90d",
        ),
        (
            &["create", "--environment", "phc_acme", "--expires", "3651d"],
            "such as 24h or 90d",
        ),
        (
            &["create", "--environment", "phc_acme", "--scope", "flags"],
            "feature_flag:read",
        ),
        (
            &["create", "--environment", "phc_acme", "--name", ""],
            "on one line",
        ),
        (&["revoke", "phs_nobody"], "no key is phs_nobody"),
        (&["revoke", &whole], "others can see"),
        (&["rotate", "phs_firs", "--overlap", "1y"], "such as 30m"),
        (
            &["list", "--environment", "phc_nowhere"],
            "no environment `phc_nowhere`",
        ),
    ] {
        let all = [&["key"], arguments].concat();
        refused(&folder.run(&all), reason);
    }
    let empty = Folder::new().run(&["key", "list"]);
    refused(&empty, "there is no database");
    let memory = folder.run(&["key", "list", "--database", "sqlite::memory:"]);
    refused(&memory, "in memory");
}

#[test]
fn keys_of_a_database_in_postgresql_are_managed_alike() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let url = server.schema_url(&server.create_schema());
    let folder = Folder::new();
    let file = folder.write("flags.json", &environment(""));
    folder.run(&["apply", &file, "--database", &url]).success();
    let run = |arguments: &[&str]| {
        let all = [&["key"], arguments, &["--database", &url]].concat();
        folder.run(&all).success()
    };
    let old = run(&[
        "create",
        "--environment",
        "Acme/production",
        "--name",
        "old",
    ]);
    let new = run(&["rotate", hint(&old), "--expires", "90d"]);
    let list = run(&["list"]);
    assert_eq!(list.matches(" old ").count(), 2, "{list}");
    assert!(run(&["revoke", hint(&old)]).contains("is revoked"));
    let list = run(&["list"]);
    assert!(
        list.contains(hint(&new)) && !list.contains(hint(&old)),
        "{list}"
    );
}
