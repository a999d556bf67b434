//! The configuration as the program reads it: files, variables, refusals.

use crate::running::{Folder, Ran};

#[test]
fn the_configuration_in_force_says_where_each_value_comes_from() {
    let folder = Folder::new();
    folder.write(
        "burgee.toml",
        "listen = \"127.0.0.1:1\"\n[store]\nreaders = 2\nquery_timeout_ms = 7\n",
    );
    let mut command = folder.command(&["serve", "--print-config", "--store-query-timeout-ms", "9"]);
    command.env("BURGEE_LISTEN", "127.0.0.1:2");
    let printed = Ran::of(&mut command).success();
    for line in [
        "listen = \"127.0.0.1:2\" # environment variable BURGEE_LISTEN",
        "readers = 2 # burgee.toml",
        "query_timeout_ms = 9 # command line option --store-query-timeout-ms",
        "acquire_timeout_ms = 50 # default",
    ] {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
}

#[test]
fn the_program_does_not_start_with_a_wrong_configuration() {
    let folder = Folder::new();
    folder.write(
        "burgee.toml",
        "listne = \"127.0.0.1:1\"\n[store]\nreaders = -1\n",
    );
    let ran = folder.run(&["serve", "--log-level", "loud"]);
    assert_eq!(ran.code, 2);
    for problem in [
        "listne: unknown key, from burgee.toml",
        "store.readers: `-1`, from burgee.toml, is not a whole number",
        "log.level: `loud`, from command line option --log-level, is not one of",
    ] {
        assert!(ran.stderr.contains(problem), "{}", ran.stderr);
    }
    assert!(
        !folder.path().join("burgee.db").exists(),
        "nothing was begun"
    );
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = Folder::new();
    let ran = folder.run(&["serve", "--config", "nowhere.toml", "--print-config"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("cannot read the configuration file nowhere.toml"),
        "{}",
        ran.stderr
    );
    folder.write("named.toml", "listen = \"127.0.0.1:3\"");
    let mut command = folder.command(&["serve", "--print-config"]);
    let printed = Ran::of(command.env("BURGEE_CONFIG", "named.toml")).success();
    assert!(
        printed.contains("listen = \"127.0.0.1:3\" # named.toml"),
        "{printed}"
    );
}

#[test]
fn a_secret_is_never_shown() {
    let folder = Folder::new();
    let secret = "0123456789abcdef";
    let option = format!("--request-internal-token={secret}");
    let printed = folder.run(&["serve", "--print-config", &option]).success();
    assert!(
        !printed.contains(secret) && printed.contains("# internal_token is set"),
        "{printed}"
    );
    let ran = folder.run(&[
        "serve",
        "--print-config",
        "--request-internal-token=tooshort",
    ]);
    assert_eq!(ran.code, 2);
    assert!(!ran.stderr.contains("tooshort"), "{}", ran.stderr);
}
