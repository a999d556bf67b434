//! The trip of an evaluation request, top to bottom. Every `.await` of the hot path is here or, for
//! the one fetch, in `gather.rs`.
//!
//! ```text
//! bytes ─▶ decode ─▶ admit ─▶ snapshot ─▶ plan ─▶ gather ─▶ evaluate ─▶ encode ─▶ bytes
//! ```
//!
//! The same trip for every protocol: `terms.rs` says how a body is read and an answer written.
//! Ordinary requests stay on their thread from end to end. What would hold it for over a millisecond
//! goes to the CPU pool: large bodies and their properties, large plans.

use std::sync::Arc;

use burgee_eval::{Given, GivenGroup, Plan, Scratch, Selection, SelectionScope};
use burgee_model::ProjectToken;
use burgee_wire::{
    DecodeError, FlagsQuery, FlagsRequest, RequestGroup, decode_body, decode_body_within,
};
use bytes::Bytes;

use crate::{
    admission,
    analysis::{analyse, is_internal},
    environment::Environment,
    gather::Gathered,
    head::Head,
    owned_given::OwnedGiven,
    refusal::Refusal,
    request_log::RequestRecord,
    serving::Serving,
    terms::Terms,
    work::{LargeWork, Work},
};

/// Answers POST.
pub(crate) async fn evaluate(
    serving: &Serving,
    head: &Arc<Head>,
    body: &Bytes,
    record: &mut RequestRecord,
) -> Result<Vec<u8>, Refusal> {
    // decode
    let terms = Terms::of(head)?;
    let query = &terms.query;
    record.api_version = query.version.as_deref().map(str::to_owned);
    let text;
    let large = serving.config().large_body_bytes;
    let request = match decode_body_within(body, &terms.encoding(), large) {
        Ok(decoded) => {
            text = decoded;
            terms.read(&text)?
        }
        Err(DecodeError::TooLarge { .. }) => decode_large(serving, head, body).await?,
        Err(error) => return Err(error.into()),
    };
    note_identifiers(serving, &request, record);

    // admit, snapshot
    let token = request.token.as_deref().ok_or(Refusal::MissingToken)?;
    let token = ProjectToken::parse(token).map_err(|_| Refusal::UnknownToken)?;
    admission::admit_token(serving, &token, record)?;
    let environment = serving.environments().get(&token).await?;
    record.environment_id = Some(environment.id.0);
    let selection = selection(head, query, &request);
    let format = terms.format(&environment, &selection, serving.config());
    let moment = (head.request_id, serving.clock().now());
    let mut work = Work::new(Arc::clone(&environment), format, moment);
    if request.disable_flags {
        record.flags_disabled = true;
        return work.empty();
    }
    if request.distinct_id.is_none() {
        return Err(Refusal::MissingDistinctId);
    }
    if admission::is_over_quota(serving, &token, moment.1) {
        record.quota_limited = true;
        return work.over_quota();
    }

    // plan
    let plan = environment.snapshot.plan(&selection);
    if plan.is_empty() {
        return work.empty();
    }
    let is_counted = !plan.is_unbilled() && !is_internal(serving, head);

    // gather, evaluate, encode
    let groups: Vec<GivenGroup<'_>> = request.groups.iter().map(RequestGroup::given).collect();
    let location = location(serving, head, &request);
    let location: Vec<(&str, &str)> = location.iter().map(|(key, text)| (*key, &**text)).collect();
    let given = given(&request, &groups, &location);
    let mut scratch = read(serving, &environment, &given).await?;
    let gathered = if query.only_overrides {
        Gathered::default()
    } else {
        serving.gather(&environment, &plan, &given, &scratch).await
    };
    record.subject_fetched = gathered.fetched;
    if query.detailed_analysis && is_internal(serving, head) {
        let subject = (OwnedGiven::of(&given), gathered.facts.clone(), moment.1);
        work.add_explanations(analyse(serving, &token, &selection, subject).await?);
    }
    let answer = answer(serving, work, (plan, &given), gathered, &mut scratch).await?;
    serving.scratches().give_back(scratch);
    record.flags_evaluated = answer.evaluated;
    record.flags_failed = answer.failed;
    if is_counted {
        serving.count_usage(environment.id, head.usage(), moment.1);
    }
    answer.content
}

