//! JSON error bodies in the style that SDKs know from PostHog (spec: service §3.1 style J).
//!
//! Which status they go with is not known here.

use serde::Serialize;

/// An error for a program to branch on and a person to read: `detail` is what SDKs show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<'a> {
    /// The family, such as `authentication_error`; `type` on the wire.
    pub kind: &'a str,
    /// The case, such as `not_authenticated`.
    pub code: &'a str,
    /// One sentence.
    pub detail: &'a str,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    code: &'a str,
    detail: &'a str,
    /// Names a field in PostHog's management API; always null here.
    attr: Option<&'a str>,
}

impl Problem<'_> {
    /// The body.
    pub fn to_json(&self) -> Vec<u8> {
        let body = Body {
            kind: self.kind,
            code: self.code,
            detail: self.detail,
            attr: None,
        };
        // Writing texts to memory cannot fail.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_four_members_that_sdks_read() {
        let problem = Problem {
            kind: "authentication_error",
            code: "not_authenticated",
            detail: "Say \"who\".",
        };
        assert_eq!(
            String::from_utf8(problem.to_json()).unwrap(),
            r#"{"type":"authentication_error","code":"not_authenticated","detail":"Say \"who\".","attr":null}"#
        );
    }
}
