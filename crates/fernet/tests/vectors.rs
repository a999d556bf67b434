//! The test vectors of Fernet's specification.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_fernet::{FernetKeys, is_token};
use burgee_model::Timestamp;

const SECRET: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const TOKEN: &str = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

fn keys() -> FernetKeys {
    SECRET.parse().unwrap()
}

#[test]
fn a_text_becomes_the_token_of_the_specification() {
    // 1985-10-26T01:20:00-07:00
    let now = Timestamp::from_unix_millis(499_162_800_000);
    let random = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    assert_eq!(keys().encrypt("hello", now, random), TOKEN);
}

#[test]
fn a_token_is_read_with_and_without_its_padding() {
    for token in [TOKEN, TOKEN.trim_end_matches('=')] {
        assert_eq!(keys().decrypt(token).as_deref(), Some("hello"));
        assert!(is_token(token));
    }
}

#[test]
fn a_token_is_read_whatever_its_age() {
    for (what, token) in [
        (
            "made in the far future",
            "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==",
        ),
        (
            "past the time to live of the specification",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
        ),
    ] {
        assert_eq!(keys().decrypt(token).as_deref(), Some(""), "{what}");
    }
}

#[test]
fn what_the_specification_calls_invalid_is_not_read() {
    for (what, token, has_form) in [
        (
            "incorrect mac",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
            true,
        ),
        (
            "too short",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
            false,
        ),
        (
            "invalid base64",
            "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
            false,
        ),
        (
            "payload size not multiple of block size",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
            false,
        ),
        (
            "payload padding error",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
            true,
        ),
        (
            "incorrect initialisation vector",
            "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
            true,
        ),
        ("nothing", "", false),
        ("a text", "hello", false),
    ] {
        assert_eq!(keys().decrypt(token), None, "{what}");
        assert_eq!(is_token(token), has_form, "{what}");
    }
}

#[test]
fn a_token_with_any_bit_changed_is_not_read() {
    let end = TOKEN.trim_end_matches('=').len();
    for place in 0..end {
        let mut changed = TOKEN.as_bytes().to_vec();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(keys().decrypt(&changed), None, "{changed}");
    }
}
