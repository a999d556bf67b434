//! The trip of an evaluation request, top to bottom. Every `.await` of the hot path is here or, for
//! the one fetch, in `gather.rs`.
//!
//! ```text
//! bytes ─▶ decode ─▶ admit ─▶ snapshot ─▶ plan ─▶ gather ─▶ evaluate ─▶ encode ─▶ bytes
//! ```

use burgee_eval::{Given, GivenGroup, Selection, SelectionScope};
use burgee_model::ProjectToken;
use burgee_wire::{FlagsQuery, FlagsRequest, RequestGroup, Shape, decode_body};

use crate::{
    gather::Gathered,
    head::Head,
    refusal::Refusal,
    request_log::RequestRecord,
    serving::Serving,
    work::{LargeWork, Work},
};

/// Answers POST.
pub(crate) async fn evaluate(
    serving: &Serving,
    head: &Head,
    body: &[u8],
    record: &mut RequestRecord,
) -> Result<Vec<u8>, Refusal> {
    // decode
    let query = FlagsQuery::parse(head.query())?;
    let (shape, with_config) = Shape::choose(head.endpoint, query.version.as_deref(), query.config);
    record.api_version = query.version.as_deref().map(str::to_owned);
    let text = decode_body(body, &head.encoding(query.compression))?;
    let request = text.request()?;
    note_identifiers(serving, &request, record);

    // admit, snapshot
    let token = request.token.as_deref().ok_or(Refusal::MissingToken)?;
    let token = ProjectToken::parse(token).map_err(|_| Refusal::UnknownToken)?;
    let environment = serving.environments().get(&token).await?;
    record.environment_id = Some(environment.id.0);
    let now = serving.clock().now();
    let mut work = Work::new(environment, shape, with_config, (head.request_id, now));
    if request.disable_flags {
        record.flags_disabled = true;
        return Ok(work.empty());
    }
    let distinct_id = request
        .distinct_id
        .as_deref()
        .ok_or(Refusal::MissingDistinctId)?;

    // plan
    let environment = work.environment();
    let plan = environment.snapshot.plan(&Selection {
        keys: request.flag_keys.as_deref(),
        runtime: request.runtime.unwrap_or_else(|| head.runtime()),
        contexts: &request.evaluation_contexts,
        scope: if query.only_surveys {
            SelectionScope::Surveys
        } else {
            SelectionScope::All
        },
    });
    if plan.is_empty() {
        return Ok(work.empty());
    }

    // gather
    let groups: Vec<GivenGroup<'_>> = request.groups.iter().map(RequestGroup::given).collect();
    let location = location(serving, head, &request);
    let location: Vec<(&str, &str)> = location.iter().map(|(key, text)| (*key, &**text)).collect();
    let given = Given {
        distinct_id,
        device_id: request.device_id.as_deref(),
        anon_distinct_id: request.anon_distinct_id.as_deref(),
        person_properties: request.person_properties,
        geoip: &location,
        groups: &groups,
    };
    let mut scratch = serving.scratches().take();
    environment.snapshot.read_given(&given, &mut scratch)?;
    let gathered = if query.only_overrides {
        Gathered::default()
    } else {
        serving.gather(&environment, &plan, &given, &scratch).await
    };
    record.subject_fetched = gathered.fetched;
    work.note_failure(gathered.failure);

    // evaluate, encode
    let answer = if plan.len() < serving.config().large_plan_flags {
        work.run(&plan, (&given, &gathered.facts), &mut scratch)
    } else {
        let large = LargeWork::new(work, plan.detach(), &given, gathered.facts);
        let (answer, used) = serving.cpu().run(move || large.run(scratch)).await?;
        scratch = used;
        answer
    };
    serving.scratches().give_back(scratch);
    record.flags_evaluated = answer.evaluated;
    record.flags_failed = answer.failed;
    Ok(answer.bytes)
}

fn note_identifiers(serving: &Serving, request: &FlagsRequest<'_>, record: &mut RequestRecord) {
    if serving.config().log_identifiers {
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
