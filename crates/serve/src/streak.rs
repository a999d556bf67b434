//! Whether something goes on failing. That is worth a line in the log when it begins and when it ends,
//! and none between.

/// A row of failures, or of successes.
#[derive(Debug, Default)]
pub(crate) struct Streak {
    is_failing: bool,
}

/// Where one row ends and another begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn<E> {
    /// The first failure after successes.
    Fails(E),
    /// The first success after failures.
    Recovers,
}

impl Streak {
    /// Notes an outcome; `None`: it was a success.
    pub(crate) fn note<E>(&mut self, failure: Option<E>) -> Option<Turn<E>> {
        let was_failing = std::mem::replace(&mut self.is_failing, failure.is_some());
        match failure {
            Some(failure) if !was_failing => Some(Turn::Fails(failure)),
            None if was_failing => Some(Turn::Recovers),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_turns_are_told() {
        let mut streak = Streak::default();
        for (failure, turn) in [
            (None, None),
            (Some(1), Some(Turn::Fails(1))),
            (Some(2), None),
            (None, Some(Turn::Recovers)),
            (None, None),
            (Some(3), Some(Turn::Fails(3))),
        ] {
            assert_eq!(streak.note(failure), turn, "{failure:?}");
        }
    }
}
