//! The six ways to compare two ordered things.

/// How a property is compared with the filter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Whether `property` compares with `bound` in this way. What has no order (NaN) only differs.
    pub(super) fn holds<T: PartialOrd>(self, property: &T, bound: &T) -> bool {
        match self {
            Self::Equal => property == bound,
            Self::NotEqual => property != bound,
            Self::Less => property < bound,
            Self::LessOrEqual => property <= bound,
            Self::Greater => property > bound,
            Self::GreaterOrEqual => property >= bound,
        }
    }
}
