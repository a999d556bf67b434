//! The formats of the wire: bytes to requests, evaluations to bytes. Pure; knows no HTTP server.
//!
//! A `POST /flags` takes these steps:
//! 1. [`FlagsQuery::parse`] reads the query string, [`Shape::choose`] decides the answer's format,
//!    once, at the door;
//! 2. [`decode_body`] undoes compression and form encoding;
//! 3. [`BodyText::request`] reads the fields, borrowing from that text; what is not strict JSON is
//!    read as JSON5 or base64 on the way;
//! 4. [`AnswerEncoder`] writes each evaluation as it comes, mostly by copying the [`Fragments`] that
//!    were prepared with the snapshot.
//!
//! ```
//! use burgee_wire::{BodyEncoding, BodyError, decode_body};
//!
//! # fn main() -> Result<(), BodyError> {
//! let body = decode_body(br#"{"api_key": "phc_demo", "distinct_id": 42}"#, &BodyEncoding::default())?;
//! let request = body.request()?;
//! assert_eq!(request.token.as_deref(), Some("phc_demo"));
//! assert_eq!(request.distinct_id.as_deref(), Some("42"));
//! # Ok(())
//! # }
//! ```

mod answer;
mod body;
mod config;
mod definitions;
mod event_stream;
mod fragments;
mod ofrep;
mod problem;
mod query;
mod quote;
mod reason;
mod remote_config;
mod request;
mod shape;

pub use answer::{AnswerEncoder, AnswerTail, minimal_envelope};
pub use body::{
    BODY_BYTES_MAX, BodyEncoding, BodyError, BodyText, DECOMPRESSED_BYTES_MAX, DecodeError,
    JSON_DEPTH_MAX, decode_body, decode_body_within,
};
pub use config::config_json;
pub use definitions::definitions_json;
pub use event_stream::{KEEP_ALIVE, definitions_event, refetch_event, retry_line};
pub use fragments::Fragments;
pub use ofrep::{
    OFREP_EVENTS_PATH, OFREP_FLAGS_PATH, OfrepEncoder, OfrepErrorCode, OfrepProblem,
    ofrep_flag_key, ofrep_over_quota, ofrep_record, ofrep_switched_off_record,
};
pub use problem::Problem;
pub use query::{Compression, FlagsQuery, QueryError, query_token};
pub use reason::{failure_code, failure_description, reason_code, reason_description};
pub use remote_config::{REDACTED_PAYLOAD, remote_config_json, remote_config_text};
pub use request::{
    EVALUATION_CONTEXTS_MAX, FlagsRequest, GROUPS_MAX, RequestError, RequestGroup, peek_token,
};
pub use shape::{Endpoint, Shape};
