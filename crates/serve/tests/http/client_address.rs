//! The client's address behind proxies (spec: service §12.1): what a client writes itself is not
//! believed.

use burgee_testkit::TestServer;
use serde_json::json;

/// The address that is logged when `hops` proxies are trusted and these headers come.
async fn logged(hops: usize, forwarded: &[&str]) -> String {
    let server = TestServer::builder(json!({}))
        .config(|config| config.trusted_proxy_hops = hops)
        .start()
        .await;
    let mut request = server.ask(&json!({"distinct_id": "u"}));
    for value in forwarded {
        request = request.header("x-forwarded-for", value);
    }
    request.send().await;
    let line = server.log.take().pop().unwrap();
    let (_, ip) = line.split_once(" ip=").unwrap();
    ip.split(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn only_trusted_proxies_are_believed() {
    for (hops, forwarded, expected) in [
        (0, &[][..], "127.0.0.1"),
        (0, &["203.0.113.7"], "127.0.0.1"),
        (1, &["203.0.113.7"], "203.0.113.7"),
        (1, &["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (1, &["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        (2, &["6.6.6.6, 203.0.113.7, 10.0.0.1"], "203.0.113.7"),
        (1, &["203.0.113.7:4711"], "203.0.113.7"),
        (1, &["[2001:db8::7]:4711"], "2001:db8::7"),
        (1, &["2001:db8::7"], "2001:db8::7"),
        (1, &["nonsense"], "127.0.0.1"),
        (1, &[""], "127.0.0.1"),
        (1, &[], "127.0.0.1"),
    ] {
        assert_eq!(
            logged(hops, forwarded).await,
            expected,
            "{hops} {forwarded:?}"
        );
    }
}
