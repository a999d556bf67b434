//! The operators against the tables of the specification, and their laws.

mod dates;
mod equality;
mod laws;
mod patterns;
mod ranges;
mod sizes;
mod table;
mod texts;
mod versions;

use burgee_model::{PropertyMatching, Timestamp};
use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::Value;

use super::{Test, ValueKind, ValueView, Verdict, is_truthy, text_of};

/// The moment of every test that does not choose its own: the anchor of relative dates.
const NOW: &str = "2020-01-01T12:01:20.134Z";

/// Compiles for released matching, in UTC.
fn compile(operator: &str, filter: &Value) -> Test {
    Test::compile(Some(operator), filter, PropertyMatching::Released, Tz::UTC).0
}

/// What a filter says of a property that is there.
fn verdict(operator: &str, filter: &Value, property: &Value) -> Verdict {
    ask(&compile(operator, filter), property, NOW, Tz::UTC)
}

/// What a filter says of a property that is not there.
fn missing(operator: &str, filter: &Value) -> Verdict {
    compile(operator, filter).missing()
}

/// The warning about a filter.
fn warning(operator: &str, filter: &Value) -> Option<String> {
    Test::compile(Some(operator), filter, PropertyMatching::Released, Tz::UTC).1
}

/// Asks as the slot reader does: folded texts are there only if the test wants them.
fn ask(compiled: &Test, property: &Value, now: &str, timezone: Tz) -> Verdict {
    let folding = compiled.folding();
    let text = text_of(property);
    let folded = |wanted: bool, fold: fn(&str) -> String| {
        if wanted { fold(&text) } else { String::new() }
    };
    let value = ValueView {
        kind: match property {
            Value::Null => ValueKind::Null,
            Value::Bool(truth) => ValueKind::Bool(*truth),
            Value::Number(number) => ValueKind::Number(number.as_f64().unwrap()),
            Value::String(_) => ValueKind::Text,
            Value::Array(_) | Value::Object(_) => ValueKind::Composite,
        },
        text: &text,
        lower: &folded(folding.unicode, str::to_lowercase),
        ascii_lower: &folded(folding.ascii, str::to_ascii_lowercase),
        truthy: is_truthy(property),
    };
    compiled.test(&value, timestamp(now), timezone)
}

fn timestamp(rfc3339: &str) -> Timestamp {
    let instant = DateTime::parse_from_rfc3339(rfc3339).unwrap();
    Timestamp::from_unix_micros(instant.timestamp_micros())
}
