//! Which route exists in which role (spec: service §1.1, §19 item 15).

use burgee_serve::Role;
use burgee_testkit::TestServer;
use serde_json::json;

const EVERYWHERE: [&str; 5] = ["/", "/_liveness", "/_readiness", "/_startup", "/metrics"];

/// Who has the route beside `all`, its method and path.
const ROUTES: [(Role, &str, &str); 20] = [
    (Role::Flags, "POST", "/flags"),
    (Role::Flags, "GET", "/flags/"),
    (Role::Flags, "POST", "/decide"),
    (Role::Flags, "POST", "/decide/"),
    (Role::Flags, "POST", "/ofrep/v1/evaluate/flags"),
    (Role::Flags, "POST", "/ofrep/v1/evaluate/flags/beta"),
    (Role::Flags, "GET", "/ofrep/v1/events"),
    (Role::Flags, "GET", "/array/phc_test/config"),
    (Role::Flags, "GET", "/array/phc_test/config.js"),
    (Role::Flags, "GET", "/api/surveys"),
    (Role::Flags, "GET", "/api/early_access_features/"),
    (Role::Definitions, "GET", "/flags/definitions"),
    (Role::Definitions, "GET", "/flags/definitions/"),
    (
        Role::Definitions,
        "GET",
        "/api/feature_flag/local_evaluation",
    ),
    (
        Role::Definitions,
        "GET",
        "/api/feature_flag/local_evaluation/",
    ),
    (Role::Definitions, "GET", "/flags/events"),
    (
        Role::Definitions,
        "GET",
        "/api/projects/1/feature_flags/beta/remote_config",
    ),
    (Role::Ingest, "POST", "/batch"),
    (Role::Ingest, "POST", "/i/v0/e/"),
    (Role::Ingest, "POST", "/i/v1/analytics/events"),
];

#[tokio::test]
async fn a_node_has_the_routes_of_its_role_and_no_others() {
    for name in Role::NAMES {
        let role = Role::parse(name).unwrap();
        let server = TestServer::builder(json!({}))
            .config(|config| config.role = role)
            .start()
            .await;
        for path in EVERYWHERE {
            assert_eq!(server.get(path).send().await.status, 200, "{name} {path}");
        }
        for (of, method, path) in ROUTES {
            let reply = server.request(method, path).send().await;
            let is_there = reply.status != 404;
            let should_be = role == Role::All || role == of;
            assert_eq!(is_there, should_be, "{name} {method} {path}");
            assert!(is_there || reply.body.is_empty(), "{name} {method} {path}");
        }
    }
}
