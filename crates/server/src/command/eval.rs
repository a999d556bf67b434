//! `burgee eval`.

use std::path::PathBuf;

use burgee_model::Timestamp;
use burgee_serve::Clock as _;
use clap::Args;
use serde_json::{Map, Value};

use super::{Failure, note_warnings};
use crate::apply::source;
use crate::clock::SystemClock;
use crate::evaluate::{self, Place, Question};
use crate::output;

/// Answer flags from a file, without a server.
///
/// Persons, groups and cohort members that the file declares count as stored: what is given here
/// counts before it, as in a request.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee eval flags.json --distinct-id user-1
  burgee eval flags.json --distinct-id user-1 --person-properties '{\"plan\": \"pro\"}' --explain
  burgee eval flags.json --distinct-id user-1 --groups '{\"organization\": \"acme\"}' --json
  burgee eval flags.json --distinct-id user-1 --flag new-checkout --now 2027-01-01T00:00:00Z")]
pub(super) struct Eval {
    /// JSON or YAML file; `-` reads standard input
    file: PathBuf,

    /// Whom to answer for
    #[arg(long, value_name = "ID")]
    distinct_id: String,

    /// The device, for flags that are bucketed by it
    #[arg(long, value_name = "ID")]
    device_id: Option<String>,

    /// Whom the person was before they logged in
    #[arg(long, value_name = "ID")]
    anon_distinct_id: Option<String>,

    /// Properties of the person, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    person_properties: Option<Map<String, Value>>,

    /// The person's groups, as a JSON object of group type to key
    #[arg(long, value_name = "JSON", value_parser = object)]
    groups: Option<Map<String, Value>>,

    /// Properties of the groups, as a JSON object of group type to object
    #[arg(long, value_name = "JSON", value_parser = object)]
    group_properties: Option<Map<String, Value>>,

    /// Only this flag; may be given several times
    #[arg(long = "flag", value_name = "KEY")]
    flags: Vec<String>,

    /// Which project, if the file has several
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// Which environment, if the project has several
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,

    /// Show why each condition did or did not match
    #[arg(long)]
    explain: bool,

    /// Answer as the server does to `POST /flags?v=2`
    #[arg(long)]
    json: bool,

    /// The present, for conditions on dates
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    now: Option<Timestamp>,
}

impl Eval {
    pub(super) fn run(self) -> Result<(), Failure> {
        let name = self.file.display().to_string();
        let text = source::read_text(&self.file)?;
        let place = Place {
            project: self.project.as_deref(),
            environment: self.environment.as_deref(),
        };
        let refused = |findings| Failure::file(&name, &findings);
        let scene = evaluate::read(&self.file, &text, place).map_err(refused)?;
        if !self.json {
            note_warnings(&name, &scene.warnings);
        }
        let now = self.now.unwrap_or_else(|| SystemClock::start().now());
        let question = Question {
            distinct_id: &self.distinct_id,
            device_id: self.device_id.as_deref(),
            anon_distinct_id: self.anon_distinct_id.as_deref(),
            person_properties: self.person_properties,
            groups: self.groups.unwrap_or_default(),
            group_properties: self.group_properties.unwrap_or_default(),
            flags: &self.flags,
            now,
        };
        let format = match (self.json, self.explain) {
            (false, false) => evaluate::Format::Table,
            (false, true) => evaluate::Format::Explained,
            (true, false) => evaluate::Format::Json,
            (true, true) => evaluate::Format::ExplainedJson,
        };
        let answer = evaluate::answer(&scene, &question, format)
            .map_err(|error| Failure::Refused(format!("{error:#}\n")))?;
        output::print(&answer);
        Ok(())
    }
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))
}

fn time(text: &str) -> Result<Timestamp, String> {
    let time = chrono::DateTime::parse_from_rfc3339(text).map_err(|error| error.to_string())?;
    Ok(Timestamp::from_unix_micros(time.timestamp_micros()))
}
