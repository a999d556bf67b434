//! Payloads that are encrypted at rest: applied, exported, and encrypted anew.

use serde_json::{Value, json};

use crate::running::{Folder, Ran, environment};

const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const OTHER_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const VARIABLE: &str = "BURGEE_PAYLOADS_SECRET_KEYS";
const MARKER: &str = "\"********* (encrypted)\"";

/// Runs with these keys in the environment.
fn run(folder: &Folder, keys: &str, arguments: &[&str]) -> Ran {
    Ran::of(folder.command(arguments).env(VARIABLE, keys))
}

/// A file with one flag that has this payload.
fn file(folder: &Folder, payload: &Value) -> String {
    let flag = json!({
        "key": "secret", "active": true, "is_remote_configuration": true,
        "has_encrypted_payloads": true, "filters": {"groups": [], "payloads": {"true": payload}},
    });
    let fields = format!(r#""secret_keys": [], "flags": [{flag}]"#);
    folder.write("flags.json", &environment(&fields))
}

fn apply(folder: &Folder, keys: &str, payload: &Value) -> Ran {
    let file = file(folder, payload);
    run(folder, keys, &["apply", &file])
}

/// The payload as it is stored.
fn stored(folder: &Folder) -> String {
    let file: Value = serde_json::from_str(&folder.run(&["export"]).success()).unwrap();
    let flag = &file["projects"][0]["environments"][0]["flags"][0];
    let payload = flag["filters"]["payloads"]["true"].as_str();
    payload.expect("a text").to_owned()
}

fn is_token(payload: &str) -> bool {
    payload.starts_with("gAAAA")
}

#[test]
fn a_payload_is_encrypted_on_its_way_into_the_store_and_exported_as_it_is() {
    let folder = Folder::new();
    apply(&folder, KEY, &json!({"password": "hush"})).success();
    let token = stored(&folder);
    assert!(is_token(&token) && !token.contains("hush"), "{token}");

    let second = apply(&folder, KEY, &json!("{\"password\":\"hush\"}")).success();
    assert!(second.contains("nothing had to be changed"), "{second}");
    let rotated = format!("{OTHER_KEY},{KEY}");
    let third = apply(&folder, &rotated, &json!({"password": "hush"})).success();
    assert!(third.contains("nothing had to be changed"), "{third}");
    // The token and the marker stand for what is stored, and need no key.
    for payload in [&*token, MARKER] {
        let again = apply(&folder, "", &payload.into()).success();
        assert!(again.contains("nothing had to be changed"), "{again}");
    }
    apply(&folder, KEY, &json!("other")).success();
    assert_ne!(stored(&folder), token);
}

#[test]
fn a_payload_that_cannot_be_encrypted_is_refused() {
    let folder = Folder::new();
    for (keys, payload, reason) in [
        ("", "plain", "no key is configured (payloads.secret_keys"),
        (KEY, MARKER, "and none is stored"),
    ] {
        let ran = apply(&folder, keys, &payload.into());
        assert_eq!(ran.code, 2, "{ran:?}");
        let place = "projects[0].environments[0].flags[0].filters.payloads.true: ";
        assert!(ran.stderr.contains(place), "{ran:?}");
        assert!(ran.stderr.contains(reason), "{ran:?}");
    }
    let ran = apply(&folder, "not-a-key-but-long-enough", &json!("plain"));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("payloads.secret_keys"), "{ran:?}");
    assert!(!ran.stderr.contains("not-a-key"), "{ran:?}");
}

#[test]
fn after_encrypting_anew_the_older_key_is_not_needed() {
    let folder = Folder::new();
    apply(&folder, KEY, &json!("hush")).success();
    let before = stored(&folder);
    let reencrypt = ["payloads", "reencrypt"];
    let both = format!("{OTHER_KEY},{KEY}");
    let said = run(&folder, &both, &reencrypt).success();
    assert!(said.contains("1 payload encrypted anew, 0 had"), "{said}");
    assert!(is_token(&stored(&folder)) && stored(&folder) != before);
    let said = run(&folder, OTHER_KEY, &reencrypt).success();
    assert!(said.contains("0 payloads encrypted anew, 1 had"), "{said}");

    let ran = run(&folder, KEY, &reencrypt);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("Acme/production/secret"), "{ran:?}");
    let ran = folder.run(&reencrypt);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("burgee payloads new-key"), "{ran:?}");
}

#[test]
fn a_new_key_can_be_used() {
    let folder = Folder::new();
    let key = folder.run(&["payloads", "new-key"]).success();
    let other = folder.run(&["payloads", "new-key"]).success();
    assert_ne!(key, other);
    apply(&folder, key.trim_end(), &json!("hush")).success();
    assert!(is_token(&stored(&folder)));
}
