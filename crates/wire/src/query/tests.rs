//! Every parameter, its aliases and its odd spellings.

use super::*;

fn parse(query: &str) -> FlagsQuery<'_> {
    FlagsQuery::parse(query).unwrap()
}

#[test]
fn what_sdks_send_is_read() {
    assert_eq!(parse(""), FlagsQuery::default());
    assert_eq!(
        parse("v=3&ip=1&_=1767225600123&ver=1.180.0&compression=base64&verbosity=0"),
        FlagsQuery {
            version: Some("3".into()),
            compression: Some(Compression::Base64),
            lib_version: Some("1.180.0".into()),
            sent_at_ms: Some(1_767_225_600_123),
            ..FlagsQuery::default()
        }
    );
    assert_eq!(
        parse(
            "version=2&lib_version=a%2Bb&sent_at=-5&config=true\
             &only_evaluate_survey_feature_flags=true&detailed_analysis\
             &only_use_override_person_properties=1"
        ),
        FlagsQuery {
            version: Some("2".into()),
            compression: None,
            config: Some(true),
            only_surveys: true,
            detailed_analysis: true,
            only_overrides: true,
            lib_version: Some("a+b".into()),
            sent_at_ms: Some(-5),
        }
    );
}

#[test]
fn a_switch_is_off_only_when_it_says_so() {
    for (value, expected) in [
        ("true", true),
        ("1", true),
        ("yes", true),
        ("on", true),
        ("", true),
        ("maybe", true),
        ("2", true),
        ("false", false),
        ("False", false),
        ("0", false),
        ("no", false),
        ("off", false),
        ("%66alse", false),
    ] {
        let query = format!("config={value}");
        assert_eq!(parse(&query).config, Some(expected), "{query}");
    }
    assert_eq!(parse("config").config, Some(true));
    assert_eq!(parse("configuration=1").config, None);
}

#[test]
fn compression_is_read_in_any_case() {
    for (value, expected) in [
        ("", None),
        ("gzip", Some(Compression::Gzip)),
        ("GZIP-JS", Some(Compression::Gzip)),
        ("gzip%2Djs", Some(Compression::Gzip)),
        ("Base64", Some(Compression::Base64)),
        ("lz64", Some(Compression::Unsupported("lz64"))),
        ("b%72", Some(Compression::Unsupported("b%72"))),
    ] {
        let query = format!("compression={value}");
        assert_eq!(parse(&query).compression, expected, "{query}");
    }
}

#[test]
fn empty_is_absent_for_what_is_not_a_switch() {
    assert_eq!(parse("v=&ver=&_=&compression="), FlagsQuery::default());
    assert_eq!(parse("v&ver&_&&=&"), FlagsQuery::default());
}

#[test]
fn a_parameter_twice_and_a_time_that_is_no_number_are_refused() {
    for (query, message) in [
        ("v=2&v=2", "duplicate field `v`"),
        ("v=2&version=2", "duplicate field `version`"),
        ("v=&v=2", "duplicate field `v`"),
        ("ver=1&lib_version=1", "duplicate field `lib_version`"),
        ("_=1&sent_at=1", "duplicate field `sent_at`"),
        ("config=1&config=1", "duplicate field `config`"),
        (
            "compression=gzip&compression=gzip",
            "duplicate field `compression`",
        ),
        ("_=soon", "sent_at: invalid digit found in string"),
        ("sent_at=1.5", "sent_at: invalid digit found in string"),
        (
            "_=9223372036854775808",
            "sent_at: number too large to fit in target type",
        ),
    ] {
        assert_eq!(
            FlagsQuery::parse(query),
            Err(QueryError(message.to_owned())),
            "{query}"
        );
    }
    assert!(
        parse("ip=1&ip=2").version.is_none(),
        "unknown ones may repeat"
    );
}
