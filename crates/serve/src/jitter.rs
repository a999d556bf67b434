//! Waits that differ from node to node and from client to client, so that what failed together does
//! not come back together.

use std::time::Duration;

use uuid::Uuid;

/// Between half of `duration` and all of it.
pub(crate) fn jittered(duration: Duration) -> Duration {
    let half = duration / 2;
    half + half.mul_f64(fraction())
}

/// 0 to 1, each time another.
fn fraction() -> f64 {
    let [first, second, ..] = *Uuid::new_v4().as_bytes();
    f64::from(u16::from_be_bytes([first, second])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jittered_wait_is_at_least_half_and_at_most_all_of_it() {
        let whole = Duration::from_secs(8);
        let waits: Vec<_> = (0..200).map(|_| jittered(whole)).collect();
        assert!(
            waits
                .iter()
                .all(|wait| *wait >= whole / 2 && *wait <= whole)
        );
        assert!(waits.iter().any(|wait| *wait != waits[0]));
        assert_eq!(jittered(Duration::ZERO), Duration::ZERO);
    }
}
