//! What a request costs on its way in and out: decoding one body, encoding one answer.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark of something that fails is none"
)]

use std::io::Write;

use burgee_eval::{Evaluation, FlagInfo, FlagValue, Miss, Outcome, Reason};
use burgee_model::FlagId;
use burgee_wire::{AnswerEncoder, AnswerTail, BodyEncoding, Fragments, Shape, decode_body};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use uuid::Uuid;

fn main() {
    divan::main();
}

const FLAGS: u32 = 100;

/// About 600 bytes, as a server SDK sends them.
const BODY: &str = r#"{"api_key":"phc_Zf1cQ0nZ8Jk2mT5xV7bL3sD9wR4yH6uE","distinct_id":"0192f3a4-7c1e-7b5a-9d2f-4e8c6a1b3d5f","groups":{"company":"acme-incorporated"},"person_properties":{"email":"somebody@example.com","plan":"enterprise","country":"DE","age":42,"is_admin":false,"app_version":"4.17.2","signed_up_at":"2025-11-03T09:41:00Z","$initial_referrer":null,"$browser":"Firefox","$os":"Linux","distinct_id":"0192f3a4-7c1e-7b5a-9d2f-4e8c6a1b3d5f"},"group_properties":{"company":{"$group_key":"acme-incorporated","seats":250,"tier":"gold"}},"geoip_disable":true,"device_id":null,"sent_at":"2026-11-21T12:00:00Z"}"#;

#[divan::bench]
fn decode_a_600_byte_body(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_str(BODY)).bench(|| {
        let text = decode_body(divan::black_box(BODY.as_bytes()), &BodyEncoding::default());
        let text = text.unwrap();
        divan::black_box(text.request().unwrap());
    });
}

#[divan::bench]
fn decode_a_600_byte_json5_body(bencher: Bencher<'_, '_>) {
    let body = format!("// json5\n{BODY}");
    bencher.counter(BytesCount::of_str(&body)).bench(|| {
        let text = decode_body(divan::black_box(body.as_bytes()), &BodyEncoding::default());
        let text = text.unwrap();
        divan::black_box(text.request().unwrap());
    });
}

#[divan::bench]
fn decode_a_600_byte_gzip_body(bencher: Bencher<'_, '_>) {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(BODY.as_bytes()).unwrap();
    let body = encoder.finish().unwrap();
    bencher.counter(BytesCount::of_str(BODY)).bench(|| {
        let text = decode_body(divan::black_box(&body), &BodyEncoding::default());
        let text = text.unwrap();
        divan::black_box(text.request().unwrap());
    });
}

#[divan::bench(args = [Shape::FlagsV2, Shape::FlagsV4, Shape::Legacy, Shape::Decide1])]
fn encode_100_flags(bencher: Bencher<'_, '_>, shape: Shape) {
    let flags: Vec<_> = (0..FLAGS)
        .map(|index| FlagInfo {
            index,
            id: FlagId(1_000 + i32::try_from(index).unwrap()),
            key: format!("checkout-experiment-{index}").into(),
            version: 12,
            has_experiment: index % 2 == 0,
        })
        .collect();
    let fragments = Fragments::of(&flags);
    let answer = || {
        let mut encoder = AnswerEncoder::begin(shape, &fragments);
        encoder.reserve(flags.len());
        for flag in divan::black_box(&flags) {
            encoder.push(&Evaluation {
                flag,
                outcome: outcome(flag.index),
            });
        }
        encoder.finish(&AnswerTail {
            request_id: Uuid::from_u128(7),
            evaluated_at_ms: 1_767_225_600_123,
            quota_limited: &[],
            config: None,
            errors: false,
        })
    };
    bencher
        .counter(BytesCount::new(answer().len()))
        .counter(ItemsCount::new(FLAGS))
        .bench(answer);
}

/// A third each on, off, and a variant with a payload.
fn outcome(index: u32) -> Outcome<'static> {
    let (value, reason, payload) = match index % 3 {
        0 => (FlagValue::On, Reason::ConditionMatch(index % 4), None),
        1 => (
            FlagValue::Off,
            Reason::NoConditionMatch(1, Miss::Plain),
            None,
        ),
        _ => (
            FlagValue::Variant("treatment"),
            Reason::ConditionMatch(0),
            Some(r#""{\"color\":\"blue\"}""#),
        ),
    };
    Outcome::Answered {
        value,
        reason,
        payload,
    }
}
