//! A refusal as OFREP says it: the same status and headers, and a JSON body always
//! (spec: sdk-protocol "OFREP providers").

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use burgee_wire::{BodyError, DecodeError, OfrepErrorCode, OfrepProblem};

use super::{JSON, Refusal};

impl Refusal {
    /// For a request about the flag with this key, or about all.
    pub(crate) fn ofrep_response(&self, key: Option<&str>) -> Response {
        let details = self.ofrep_details();
        let problem = OfrepProblem {
            key,
            error_code: self.ofrep_code(),
            error_details: &details,
        };
        let mut response = self.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        *response.body_mut() = Body::from(problem.to_json());
        response
    }

    fn ofrep_code(&self) -> OfrepErrorCode {
        match self {
            Self::Body(BodyError::Decode(DecodeError::Malformed(_))) => OfrepErrorCode::ParseError,
            Self::Body(BodyError::Request(_)) => OfrepErrorCode::InvalidContext,
            Self::MissingDistinctId => OfrepErrorCode::TargetingKeyMissing,
            Self::UnknownFlag => OfrepErrorCode::FlagNotFound,
            _ => OfrepErrorCode::General,
        }
    }

    /// What a person is told, in the words of this protocol where ours would mislead.
    fn ofrep_details(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::MissingToken => {
                "No project token was given. Send it as `Authorization: Bearer …` or `X-API-Key`."
            }
            Self::MissingDistinctId => "The context has no `targetingKey`.",
            Self::Method { .. } => "The method is not allowed. Use POST.",
            _ => return self.answer().text,
        })
    }
}
