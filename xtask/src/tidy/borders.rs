//! The allow-list of edges between crates, and what each crate must never bring in from outside.
//!
//! The rings are described in ARCHITECTURE.md; this file is what holds them. Only normal and build
//! dependencies are borders: tests may use `testkit`, and whatever crate they check.

use super::Finding;
use crate::workspace::CrateManifest;

/// What one crate may and may not depend on.
struct Border {
    /// Crate name without the `burgee-` prefix.
    name: &'static str,
    /// Crates of this workspace that it may depend on.
    may: &'static [&'static str],
    /// Crates from outside that it must not depend on.
    never: &'static [&'static str],
}

/// Lower rings first. A new crate gets its row here, in the same commit.
const BORDERS: &[Border] = &[
    Border {
        name: "model",
        may: &[],
        never: &[
            "tokio", "sqlx", "rusqlite", "axum", "chrono", "tracing", "rand",
        ],
    },
    Border {
        name: "fernet",
        may: &["model"],
        never: &[
            "tokio",
            "sqlx",
            "rusqlite",
            "axum",
            "chrono",
            "tracing",
            "rand",
            "getrandom",
        ],
    },
    Border {
        name: "eval",
        may: &["model"],
        never: &[
            "tokio", "sqlx", "rusqlite", "axum", "tracing", "rand", "rayon",
        ],
    },
    Border {
        name: "wire",
        may: &["model", "eval"],
        never: &["tokio", "sqlx", "rusqlite", "axum", "tracing"],
    },
    Border {
        name: "store",
        may: &["model"],
        never: &["sqlx", "rusqlite", "axum"],
    },
    Border {
        name: "store-sqlite",
        may: &["model", "store"],
        never: &["axum"],
    },
    Border {
        name: "store-postgres",
        may: &["model", "store"],
        never: &["axum", "rusqlite"],
    },
    Border {
        name: "redis",
        may: &["model", "store"],
        never: &["axum", "sqlx", "rusqlite"],
    },
    Border {
        name: "last-known-good",
        may: &["store"],
        never: &["axum", "sqlx", "rusqlite"],
    },
    Border {
        name: "serve",
        may: &["model", "fernet", "eval", "wire", "store"],
        never: &["sqlx", "rusqlite"],
    },
    Border {
        name: "server",
        may: &[
            "model",
            "fernet",
            "eval",
            "wire",
            "store",
            "store-sqlite",
            "store-postgres",
            "redis",
            "last-known-good",
            "serve",
        ],
        never: &["sqlx", "rusqlite"],
    },
    Border {
        name: "testkit",
        may: &[
            "model",
            "eval",
            "wire",
            "store",
            "store-sqlite",
            "store-postgres",
            "redis",
            "last-known-good",
            "serve",
            "server",
        ],
        never: &[],
    },
    Border {
        name: "cluster",
        may: &["model", "store", "store-postgres", "redis", "testkit"],
        never: &["axum", "sqlx", "rusqlite"],
    },
    Border {
        name: "yardstick",
        may: &[],
        never: &[],
    },
    Border {
        name: "xtask",
        may: &[],
        never: &["tokio", "axum"],
    },
];

/// What only tests may depend on, and the program that starts servers as they do.
const TESTS_ONLY: &str = "testkit";

/// Adds every edge that crosses a border, and every crate without a border or a description.
pub(super) fn check(crates: &[CrateManifest], found: &mut Vec<Finding>) {
    for manifest in crates {
        let name = short(&manifest.name);
        if manifest
            .description
            .as_deref()
            .is_none_or(|text| text.trim().is_empty())
        {
            found.push(Finding::new(name, "has no `description` in its manifest"));
        }
        let Some(border) = BORDERS.iter().find(|border| border.name == name) else {
            found.push(Finding::new(
                name,
                "has no row in xtask/src/tidy/borders.rs",
            ));
            continue;
        };
        let members: Vec<&str> = crates.iter().map(|member| member.name.as_str()).collect();
        check_edges(manifest, border, &members, found);
    }
}

