//! Encodings, dialects and limits of bodies, and what is answered to those that are none.

use proptest::prelude::*;

use super::*;

const JSON: &str = r#"{"token":"phc_a","distinct_id":"ü1","person_properties":{"plan":"pro"}}"#;

fn request_of(body: &[u8], encoding: &BodyEncoding<'_>) -> Result<String, BodyError> {
    let text = decode_body(body, encoding)?;
    Ok(format!("{:?}", text.request()?))
}

fn expected() -> String {
    format!("{:?}", FlagsRequest::parse(JSON).unwrap())
}

fn encode(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn typed(content_type: &str) -> BodyEncoding<'_> {
    BodyEncoding {
        content_type: Some(content_type),
        ..BodyEncoding::default()
    }
}

fn compressed(compression: Compression<'_>) -> BodyEncoding<'_> {
    BodyEncoding {
        compression: Some(compression),
        ..BodyEncoding::default()
    }
}

fn content_encoded(value: &str) -> BodyEncoding<'_> {
    BodyEncoding {
        content_encoding: Some(value),
        ..BodyEncoding::default()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_encoding_of_a_body_gives_the_same_request() {
    let gzip = gzip::tests::compress(JSON.as_bytes());
    let json5 = "\u{feff}{token: 'phc_a', /* who */ distinct_id: \"ü1\",\n\
                 person_properties: {\"plan\":\"pro\"},} // end";
    let base64 = encode(JSON.as_bytes());
    let cases: Vec<(&str, Vec<u8>, BodyEncoding<'_>)> = vec![
        ("plain", JSON.into(), BodyEncoding::default()),
        (
            "json",
            JSON.into(),
            typed("Application/JSON; charset=utf-8"),
        ),
        ("text", JSON.into(), typed("text/plain;charset=UTF-8")),
        ("no type in the header", JSON.into(), typed(" ")),
        (
            "white space",
            format!(" \n{JSON}\r\n").into(),
            BodyEncoding::default(),
        ),
        (
            "base64 said, JSON sent",
            JSON.into(),
            compressed(Compression::Base64),
        ),
        (
            "gzip by parameter",
            gzip.clone(),
            compressed(Compression::Gzip),
        ),
        ("gzip by header", gzip.clone(), content_encoded("GZIP")),
        (
            "gzip among others",
            gzip.clone(),
            content_encoded("identity, gzip"),
        ),
        ("gzip by magic", gzip.clone(), typed("text/plain")),
        (
            "gzip by magic, other encoding",
            gzip,
            content_encoded("identity"),
        ),
        ("json5", json5.into(), BodyEncoding::default()),
        (
            "json5 in gzip",
            gzip::tests::compress(json5.as_bytes()),
            BodyEncoding::default(),
        ),
        (
            "json5 in base64",
            encode(json5.as_bytes()).into(),
            BodyEncoding::default(),
        ),
        ("base64", base64.clone().into(), BodyEncoding::default()),
        (
            "base64, said",
            base64.clone().into(),
            compressed(Compression::Base64),
        ),
        (
            "base64, no padding",
            base64.trim_end_matches('=').into(),
            BodyEncoding::default(),
        ),
        (
            "base64, url-encoded",
            base64.replace('=', "%3D").into(),
            BodyEncoding::default(),
        ),
        (
            "base64, spaces",
            base64.replace('w', "w ").into(),
            BodyEncoding::default(),
        ),
        (
            "form",
            format!("data={}", base64.replace('=', "%3D")).into(),
            typed(FORM),
        ),
        (
            "form, raw padding",
            format!("data={base64}").into(),
            typed(FORM),
        ),
        (
            "form, parameters",
            format!("data={base64}").into(),
            typed("application/x-www-form-urlencoded; charset=utf-8"),
        ),
        ("form without its name", base64.clone().into(), typed(FORM)),
        (
            "form, base64 said",
            format!("data={base64}").into(),
            BodyEncoding {
                compression: Some(Compression::Base64),
                ..typed(FORM)
            },
        ),
    ];
    for (name, body, encoding) in cases {
        assert_eq!(request_of(&body, &encoding), Ok(expected()), "{name}");
    }
}

#[test]
fn plain_json_is_not_copied() {
    let text = decode_body(JSON.as_bytes(), &BodyEncoding::default()).unwrap();
    assert!(matches!(text.text, Cow::Borrowed(_)));
    assert!(matches!(
        text.request().unwrap().token,
        Some(Cow::Borrowed("phc_a"))
    ));
    assert_eq!(text.rewritten.get(), None);
}

#[test]
fn what_is_not_utf8_is_replaced() {
    let text = decode_body(b"{\"distinct_id\":\"a\xff\"}", &BodyEncoding::default()).unwrap();
    assert_eq!(
        text.request().unwrap().distinct_id.as_deref(),
        Some("a\u{fffd}")
    );
    let form = format!("data={}", encode(b"{\"distinct_id\":\"a\xff\"}"));
    let text = decode_body(form.as_bytes(), &typed(FORM)).unwrap();
    assert_eq!(
        text.request().unwrap().distinct_id.as_deref(),
        Some("a\u{fffd}")
    );
}

#[test]
fn numbers_that_are_not_finite_become_null() {
    let body = b"{person_properties: {a: NaN, b: -Infinity}, distinct_id: 1e999}";
    let text = decode_body(body, &BodyEncoding::default()).unwrap();
    let request = text.request().unwrap();
    assert_eq!(
        request.person_properties.as_deref(),
        Some(r#"{"a":null,"b":null}"#)
    );
    assert_eq!(request.distinct_id, None);
}

/// A request that nests `depth` levels, its own object and the properties among them.
fn nested(depth: usize) -> String {
    let lists = depth - 2;
    format!(
        r#"{{"token":"a","person_properties":{{"deep":{}1{}}}}}"#,
        "[".repeat(lists),
        "]".repeat(lists)
    )
}

#[test]
fn nesting_is_allowed_to_128_levels_in_every_encoding() {
    let too_deep = Err(BodyError::Decode(DecodeError::too_deep()));
    let (deepest, over) = (nested(JSON_DEPTH_MAX), nested(JSON_DEPTH_MAX + 1));
    let encode_all = |json: &str| -> [(Vec<u8>, BodyEncoding<'_>); 5] {
        [
            (json.into(), BodyEncoding::default()),
            (json.replace('"', "'").into(), BodyEncoding::default()),
            (
                gzip::tests::compress(json.as_bytes()),
                BodyEncoding::default(),
            ),
            (encode(json.as_bytes()).into(), BodyEncoding::default()),
            (
                format!("data={}", encode(json.as_bytes())).into(),
                typed(FORM),
            ),
        ]
    };
    for (body, encoding) in encode_all(&deepest) {
        assert!(request_of(&body, &encoding).is_ok());
    }
    for (body, encoding) in encode_all(&over) {
        assert_eq!(request_of(&body, &encoding), too_deep);
    }
    let in_text = format!(r#"{{"distinct_id":"{}"}}"#, "[{".repeat(1_000));
    assert!(request_of(in_text.as_bytes(), &BodyEncoding::default()).is_ok());
    let in_comment = format!("{{/* {} */}}", "[{'".repeat(1_000));
    assert!(request_of(in_comment.as_bytes(), &BodyEncoding::default()).is_ok());
}

#[test]
fn a_body_of_4_mib_is_read_and_a_byte_more_is_not() {
    let padded = |size: usize| {
        let json = format!("{JSON}{}", " ".repeat(size - JSON.len()));
        gzip::tests::compress(json.as_bytes())
    };
    let largest = padded(DECOMPRESSED_BYTES_MAX);
    assert_eq!(
        request_of(&largest, &BodyEncoding::default()),
        Ok(expected())
    );
    assert_eq!(
        request_of(
            &padded(DECOMPRESSED_BYTES_MAX + 1),
            &BodyEncoding::default()
        ),
        Err(BodyError::Decode(DecodeError::TooLarge {
            bytes_max: 4_194_304
        }))
    );
    assert_eq!(BODY_BYTES_MAX, 2_097_152);
}

#[test]
fn a_caller_may_ask_for_less_than_the_limit() {
    let gzip = gzip::tests::compress(&[b' '; 5_000]);
    for body in [&[b' '; 5_000], &*gzip] {
        let within = |bytes_max| decode_body_within(body, &BodyEncoding::default(), bytes_max);
        assert_eq!(within(5_000).unwrap().text.len(), 5_000);
        let refused = within(4_999).unwrap_err();
        assert_eq!(refused, DecodeError::TooLarge { bytes_max: 4_999 });
    }
}

#[test]
fn every_malformed_body_is_refused_with_its_reason() {
    let gzip_of_text = gzip::tests::compress(b"no request");
    let cut = &gzip::tests::compress(JSON.as_bytes())[..20];
    let form = typed(FORM);
    let plain = BodyEncoding::default();
    let by_parameter = compressed(Compression::Gzip);
    let cases: Vec<(&[u8], BodyEncoding<'_>, &str)> = vec![
        (b"", plain, "invalid JSON"),
        (b" ", plain, "invalid JSON"),
        (b"hello", plain, "invalid JSON"),
        (b"{", plain, "invalid JSON"),
        (b"}", plain, "invalid JSON"),
        (b"{}{}", plain, "invalid JSON"),
        (b"{} trailing", plain, "invalid JSON"),
        (b"[]", plain, "invalid JSON"),
        (b"[{\"token\":\"a\"}]", plain, "invalid JSON"),
        (b"null", plain, "invalid JSON"),
        (b"true", plain, "invalid JSON"),
        (b"12345", plain, "invalid JSON"),
        (b"\"text\"", plain, "invalid JSON"),
        (b"NaN", plain, "invalid JSON"),
        (b"\0\0\0\0", plain, "invalid JSON"),
        (b"\xff\xfe{}", plain, "invalid JSON"),
        (b"{\"token\"}", plain, "invalid JSON"),
        (b"{\"token\":}", plain, "invalid JSON"),
        (b"{\"token\":\"a\",,}", plain, "invalid JSON"),
        (
            b"{\"token\":\"a\" \"distinct_id\":\"b\"}",
            plain,
            "invalid JSON",
        ),
        (b"{\"token\":\"a", plain, "invalid JSON"),
        (b"{\"token\":\"\\ud800\"}", plain, "invalid JSON"),
        (b"{\"token\":\"a\"} /* open", plain, "invalid JSON"),
        (b"{\"distinct_id\": 01}", plain, "invalid JSON"),
        (b"{\"distinct_id\": undefined}", plain, "invalid JSON"),
        (b"<request token='a'/>", plain, "invalid JSON"),
        (b"token=a&distinct_id=b", plain, "invalid JSON"),
        (b"data=eyJ0b2tlbiI6ImEifQ==", plain, "invalid JSON"),
        (b"bm8gcmVxdWVzdA==", plain, "invalid JSON"),
        (b"WzFd", plain, "invalid JSON"),
        (b"\x1f\x8b", plain, "invalid gzip data"),
        (cut, plain, "invalid gzip data"),
        (&gzip_of_text, plain, "invalid JSON"),
        (JSON.as_bytes(), by_parameter, "invalid gzip data"),
        (
            JSON.as_bytes(),
            content_encoded("gzip"),
            "invalid gzip data",
        ),
        (
            b"\x28\xb5\x2f\xfd\x04\x00",
            content_encoded("zstd"),
            "invalid JSON",
        ),
        (
            b"\x78\x9c\xab\xae\x05\x00",
            content_encoded("deflate"),
            "invalid JSON",
        ),
        (b"\x0b\x01\x80{}\x03", content_encoded("br"), "invalid JSON"),
        (
            JSON.as_bytes(),
            compressed(Compression::Unsupported("lz64")),
            "Unsupported compression type",
        ),
        (
            JSON.as_bytes(),
            typed("application/xml"),
            "unsupported content type: application/xml",
        ),
        (
            JSON.as_bytes(),
            typed("multipart/form-data; boundary=x"),
            "unsupported content type: multipart/form-data; boundary=x",
        ),
        (
            JSON.as_bytes(),
            typed("json"),
            "unsupported content type: json",
        ),
        (JSON.as_bytes(), form, "form data is not base64"),
        (b"data=", form, "invalid JSON structure"),
        (b"", form, "invalid JSON structure"),
        (b"data=bm8gcmVxdWVzdA==", form, "invalid JSON structure"),
        (b"data=WzFd", form, "invalid JSON structure"),
        (b"data=e2E6MX0=", form, "invalid JSON structure"),
        (b"data=e30&ip=1", form, "form data is not base64"),
        (b"data=\xff", form, "form data is not UTF-8"),
        (
            b"{\"distinct_id\":true}",
            plain,
            "distinct_id: invalid type: boolean `true`",
        ),
        (
            b"{distinct_id:[]}",
            plain,
            "distinct_id: invalid type: sequence",
        ),
        (
            b"eyJ0b2tlbiI6MX0=",
            plain,
            "token: invalid type: integer `1`",
        ),
        (
            b"data=eyJ0b2tlbiI6MX0=",
            form,
            "token: invalid type: integer `1`",
        ),
    ];
    assert!(cases.len() >= 40);
    for (body, encoding, message) in cases {
        let refused = request_of(body, &encoding).unwrap_err();
        let body = String::from_utf8_lossy(body);
        assert_eq!(refused.to_string(), message, "{body} {encoding:?}");
    }
}

fn any_encoding() -> impl Strategy<Value = BodyEncoding<'static>> {
    let types = [
        None,
        Some("application/json"),
        Some(FORM),
        Some("text/plain"),
        Some("image/png"),
    ];
    let encodings = [None, Some("gzip"), Some("br")];
    let compressions = [
        None,
        Some(Compression::Gzip),
        Some(Compression::Base64),
        Some(Compression::Unsupported("x")),
    ];
    (
        prop::sample::select(types.to_vec()),
        prop::sample::select(encodings.to_vec()),
        prop::sample::select(compressions.to_vec()),
    )
        .prop_map(
            |(content_type, content_encoding, compression)| BodyEncoding {
                content_type,
                content_encoding,
                compression,
            },
        )
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        encoding in any_encoding(),
    ) {
        let _ = request_of(&bytes, &encoding);
        let _ = request_of(&gzip::tests::compress(&bytes), &encoding);
        let _ = request_of(encode(&bytes).as_bytes(), &encoding);
    }

    #[test]
    fn one_request_is_the_same_in_every_encoding(
        token in "[ -~]{0,20}",
        distinct_id in any::<String>(),
        properties in proptest::collection::hash_map(any::<String>(), any::<i32>(), 0..5),
    ) {
        let json = serde_json::json!({
            "token": token, "distinct_id": distinct_id, "person_properties": properties,
        }).to_string();
        let plain = request_of(json.as_bytes(), &BodyEncoding::default()).unwrap();
        let base64 = encode(json.as_bytes());
        let json5 = format!("// json5\n{json}/**/");
        for (body, encoding) in [
            (gzip::tests::compress(json.as_bytes()), BodyEncoding::default()),
            (base64.clone().into(), BodyEncoding::default()),
            (format!("data={base64}").into(), typed(FORM)),
            (json5.into(), BodyEncoding::default()),
        ] {
            prop_assert_eq!(&request_of(&body, &encoding).unwrap(), &plain);
        }
    }
}
