//! Ours: applications on new files, and tasks that keep them busy.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use es_runtime::{App, AppOptions};
use es_sqlite::SqliteStore;
use tokio::runtime::Runtime;

/// An application on a new file. It takes no snapshots, which would spare it the reading that is measured.
pub fn app(file: &Path) -> App<SqliteStore> {
    let store = SqliteStore::open(file).expect("a store");
    App::with_options(store, AppOptions::default().without_snapshots())
}

/// Where tasks run.
pub fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

/// Lets `tasks` tasks do a piece of work again and again for `time`; gives how many pieces were done per second.
pub fn in_tasks<W, F>(runtime: &Runtime, tasks: usize, time: Duration, work: W) -> f64
where
    W: Fn(usize) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let work = Arc::new(work);
    let begun = Instant::now();
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let work = work.clone();
            runtime.spawn(async move {
                let mut done = 0_u32;
                while begun.elapsed() < time {
                    work(task).await;
                    done += 1;
                }
                done
            })
        })
        .collect();
    let done: u32 = running
        .into_iter()
        .map(|task| runtime.block_on(task).expect("a task that did not panic"))
        .sum();
    f64::from(done) / begun.elapsed().as_secs_f64()
}
