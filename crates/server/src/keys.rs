//! Keys as those who manage them see them: which there are, which one is meant, and a new one in the
//! place of an old one. The text of a key is made here and forgotten: only its digest is stored.

mod lifetime;
mod table;

use std::fmt::Write as _;

use burgee_model::{ProjectToken, Timestamp};
use burgee_store::{
    Change, ChangeSet, DefinitionWriter, KEYS_READ_MAX, KeyDigest, KeyKind, KeyRecord, KeyStore,
    ProjectReader, SecretKey, StoreError,
};

use crate::credential::{new_personal_key, new_secret_key, stored_key};

pub(crate) use lifetime::{Expiry, Lifetime};
pub(crate) use table::table;

/// Most candidates that are told when it is not clear which key is meant.
const CANDIDATES_TOLD_MAX: usize = 10;

/// Characters of a digest by which people name a key.
const ID_CHARS: usize = 12;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// What was asked for cannot be; the text says why.
    #[error("{0}")]
    Refused(String),
    /// The store, or the machine.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// What a new key is to be.
#[derive(Debug)]
pub(crate) struct NewKey {
    pub(crate) kind: KeyKind,
    /// Tokens, or `PROJECT/NAME`; at least one.
    pub(crate) environments: Vec<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) name: Option<String>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What is to become of an old key when a new one takes its place.
#[derive(Debug)]
pub(crate) struct Rotation {
    /// Names the old key.
    pub(crate) selector: Selector,
    pub(crate) name: Option<String>,
    /// Of the new key; `None`: nothing was said.
    pub(crate) expiry: Option<Expiry>,
    /// For how long both are good.
    pub(crate) overlap: Lifetime,
}

/// A key that was made, and what is to be said about it.
#[derive(Debug)]
pub(crate) struct Made {
    /// The text, which is not stored.
    pub(crate) key: String,
    /// Lines for people.
    pub(crate) remarks: String,
}

/// How a key is named.
#[derive(Debug, Clone)]
pub(crate) enum Selector {
    /// By the key itself.
    Key(KeyDigest),
    /// By its first characters or its id, as the list shows them.
    Shown(String),
}

impl Selector {
    fn names(&self, record: &KeyRecord) -> bool {
        match self {
            Self::Key(digest) => record.digest == *digest,
            Self::Shown(text) => {
                let hint = text.trim_end_matches('…');
                record.hint == hint || id(record.digest) == *text
            }
        }
    }

    /// For messages; never a key.
    fn shown(&self) -> &str {
        match self {
            Self::Key(_) => "the key that was given",
            Self::Shown(text) => text,
        }
    }
}

/// The id by which the list names a key: the beginning of its digest.
pub(crate) fn id(digest: KeyDigest) -> String {
    let text = digest.to_string();
    let digits = text.rsplit('$').next().unwrap_or_default();
    digits.chars().take(ID_CHARS).collect()
}

/// Makes a key.
pub(crate) async fn create<S>(store: &S, wanted: NewKey) -> Result<Made, KeyError>
where
    S: ProjectReader + DefinitionWriter + ?Sized,
{
    if wanted.kind == KeyKind::Secret && wanted.environments.len() > 1 {
        let message = "a secret key opens one environment; for several, make a personal key";
        return Err(KeyError::Refused(message.to_owned()));
    }
    let key = new_key(wanted.kind)?;
    let stored = SecretKey {
        name: wanted.name,
        expires_at: wanted.expires_at,
        ..stored_key(&key, &wanted.scopes)
    };
    let (mut changes, mut remarks) = (Vec::new(), String::new());
    for environment in &wanted.environments {
        let (token, place) = find_environment(store, environment).await?;
        // Writing to a string cannot fail.
        let _ = writeln!(remarks, "opens {place} ({token})");
        changes.push(put(wanted.kind, token, stored.clone()));
    }
    commit(store, changes).await?;
    Ok(Made { key, remarks })
}

/// Makes a key that opens what an old one does, and lets the old one expire.
pub(crate) async fn rotate<S>(
    store: &S,
    rotation: Rotation,
    now: Timestamp,
) -> Result<Made, KeyError>
where
    S: KeyStore + DefinitionWriter + ?Sized,
{
    let old = find_key(store, &rotation.selector).await?;
    let (kind, expiry) = check_rotation(&old, rotation.expiry, now)?;
    let key = new_key(kind)?;
    let mut changes = Vec::new();
    for place in &old.places {
        let stored = SecretKey {
            name: rotation.name.clone().or_else(|| old.name.clone()),
            expires_at: expiry.at(now),
            ..stored_key(&key, &place.grant.scopes)
        };
        changes.push(put(kind, place.grant.token.clone(), stored));
    }
    let ends_at = rotation.overlap.after(now);
    changes.push(Change::ExpireKey {
        digest: old.digest,
        expires_at: ends_at,
    });
    commit(store, changes).await?;
    let remarks = format!(
        "opens what {} opens, which ends {}\n",
        described(&old),
        table::moment(ends_at)
    );
    Ok(Made { key, remarks })
}

