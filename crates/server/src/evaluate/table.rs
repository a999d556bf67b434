//! Answers as a table for people, and under each flag, if that is wanted, why it is so.

use std::collections::HashMap;
use std::fmt::Write as _;

use burgee_eval::{ConditionExplanation, Evaluation, FlagExplanation, FlagValue, Outcome};
use burgee_wire::{failure_description, reason_description};

/// Longest payload that is shown, in characters.
const PAYLOAD_CHARS_MAX: usize = 60;

/// Headings.
const HEADINGS: [&str; 4] = ["FLAG", "VALUE", "REASON", "PAYLOAD"];

/// One line for each evaluation; with explanations, a tree under it.
pub(super) fn render(evaluations: &[Evaluation<'_>], explanations: &[FlagExplanation]) -> String {
    if evaluations.is_empty() {
        return "no flags\n".to_owned();
    }
    let by_key: HashMap<&str, &FlagExplanation> = explanations
        .iter()
        .map(|flag| (flag.key.as_str(), flag))
        .collect();
    let rows: Vec<[String; 4]> = evaluations.iter().map(row).collect();
    let widths = widths(&rows);
    let mut text = String::new();
    push_line(&mut text, &HEADINGS.map(str::to_owned), widths);
    for (row, evaluation) in rows.iter().zip(evaluations) {
        push_line(&mut text, row, widths);
        let explanation = by_key.get(evaluation.flag.key.as_ref());
        for condition in explanation.into_iter().flat_map(|flag| &flag.conditions) {
            push_condition(&mut text, condition);
        }
    }
    text
}

fn row(evaluation: &Evaluation<'_>) -> [String; 4] {
    let key = evaluation.flag.key.to_string();
    match evaluation.outcome {
        Outcome::Answered {
            value,
            reason,
            payload,
        } => {
            let value = match value {
                FlagValue::Off => "off".to_owned(),
                FlagValue::On => "on".to_owned(),
                FlagValue::Variant(key) => format!("\"{key}\""),
            };
            let reason = reason_description(reason).into_owned();
            [key, value, reason, payload.map(shorten).unwrap_or_default()]
        }
        Outcome::Failed(error) => {
            let reason = failure_description(error).to_owned();
            [key, "failed".to_owned(), reason, String::new()]
        }
    }
}

fn shorten(payload: &str) -> String {
    match payload.char_indices().nth(PAYLOAD_CHARS_MAX) {
        None => payload.to_owned(),
        Some((end, _)) => format!("{}…", payload.get(..end).unwrap_or_default()),
    }
}

/// Width of each column in characters.
fn widths(rows: &[[String; 4]]) -> [usize; 4] {
    let mut widths = HEADINGS.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

fn push_line(text: &mut String, cells: &[String; 4], widths: [usize; 4]) {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        // Writing to a string cannot fail.
        let _ = write!(line, "{cell:<width$}  ");
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

fn push_condition(text: &mut String, condition: &ConditionExplanation) {
    let mark = if condition.matched { "✓" } else { "·" };
    let name = match condition.index {
        -1 => "early access".to_owned(),
        -2 => "holdout".to_owned(),
        index => format!("condition {}", index.saturating_add(1)),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {mark} {name}: {}", condition.explanation);
    for property in &condition.properties {
        let mark = if property.matched { "✓" } else { "✗" };
        let _ = writeln!(text, "      {mark} {}", property.explanation);
    }
}