/// Decodes and reads a large body on the CPU pool.
async fn decode_large(
    serving: &Serving,
    head: &Arc<Head>,
    body: &Bytes,
) -> Result<FlagsRequest<'static>, Refusal> {
    let (head, body) = (Arc::clone(head), body.clone());
    let decode = move || {
        let terms = Terms::of(&head)?;
        let text = decode_body(&body, &terms.encoding())?;
        Ok(terms.read(&text)?.into_owned())
    };
    serving.cpu().run(decode).await?
}

fn selection<'r>(
    head: &Head,
    query: &FlagsQuery<'_>,
    request: &'r FlagsRequest<'_>,
) -> Selection<'r> {
    Selection {
        keys: request.flag_keys.as_deref(),
        runtime: request.runtime.unwrap_or_else(|| head.runtime()),
        contexts: &request.evaluation_contexts,
        scope: if query.only_surveys {
            SelectionScope::Surveys
        } else {
            SelectionScope::All
        },
    }
}

fn given<'r>(
    request: &'r FlagsRequest<'_>,
    groups: &'r [GivenGroup<'r>],
    geoip: &'r [(&'r str, &'r str)],
) -> Given<'r> {
    Given {
        distinct_id: request.distinct_id.as_deref().unwrap_or_default(),
        device_id: request.device_id.as_deref(),
        anon_distinct_id: request.anon_distinct_id.as_deref(),
        person_properties: request.person_properties.as_deref(),
        geoip,
        groups,
    }
}

/// Reads what the request brought into a scratch.
async fn read(
    serving: &Serving,
    environment: &Arc<Environment>,
    given: &Given<'_>,
) -> Result<Box<Scratch>, Refusal> {
    let mut scratch = serving.scratches().take();
    if properties_bytes(given) < serving.config().large_body_bytes {
        environment.snapshot.read_given(given, &mut scratch)?;
        return Ok(scratch);
    }
    let (environment, given) = (Arc::clone(environment), OwnedGiven::of(given));
    let read = move || {
        let read = given.lend(|given| environment.snapshot.read_given(given, &mut scratch));
        read.map(|()| scratch)
    };
    Ok(serving.cpu().run(read).await??)
}

fn properties_bytes(given: &Given<'_>) -> usize {
    let bytes = |text: Option<&str>| text.map_or(0, str::len);
    let groups = given
        .groups
        .iter()
        .map(|group| bytes(group.properties) + bytes(group.key));
    bytes(given.person_properties) + groups.sum::<usize>()
}

/// Evaluates and encodes, here or on the CPU pool.
async fn answer(
    serving: &Serving,
    mut work: Work,
    (plan, given): (Plan<'_>, &Given<'_>),
    gathered: Gathered,
    scratch: &mut Box<Scratch>,
) -> Result<crate::work::Answer, Refusal> {
    work.note_failure(gathered.failure);
    if plan.len() < serving.config().large_plan_flags {
        return Ok(work.run(&plan, (given, &gathered.facts), scratch));
    }
    let given = OwnedGiven::identity_of(given);
    let large = LargeWork {
        work,
        planned: plan.detach(),
        given,
        facts: gathered.facts,
    };
    let taken = std::mem::take(scratch);
    let (answer, used) = serving.cpu().run(move || large.run(taken)).await?;
    *scratch = used;
    Ok(answer)
}

fn note_identifiers(serving: &Serving, request: &FlagsRequest<'_>, record: &mut RequestRecord) {
    if serving.config().log_identifiers && serving.log().is_on() {
        record.distinct_id = request.distinct_id.as_deref().map(str::to_owned);
        record.device_id = request.device_id.as_deref().map(str::to_owned);
    }
}

fn location(
    serving: &Serving,
    head: &Head,
    request: &FlagsRequest<'_>,
) -> Vec<(&'static str, String)> {
    match (serving.geoip(), head.client_ip) {
        (Some(geoip), Some(ip)) if !request.geoip_disable => geoip.properties(ip),
        _ => Vec::new(),
    }
}