/// Takes a key from everybody it opens. Returns what it was, for people.
pub(crate) async fn revoke<S>(store: &S, selector: &Selector) -> Result<String, KeyError>
where
    S: KeyStore + DefinitionWriter + ?Sized,
{
    let record = find_key(store, selector).await?;
    let digest = record.digest;
    commit(store, vec![Change::RevokeKey { digest }]).await?;
    Ok(described(&record))
}

/// Every key, or those that open one environment.
pub(crate) async fn list<S>(
    store: &S,
    environment: Option<&str>,
) -> Result<Vec<KeyRecord>, KeyError>
where
    S: ProjectReader + KeyStore + ?Sized,
{
    let Some(environment) = environment else {
        return select(store, |_| true).await;
    };
    let (token, _) = find_environment(store, environment).await?;
    let opens = |record: &KeyRecord| {
        let mut places = record.places.iter();
        places.any(|place| place.grant.token == token)
    };
    select(store, opens).await
}

fn check_rotation(
    old: &KeyRecord,
    expiry: Option<Expiry>,
    now: Timestamp,
) -> Result<(KeyKind, Expiry), KeyError> {
    let mut kinds = old.places.iter().map(|place| place.grant.kind);
    let kind = kinds.next().unwrap_or(KeyKind::Secret);
    if kinds.any(|other| other != kind) {
        return Err(KeyError::Refused(
            "the key is a secret key and a personal one; make a new one of each kind".to_owned(),
        ));
    }
    let ends_at = old.places.iter().filter_map(|place| place.grant.expires_at);
    match (ends_at.min(), expiry) {
        (Some(ends_at), _) if ends_at <= now => Err(KeyError::Refused(format!(
            "the key ended {}; make a new one",
            table::moment(ends_at)
        ))),
        (Some(ends_at), None) => Err(KeyError::Refused(format!(
            "the key ends {}; say how long the new one is good: `--expires 90d` or `--expires never`",
            table::moment(ends_at)
        ))),
        (_, expiry) => Ok((kind, expiry.unwrap_or(Expiry::Never))),
    }
}

fn new_key(kind: KeyKind) -> anyhow::Result<String> {
    match kind {
        KeyKind::Secret => new_secret_key(),
        KeyKind::Personal => new_personal_key(),
    }
}

fn put(kind: KeyKind, environment: ProjectToken, key: SecretKey) -> Change {
    match kind {
        KeyKind::Secret => Change::PutSecretKey { environment, key },
        KeyKind::Personal => Change::PutPersonalKey { environment, key },
    }
}

/// The token and the name of an environment that is named by either.
pub(crate) async fn find_environment<S>(
    store: &S,
    text: &str,
) -> Result<(ProjectToken, String), KeyError>
where
    S: ProjectReader + ?Sized,
{
    for project in store.list_projects().await? {
        let name = &project.name;
        let Some(tree) = store.read_project(name).await? else {
            continue;
        };
        for (environment, _) in tree.environments {
            let place = format!("{name}/{}", environment.name);
            if environment.token.as_str() == text || place == text {
                return Ok((environment.token, place));
            }
        }
    }
    Err(KeyError::Refused(format!(
        "there is no environment `{text}`; name it by its token or as `PROJECT/NAME`"
    )))
}

async fn find_key<S: KeyStore + ?Sized>(
    store: &S,
    selector: &Selector,
) -> Result<KeyRecord, KeyError> {
    let mut found = select(store, |record| selector.names(record)).await?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(KeyError::Refused(format!(
            "no key is {}; `burgee key list` shows all",
            selector.shown()
        ))),
        (Some(record), true) => Ok(record),
        (Some(record), false) => {
            found.push(record);
            let mut message = format!("{} names several keys:", selector.shown());
            for record in found.iter().take(CANDIDATES_TOLD_MAX) {
                // Writing to a string cannot fail.
                let _ = write!(message, "\n  {}  {}", id(record.digest), described(record));
            }
            Err(KeyError::Refused(message))
        }
    }
}

async fn select<S: KeyStore + ?Sized>(
    store: &S,
    wanted: impl Fn(&KeyRecord) -> bool,
) -> Result<Vec<KeyRecord>, KeyError> {
    let (mut selected, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_keys(after, KEYS_READ_MAX).await?;
        let Some(last) = page.last() else {
            return Ok(selected);
        };
        after = Some(last.digest);
        selected.extend(page.into_iter().filter(|record| wanted(record)));
    }
}

async fn commit<S: DefinitionWriter + ?Sized>(
    store: &S,
    changes: Vec<Change>,
) -> Result<(), KeyError> {
    let expected = Vec::new();
    store.commit(&ChangeSet { expected, changes }).await?;
    Ok(())
}

/// A key in one line: hint, name, and what it opens.
fn described(record: &KeyRecord) -> String {
    let mut text = format!("{}…", record.hint);
    if let Some(name) = &record.name {
        // Writing to a string cannot fail.
        let _ = write!(text, " “{name}”");
    }
    let places: Vec<String> = record
        .places
        .iter()
        .map(|place| format!("{}/{}", place.project, place.environment))
        .collect();
    let _ = write!(text, " of {}", places.join(", "));
    text
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
