//! Which environments are never limited, as operators set it at runtime (spec: service §8.4).
//!
//! | what is stored | who is on the list |
//! |---|---|
//! | nothing | whoever the configuration names |
//! | `["phc_a", "phc_b"]`, which is how it is written here | both |
//! | `"phc_a, phc_b"`, as PostHog encodes its own | both |
//! | `phc_a, phc_b`, as somebody may type it | both |
//! | `null`, `[]`, `""` or an empty text | nobody |
//!
//! Surprising: what is no token is left out rather than refused. The text may come from anybody's
//! hand, and one slip is not to bring limits upon all others. And the list is of tokens, not of
//! environments: one that gets another token is no longer on it.

use std::collections::BTreeSet;

use burgee_model::ProjectToken;
use serde_json::Value;

use crate::{SettingName, SettingReader, SettingWriter, StoreError};

/// Most environments on the list.
pub const ALLOW_LIST_MAX: usize = 10_000;

/// The list that was set. `None`: none was, and what is configured stands.
///
/// Errors: `Corrupt` when more than [`ALLOW_LIST_MAX`] are on it; those of the store.
pub async fn read_allow_list(
    settings: &dyn SettingReader,
) -> Result<Option<BTreeSet<ProjectToken>>, StoreError> {
    let stored = settings.read_setting(SettingName::AllowList).await?;
    let Some(allow_list) = stored.as_deref().map(parse) else {
        return Ok(None);
    };
    check(&allow_list).map_err(StoreError::Corrupt)?;
    Ok(Some(allow_list))
}

/// Sets the list, of which nobody may be; `None`: what is configured stands again.
///
/// Errors: `Refused` when more than [`ALLOW_LIST_MAX`] are on it; those of the store.
pub async fn put_allow_list(
    settings: &dyn SettingWriter,
    allow_list: Option<&BTreeSet<ProjectToken>>,
) -> Result<(), StoreError> {
    let value = allow_list.map(|allow_list| {
        check(allow_list).map_err(StoreError::Refused)?;
        Ok::<_, StoreError>(text(allow_list))
    });
    let value = value.transpose()?;
    settings
        .put_setting(SettingName::AllowList, value.as_deref())
        .await
}

fn check(allow_list: &BTreeSet<ProjectToken>) -> Result<(), String> {
    let count = allow_list.len();
    if count > ALLOW_LIST_MAX {
        return Err(format!(
            "{count} environments are on the allow list, at most {ALLOW_LIST_MAX} can be"
        ));
    }
    Ok(())
}

/// A JSON array: a token may hold a comma.
fn text(allow_list: &BTreeSet<ProjectToken>) -> String {
    let tokens = allow_list.iter().map(|token| token.as_str().into());
    Value::Array(tokens.collect()).to_string()
}

fn parse(text: &str) -> BTreeSet<ProjectToken> {
    match serde_json::from_str(text) {
        Ok(Value::Null | Value::Bool(_) | Value::Object(_)) => BTreeSet::new(),
        Ok(Value::String(tokens)) => between_commas(&tokens),
        Ok(Value::Array(tokens)) => tokens.iter().filter_map(one).collect(),
        Ok(Value::Number(_)) | Err(_) => between_commas(text),
    }
}

fn between_commas(tokens: &str) -> BTreeSet<ProjectToken> {
    let tokens = tokens.split(',').map(str::trim);
    tokens
        .filter_map(|token| ProjectToken::parse(token).ok())
        .collect()
}

fn one(token: &Value) -> Option<ProjectToken> {
    match token {
        Value::String(token) => ProjectToken::parse(token).ok(),
        Value::Number(token) => ProjectToken::parse(&token.to_string()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SETTING_BYTES_MAX;

    fn tokens(tokens: &[&str]) -> BTreeSet<ProjectToken> {
        let token = |token: &&str| ProjectToken::parse(token).unwrap();
        tokens.iter().map(token).collect()
    }

    #[test]
    fn every_form_in_which_a_database_may_hold_it_is_read() {
        let long = "x".repeat(ProjectToken::BYTES_MAX + 1);
        for (text, expected) in [
            (r#"["phc_a","phc_b"]"#, &["phc_a", "phc_b"][..]),
            (" [ \"phc_a\" ]\n", &["phc_a"]),
            (r#"["phc_a", 42, null, true, {}, [], ""]"#, &["phc_a", "42"]),
            (r#"["a,b", " c"]"#, &["a,b", " c"]),
            (r#""phc_a, phc_b""#, &["phc_a", "phc_b"]),
            (r#""phc_a""#, &["phc_a"]),
            ("phc_a,phc_b", &["phc_a", "phc_b"]),
            (" phc_a ,, phc_b,\n", &["phc_a", "phc_b"]),
            ("phc_a,phc_a", &["phc_a"]),
            ("phc_a,two\tparts,phc_b", &["phc_a", "phc_b"]),
            (&format!("phc_a,{long}"), &["phc_a"]),
            ("42", &["42"]),
            ("1, 2", &["1", "2"]),
            ("null", &[]),
            ("[]", &[]),
            (r#""""#, &[]),
            ("", &[]),
            (" , ", &[]),
            ("true", &[]),
            (r#"{"tokens": ["phc_a"]}"#, &[]),
        ] {
            assert_eq!(parse(text), tokens(expected), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_whatever_tokens_hold() {
        for list in [
            &[][..],
            &["phc_a"],
            &["null", "42", "a,b", "\"", "\\", "ü", " "],
        ] {
            assert_eq!(parse(&text(&tokens(list))), tokens(list));
        }
    }

    #[test]
    fn the_longest_list_fits_into_a_setting() {
        let longest = |number| format!("{number:\"<width$}", width = ProjectToken::BYTES_MAX);
        let list = (0..ALLOW_LIST_MAX).map(longest);
        let list: BTreeSet<_> = list
            .map(|token| ProjectToken::parse(&token).unwrap())
            .collect();
        assert_eq!(list.len(), ALLOW_LIST_MAX);
        assert!(text(&list).len() <= SETTING_BYTES_MAX);
    }
}
