//! Dates (spec: engine §4.7).

use burgee_model::PropertyMatching;
use chrono_tz::{America::Los_Angeles, Europe::Berlin, Tz};
use serde_json::{Value, json};

use super::{NOW, Test, ask, verdict, warning};
use crate::operator::Verdict::{No, Yes};

/// Where a property lies relative to a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Before,
    Same,
    After,
    /// One of the two is no date.
    None,
}
use Order::{After, Before, Same};

fn order(filter: &str, property: &Value, now: &str, timezone: Tz) -> Order {
    let holds = |operator| {
        let matching = PropertyMatching::Released;
        let (test, _) = Test::compile(Some(operator), &json!(filter), matching, timezone);
        ask(&test, property, now, timezone) == Yes
    };
    match ["is_date_before", "is_date_exact", "is_date_after"].map(holds) {
        [true, false, false] => Before,
        [false, true, false] => Same,
        [false, false, true] => After,
        [false, false, false] => Order::None,
        impossible => panic!("{filter} {property} {impossible:?}"),
    }
}

/// The filter means the instant `rfc3339`.
fn means(filter: &str, rfc3339: &str, now: &str, timezone: Tz) {
    let order = order(filter, &json!(rfc3339), now, timezone);
    assert_eq!(order, Same, "{filter} is {rfc3339} at {now} in {timezone}");
}

#[test]
fn the_forms_of_iso_dates_are_read() {
    let cases = [
        ("2024-06-01T03:04:05Z", "2024-06-01T03:04:05Z"),
        ("2024-06-01t03:04:05z", "2024-06-01T03:04:05Z"),
        ("2024-06-01 03:04:05Z", "2024-06-01T03:04:05Z"),
        ("2024-06-01T03:04:05.25+02:00", "2024-06-01T01:04:05.25Z"),
        ("2024-06-01", "2024-06-01T00:00:00-07:00"),
        ("2024-6-1", "2024-06-01T00:00:00-07:00"),
        (" 2024-06-01", "2024-06-01T00:00:00-07:00"),
        ("24-6-1", "0024-06-01T07:52:58Z"),
        ("2024-06-01 08:00:00", "2024-06-01T08:00:00-07:00"),
        ("2024-06-01 08:00:00.5", "2024-06-01T08:00:00.5-07:00"),
        ("2024-06-01T08:00:00", "2024-06-01T08:00:00-07:00"),
        ("2024-06-01T08:00:00.125", "2024-06-01T08:00:00.125-07:00"),
        ("2024-06-01 08:00", "2024-06-01T08:00:00-07:00"),
        ("2024-06-01T08:00", "2024-06-01T08:00:00-07:00"),
    ];
    for (filter, instant) in cases {
        means(filter, instant, NOW, Los_Angeles);
    }
}

#[test]
fn these_are_no_dates() {
    let texts = [
        "2024",
        "2024-06",
        "20240601",
        "now",
        "today",
        "",
        " ",
        "-",
        "d",
        "2024-06-01T00:00Z",
        "2024-06-01T00:00:00+0000",
        "2024-06-01T00:00:00+02",
        "2024-06-01 ",
        "2024-06-01T00:00:00Z ",
        "2024-06-01 08:00:00 ",
        "2024-06-01T24:00:00",
        "24:00:00",
        "2024-13-01",
        "2024-02-30",
        "1.2y",
        "1s",
        "1",
        "100000d",
        "1000000h",
        "10000m",
        "--7d",
        "+7d",
        "7 d",
        "7D",
        "٧d",
    ];
    for text in texts {
        for operator in ["is_date_before", "is_date_exact", "is_date_after"] {
            assert_eq!(
                verdict(operator, &json!(text), &json!("2024-06-01")),
                No,
                "{text}"
            );
            let expected = format!("`{text}` is not a date, so the filter never matches");
            assert_eq!(warning(operator, &json!(text)), Some(expected));
        }
    }
    for text in ["2024-06", "20240601x", "now", "", "2024-06-01 "] {
        assert_eq!(
            order("2024-06-01", &json!(text), NOW, Tz::UTC),
            Order::None,
            "{text}"
        );
    }
}

#[test]
fn a_filter_has_to_be_a_string() {
    for filter in [json!(1_717_225_200), json!(["2024-06-01"]), json!(true)] {
        assert_eq!(verdict("is_date_after", &filter, &json!("2025-01-01")), No);
    }
}

#[test]
fn numeric_properties_are_unix_seconds() {
    let cases = [
        (json!(1_717_200_000), Same),
        (json!("1717200000"), Same),
        (json!(1_717_200_000.5), After),
        (json!("1717200000.000000001"), Same),
        (json!(1_717_199_999), Before),
        (json!("2024"), Before),
        (json!(1_710_979_200_000_i64), After),
        (json!(10_000_000_000_000_i64), Order::None),
        (json!("1e13"), Order::None),
        (json!("inf"), Order::None),
        (json!("nan"), Order::None),
        (json!(true), Order::None),
        (json!([1]), Order::None),
    ];
    for (property, expected) in cases {
        let order = order("2024-06-01", &property, NOW, Tz::UTC);
        assert_eq!(order, expected, "{property}");
    }
}

#[test]
fn seconds_before_the_epoch_lose_their_fraction() {
    for (property, instant) in [
        (-1.5, "1969-12-31T23:59:58Z"),
        (-1.0, "1969-12-31T23:59:59Z"),
        (-0.25, "1969-12-31T23:59:59Z"),
        (0.25, "1970-01-01T00:00:00.25Z"),
    ] {
        assert_eq!(
            order(instant, &json!(property), NOW, Tz::UTC),
            Same,
            "{property}"
        );
    }
}

