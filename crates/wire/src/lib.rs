//! The formats of the wire: bytes to requests, evaluations to bytes. Pure; knows no HTTP server.
//!
//! A `POST /flags` takes these steps:
//! 1. [`FlagsQuery::parse`] reads the query string, [`Shape::choose`] decides the answer's format,
//!    once, at the door;
//! 2. [`decode_body`] undoes compression and base64 and yields strict JSON text;
//! 3. [`FlagsRequest::parse`] reads the fields, borrowing from that text;
//! 4. [`AnswerEncoder`] writes each evaluation as it comes, mostly by copying the [`Fragments`] that
//!    were prepared with the snapshot.

mod answer;
mod body;
mod fragments;
mod query;
mod reason;
mod request;
mod shape;

pub use answer::{AnswerEncoder, AnswerTail, minimal_envelope};
pub use body::{BodyEncoding, DecodeError, decode_body};
pub use fragments::Fragments;
pub use query::{Compression, FlagsQuery, QueryError};
pub use reason::{failure_code, failure_description, reason_code, reason_description};
pub use request::{FlagsRequest, RequestError, RequestGroup, peek_token};
pub use shape::{Endpoint, Shape};
