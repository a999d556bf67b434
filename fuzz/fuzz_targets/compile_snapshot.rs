//! Any stored JSON as definitions, and any subject: compiling, evaluating and encoding never panic,
//! the answer is valid JSON in every shape, and so is the document for SDKs that evaluate themselves.
//!
//! Input that starts with `{` is taken as the JSON itself; any other input grows a document from the
//! words that definitions are made of, which reaches far deeper.

#![no_main]

#[path = "compile_snapshot/document.rs"]
mod document;

use arbitrary::Unstructured;
use burgee_eval::{Given, GivenGroup, Scratch, Selection, Snapshot, Subject, compile};
use burgee_model::{
    CohortDefinition, Definitions, EnvironmentId, Facts, Fetch, FlagDefinition, GroupType,
    GroupTypeIndex, PersonFacts, ProjectId, ProjectToken, PropertyMatching, Revision, SubjectFacts,
    Timestamp,
};
use burgee_wire::{AnswerEncoder, AnswerTail, Fragments, Shape, definitions_json};
use libfuzzer_sys::fuzz_target;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use uuid::Uuid;

fuzz_target!(|input: &[u8]| {
    let document = if input.starts_with(b"{") {
        serde_json::from_slice(input).ok()
    } else {
        document::grow(&mut Unstructured::new(input)).ok()
    };
    let Some(document) = document else {
        return;
    };
    let definitions = definitions(&document);
    let sent = definitions_json(&definitions);
    serde_json::from_slice::<IgnoredAny>(&sent).expect("the document is JSON");
    let (snapshot, _warnings) = compile(&definitions);
    let fetched = Facts {
        subject: Fetch::Done(SubjectFacts {
            person: Some(PersonFacts {
                properties: document["stored"].to_string(),
                created_at: Some(Timestamp::from_unix_millis(1_767_225_600_000)),
                static_cohorts: Vec::new(),
            }),
            groups: Vec::new(),
        }),
        hash_keys: Fetch::Done(Vec::new()),
    };
    for facts in [Facts::default(), fetched] {
        answer(&snapshot, &document["given"].to_string(), &facts);
    }
});

fn definitions(document: &Value) -> Definitions {
    Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(1),
        token: ProjectToken::parse("phc_fuzz").expect("a valid token"),
        revision: Revision(1),
        timezone: document["timezone"].as_str().unwrap_or("UTC").to_owned(),
        property_matching: PropertyMatching::from(u8::from(document["explicit"] == true) + 1),
        hold_polls_seconds: 0,
        flags: readable::<FlagDefinition>(&document["flags"]),
        cohorts: readable::<CohortDefinition>(&document["cohorts"]),
        group_types: vec![GroupType {
            index: GroupTypeIndex(0),
            name: "company".to_owned(),
        }],
    }
}

/// The entries that the model can read: others never get as far as compiling.
fn readable<T: DeserializeOwned>(entries: &Value) -> Vec<T> {
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    let read = |entry: &Value| serde_json::from_value(entry.clone()).ok();
    entries.iter().filter_map(read).collect()
}

fn answer(snapshot: &Snapshot, properties: &str, facts: &Facts) {
    let groups = [GivenGroup {
        group_type: "company",
        key: Some("\"acme\""),
        properties: Some(properties).filter(|text| text.starts_with('{')),
    }];
    let given = Given {
        distinct_id: "user",
        device_id: Some("device"),
        anon_distinct_id: Some("anonymous"),
        person_properties: Some(properties).filter(|text| text.starts_with('{')),
        geoip: &[("$geoip_country_code", "DE")],
        groups: &groups,
    };
    let plan = snapshot.plan(&Selection::default());
    let mut scratch = Scratch::default();
    if snapshot.read_given(&given, &mut scratch).is_err() {
        return;
    }
    let _ = snapshot.needs(&plan, &scratch);
    let fragments = Fragments::prepare(snapshot);
    let subject = Subject {
        given: &given,
        facts,
        now: Timestamp::from_unix_millis(1_767_225_600_000),
    };
    for shape in [Shape::FlagsV4, Shape::Legacy, Shape::Decide1] {
        let mut encoder = AnswerEncoder::begin(shape, &fragments);
        snapshot.evaluate(&plan, &subject, &mut scratch, |evaluation| {
            encoder.push(&evaluation);
        });
        let answer = encoder.finish(&AnswerTail {
            request_id: Uuid::nil(),
            evaluated_at_ms: 0,
            quota_limited: &[],
            config: None,
            errors: false,
        });
        serde_json::from_slice::<IgnoredAny>(&answer).expect("the answer is JSON");
    }
}
