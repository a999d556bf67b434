//! What the document costs from which SDKs evaluate flags themselves: `cargo bench -p burgee-wire`.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark of something that fails is none"
)]

use burgee_model::Definitions;
use burgee_wire::definitions_json;
use divan::{Bencher, black_box, counter::BytesCount};
use serde_json::{Value, json};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Flags with a list of 41 texts each; a hundred are a document of about 130 KB.
#[divan::bench(args = [100, 1_000])]
fn render_long_lists(bencher: Bencher<'_, '_>, flags: u32) {
    let definitions = definitions(flags);
    bencher
        .counter(BytesCount::new(definitions_json(&definitions).len()))
        .bench(|| definitions_json(black_box(&definitions)));
}

fn definitions(flags: u32) -> Definitions {
    let flags: Vec<Value> = (0..flags).map(flag).collect();
    let definitions = json!({
        "project": 1, "environment": 1, "token": "phc_bench", "revision": 1, "timezone": "UTC",
        "property_matching": 1, "flags": flags, "cohorts": [], "group_types": [],
    });
    serde_json::from_value(definitions).unwrap()
}

fn flag(at: u32) -> Value {
    let plan = |index: u32| format!("annual-{}-business-{at}", index * 7919 % 41);
    let plans: Vec<_> = (0..41).map(plan).collect();
    json!({
        "id": at, "key": format!("flag-{at}"), "name": format!("The flag with the number {at}"),
        "active": true,
        "filters": {"groups": [{
            "properties": [{"key": "plan", "type": "person", "operator": "exact", "value": plans}],
            "rollout_percentage": 100,
        }]},
    })
}
