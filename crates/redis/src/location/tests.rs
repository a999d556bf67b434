//! URLs that are taken, and that none shows what is secret.

use super::*;

#[test]
fn servers_are_named_by_a_url_and_shown_without_what_is_secret() {
    for (url, shown) in [
        ("redis://cache", "redis://cache:6379"),
        ("redis://:secret@cache:7000/2", "redis://cache:7000/2"),
        (
            "rediss://u:secret@cache?ca=%2Fca.pem",
            "rediss://cache:6379",
        ),
        ("redis://[::1]:7000", "redis://[::1]:7000"),
        ("redis://[::1]", "redis://[::1]:6379"),
        (
            "redis+unix://u:secret@/run/redis.sock?database=3",
            "redis+unix:///run/redis.sock/3",
        ),
        (
            "redis+sentinel://u:secret@a,b:1/flags/4?sentinel_password=secret",
            "redis+sentinel://a:26379,b:1/flags/4",
        ),
        (
            "rediss+sentinel://a/flags",
            "rediss+sentinel://a:26379/flags",
        ),
        (
            "redis-cluster://u:secret@a:1,b,[::2]:3",
            "redis-cluster://a:1,b:6379,[::2]:3",
        ),
        ("rediss-cluster://a/", "rediss-cluster://a:6379"),
    ] {
        let location = url.parse::<RedisLocation>().unwrap();
        assert_eq!(location.to_string(), shown, "{url}");
        assert!(!format!("{location:?}").contains("secret"), "{url}");
    }
}

#[test]
fn what_is_secret_is_percent_decoded() {
    let url = "rediss+sentinel://a%40b:p%3Aw%2f@h/s%20t?sentinel_username=x&sentinel_password=%26\
        &ca=/c%20a&cert=/c&key=/k";
    let location = url.parse::<RedisLocation>().unwrap();
    assert_eq!(location.username.as_deref(), Some("a@b"));
    assert_eq!(location.password.as_deref(), Some("p:w/"));
    assert_eq!(location.sentinel_username.as_deref(), Some("x"));
    assert_eq!(location.sentinel_password.as_deref(), Some("&"));
    let tls = location.tls.unwrap();
    assert_eq!(tls.authority, Some(PathBuf::from("/c a")));
    assert_eq!(tls.client, Some((PathBuf::from("/c"), PathBuf::from("/k"))));
}

#[test]
fn other_texts_are_refused_without_repeating_them() {
    let many = format!("redis-cluster://{}secret", "a,".repeat(SERVERS_MAX));
    for url in [
        "",
        "secret",
        "http://secret",
        "redis+cluster://secret",
        "redis://",
        "redis://u:secret@",
        "redis://u:secret@h:port",
        "redis://u:secret@h:65536",
        "redis://u:secret@h/name",
        "redis://u:%ff@h",
        "redis://h?secret=1",
        "redis://h?ca=secret",
        "rediss://h?cert=secret",
        "redis://h?sentinel_password=secret",
        "redis+unix://h/secret",
        "redis+unix://u:secret@",
        "redis+sentinel://secret",
        "redis+sentinel://h,/secret",
        "redis-cluster://h/1",
        many.as_str(),
    ] {
        let error = url.parse::<RedisLocation>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{url}: {error}");
    }
    assert!(
        format!("redis-cluster://{}a", "a,".repeat(SERVERS_MAX - 1))
            .parse::<RedisLocation>()
            .is_ok()
    );
}