fn check_edges(
    manifest: &CrateManifest,
    border: &Border,
    members: &[&str],
    found: &mut Vec<Finding>,
) {
    for dependency in &manifest.dependencies {
        let target = short(&dependency.name);
        if target == "xtask" {
            found.push(Finding::new(
                border.name,
                "depends on xtask, which nothing may",
            ));
        }
        if dependency.kind.as_deref() == Some("dev") {
            continue;
        }
        // By the whole name: `burgee-redis` is ours, `redis` is what it is built on.
        let is_member = members.contains(&dependency.name.as_str());
        if is_member && !border.may.contains(&target) {
            let hint = if target == TESTS_ONLY {
                " outside its tests"
            } else {
                ""
            };
            found.push(Finding::new(
                border.name,
                format!("must not depend on `{target}`{hint}"),
            ));
        }
        if border.never.contains(&dependency.name.as_str()) {
            found.push(Finding::new(
                border.name,
                format!("must never bring in `{}`", dependency.name),
            ));
        }
    }
}

/// The name used in the tables: `burgee-eval` is `eval`.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("burgee-").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn manifest(name: &str, dependencies: &[(&str, Option<&str>)]) -> CrateManifest {
        CrateManifest {
            name: name.to_owned(),
            description: Some("Something".to_owned()),
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency {
                    name: (*name).to_owned(),
                    kind: kind.map(str::to_owned),
                })
                .collect(),
        }
    }

    fn messages(manifest_under_test: CrateManifest) -> Vec<String> {
        let mut crates = vec![manifest_under_test];
        for name in ["burgee-model", "burgee-store", "burgee-testkit", "xtask"] {
            if crates[0].name != name {
                crates.push(manifest(name, &[]));
            }
        }
        let mut found = Vec::new();
        check(&crates, &mut found);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edge_to_a_lower_ring_is_allowed() {
        assert!(messages(manifest("burgee-eval", &[("burgee-model", None)])).is_empty());
    }

    #[test]
    fn a_crate_may_be_built_on_one_of_the_same_short_name() {
        assert!(messages(manifest("burgee-redis", &[("redis", None)])).is_empty());
    }

    #[test]
    fn edges_that_cross_a_border_are_found() {
        let cases: [(&str, &str, Option<&str>, &str); 6] = [
            (
                "burgee-model",
                "burgee-store",
                None,
                "model: must not depend on `store`",
            ),
            (
                "burgee-eval",
                "burgee-store",
                Some("build"),
                "eval: must not depend on `store`",
            ),
            (
                "burgee-eval",
                "rayon",
                None,
                "eval: must never bring in `rayon`",
            ),
            (
                "burgee-serve",
                "rusqlite",
                None,
                "serve: must never bring in `rusqlite`",
            ),
            (
                "burgee-wire",
                "burgee-testkit",
                None,
                "wire: must not depend on `testkit` outside its tests",
            ),
            (
                "burgee-wire",
                "xtask",
                Some("dev"),
                "wire: depends on xtask, which nothing may",
            ),
        ];
        for (name, target, kind, expected) in cases {
            assert_eq!(
                messages(manifest(name, &[(target, kind)])),
                [expected],
                "{name} {target}"
            );
        }
    }

    #[test]
    fn tests_may_use_testkit_and_what_they_check() {
        let dependencies = [
            ("burgee-testkit", Some("dev")),
            ("burgee-store", Some("dev")),
        ];
        assert!(messages(manifest("burgee-eval", &dependencies)).is_empty());
    }

    #[test]
    fn a_crate_without_a_row_or_a_description_is_found() {
        let mut unknown = manifest("burgee-novelty", &[]);
        unknown.description = None;
        assert_eq!(
            messages(unknown),
            [
                "novelty: has no `description` in its manifest",
                "novelty: has no row in xtask/src/tidy/borders.rs",
            ]
        );
    }
}
