//! Asks Burgee through crates.io's `posthog-rs`, unchanged apart from its host.
//!
//! Usage: `burgee-e2e-rust URL TOKEN CALLS.json`. Prints one JSON object: what the SDK gave its caller.

use std::collections::HashMap;
use std::error::Error;

use posthog_rs::{Client, EvaluateFlagsOptions, Event, FlagValue};
use serde_json::{Map, Value, json};

/// The version in Cargo.toml, which is exact.
const VERSION: &str = "0.30.0";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, token, path] = arguments.as_slice() else {
        return Err("usage: URL TOKEN CALLS.json".into());
    };
    let scenario: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let keys: Vec<&str> = texts(&scenario["keys"]);
    let client = posthog_rs::client((token.as_str(), url.as_str())).await;
    let mut answers = Map::new();
    for call in scenario["calls"].as_array().into_iter().flatten() {
        let name = call["name"].as_str().unwrap_or_default();
        answers.insert(name.to_owned(), answer(&client, call, &keys).await?);
    }
    client.capture(Event::new("asked", "distinct_id_0"));
    client.shutdown().await;
    println!("{}", json!({"sdk": "posthog-rs (crates.io)", "version": VERSION, "answers": answers}));
    Ok(())
}

/// What the SDK says to one call: flag by flag from its snapshot, and all flags together.
async fn answer(client: &Client, call: &Value, keys: &[&str]) -> Result<Value, Box<dyn Error>> {
    let distinct_id = call["distinct_id"].as_str().unwrap_or_default().to_owned();
    let groups: Option<HashMap<String, String>> = read(&call["groups"])?;
    let person: Option<HashMap<String, Value>> = read(&call["person_properties"])?;
    let group: Option<HashMap<String, HashMap<String, Value>>> = read(&call["group_properties"])?;
    let options = EvaluateFlagsOptions {
        groups: groups.clone(),
        person_properties: person.clone(),
        group_properties: group.clone(),
        ..EvaluateFlagsOptions::default()
    };
    let snapshot = client.evaluate_flags(distinct_id.clone(), options).await?;
    let mut one_by_one = Map::new();
    let mut enabled = Map::new();
    let mut payloads = Map::new();
    for key in keys {
        one_by_one.insert((*key).to_owned(), snapshot.get_flag(key).map_or(Value::Null, value));
        enabled.insert((*key).to_owned(), json!(snapshot.is_enabled(key)));
        payloads.insert((*key).to_owned(), json!(snapshot.get_flag_payload(key)));
    }
    let (flags, _) = client.get_feature_flags(distinct_id, groups, person, group).await?;
    let together: Map<String, Value> =
        flags.into_iter().map(|(key, flag)| (key, value(flag))).collect();
    Ok(json!({
        "one_by_one": one_by_one,
        "enabled": enabled,
        "payloads": payloads,
        "together": together,
    }))
}

fn value(flag: FlagValue) -> Value {
    match flag {
        FlagValue::Boolean(on) => Value::Bool(on),
        FlagValue::String(variant) => Value::String(variant),
    }
}

/// A part of the call, or `None` where the call does not have it.
fn read<T: serde::de::DeserializeOwned>(part: &Value) -> serde_json::Result<Option<T>> {
    serde_json::from_value(part.clone())
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
