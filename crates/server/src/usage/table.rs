//! Usage as a table: one line for each environment, kind and SDK, and what they come to.

use std::fmt::Write as _;

use super::Usage;

const COLUMNS: usize = 5;

const HEADINGS: [&str; COLUMNS] = ["ENVIRONMENT", "TOKEN", "KIND", "SDK", "REQUESTS"];

/// What is shown where there is nothing.
const NOTHING: &str = "-";

pub(super) fn table(usage: &Usage) -> String {
    let (since, until) = usage.span.shown();
    let mut text = format!("requests from {since} to {until}\n");
    if usage.totals.is_empty() {
        text.push_str("none\n");
        return text;
    }
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    for total in &usage.totals {
        let token = usage.token(total.environment).unwrap_or(NOTHING);
        rows.push([
            total.environment.to_string(),
            token.to_owned(),
            total.kind.as_str().to_owned(),
            total.library.as_str().to_owned(),
            total.count.to_string(),
        ]);
    }
    let sum = usage.totals.iter().map(|total| total.count);
    let sum = sum.fold(0_u64, u64::saturating_add);
    let all = ["all", "", "", "", &sum.to_string()].map(str::to_owned);
    rows.push(all);
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let [cells @ .., requests] = row;
        let [cell_widths @ .., requests_width] = widths;
        for (cell, width) in cells.iter().zip(cell_widths) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{requests:>requests_width$}");
    }
    text
}
