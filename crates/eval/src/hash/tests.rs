//! The published vectors, from the specification and, where it is there, from the corpus.

use serde_json::Value;

use super::*;

#[test]
fn both_ways_agree_at_every_length_around_the_block_borders() {
    for length in 0..300 {
        let identifier = "x".repeat(length);
        let pieces = ["flag", ".", identifier.as_str(), "variant"];
        assert_eq!(
            hash60(pieces),
            hash_streaming(pieces),
            "identifier of {length} bytes"
        );
        let mut message = Message::default();
        message.lay(pieces);
        let fits = length <= BLOCK_BYTES - TRAILER_BYTES - "flag.variant".len();
        assert_eq!(message.hash60(), fits.then(|| hash60(pieces)), "{length}");
    }
}

#[test]
fn a_message_can_be_laid_out_again() {
    let mut message = Message::default();
    assert_eq!(message.hash60(), None);
    for pieces in [["a long piece ", "and another", "", ""], ["b", "", "", ""]] {
        message.lay(pieces);
        assert_eq!(message.hash60(), Some(hash60(pieces)));
    }
    message.lay(["x", "", "", &"y".repeat(BLOCK_BYTES)]);
    assert_eq!(message.hash60(), None);
}

#[test]
fn the_published_vectors_hold() {
    const VARIANT: &str = "variant";
    let cases = [
        ("beta-search.", "user-17", "", 10_492_988_951_066_325),
        ("beta-search-rollout.", "user-61", "", 4_877_548_465_783_555),
        (
            "beta-search-rollout.",
            "user-105",
            "",
            328_731_978_183_147_387,
        ),
        (
            "checkout-layout.",
            "user-61",
            VARIANT,
            656_963_752_835_486_210,
        ),
        (
            "checkout-layout.",
            "user-17",
            VARIANT,
            157_697_400_221_188_658,
        ),
        ("release.v2.", "a.b", VARIANT, 879_896_562_699_523_010),
        ("holdout-", "user-31", "", 22_452_617_458_000_287),
        ("holdout-", "user-77", "", 144_810_339_439_985_047),
        ("holdout-", "", "", 1_068_623_283_454_569_106),
        ("org-dashboard.", "42", "", 691_460_758_410_852_630),
        ("org-dashboard.", "42.0", "", 643_258_735_941_549_838),
        ("org-dashboard.", "org-9", "", 663_289_512_581_644_506),
        ("beta-search.", "ünïcødé-😀", "", 854_915_804_241_562_286),
        ("beta-search.", "", "", 716_191_312_249_573_320),
        ("simple-flag.", "distinct_id_0", "", 903_540_405_459_435_855),
        ("simple-flag.", "distinct_id_1", "", 391_655_497_148_620_903),
        (
            "multivariate-flag.",
            "distinct_id_0",
            "",
            578_810_171_284_552_400,
        ),
        (
            "multivariate-flag.",
            "distinct_id_0",
            VARIANT,
            713_249_647_405_254_928,
        ),
        ("my-flag.", "device_xyz789", "", 960_236_650_311_996_209),
        (
            "my-flag.",
            "user@example.com",
            "",
            1_083_442_121_922_295_883,
        ),
        (
            "my-flag.",
            "user@example.com",
            VARIANT,
            581_765_020_344_870_224,
        ),
    ];
    for (prefix, identifier, salt, expected) in cases {
        let pieces = [prefix, identifier, salt, ""];
        assert_eq!(hash60(pieces), expected, "{prefix}{identifier}{salt}");
    }
}

#[test]
fn every_vector_of_the_published_corpus_holds_to_the_bit() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/corpus/hash_sha1_60_v1.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("SKIPPED: there is no {path}");
        return;
    };
    let corpus: Value = serde_json::from_str(&text).unwrap();
    let vectors = corpus["vectors"].as_array().unwrap();
    for vector in vectors {
        let part = |name: &str| vector[name].as_str().unwrap();
        let hash = hash60([part("prefix"), part("identifier"), part("salt"), ""]);
        assert_eq!(hash.to_string(), part("n"), "{}", part("id"));
        let bits = format!("{:016x}", crate::split::hash01(hash).to_bits());
        assert_eq!(bits, part("hash01_binary64_hex"), "{}", part("id"));
    }
    println!("{} vectors, 0 differences", vectors.len());
}
