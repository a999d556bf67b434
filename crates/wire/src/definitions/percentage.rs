//! A percentage, written as the shortest number that it is.

use serde::{Serialize, Serializer};

/// A share in percent. A whole one is written without a fraction: the Java SDK before 2.12.1 loses
/// all definitions over `50.5` in a condition, and nobody should find out what it makes of `50.0`
/// (spec: sdk-protocol trap 14).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Percentage(pub(super) f64);

/// Whole numbers up to here are exact in binary64.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(share) = *self;
        if share.fract() == 0.0 && share.abs() <= WHOLE_MAX {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2⁵³")]
            return serializer.serialize_i64(share as i64);
        }
        serializer.serialize_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_percentage_has_no_fraction() {
        for (share, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (50.0, "50"),
            (100.0, "100"),
            (12.5, "12.5"),
            (33.33, "33.33"),
            (-1.0, "-1"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(serde_json::to_string(&Percentage(share)).unwrap(), expected);
        }
    }
}
