//! Rules for one Rust file: its header, its length, its name, and what it leaves undone.

use super::Finding;

/// Lines a file may have before its tests begin.
const LINES_MAX: usize = 600;

/// Names that say nothing; what has no better name has no home yet.
const DRAWERS: [&str; 5] = ["utils", "helpers", "common", "misc", "types"];

/// Spelled in two halves so that this file does not find itself.
const UNDONE: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Adds what is wrong with the Rust file at `path`.
pub(super) fn check(path: &str, text: &str, found: &mut Vec<Finding>) {
    check_name(path, found);
    if !text.starts_with("//!") {
        found.push(Finding::new(
            path,
            "starts without `//!`: say what the file is, what it is not, and what surprises",
        ));
    }
    let lines = lines_before_tests(path, text);
    if lines > LINES_MAX {
        found.push(Finding::new(
            path,
            format!("has {lines} lines before its tests; the limit is {LINES_MAX}: split it"),
        ));
    }
    for (index, line) in text.lines().enumerate() {
        if leaves_undone(line) {
            found.push(Finding::new(
                format!("{path}:{}", index + 1),
                "leaves something undone without the number of an issue",
            ));
        }
    }
}

fn check_name(path: &str, found: &mut Vec<Finding>) {
    let parts = path.trim_end_matches(".rs").split('/');
    for part in parts {
        if DRAWERS.contains(&part) {
            found.push(Finding::new(
                path,
                format!("`{part}` is a drawer: name what is in it"),
            ));
        }
    }
    if path.ends_with("/mod.rs") {
        found.push(Finding::new(
            path,
            "write `foo.rs` beside `foo/`, never `mod.rs`",
        ));
    }
}

/// Lines up to the first test module. A file that is nothing but tests has none: tables of cases may
/// be as long as they need to be.
fn lines_before_tests(path: &str, text: &str) -> usize {
    if path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests") {
        return 0;
    }
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .count()
}

fn leaves_undone(line: &str) -> bool {
    UNDONE.iter().any(|word| {
        line.split_once(word).is_some_and(|(before, after)| {
            let whole_word = !before.ends_with(char::is_alphanumeric)
                && !after.starts_with(char::is_alphanumeric);
            whole_word && !names_an_issue(after)
        })
    })
}

/// True for text that holds `#` followed by a digit.
fn names_an_issue(text: &str) -> bool {
    text.split('#')
        .skip(1)
        .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        check(path, text, &mut found);
        found.iter().map(ToString::to_string).collect()
    }

    fn file_of(lines: usize) -> String {
        "//! A file.\n".repeat(lines)
    }

    #[test]
    fn a_plain_file_is_fine() {
        assert!(messages("crates/eval/src/split.rs", "//! A split.\n").is_empty());
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        let found = messages("crates/eval/src/split.rs", "use std::fmt;\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("starts without `//!`"));
    }

    #[test]
    fn a_file_may_have_as_many_lines_as_the_limit_and_not_one_more() {
        assert!(messages("src/a.rs", &file_of(LINES_MAX)).is_empty());
        let found = messages("src/a.rs", &file_of(LINES_MAX + 1));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("601 lines"));
    }

    #[test]
    fn lines_of_tests_do_not_count() {
        let text = format!("{}#[cfg(test)]\n{}", file_of(10), file_of(LINES_MAX));
        assert!(messages("src/a.rs", &text).is_empty());
        for path in ["crates/wire/src/body/tests.rs", "crates/wire/tests/laws.rs"] {
            assert!(messages(path, &file_of(LINES_MAX + 1)).is_empty(), "{path}");
        }
    }

    #[test]
    fn drawers_and_mod_files_are_found_wherever_they_stand() {
        for path in [
            "src/utils.rs",
            "src/helpers/time.rs",
            "crates/common/src/lib.rs",
            "a/mod.rs",
        ] {
            assert_eq!(messages(path, "//! A file.\n").len(), 1, "{path}");
        }
        assert!(messages("src/commonwealth.rs", "//! A file.\n").is_empty());
    }

    #[test]
    fn what_is_left_undone_needs_an_issue_number() {
        let word = UNDONE[0];
        let cases = [
            (format!("// {word}: later"), 1),
            (format!("// {word}(#12): later"), 0),
            (format!("// {word} see # 12"), 1),
            (format!("// {word}NT is another word"), 0),
            ("// done".to_owned(), 0),
        ];
        for (line, expected) in cases {
            let text = format!("//! A file.\n{line}\n");
            assert_eq!(messages("src/a.rs", &text).len(), expected, "{line}");
        }
    }
}
