//! What the cluster serves: one project whose flags never change, and one flag, `moving`, that does.
//! The number of the newest change is the variant it answers, so any answer says how new it is.

use anyhow::Context as _;
use burgee_model::ProjectToken;
use burgee_store::{Change, ChangeSet};
use memchr::memmem;
use serde_json::{Value, json};

/// The public token of the one environment.
pub(crate) const TOKEN: &str = "phc_cluster";

/// A secret key of it.
pub(crate) const SECRET: &str = "phs_cluster_of_five_nodes";

/// The plan of the person who is asked about.
pub(crate) const PLAN: &str = "pro";

/// The key of the flag that changes.
pub(crate) const MOVING: &str = "moving";

/// What comes before the number of a change, in answers and in definitions.
const MARK: &str = "\"moving-";

/// The project with this many flags besides `moving`, each with a list of this many values. Those with
/// an even number are on for [`PLAN`].
pub(crate) fn project(flags: u16, values: u16) -> Value {
    let mut all: Vec<Value> = (0..flags).map(|number| steady(number, values)).collect();
    all.push(moving(flags, 0));
    json!({"token": TOKEN, "secret_keys": [SECRET], "flags": all})
}

/// The change with this number, which must be one more than the last.
pub(crate) fn change(flags: u16, number: u32) -> anyhow::Result<ChangeSet> {
    Ok(ChangeSet {
        expected: Vec::new(),
        changes: vec![Change::PutFlag {
            environment: ProjectToken::parse(TOKEN)?,
            flag: serde_json::from_value(moving(flags, number))?,
        }],
    })
}

/// The number of the newest change that an answer or a document has.
pub(crate) fn number_in(answer: &[u8]) -> Option<u32> {
    let start = memmem::find(answer, MARK.as_bytes())? + MARK.len();
    let digits = answer.get(start..)?;
    let digits = digits.split(|byte| *byte == b'"').next()?;
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether an answer of `/flags?v=2` is the right one, whichever change it has.
pub(crate) fn check_answer(flags: u16, answer: &[u8]) -> anyhow::Result<()> {
    let answer: Value = serde_json::from_slice(answer)?;
    anyhow::ensure!(
        answer.get("errorsWhileComputingFlags") == Some(&Value::Bool(false)),
        "errors while computing flags"
    );
    let answered = answer.get("flags").and_then(Value::as_object);
    let answered = answered.context("no flags")?;
    anyhow::ensure!(
        answered.len() == usize::from(flags) + 1,
        "{} flags",
        answered.len()
    );
    for number in 0..flags {
        let flag = answered.get(&key(number)).context("a flag is missing")?;
        let is_on = flag.get("enabled").and_then(Value::as_bool);
        anyhow::ensure!(
            is_on == Some(number.is_multiple_of(2)),
            "{} is {is_on:?}",
            key(number)
        );
    }
    Ok(())
}

/// Whether a document has every flag.
pub(crate) fn check_document(flags: u16, document: &[u8]) -> anyhow::Result<()> {
    let document: Value = serde_json::from_slice(document)?;
    let listed = document.get("flags").and_then(Value::as_array);
    let listed = listed.context("no flags")?.len();
    anyhow::ensure!(listed == usize::from(flags) + 1, "{listed} flags");
    Ok(())
}

fn key(number: u16) -> String {
    format!("steady-{number}")
}

fn steady(number: u16, values: u16) -> Value {
    let plan = if number.is_multiple_of(2) {
        PLAN
    } else {
        "free"
    };
    let mut plans = vec![plan.to_owned()];
    let before = u32::from(number) * u32::from(values);
    plans.extend((before..before + u32::from(values)).map(other_plan));
    json!({
        "id": number + 1,
        "key": key(number),
        "name": format!("The flag with the number {number}"),
        "filters": {"groups": [{
            "properties": [{"key": "plan", "type": "person", "operator": "exact", "value": plans}],
            "rollout_percentage": 100,
        }]},
    })
}

/// A text as people make them up: of words, and no two the same in one document.
fn other_plan(index: u32) -> String {
    const WORDS: [&str; 16] = [
        "annual", "basic", "business", "campus", "classic", "early", "family", "growth", "legacy",
        "monthly", "partner", "pilot", "reseller", "scale", "startup", "trial",
    ];
    let mixed = index.wrapping_mul(0x9E37_79B1) >> 7;
    let word = |of: u32| {
        WORDS
            .get(of as usize % WORDS.len())
            .copied()
            .unwrap_or_default()
    };
    format!("{}-{}-{index}", word(mixed), word(mixed >> 4))
}

fn moving(flags: u16, number: u32) -> Value {
    json!({
        "id": flags + 1,
        "key": MOVING,
        "active": true,
        "filters": {
            "groups": [{"properties": [], "rollout_percentage": 100}],
            "multivariate": {"variants": [
                {"key": format!("moving-{number}"), "name": "", "rollout_percentage": 100},
            ]},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_answer_says_which_change_it_has() {
        for (answer, expected) in [
            (r#"{"moving":{"variant":"moving-17"}}"#, Some(17)),
            (
                r#"{"flags":[{"key":"moving","filters":{"variants":[{"key":"moving-0"}]}}]}"#,
                Some(0),
            ),
            (r#"{"moving":{"variant":"moving-"}}"#, None),
            ("", None),
        ] {
            assert_eq!(number_in(answer.as_bytes()), expected, "{answer}");
        }
    }

    #[test]
    fn a_hundred_flags_are_a_document_of_about_135_kb() {
        let bytes = project(100, 40)["flags"].to_string().len();
        assert!((60_000..=140_000).contains(&bytes), "{bytes}");
    }
}
