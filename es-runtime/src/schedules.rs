//! Running a piece of concurrent code under many schedules; only in builds under `--cfg es_shuttle`.

use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// How many schedules there are where `ES_SCHEDULES` says nothing.
const FEW: usize = 1_000;

/// Always the same, so that a schedule that fails fails again. `SHUTTLE_RANDOM_SEED` gives another.
const SEED: u64 = 20_261_125;

/// Changes of priority in a schedule of the second kind: most mistakes need no more.
const DEPTH: usize = 3;

/// The stacks of threads hold calls of SQLite that was compiled without optimisation.
const STACK: usize = 512 * 1024;

/// Runs `scenario` under as many schedules as the environment variable `ES_SCHEDULES` says: half of them choose the thread
/// that goes on at random, half by random priorities that change a few times (PCT).
pub fn explore(scenario: impl Fn() + Clone + Send + Sync + 'static) {
    let asked = std::env::var("ES_SCHEDULES").ok();
    let half = asked.and_then(|asked| asked.parse().ok()).unwrap_or(FEW) / 2;
    let mut config = Config::new();
    config.stack_size = STACK;
    let random = RandomScheduler::new_from_seed(SEED, half);
    Runner::new(random, config.clone()).run(scenario.clone());
    Runner::new(PctScheduler::new_from_seed(SEED, DEPTH, half), config).run(scenario);
}

/// A moment where there is no time: whether much has passed since is decided like everything else.
#[derive(Clone, Copy, Debug)]
pub struct Instant;

impl Instant {
    /// This one.
    #[must_use]
    pub fn now() -> Self {
        Self
    }

    /// Nothing, about as long as being woken takes, or longer than anybody waits.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Duration::from_micros([0, 60, 2_000][thread_rng().gen_range(0..3)])
    }
}
