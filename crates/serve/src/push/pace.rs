//! Turns for those who are woken by a change: so many in a millisecond, the others after them.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How far behind its turn somebody may come whose turn counts as kept, as timers wake up late. What
/// is further behind is not made up for, or a pause would end with a stampede.
const LATE_MAX: Duration = Duration::from_millis(2);

/// Hands out turns. One number is kept, however many wait.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Between two turns; zero: all at once.
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// 0 a millisecond: no pace.
    pub(crate) fn new(per_ms: u32) -> Self {
        let interval = Duration::from_millis(1).checked_div(per_ms);
        Self {
            interval: interval.unwrap_or_default(),
            next: Mutex::default(),
        }
    }

    /// When it is the turn of the caller, who does so many things then; `None`: now.
    pub(crate) fn turn(&self, things: usize) -> Option<Instant> {
        if self.interval.is_zero() {
            return None;
        }
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(LATE_MAX).unwrap_or(now);
        let turn = next.map_or(now, |next| next.max(earliest));
        *next = Some(turn + self.interval * u32::try_from(things).unwrap_or(u32::MAX));
        // Timers go by milliseconds: what is due within this one is due.
        (turn >= now + Duration::from_millis(1)).then_some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_are_spread_and_a_pause_saves_hardly_any_up() {
        let pace = Pace::new(10);
        let now = Instant::now();
        let turns: Vec<_> = (0..40).map(|_| pace.turn(1)).collect();
        assert!(turns[..10].iter().all(Option::is_none), "{turns:?}");
        assert_eq!(turns[10], Some(now + Duration::from_millis(1)));
        assert_eq!(turns[39], Some(now + Duration::from_micros(3_900)));
        tokio::time::advance(Duration::from_secs(1)).await;
        let turns: Vec<_> = (0..31).map(|_| pace.turn(1)).collect();
        assert!(turns[..30].iter().all(Option::is_none), "{turns:?}");
        assert!(turns[30].is_some());
    }

    #[tokio::test]
    async fn without_a_pace_it_is_always_ones_turn() {
        let pace = Pace::new(0);
        assert!((0..1_000).all(|_| pace.turn(1).is_none()));
    }
}
