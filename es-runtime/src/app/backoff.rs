//! A pause between two attempts, longer each time, without an executor: one thread that sleeps for all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::signal::Signal;
use crate::sync::lock;

/// Waits before the attempt that follows `failed` ones: about a millisecond after the first, doubled up to 64.
pub(crate) async fn pause(failed: u32) {
    let longest = Duration::from_millis(1 << failed.clamp(1, 7));
    // A random part, so that those who collided do not collide again.
    let share = RandomState::new().hash_one(failed) % 1_000;
    let pause = longest / 2 + longest * u32::try_from(share).unwrap_or(0) / 2_000;
    sleep_until(Instant::now() + pause).await;
}

async fn sleep_until(deadline: Instant) {
    // Where the machine has no thread left, attempts follow each other without a pause.
    let Some(timer) = *TIMER else { return };
    let alarm = Arc::new(Signal::new());
    let rings = alarm.listen();
    timer.set(deadline, alarm.clone());
    rings.await;
}

static TIMER: LazyLock<Option<&'static Timer>> = LazyLock::new(Timer::start);

struct Timer {
    alarms: Mutex<BinaryHeap<Reverse<Due>>>,
    changed: Condvar,
}

/// An alarm and its time; ordered by time only.
struct Due(Instant, Arc<Signal>);

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl Timer {
    fn start() -> Option<&'static Self> {
        let timer: &'static Self = Box::leak(Box::new(Self {
            alarms: Mutex::default(),
            changed: Condvar::new(),
        }));
        let thread = std::thread::Builder::new().name("es-backoff".to_owned());
        thread.spawn(move || timer.run()).ok().map(|_| timer)
    }

    fn set(&self, deadline: Instant, alarm: Arc<Signal>) {
        lock(&self.alarms).push(Reverse(Due(deadline, alarm)));
        self.changed.notify_one();
    }

    fn run(&self) {
        let mut alarms = lock(&self.alarms);
        loop {
            let now = Instant::now();
            let wait = alarms
                .peek()
                .map(|Reverse(Due(at, _))| at.saturating_duration_since(now));
            match wait {
                Some(Duration::ZERO) => {
                    let due = alarms.pop();
                    // Behind the lock, since a waker is code of the executor. Whatever it does, the next alarm rings.
                    drop(alarms);
                    if let Some(Reverse(Due(_, alarm))) = due {
                        drop(catch_unwind(AssertUnwindSafe(|| alarm.notify_all())));
                    }
                    alarms = lock(&self.alarms);
                }
                Some(wait) => {
                    let woken = self.changed.wait_timeout(alarms, wait);
                    alarms = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => {
                    alarms = self
                        .changed
                        .wait(alarms)
                        .unwrap_or_else(PoisonError::into_inner)
                }
            }
        }
    }
}
