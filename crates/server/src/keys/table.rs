//! Keys as a table for people: one line for each environment that a key opens.

use std::fmt::Write as _;

use burgee_model::Timestamp;
use burgee_store::{KeyKind, KeyRecord};

use super::id;

const COLUMNS: usize = 9;

const HEADINGS: [&str; COLUMNS] = [
    "KEY",
    "ID",
    "KIND",
    "ENVIRONMENT",
    "NAME",
    "SCOPES",
    "CREATED",
    "LAST USED",
    "EXPIRES",
];

/// What is shown where there is nothing.
const NOTHING: &str = "-";

/// The oldest first; those whose age nobody noted before all others.
pub(crate) fn table(mut records: Vec<KeyRecord>, now: Timestamp) -> String {
    if records.is_empty() {
        return "no keys\n".to_owned();
    }
    records.sort_by_key(|record| (record.created_at, record.digest));
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    for record in &records {
        rows.extend(record_rows(record, now));
    }
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a string cannot fail.
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A moment to the minute, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_micros(at.unix_micros()).map_or_else(
        || "beyond all dates".to_owned(),
        |at| at.format("%Y-%m-%d %H:%M").to_string(),
    )
}

fn record_rows(record: &KeyRecord, now: Timestamp) -> impl Iterator<Item = [String; COLUMNS]> {
    record.places.iter().map(move |place| {
        let grant = &place.grant;
        let kind = match grant.kind {
            KeyKind::Secret => "secret",
            KeyKind::Personal => "personal",
        };
        let expires = match grant.expires_at {
            None => "never".to_owned(),
            Some(at) if at <= now => format!("{} (over)", moment(at)),
            Some(at) => moment(at),
        };
        let scopes = if grant.scopes.is_empty() {
            "all".to_owned()
        } else {
            grant.scopes.join(",")
        };
        [
            format!("{}…", record.hint),
            id(record.digest),
            kind.to_owned(),
            format!("{}/{}", place.project, place.environment),
            record.name.clone().unwrap_or_else(|| NOTHING.to_owned()),
            scopes,
            record.created_at.map_or_else(|| NOTHING.to_owned(), moment),
            record
                .last_used_at
                .map_or_else(|| "never".to_owned(), moment),
            expires,
        ]
    })
}
