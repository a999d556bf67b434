//! Tests of the configuration: order of sources, refusals, bounds, documentation.

use std::path::PathBuf;

use super::key::Kind;
use super::sources::ConfigFile;
use super::*;

fn sources(options: &[(&'static str, &str)], environment: &[(&str, &str)], file: &str) -> Sources {
    Sources {
        options: options
            .iter()
            .map(|(key, text)| (*key, (*text).to_owned()))
            .collect(),
        environment: environment
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
        file: Some(ConfigFile {
            path: PathBuf::from("burgee.toml"),
            table: file.parse().unwrap(),
        }),
    }
}

fn refusal(sources: &Sources) -> String {
    match read(sources) {
        Err(ConfigError::Refused(problems)) => problems.join("\n"),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_command_line_comes_before_the_environment_before_the_file_before_the_default() {
    let option = [("store.query_timeout_ms", "1")];
    let variable = [("BURGEE_STORE_QUERY_TIMEOUT_MS", "2")];
    let file = "[store]\nquery_timeout_ms = 3\n";
    let cases = [
        (sources(&option, &variable, file), 1),
        (sources(&[], &variable, file), 2),
        (sources(&[], &[], file), 3),
        (sources(&[], &[], ""), 100),
    ];
    for (sources, expected) in cases {
        let config = read(&sources).unwrap().config;
        assert_eq!(config.store.query_timeout_ms, expected);
    }
}

#[test]
fn a_refusal_names_the_key_the_value_where_it_came_from_and_what_is_allowed() {
    let cases = [
        (
            sources(&[("request.deadline_ms", "soon")], &[], ""),
            "request.deadline_ms: `soon`, from command line option --request-deadline-ms, \
             is not a whole number of ms from 100 to 60000",
        ),
        (
            sources(&[], &[("BURGEE_LOG_FORMAT", "xml")], ""),
            "log.format: `xml`, from environment variable BURGEE_LOG_FORMAT, is not one of json, text",
        ),
        (
            sources(&[], &[], "[store]\nreaders = \"4\""),
            "store.readers: `\"4\"`, from burgee.toml, is not a whole number of threads from 0 to 64",
        ),
        (
            sources(&[], &[], "[metrics]\nenabled = 1"),
            "metrics.enabled: `1`, from burgee.toml, is not true or false",
        ),
        (
            sources(&[("database", "oracle://x")], &[], ""),
            "database: `oracle://x`, from command line option --database, is not \
             `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, `sqlite:PATH`, `sqlite::memory:` for one that is \
             gone when the program ends, or `none` for a node that serves from what others share",
        ),
        (
            sources(&[("listen", "8000")], &[], ""),
            "listen: `8000`, from command line option --listen, is not an address with a port, \
             such as 127.0.0.1:8000 or [::]:8000",
        ),
        (
            sources(&[], &[], "[store]\nquery_ms = 3"),
            "store.query_ms: unknown key, from burgee.toml",
        ),
        (
            sources(&[], &[], "lisen = 1"),
            "lisen: unknown key, from burgee.toml",
        ),
        (
            sources(&[], &[], "[stor]\nreaders = 3"),
            "stor: unknown key, from burgee.toml",
        ),
    ];
    for (sources, expected) in cases {
        assert_eq!(refusal(&sources), expected);
    }
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let (postgres, redis) = (&["database", "postgres.replica"][..], &["redis"][..]);
    for (url, keys) in [
        ("postgres://u:hidden@db/burgee", postgres),
        ("postgres://db/burgee?user=u&password=hidden", postgres),
        ("rediss://u:hidden@cache?ca=/ca.pem", redis),
        ("redis+sentinel://a,b/flags?sentinel_password=hidden", redis),
        ("redis-cluster://:hidden@a:1,b:2", redis),
    ] {
        for key in keys {
            let loaded = read(&sources(&[(key, url)], &[], "")).unwrap();
            assert!(!loaded.effective.contains("hidden"), "{}", loaded.effective);
            assert!(!format!("{:?}", loaded.config).contains("hidden"));
            let refused = refusal(&sources(&[(key, &format!("x{url}"))], &[], ""));
            assert!(!refused.contains("hidden"), "{refused}");
        }
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let sources = sources(&[("listen", "x"), ("log.level", "loud")], &[], "a = 1");
    assert_eq!(refusal(&sources).lines().count(), 3);
}

#[test]
fn every_number_is_taken_at_its_bounds_and_refused_beyond_them() {
    for key in keys() {
        let Kind::Whole { least, most, .. } = key.kind else {
            continue;
        };
        let taken =
            |number: u64| read(&sources(&[(key.path, &number.to_string())], &[], "")).is_ok();
        assert!(taken(least) && taken(most), "{}", key.path);
        assert!(!taken(most + 1), "{}", key.path);
        assert!(least == 0 || !taken(least - 1), "{}", key.path);
    }
}

#[test]
fn switches_are_read_in_the_usual_spellings() {
    for (text, expected) in [
        ("true", true),
        ("1", true),
        ("ON", true),
        ("no", false),
        ("0", false),
    ] {
        let config = read(&sources(&[], &[("BURGEE_PRUNE", text)], ""))
            .unwrap()
            .config;
        assert_eq!(config.instance.prune, expected, "{text}");
    }
}

#[test]
fn the_configuration_in_force_is_a_file_that_gives_it_again() {
    let first = sources(
        &[("listen", "127.0.0.1:1")],
        &[("BURGEE_LOG_FORMAT", "text")],
        "",
    );
    let first = read(&first).unwrap();
    let second = read(&sources(&[], &[], &first.effective)).unwrap();
    assert_eq!(first.config, second.config);
    assert!(
        first
            .effective
            .contains("format = \"text\" # environment variable BURGEE_LOG_FORMAT")
    );
}

#[test]
fn a_variable_that_nobody_reads_is_mentioned() {
    let sources = sources(&[], &[("BURGEE_LISEN", "x"), ("BURGEE_CONFIG", "x")], "");
    let warnings = read(&sources).unwrap().warnings;
    assert_eq!(
        warnings,
        ["environment variable BURGEE_LISEN is not known and not read"]
    );
}

#[test]
fn the_documentation_page_shows_every_key_as_it_is() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let written = std::fs::read_to_string(page).unwrap();
    let message = "renew it: burgee serve --print-config=reference > docs/configuration.md";
    assert!(
        written == reference::markdown(),
        "docs/configuration.md is out of date; {message}"
    );
}
