//! Who asks for definitions, and for whose: what is left of a request's credentials once they are
//! read. Who waits long, or asks again with each event, keeps this and nothing else of its request.

use std::{borrow::Cow, sync::Arc};

use axum::http::{HeaderMap, HeaderName, Uri};
use burgee_model::{InvalidId, ProjectToken, Timestamp};
use burgee_wire::query_token;

use crate::{
    access::Denial, document::Document, head::bearer, key_check, refusal::Refusal,
    serving::Serving, shown_key::ShownKey,
};

/// How the Rust SDK names its project (spec: sdk-protocol trap 6).
const X_POSTHOG_PROJECT_API_KEY: HeaderName = HeaderName::from_static("x-posthog-project-api-key");

/// A claim to definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    key: Option<ShownKey>,
    token: Option<Result<ProjectToken, InvalidId>>,
}

impl Claim {
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri) -> Self {
        Self {
            key: bearer(headers).map(ShownKey::of),
            token: named_token(headers, uri).map(|token| ProjectToken::parse(&token)),
        }
    }

    /// Whose definitions are meant, and whether they may be read at `now`. An unknown token comes
    /// before a wrong key (spec: service §5.1).
    pub(crate) async fn find(
        &self,
        serving: &Serving,
        now: Timestamp,
    ) -> Result<(Cow<'_, ProjectToken>, Arc<Document>), Refusal> {
        let key = self.key.ok_or(Denial::NoCredentials);
        if let Some(token) = &self.token {
            let token = token.as_ref().map_err(|_| Refusal::UnknownToken)?;
            let document = serving.documents().get(token).await?;
            key_check::admit(serving, key?, document.environment, now).await?;
            return Ok((Cow::Borrowed(token), document));
        }
        let token = key_check::admit_to_own(serving, key?, now).await?;
        let document = serving.documents().get(&token).await?;
        Ok((Cow::Owned(token), document))
    }
}

/// The token that a request names: in its query, else in a header (spec: sdk-protocol trap 6).
pub(crate) fn named_token<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<Cow<'r, str>> {
    let in_header = || {
        let token = headers.get(X_POSTHOG_PROJECT_API_KEY)?.to_str().ok()?;
        Some(Cow::Borrowed(token.trim())).filter(|token| !token.is_empty())
    };
    uri.query().and_then(query_token).or_else(in_header)
}
