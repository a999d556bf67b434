//! Says on an answer how old the definitions are that it was made from, once that is worth saying.

use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};

use crate::serving::Serving;

/// In seconds.
const X_BURGEE_DEFINITIONS_AGE: HeaderName = HeaderName::from_static("x-burgee-definitions-age");

/// Adds the age of the definitions to `response` if it is past the threshold.
pub(crate) fn tell_age(serving: &Serving, response: &mut Response) {
    if let Some(age) = serving.sources().stale_seconds() {
        let age = HeaderValue::from(age);
        response.headers_mut().insert(X_BURGEE_DEFINITIONS_AGE, age);
    }
}
