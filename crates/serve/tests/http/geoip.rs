//! Location properties of the client's address (spec: service §12.2; engine §5.1).
//!
//! `geoip/places.mmdb` is made by `geoip/make_places.py` beside it.

use std::path::Path;

use burgee_serve::GeoIp;
use burgee_testkit::{Request, TestServer};
use serde_json::{Value, json};

const IN_RAVENSBURG: &str = "203.0.113.7";
const IN_PORTUGAL: &str = "2001:db8::7";
const NOWHERE: &str = "198.51.100.7";

/// One flag per property, on when the property is as in Ravensburg.
fn contents() -> Value {
    let flags: Vec<_> = [
        ("$geoip_city_name", "Ravensburg"),
        ("$geoip_country_name", "Germany"),
        ("$geoip_country_code", "DE"),
        ("$geoip_continent_name", "Europe"),
        ("$geoip_continent_code", "EU"),
        ("$geoip_postal_code", "88212"),
        ("$geoip_time_zone", "Europe/Berlin"),
    ]
    .iter()
    .map(|(key, value)| {
        let filter = json!({"key": key, "type": "person", "operator": "exact", "value": value});
        json!({"key": key, "filters": {"groups": [{"properties": [filter]}]}})
    })
    .collect();
    json!({"flags": flags})
}

async fn server() -> TestServer {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/geoip/places.mmdb");
    TestServer::builder(contents())
        .config(|config| config.trusted_proxy_hops = 1)
        .geoip(GeoIp::open(&file).unwrap())
        .start()
        .await
}

async fn on(request: Request, ip: &str) -> usize {
    let reply = request.header("x-forwarded-for", ip).send().await;
    let answer = reply.json();
    assert_eq!(answer["errorsWhileComputingFlags"], false);
    let flags = answer["flags"].as_object().unwrap();
    flags
        .values()
        .filter(|record| record["enabled"] == true)
        .count()
}

#[tokio::test]
async fn an_address_that_is_known_brings_its_place() {
    let server = server().await;
    let asked = json!({"distinct_id": "u"});
    for (ip, expected) in [
        (IN_RAVENSBURG, 7),
        (IN_PORTUGAL, 0),
        (NOWHERE, 0),
        ("127.0.0.1", 0),
    ] {
        assert_eq!(on(server.ask(&asked), ip).await, expected, "{ip}");
    }
    assert_eq!(on(server.ask(&asked), "6.6.6.6, 203.0.113.7:99").await, 7);
}

#[tokio::test]
async fn a_request_can_do_without() {
    let server = server().await;
    let asked = json!({"distinct_id": "u", "geoip_disable": true});
    assert_eq!(on(server.ask(&asked), IN_RAVENSBURG).await, 0);
    let asked = json!({"distinct_id": "u", "geoip_disable": false});
    assert_eq!(on(server.ask(&asked), IN_RAVENSBURG).await, 7);
}

#[tokio::test]
async fn what_the_caller_says_of_the_place_wins_unless_it_is_null() {
    let server = server().await;
    let asked = |country: Value| {
        let properties = json!({"$geoip_country_code": country, "plan": "pro"});
        server.ask(&json!({"distinct_id": "u", "person_properties": properties}))
    };
    assert_eq!(on(asked(json!("FR")), IN_RAVENSBURG).await, 6);
    assert_eq!(on(asked(json!(null)), IN_RAVENSBURG).await, 7);
    assert_eq!(on(asked(json!("DE")), NOWHERE).await, 1);
}

#[tokio::test]
async fn a_large_body_does_not_lose_the_place() {
    let server = server().await;
    let padding = "x".repeat(300_000);
    let properties = json!({"padding": padding});
    let asked = json!({"distinct_id": "u", "person_properties": properties});
    assert_eq!(on(server.ask(&asked), IN_RAVENSBURG).await, 7);
}

#[test]
fn a_file_that_is_no_database_is_refused_by_name() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = GeoIp::open(&file).unwrap_err().to_string();
    assert!(error.contains("Cargo.toml cannot be read"), "{error}");
}
