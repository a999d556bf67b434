//! Evaluates a flag through crates.io's `posthog-rs` whenever it is told to.
//!
//! Usage: `watching URL TOKEN KEY FLAG`. For each line of input it prints what the SDK says of the flag by itself
//! (`alone`) and when it asks the server (`asking`).

use std::error::Error;

use posthog_rs::{Client, ClientOptionsBuilder, EvaluateFlagsOptions, FlagValue};
use serde_json::json;

/// Seconds between polls of definitions; this SDK cannot poll more often.
const POLL_SECS: u64 = 1;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, token, key, flag] = arguments.as_slice() else {
        return Err("usage: URL TOKEN KEY FLAG".into());
    };
    let options = ClientOptionsBuilder::default()
        .api_key(token.clone())
        .host(url)
        .secret_key(key)
        .enable_local_evaluation(true)
        .poll_interval_seconds(POLL_SECS)
        .build()?;
    let client = posthog_rs::client(options).await;
    // The SDK polls on the runtime's other threads while this one waits for a line.
    for line in std::io::stdin().lines() {
        line?;
        let alone = ask(&client, flag, true).await?;
        let asking = ask(&client, flag, false).await?;
        println!("{}", json!({"alone": alone, "asking": asking}));
    }
    client.shutdown().await;
    Ok(())
}

/// What the SDK says of the flag. Not told which flag it is about, it would ask the server for all of them.
async fn ask(
    client: &Client,
    flag: &str,
    only_alone: bool,
) -> Result<Option<FlagValue>, posthog_rs::Error> {
    let options = EvaluateFlagsOptions {
        flag_keys: Some(vec![flag.to_owned()]),
        only_evaluate_locally: only_alone,
        ..EvaluateFlagsOptions::default()
    };
    Ok(client
        .evaluate_flags("anybody", options)
        .await?
        .get_flag(flag))
}
