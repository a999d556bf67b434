//! The many other forms of dates (spec: engine §4.7), compared with the `dateparser` crate that PostHog
//! reads them with.

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::{America::Los_Angeles, Asia::Kolkata, Tz};
use proptest::prelude::*;

use super::{Reading, parse};

const NOW: &str = "2024-07-15T20:00:00Z";

fn ours(text: &str, timezone: Tz) -> Option<DateTime<Utc>> {
    parse(text)?.instant(NOW.parse().unwrap(), timezone)
}

/// What the crate reads, with midnight in place of the clock.
fn theirs(text: &str, timezone: Tz) -> Option<DateTime<Utc>> {
    dateparser::parse_with(text, &timezone, NaiveTime::MIN).ok()
}

/// Every form that the crate documents, and the borders between them.
const READ_BY_THE_CRATE: &[&str] = &[
    "1511648546",
    "0000000000",
    "1620021848429",
    "1620024872717915000",
    "Wed, 02 Jun 2021 06:31:39 GMT",
    "Fri, 28 Nov 2014 12:00:00 -0700",
    "2 Jun 2021 06:31 EST",
    "2019-11-29 08:08-08",
    "2019-11-29 08:08:05-08",
    "2021-05-02 23:31:36.0741-07",
    "2019-11-29 08:15:47.624504-08",
    "2017-07-19 03:21:51+00:00",
    "2014-04-26 05:24:37 PM",
    "2021-04-30  21:14",
    "2021-04-30 09:14 am",
    "2017-11-25 13:31:15 PST",
    "2017-11-25 13:31 PST",
    "2014-12-16 06:20:00 UTC",
    "2014-04-26 13:13:43 +0800",
    "2014-04-26 13:13:44 +09:00",
    "2014-04-26 13:13:43+0800",
    "2012-08-03 18:31:59.257000000 +0000",
    "2015-09-30 18:48:56.35272715 UTC",
    "2014-04-26 13:13:43 CEST",
    "2021-02-21 PST",
    "2021-02-21 UTC",
    "2020-07-20+08:00",
    "2021-02-21 +0530",
    "2021-02-21 gmt",
    "2021-02-21 UTC+2",
    "2021-Feb-21",
    "2021-feb-01",
    "May 8, 2009 5:57:51 PM",
    "September 17, 2012 10:09am",
    "September 17, 2012, 10:10:09",
    "Sep 17, 2012 22:10",
    "sep. 17, 2012 22:10",
    "May 02, 2021 15:51:31 UTC",
    "May 02, 2021 15:51 UTC",
    "May 26, 2021, 12:49 AM PDT",
    "September 17, 2012 at 10:09am PST",
    "September 17 2012 10:09 +0100",
    "May 25, 2021",
    "oct 7, 1970",
    "oct 7, 70",
    "oct. 7, 1970",
    "oct. 7, 70",
    "October 7, 1970",
    "12 Feb 2006, 19:17",
    "12 Feb 2006 19:17",
    "14 May 2019 19:11:40.164",
    "12 Feb 06 19:17",
    "7 oct 70",
    "7 oct 1970",
    "03 February 2013",
    "1 July 2013",
    "1 July 123",
    "4/8/2014 22:05",
    "04/08/2014 22:05",
    "4/8/14 22:05",
    "04/2/2014 03:00:51",
    "8/8/1965 12:00:00 AM",
    "8/8/1965 01:00:01 PM",
    "8/8/1965 01:00 PM",
    "8/8/1965 1:00 PM",
    "8/8/1965 12:00 AM",
    "4/02/2014 03:00:51",
    "03/19/2012 10:11:59",
    "03/19/2012 10:11:59.3186369",
    "8/8/1965 1:00pm",
    "3/31/2014",
    "03/31/2014",
    "08/21/71",
    "8/1/71",
    "8/1/123",
    "2014/4/8 22:05",
    "2014/04/08 22:05",
    "2014/04/2 03:00:51",
    "2012/03/19 10:11:59.31863",
    "2014/4/02 03:00:51 PM",
    "2014/3/31",
    "2014/03/31",
    "3-31-2014",
    "03-3-2014",
    "08-21-71",
    "8-1-71",
    "4-8-2014 22:05",
    "4-8-14 22:05",
    "8-8-1965 12:00 AM",
    "03-19-2012 10:11:59.3186369",
    "3.31.2014",
    "03.31.2014",
    "08.21.71",
    "2014.03.30",
    "3.31.7",
    "171113 14:14:20",
    "691231 23:59:60",
    "2014年04月08日11时25分18秒",
    "2014年04月08日",
];

#[test]
fn every_form_is_read_as_the_crate_reads_it() {
    for text in READ_BY_THE_CRATE {
        for timezone in [Tz::UTC, Los_Angeles, Kolkata] {
            let expected = theirs(text, timezone);
            assert!(expected.is_some(), "the crate reads {text}");
            assert_eq!(ours(text, timezone), expected, "{text} in {timezone}");
        }
    }
}

#[test]
fn what_the_crate_refuses_is_refused() {
    let texts = [
        "",
        "hello",
        "May",
        "Mayday 5, 2021",
        "may 32, 2021",
        "13/13/2014",
        "2/30/2014",
        "0/1/2014",
        "25:00",
        "12:60",
        "13:00 PM",
        "0:30 am",
        "12:30:99",
        "4/8/2014 22",
        "2014/3",
        "3.2014",
        "151164854",
        "99999999999999999999",
        "12345678901",
        "9999999999999999999",
        "2021-02-21 5",
        "2021-02-21 12:30 +1",
        "2021-02-21 12:30 +25:61",
        "2021-02-21 12:30 Europe/Berlin",
        "2021-02-21 PST8PDT",
        "2014年4月8日",
        "171113",
        "171113 14:14",
        "Feb 2006",
        "7 octember 70",
        "06/01/2024 tomorrow",
        "1/2",
        "1-2",
        "1.2.",
        "12 Feb",
        "-1511648546",
        "2021/02/21 12:30 PST",
    ];
    for text in texts {
        assert_eq!(theirs(text, Tz::UTC), None, "{text}");
        assert_eq!(ours(text, Tz::UTC), None, "{text}");
    }
}

