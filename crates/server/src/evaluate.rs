//! Answers flags from an apply file without a server: the same snapshot, evaluation and encoding as
//! the server's, with the file's persons and groups in place of a store.

mod scene;
mod table;

use std::borrow::Cow;

use anyhow::anyhow;
use burgee_eval::{
    Evaluation, FlagExplanation, Given, GivenGroup, RequestRuntime, Scratch, Selection, Snapshot,
    Subject, compile, explain,
};
use burgee_model::{DistinctId, Fetch, Timestamp};
use burgee_wire::{AnswerEncoder, AnswerTail, Fragments, Shape};
use serde_json::{Map, Value};
use uuid::Uuid;

pub(crate) use scene::{Place, Scene, read};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// Whom to answer for.
    pub(crate) distinct_id: &'a str,
    /// Their device.
    pub(crate) device_id: Option<&'a str>,
    /// Whom they were before.
    pub(crate) anon_distinct_id: Option<&'a str>,
    /// Counts before what the file says of the person.
    pub(crate) person_properties: Option<Map<String, Value>>,
    /// Group type to key.
    pub(crate) groups: Map<String, Value>,
    /// Group type to properties; they count before what the file says.
    pub(crate) group_properties: Map<String, Value>,
    /// Only these; empty: all.
    pub(crate) flags: &'a [String],
    /// For conditions on dates.
    pub(crate) now: Timestamp,
}

/// How to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A table for people.
    Table,
    /// A table, and under each flag why.
    Explained,
    /// As the server's `/flags?v=2`.
    Json,
    /// The same with `conditions`.
    ExplainedJson,
}

/// Answers in the format that is wanted; the text ends with a line break.
pub(crate) fn answer(
    scene: &Scene,
    question: &Question<'_>,
    format: Format,
) -> anyhow::Result<String> {
    let (snapshot, _) = compile(&scene.definitions);
    if let Some(unknown) = question
        .flags
        .iter()
        .find(|key| snapshot.find(key).is_none())
    {
        return Err(anyhow!("there is no flag `{unknown}` in this environment"));
    }
    let texts = GivenTexts::of(question)?;
    let groups = texts.groups();
    let given = Given {
        distinct_id: DistinctId::truncate(question.distinct_id),
        device_id: question.device_id.filter(|device| !device.is_empty()),
        anon_distinct_id: question.anon_distinct_id.filter(|anon| !anon.is_empty()),
        person_properties: texts.person_properties.as_deref(),
        geoip: &[],
        groups: &groups,
    };
    let keys: Vec<Cow<'_, str>> = question
        .flags
        .iter()
        .map(|key| Cow::Borrowed(key.as_str()))
        .collect();
    let selection = Selection {
        keys: (!keys.is_empty()).then_some(&keys[..]),
        runtime: RequestRuntime::All,
        ..Selection::default()
    };
    let mut scratch = Scratch::default();
    let plan = snapshot.plan(&selection);
    snapshot.read_given(&given, &mut scratch)?;
    let needs = snapshot.needs(&plan, &scratch);
    let facts = scene.facts(given.distinct_id, &needs);
    let subject = Subject {
        given: &given,
        facts: &facts,
        now: question.now,
    };
    let mut evaluations = Vec::with_capacity(plan.len());
    snapshot.evaluate(&plan, &subject, &mut scratch, |evaluation| {
        evaluations.push(evaluation);
    });
    evaluations.sort_by(|one, other| one.flag.key.cmp(&other.flag.key));
    let explanations = match format {
        Format::Explained | Format::ExplainedJson => explained(scene, &selection, &subject)?,
        Format::Table | Format::Json => Vec::new(),
    };
    Ok(match format {
        Format::Table | Format::Explained => table::render(&evaluations, &explanations),
        Format::Json | Format::ExplainedJson => {
            encode(&snapshot, &evaluations, &explanations, question.now)?
        }
    })
}

/// With everything that the file knows of the subject, needed or not, so that actual values show.
fn explained(
    scene: &Scene,
    selection: &Selection<'_>,
    subject: &Subject<'_>,
) -> anyhow::Result<Vec<FlagExplanation>> {
    let facts = match subject.facts.subject {
        Fetch::Skipped => &scene.all_facts(subject.given.distinct_id),
        Fetch::Done(_) | Fetch::Failed(_) => subject.facts,
    };
    let subject = Subject { facts, ..*subject };
    Ok(explain(&scene.definitions, selection, &subject)?)
}

fn encode(
    snapshot: &Snapshot,
    evaluations: &[Evaluation<'_>],
    explanations: &[FlagExplanation],
    now: Timestamp,
) -> anyhow::Result<String> {
    let fragments = Fragments::prepare(snapshot);
    let mut encoder = AnswerEncoder::begin(Shape::FlagsV2, &fragments);
    encoder.explain(explanations);
    for evaluation in evaluations {
        encoder.push(evaluation);
    }
    // The nil id: the same question has the same answer, to be compared by programs.
    let tail = AnswerTail {
        request_id: Uuid::nil(),
        evaluated_at_ms: now.unix_millis(),
        quota_limited: &[],
        config: None,
        errors: false,
    };
    let mut text = String::from_utf8(encoder.finish(&tail))?;
    text.push('\n');
    Ok(text)
}

/// The JSON texts that a [`Given`] borrows.
struct GivenTexts {
    person_properties: Option<String>,
    /// Type, key, properties.
    groups: Vec<(String, Option<String>, Option<String>)>,
}

impl GivenTexts {
    fn of(question: &Question<'_>) -> anyhow::Result<Self> {
        let json = serde_json::to_string;
        let person_properties = question.person_properties.as_ref().map(json).transpose()?;
        let mut groups = Vec::new();
        for (group_type, key) in &question.groups {
            let properties = question.group_properties.get(group_type);
            let properties = properties.map(Value::to_string);
            groups.push((group_type.clone(), Some(key.to_string()), properties));
        }
        for (group_type, properties) in &question.group_properties {
            if !question.groups.contains_key(group_type) {
                groups.push((group_type.clone(), None, Some(properties.to_string())));
            }
        }
        Ok(Self {
            person_properties,
            groups,
        })
    }

    fn groups(&self) -> Vec<GivenGroup<'_>> {
        let groups = self.groups.iter();
        let given = groups.map(|(group_type, key, properties)| GivenGroup {
            group_type,
            key: key.as_deref(),
            properties: properties.as_deref(),
        });
        given.collect()
    }
}
