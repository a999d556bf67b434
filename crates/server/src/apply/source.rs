//! Reads a file of JSON or YAML into one JSON value.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Most values in a YAML file.
const YAML_NODES_MAX: usize = 20_000_000;

/// Most values that aliases of a YAML file may stand for, all together.
const YAML_ALIASED_MAX: usize = 100_000;

/// Deepest nesting of a YAML file; that of JSON is serde_json's, 128 as well.
const YAML_DEPTH_MAX: usize = 128;

/// The text of a file; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let limit = FILE_BYTES_MAX + 1;
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_string(&mut text)
    } else {
        let file =
            std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        file.take(limit).read_to_string(&mut text)
    };
    let bytes = read.with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(
        u64::try_from(bytes)? <= FILE_BYTES_MAX,
        "{} is over {FILE_BYTES_MAX} bytes",
        path.display()
    );
    Ok(text)
}

/// Reads YAML if the file's name says so or the text does not begin as a JSON object; else JSON. The
/// error is a sentence for people, with line and column.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Value, String> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let is_yaml = match extension {
        Some("yaml" | "yml") => true,
        Some("json") => false,
        _ => !text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('{'),
    };
    if is_yaml {
        parse_yaml(text)
    } else {
        let text = text.trim_start_matches('\u{feff}');
        serde_json::from_str(text).map_err(|error| format!("not readable as JSON: {error}"))
    }
}

fn parse_yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: YAML_NODES_MAX * 2,
            max_nodes: YAML_NODES_MAX,
            max_depth: YAML_DEPTH_MAX,
            max_documents: 1,
            max_total_scalar_bytes: usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX),
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: YAML_ALIASED_MAX,
        },
        // `on` and `no` are texts, as everywhere since YAML 1.2.
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| format!("not readable as YAML: {error}"))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use serde_json::json;

    fn check(name: &str, text: &str, expected: Result<Value, &str>) {
        match (parse(Path::new(name), text), expected) {
            (Ok(value), Ok(expected)) => assert_eq!(value, expected, "{text}"),
            (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
            (found, expected) => panic!("{text}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn the_name_decides_the_format_and_else_the_first_character() {
        let value = json!({"a": [1, 2.5, "no", true, null]});
        check(
            "x.json",
            r#"{"a": [1, 2.5, "no", true, null]}"#,
            Ok(value.clone()),
        );
        check("x.yaml", "a: [1, 2.5, no, true, null]", Ok(value.clone()));
        check(
            "x",
            "a:\n- 1\n- 2.5\n- no\n- true\n- ~\n",
            Ok(value.clone()),
        );
        check("-", r#"  {"a": [1, 2.5, "no", true, null]}"#, Ok(value));
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        check("x.json", "{\n  \"a\": 1,\n}", Err("line 3 column 1"));
        check("x.yaml", "a: 1\na: 2\n", Err("line 2"));
        check("x.yaml", "a: [1\n", Err("YAML"));
        check("x.json", "", Err("JSON"));
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..10 {
            let below = level - 1;
            let items = vec![format!("*a{below}"); 10].join(",");
            writeln!(text, "a{level}: &a{level} [{items}]").unwrap();
        }
        check("x.yaml", &text, Err("YAML"));
    }
}
