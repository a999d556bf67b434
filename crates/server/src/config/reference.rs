//! The configuration written out: as the page `docs/configuration.md`, and as the `burgee.toml` that
//! would give the values in force.

use std::fmt::Write as _;

use super::key::{Key, Kind};
use super::sources::Sources;
use super::value::may_hold_password;

/// What stands before the tables.
const INTRODUCTION: &str = "\
# Configuration

Every key can be set in three places. The first of these that says something counts:

1. a command line option: `--store-query-timeout-ms 200`,
2. an environment variable: `BURGEE_STORE_QUERY_TIMEOUT_MS=200`,
3. `burgee.toml` in the current folder, or the file named by `--config PATH` or `BURGEE_CONFIG`:

   ```toml
   [store]
   query_timeout_ms = 200
   ```

The option of a key is its name with dashes; the variable is its name in capitals with underscores,
after `BURGEE_`. A value that is not allowed, or a key in the file that does not exist, keeps the
program from starting, and the message names the key, the value, where it came from and what is
allowed. A change takes a restart.

`burgee serve --print-config` prints the configuration in force and where each value came from.
This page is `burgee serve --print-config=reference`.
";

/// The documentation page.
pub(crate) fn markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for (about, keys) in super::sections() {
        let heading = match keys.first().map_or("", Key::section) {
            "" => "At the top of the file".to_owned(),
            section => format!("`[{section}]`"),
        };
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {heading}\n\n{}\n\n", about.trim());
        page.push_str("| key | default | allowed | what it does |\n|---|---|---|---|\n");
        for key in keys {
            let default = match key.kind.default_text().as_ref() {
                "" => "empty".to_owned(),
                text => format!("`{text}`"),
            };
            let (name, allowed, about) = (key.name(), key.kind.allowed(), key.about.trim());
            let _ = writeln!(page, "| `{name}` | {default} | {allowed} | {about} |");
        }
    }
    page
}

/// A `burgee.toml` with the values in force.
pub(crate) fn effective(sources: &Sources) -> String {
    let mut file = String::new();
    for (_, keys) in super::sections() {
        let section = keys.first().map_or("", Key::section);
        if !section.is_empty() {
            let _ = writeln!(file, "\n[{section}]");
        }
        for key in keys {
            let (raw, origin) = sources.find(key);
            let text = raw.and_then(|raw| raw.text(&key.kind));
            let text = text.unwrap_or_else(|| key.kind.default_text());
            let value = match key.kind {
                Kind::Whole { .. } | Kind::Switch { .. } => text.into_owned(),
                // A comment, so that the file can be used and the secret set beside it.
                Kind::Secret { .. } => {
                    let state = if text.is_empty() { "not set" } else { "set" };
                    let _ = writeln!(file, "# {} is {state} # {origin}", key.name());
                    continue;
                }
                Kind::Text { .. } if may_hold_password(&text) => {
                    let _ = writeln!(file, "# {} is a URL not shown # {origin}", key.name());
                    continue;
                }
                Kind::Choice { .. } | Kind::Text { .. } => {
                    toml::Value::String(text.into_owned()).to_string()
                }
            };
            let _ = writeln!(file, "{} = {value} # {origin}", key.name());
        }
    }
    file
}
