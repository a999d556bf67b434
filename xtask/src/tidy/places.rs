//! Nothing in the repository may name the machine it was written on, or where a package came from.

use std::path::Path;

use super::Finding;
use crate::workspace::TextFile;

/// Folders that are on every machine; a mention of one tells nothing about this one.
const ORDINARY: [&str; 7] = ["/", "/tmp", "/usr", "/var", "/opt", "/srv", "/mnt"];

/// Spelled in halves so that this file does not find itself.
const HOMES: [&str; 3] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

/// Adds each line of `file` that holds a path of this machine, or a download address in a lock file.
pub(super) fn check(root: &Path, file: &TextFile, found: &mut Vec<Finding>) {
    let machine = machine_paths(root);
    let is_npm_lock = file.path.ends_with("package-lock.json");
    for (index, line) in file.text.lines().enumerate() {
        let place = || format!("{}:{}", file.path, index + 1);
        if machine.iter().any(|path| line.contains(path.as_str())) {
            found.push(Finding::new(place(), "names a path of one machine"));
        }
        if is_npm_lock && line.trim_start().starts_with("\"resolved\"") {
            found.push(Finding::new(
                place(),
                "a lock file says which version, not from where",
            ));
        }
    }
}

/// The workspace's own folder, the one around it unless that is an ordinary one, and homes.
fn machine_paths(root: &Path) -> Vec<String> {
    let around = root
        .ancestors()
        .take(2)
        .filter_map(Path::to_str)
        .filter(|path| !ORDINARY.contains(path))
        .map(|path| format!("{path}/"));
    around.chain(HOMES.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        let file = TextFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let mut found = Vec::new();
        check(Path::new("/space/burgee"), &file, &mut found);
        found.len()
    }

    #[test]
    fn paths_of_the_machine_are_found_and_ordinary_ones_are_not() {
        let home = HOMES[1];
        let cases = [
            ("see /space/burgee/target".to_owned(), 1),
            ("see /space/other".to_owned(), 1),
            (format!("see {home}someone"), 1),
            ("see /tmp/file and crates/eval".to_owned(), 0),
        ];
        for (text, expected) in cases {
            assert_eq!(count("README.md", &text), expected, "{text}");
        }
    }

    #[test]
    fn download_addresses_in_a_lock_file_are_found() {
        let text = "{\n  \"version\": \"1.0.0\",\n  \"resolved\": \"somewhere\"\n}\n";
        assert_eq!(count("e2e/package-lock.json", text), 1);
        assert_eq!(count("e2e/other.json", text), 0);
    }
}