#[test]
fn dates_without_a_time_are_at_midnight_whatever_the_hour() {
    let midnight = Some("2024-06-01T07:00:00Z".parse().unwrap());
    for text in [
        "06/01/2024",
        "2024/06/01",
        "June 1, 2024",
        "1 Jun 2024",
        "6-1-24",
        "2024.06",
    ] {
        assert_eq!(ours(text, Los_Angeles), midnight, "{text}");
    }
    let in_the_named_zone = Some("2024-06-01T08:00:00Z".parse().unwrap());
    assert_eq!(ours("2024-06-01 PST", Kolkata), in_the_named_zone);
}

#[test]
fn a_few_more_spellings_are_taken() {
    for (text, rfc3339) in [
        ("June 1 2024", "2024-06-01T00:00:00Z"),
        ("2024-June-01", "2024-06-01T00:00:00Z"),
        ("May 6 9:24 PM", "2024-05-06T21:24:00Z"),
        ("2024-06-01 08:00:00 -08", "2024-06-01T16:00:00Z"),
    ] {
        assert_eq!(theirs(text, Tz::UTC), None, "{text}");
        assert_eq!(
            ours(text, Tz::UTC),
            Some(rfc3339.parse().unwrap()),
            "{text}"
        );
    }
}

/// Texts that look like dates: numbers, names and separators in any order.
fn datelike() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => (0..100_u32).prop_map(|number| format!("{number:02}")),
        2 => (0..13_u32).prop_map(|number| number.to_string()),
        2 => (1960..2040_u32).prop_map(|number| number.to_string()),
        6 => prop::sample::select(vec!["/", "-", ".", ":", ":", " ", " ", ", ", "年", "月", "日"])
            .prop_map(str::to_owned),
        2 => prop::sample::select(vec!["Feb", "march", "may.", "am", "PM", "at", "UTC", "PST", "+01", "+0100", "Z"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

/// Texts of a date and a time in every order and spelling.
fn well_formed() -> impl Strategy<Value = String> {
    let date = (1961..2060_i32, 1..13_u32, 1..29_u32, 0..14_usize);
    let time = (0..24_u32, 0..60_u32, 0..60_u32, 0..9_usize);
    let zone = prop::sample::select(vec!["", " UTC", " PST", " +0100", "+01:00", " CET", " EDT"]);
    (date, time, zone).prop_map(|((year, month, day, form), time, zone)| {
        let short_year = year % 100;
        let names = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let start = (month as usize - 1) * 3;
        let name = &names[start..start + 3];
        let date = match form {
            0 => format!("{year}-{month:02}-{day:02}"),
            1 => format!("{month}/{day}/{year}"),
            2 => format!("{month:02}/{day:02}/{short_year:02}"),
            3 => format!("{year}/{month}/{day}"),
            4 => format!("{name} {day}, {year}"),
            5 => format!("{name}. {day}, {short_year:02}"),
            6 => format!("{day} {name} {year}"),
            7 => format!("{day} {} {short_year:02}", name.to_lowercase()),
            8 => format!("{month}.{day}.{year}"),
            9 => format!("{year}.{month:02}.{day:02}"),
            10 => format!("{month}-{day}-{year}"),
            11 => format!("{short_year:02}{month:02}{day:02}"),
            12 => format!("{year}年{month:02}月{day:02}日"),
            _ => format!("{year}-{name}-{day:02}"),
        };
        let (hour, minute, second, form) = time;
        let hour12 = hour % 12 + 1;
        let time = match form {
            0 => String::new(),
            1 => format!(" {hour:02}:{minute:02}"),
            2 => format!(" {hour}:{minute:02}:{second:02}"),
            3 => format!(" {hour:02}:{minute:02}:{second:02}.{second}"),
            4 => format!(" {hour12}:{minute:02} PM"),
            5 => format!(" {hour12:02}:{minute:02}:{second:02}am"),
            6 => format!(", {hour:02}:{minute:02}"),
            7 => format!(" at {hour12:02}:{minute:02} AM"),
            _ => format!("{hour:02}时{minute:02}分{second:02}秒"),
        };
        date + &time + zone
    })
}

/// Whether the crate's answer is one to follow: it did not ask the clock for the day, and the text is
/// not just numbers and dots, where it takes `7.11` for a month of the year 7.
fn is_comparable(text: &str) -> bool {
    let needs_day = matches!(
        parse(text),
        Some(Reading::Today { .. } | Reading::ThisYear { .. })
    );
    let is_dotted = text.bytes().all(|byte| b"0123456789. +-".contains(&byte));
    !needs_day && !is_dotted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn dates_and_times_in_any_order_are_read_as_the_crate_reads_them(text in well_formed()) {
        if let Some(expected) = theirs(&text, Los_Angeles) {
            prop_assert_eq!(ours(&text, Los_Angeles), Some(expected));
        }
    }

    #[test]
    fn what_the_crate_makes_of_odd_texts_is_made_of_them_here(text in datelike()) {
        if let Some(expected) = theirs(&text, Los_Angeles).filter(|_| is_comparable(&text)) {
            prop_assert_eq!(ours(&text, Los_Angeles), Some(expected));
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_read(text in any::<String>()) {
        let _ = ours(&text, Los_Angeles);
    }
}
