//! Asks Burgee through crates.io's `posthog-rs`, unchanged apart from its host.
//!
//! Usage: `burgee-e2e-rust URL TOKEN CALLS.json [SECRET_KEY]`. Prints one JSON object: what the SDK gave its
//! caller. With a key the SDK evaluates by itself what it can, and only that is printed, as `alone`.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use posthog_rs::{Client, ClientOptionsBuilder, EvaluateFlagsOptions, Event, FlagValue};
use serde_json::{Map, Value, json};

const SDK: &str = "posthog-rs (crates.io)";

/// Seconds between polls of definitions. This SDK does not keep the ETag of its first one.
const POLL_SECS: u64 = 1;

/// For how long they go on.
const POLLING: Duration = Duration::from_secs(5);

/// The version in Cargo.toml, which is exact.
const VERSION: &str = "0.30.0";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, token, path, secret @ ..] = arguments.as_slice() else {
        return Err("usage: URL TOKEN CALLS.json [SECRET_KEY]".into());
    };
    let scenario: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    if let [secret] = secret {
        let answered = alone(url, token, secret, &scenario["decided_locally"]).await?;
        println!("{}", json!({"sdk": SDK, "version": VERSION, "alone": answered}));
        return Ok(());
    }
    let keys: Vec<&str> = texts(&scenario["keys"]);
    let client = posthog_rs::client((token.as_str(), url.as_str())).await;
    let mut answers = Map::new();
    for call in scenario["calls"].as_array().into_iter().flatten() {
        let name = call["name"].as_str().unwrap_or_default();
        answers.insert(name.to_owned(), answer(&client, call, &keys).await?);
    }
    client.capture(Event::new("asked", "distinct_id_0"));
    client.shutdown().await;
    println!("{}", json!({"sdk": SDK, "version": VERSION, "answers": answers}));
    Ok(())
}

/// What the SDK says to one call of which it knows everything, without the server.
async fn alone(url: &str, token: &str, secret: &str, call: &Value) -> Result<Value, Box<dyn Error>> {
    let options = ClientOptionsBuilder::default()
        .api_key(token.to_owned())
        .host(url)
        .secret_key(secret)
        .enable_local_evaluation(true)
        .poll_interval_seconds(POLL_SECS)
        .build()?;
    let client = posthog_rs::client(options).await;
    tokio::time::sleep(POLLING).await;
    let options = EvaluateFlagsOptions {
        groups: read(&call["groups"])?,
        person_properties: read(&call["person_properties"])?,
        group_properties: read(&call["group_properties"])?,
        only_evaluate_locally: true,
        ..EvaluateFlagsOptions::default()
    };
    let distinct_id = call["distinct_id"].as_str().unwrap_or_default().to_owned();
    let snapshot = client.evaluate_flags(distinct_id, options).await?;
    let flags = call["flags"].as_object().into_iter().flatten();
    let answered = flags.map(|(key, _)| (key.clone(), snapshot.get_flag(key).map_or(Value::Null, value)));
    let answered = answered.collect();
    client.shutdown().await;
    Ok(Value::Object(answered))
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
