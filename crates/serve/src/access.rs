//! Who may read the definitions of an environment (spec: service §4).
//!
//! Surprising: a secret key without the scope is as good as unknown, a personal key without it is
//! told so. Clients of PostHog know it that way. A key that has expired is as good as unknown, which
//! the present alone decides: no store has to say so.

use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_store::{KeyGrant, KeyKind};

use crate::shown_key::ShownKey;

/// Any of these scopes will do; a key without scopes may do what its kind allows.
const SCOPES: [&str; 3] = ["*", "feature_flag:read", "feature_flag:write"];

/// Why a key does not open the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denial {
    #[error("no credentials")]
    NoCredentials,
    #[error("the secret key is unknown here")]
    SecretKey,
    #[error("the personal key is unknown here")]
    PersonalKey,
    #[error("the personal key lacks the scope")]
    PersonalKeyScope,
    #[error("the secret key belongs to another environment")]
    ForeignSecretKey,
    #[error("a personal key without a token")]
    TokenRequired,
}

/// Whether `key`, which opens `grants`, may read the definitions of `environment` at `now`; as what
/// kind of key.
pub(crate) fn check(
    key: ShownKey,
    grants: &[KeyGrant],
    environment: EnvironmentId,
    now: Timestamp,
) -> Result<KeyKind, Denial> {
    let mut denial = unknown(key);
    for grant in granted(key, grants, now).filter(|grant| grant.environment == environment) {
        if has_scope(grant) {
            return Ok(grant.kind);
        }
        if grant.kind == KeyKind::Personal {
            denial = Denial::PersonalKeyScope;
        }
    }
    Err(denial)
}

/// The environment that a request means which names none: that of its secret key
/// (spec: service §4.5).
pub(crate) fn own_environment(
    key: ShownKey,
    grants: &[KeyGrant],
    now: Timestamp,
) -> Result<&ProjectToken, Denial> {
    let mut secret = granted(key, grants, now).filter(|grant| grant.kind == KeyKind::Secret);
    match secret.find(|grant| has_scope(grant)) {
        Some(grant) => Ok(&grant.token),
        None if key.is_secret => Err(Denial::SecretKey),
        None => Err(Denial::TokenRequired),
    }
}

/// Whether `key`, which opens `grants`, opens anything at `now`.
pub(crate) fn check_any(key: ShownKey, grants: &[KeyGrant], now: Timestamp) -> Result<(), Denial> {
    match granted(key, grants, now).next() {
        Some(_) => Ok(()),
        None => Err(unknown(key)),
    }
}

/// As [`check`], for remote configurations: the secret key of another environment is told so
/// (spec: service §4.2).
pub(crate) fn check_remote_config(
    key: ShownKey,
    grants: &[KeyGrant],
    environment: EnvironmentId,
    now: Timestamp,
) -> Result<KeyKind, Denial> {
    let is_foreign = |grant: &KeyGrant| {
        grant.kind == KeyKind::Secret && grant.environment != environment && has_scope(grant)
    };
    match check(key, grants, environment, now) {
        Err(Denial::SecretKey | Denial::PersonalKey)
            if granted(key, grants, now).any(is_foreign) =>
        {
            Err(Denial::ForeignSecretKey)
        }
        checked => checked,
    }
}

/// The environment that `@current` means: that of the secret key, or the only one that the personal
/// key opens. Whether it may do anything there is for [`check_remote_config`].
pub(crate) fn current_environment(
    key: ShownKey,
    grants: &[KeyGrant],
    now: Timestamp,
) -> Result<&ProjectToken, Denial> {
    let own = own_environment(key, grants, now);
    if own != Err(Denial::TokenRequired) {
        return own;
    }
    let mut personal = granted(key, grants, now).filter(|grant| grant.kind == KeyKind::Personal);
    match (personal.next(), personal.next()) {
        (None, _) => Err(Denial::PersonalKey),
        (Some(grant), None) => Ok(&grant.token),
        (Some(_), Some(_)) => Err(Denial::TokenRequired),
    }
}

/// What has not expired. A key with the prefix of secret keys is never taken for a personal one. One
/// with any other may be either: `burgee apply` takes secret keys as they are given.
fn granted(key: ShownKey, grants: &[KeyGrant], now: Timestamp) -> impl Iterator<Item = &KeyGrant> {
    grants
        .iter()
        .filter(move |grant| !key.is_secret || grant.kind == KeyKind::Secret)
        .filter(move |grant| grant.expires_at.is_none_or(|expiry| now < expiry))
}

