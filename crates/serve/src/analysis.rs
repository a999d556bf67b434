//! Why each condition did or did not match, for internal callers (spec: service §4.6, engine §13).

use std::borrow::Cow;

use burgee_eval::{FlagExplanation, Selection, Subject, explain};
use burgee_model::{Facts, ProjectToken, Timestamp};
use subtle::ConstantTimeEq;

use crate::{
    head::Head, owned_given::OwnedGiven, refusal::Refusal, serving::Serving, sources::Wanted,
};

/// Whether the request carries the internal token.
pub(crate) fn is_internal(serving: &Serving, head: &Head) -> bool {
    match (&serving.config().internal_token, head.bearer()) {
        (Some(token), Some(bearer)) => token.as_bytes().ct_eq(bearer.as_bytes()).into(),
        _ => false,
    }
}

/// Explains the selected flags. Reads the definitions anew and works on the CPU pool: this is for
/// people, who ask rarely, and nothing of it is kept for everybody else.
pub(crate) async fn analyse(
    serving: &Serving,
    token: &ProjectToken,
    selection: &Selection<'_>,
    (given, facts, now): (OwnedGiven, Facts, Timestamp),
) -> Result<Vec<FlagExplanation>, Refusal> {
    let read = serving.sources().definitions(token, Wanted::Anything);
    let definitions = read.await?;
    let owned = |texts: &[Cow<'_, str>]| -> Vec<Cow<'static, str>> {
        texts
            .iter()
            .map(|text| Cow::Owned((**text).to_owned()))
            .collect()
    };
    let (keys, contexts) = (selection.keys.map(owned), owned(selection.contexts));
    let (runtime, scope) = (selection.runtime, selection.scope);
    let explained = serving.cpu().run(move || {
        let selection = Selection {
            keys: keys.as_deref(),
            runtime,
            contexts: &contexts,
            scope,
        };
        given.lend(|given| {
            explain(
                &definitions,
                &selection,
                &Subject {
                    given,
                    facts: &facts,
                    now,
                },
            )
        })
    });
    Ok(explained.await??)
}