#[test]
fn relative_dates_go_back_on_the_wall_clock() {
    let cases = [
        ("24h", "2019-12-31T12:01:20.134Z"),
        ("-1d", "2019-12-31T12:01:20.134Z"),
        ("1d", "2019-12-31T12:01:20.134Z"),
        ("0001d", "2019-12-31T12:01:20.134Z"),
        ("0d", "2020-01-01T12:01:20.134Z"),
        ("-2w", "2019-12-18T12:01:20.134Z"),
        ("1m", "2019-12-01T12:01:20.134Z"),
        ("12m", "2019-01-01T12:01:20.134Z"),
        ("1y", "2019-01-01T12:01:20.134Z"),
        ("0y", "2020-01-01T12:01:20.134Z"),
        ("9999h", "2018-11-10T21:01:20.134Z"),
    ];
    for (filter, instant) in cases {
        means(filter, instant, NOW, Tz::UTC);
    }
    for unit in ["h", "d", "w", "m", "y"] {
        let farthest = order(&format!("9999{unit}"), &json!(NOW), NOW, Tz::UTC);
        assert_eq!(farthest, After, "{unit}");
    }
}

#[test]
fn months_and_years_keep_the_shortest_day_on_the_way() {
    let cases = [
        ("2024-03-31T08:00:00Z", "2m", "2024-01-29T08:00:00Z"),
        ("2023-03-31T08:00:00Z", "2m", "2023-01-28T08:00:00Z"),
        ("2024-05-31T08:00:00Z", "1m", "2024-04-30T08:00:00Z"),
        ("2024-05-31T08:00:00Z", "2m", "2024-03-30T08:00:00Z"),
        ("2024-05-31T08:00:00Z", "100m", "2016-01-28T08:00:00Z"),
        ("2024-02-29T08:00:00Z", "4y", "2020-02-28T08:00:00Z"),
        ("2024-02-29T08:00:00Z", "1y", "2023-02-28T08:00:00Z"),
        ("2024-01-31T08:00:00Z", "4y", "2020-01-31T08:00:00Z"),
    ];
    for (now, filter, instant) in cases {
        means(filter, instant, now, Tz::UTC);
    }
}

#[test]
fn a_relative_date_is_read_in_the_timezone_of_the_environment() {
    // Berlin has put its clocks forward on 31 March 2024: a day ago was 23 hours ago.
    means(
        "1d",
        "2024-03-30T20:00:00+01:00",
        "2024-03-31T20:00:00+02:00",
        Berlin,
    );
    means(
        "24h",
        "2024-03-30T20:00:00+01:00",
        "2024-03-31T20:00:00+02:00",
        Berlin,
    );
    // 00:30 on 1 March in Berlin is still February in London.
    means(
        "1m",
        "2024-02-01T00:30:00+01:00",
        "2024-02-29T23:30:00Z",
        Berlin,
    );
}

#[test]
fn a_property_may_be_a_relative_date_itself() {
    assert_eq!(order("2019-12-25", &json!("-7d"), NOW, Tz::UTC), After);
    assert_eq!(order("-7d", &json!("-7d"), NOW, Tz::UTC), Same);
}

#[test]
fn wall_clocks_are_read_in_the_timezone_of_the_environment() {
    let cases = [
        ("2024-06-01", json!("2024-06-01T03:00:00Z"), Before),
        ("2024-06-01", json!("2024-06-01T08:00:00Z"), After),
        ("2024-06-01", json!(1_717_225_200), Same),
        ("2024-06-01", json!(1_717_225_201), After),
        ("2024-06-01T14:00:00Z", json!("2024-06-01 08:00:00"), After),
    ];
    for (filter, property, expected) in cases {
        let order = order(filter, &property, NOW, Los_Angeles);
        assert_eq!(order, expected, "{filter} {property}");
    }
}

#[test]
fn a_clock_reading_that_comes_twice_is_the_earlier_and_one_that_never_comes_is_none() {
    means("2024-10-27 02:30:00", "2024-10-27T00:30:00Z", NOW, Berlin);
    let skipped = order("2024-03-31 02:30:00", &json!(NOW), NOW, Berlin);
    assert_eq!(skipped, Order::None);
    let skipped = order("2024-03-31", &json!("2024-03-31 02:30:00"), NOW, Berlin);
    assert_eq!(skipped, Order::None);
}

#[test]
fn what_depends_on_the_day_is_read_anew_each_day() {
    for day in ["2020-01-01", "2024-07-15"] {
        let now = format!("{day}T20:00:00Z");
        means("12:30", &format!("{day}T12:30:00Z"), &now, Tz::UTC);
        means("4:00pm", &format!("{day}T16:00:00Z"), &now, Tz::UTC);
        means(
            "6:00 AM PST",
            &format!("{day}T06:00:00-08:00"),
            &now,
            Tz::UTC,
        );
    }
    // It is already tomorrow in Berlin.
    means(
        "12:30",
        "2024-07-16T12:30:00+02:00",
        "2024-07-15T23:00:00Z",
        Berlin,
    );
    means("May 27 02:45:27", "2020-05-27T02:45:27Z", NOW, Tz::UTC);
    means(
        "May 6 at 9:24 PM",
        "2024-05-06T21:24:00Z",
        "2024-01-01T00:00:00Z",
        Tz::UTC,
    );
}