/// Why a key is refused that nobody has.
pub(crate) fn unknown(key: ShownKey) -> Denial {
    if key.is_secret {
        Denial::SecretKey
    } else {
        Denial::PersonalKey
    }
}

fn has_scope(grant: &KeyGrant) -> bool {
    let is_enough = |scope: &String| SCOPES.contains(&scope.as_str());
    grant.scopes.is_empty() || grant.scopes.iter().any(is_enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: EnvironmentId = EnvironmentId(1);
    const NOW: Timestamp = Timestamp::from_unix_micros(1_000_000);

    fn grant(kind: KeyKind, environment: i64, scopes: &[&str]) -> KeyGrant {
        KeyGrant {
            kind,
            environment: EnvironmentId(environment),
            token: ProjectToken::parse(&format!("phc_{environment}")).unwrap(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            expires_at: None,
        }
    }

    #[test]
    fn a_key_opens_the_environment_it_was_given_to_if_a_scope_allows_it() {
        use KeyKind::{Personal, Secret};
        for (key, grants, expected) in [
            ("phs_a", vec![], Err(Denial::SecretKey)),
            ("phs_a", vec![grant(Secret, 1, &[])], Ok(Secret)),
            ("phs_a", vec![grant(Secret, 2, &[])], Err(Denial::SecretKey)),
            (
                "phs_a",
                vec![grant(Secret, 1, &["person:read"])],
                Err(Denial::SecretKey),
            ),
            (
                "phs_a",
                vec![grant(Personal, 1, &[])],
                Err(Denial::SecretKey),
            ),
            ("phx_a", vec![], Err(Denial::PersonalKey)),
            ("phx_a", vec![grant(Personal, 1, &["*"])], Ok(Personal)),
            (
                "phx_a",
                vec![grant(Personal, 1, &["feature_flag:write"])],
                Ok(Personal),
            ),
            (
                "phx_a",
                vec![grant(Personal, 2, &["*"])],
                Err(Denial::PersonalKey),
            ),
            (
                "phx_a",
                vec![
                    grant(Personal, 2, &["*"]),
                    grant(Personal, 1, &["person:read"]),
                ],
                Err(Denial::PersonalKeyScope),
            ),
            (
                "phx_a",
                vec![grant(Personal, 1, &["feature_flag:reader"])],
                Err(Denial::PersonalKeyScope),
            ),
            (
                "own-key",
                vec![grant(Secret, 1, &["feature_flag:read"])],
                Ok(Secret),
            ),
            ("phc_1", vec![], Err(Denial::PersonalKey)),
        ] {
            assert_eq!(
                check(ShownKey::of(key), &grants, HERE, NOW),
                expected,
                "{key} {grants:?}"
            );
        }
    }

    #[test]
    fn only_a_secret_key_tells_which_environment_is_meant() {
        use KeyKind::{Personal, Secret};
        for (key, grants, expected) in [
            ("phs_a", vec![grant(Secret, 7, &[])], Ok("phc_7")),
            ("own-key", vec![grant(Secret, 7, &[])], Ok("phc_7")),
            ("phs_a", vec![], Err(Denial::SecretKey)),
            (
                "phs_a",
                vec![grant(Secret, 7, &["person:read"])],
                Err(Denial::SecretKey),
            ),
            ("phx_a", vec![], Err(Denial::TokenRequired)),
            (
                "phx_a",
                vec![grant(Personal, 7, &[])],
                Err(Denial::TokenRequired),
            ),
        ] {
            let found = own_environment(ShownKey::of(key), &grants, NOW).map(ProjectToken::as_str);
            assert_eq!(found, expected, "{key} {grants:?}");
        }
    }

    #[test]
    fn an_expired_key_is_an_unknown_one() {
        for (key, kind, denial) in [
            ("phs_a", KeyKind::Secret, Denial::SecretKey),
            ("phx_a", KeyKind::Personal, Denial::PersonalKey),
        ] {
            for (expiry_micros, is_open) in
                [(999_999, false), (1_000_000, false), (1_000_001, true)]
            {
                let mut grant = grant(kind, 1, &[]);
                grant.expires_at = Some(Timestamp::from_unix_micros(expiry_micros));
                let expected = if is_open { Ok(kind) } else { Err(denial) };
                let grants = [grant];
                assert_eq!(
                    check(ShownKey::of(key), &grants, HERE, NOW),
                    expected,
                    "{expiry_micros}"
                );
                if kind == KeyKind::Secret {
                    let own = own_environment(ShownKey::of(key), &grants, NOW);
                    assert_eq!(own.is_ok(), is_open, "{expiry_micros}");
                }
            }
        }
    }
}
