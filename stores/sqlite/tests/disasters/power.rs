//! The power is cut at any moment: what is acknowledged is there afterwards, where the store is told to be that durable.

use std::path::Path;
use std::sync::Mutex;

use es_runtime::contract::history::{Violation, check};
use es_runtime::{EventStore, Expected};
use es_sqlite::SqliteStore;

use crate::child::{Collected, assert_sound, seen};
use crate::common::one;
use crate::disk::{Disk, Survive};
use crate::number;
use crate::random::Random;
use crate::recording::{Op, record};
use crate::work::{Role, Task};

/// What was found after a cut.
#[derive(Debug, Default)]
struct Found {
    cuts: usize,
    /// How many cuts have lost acknowledged events.
    losing: usize,
    worst: usize,
    /// What no cut may do to a store, however durable.
    broken: Vec<String>,
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let found = cut_often(true);
    assert_eq!(found.broken, [""; 0]);
    assert_eq!(found.losing, 0);
}

#[test]
fn without_a_sync_for_each_commit_a_power_cut_loses_the_last_of_them_and_harms_nothing_else() {
    let found = cut_often(false);
    assert_eq!(found.broken, [""; 0]);
    // If the simulated disk lost nothing here, it could not show that syncing helps.
    assert!(found.losing > found.cuts / 10, "{found:?}");
}

fn cut_often(is_full: bool) -> Found {
    let mut random = Random::fresh();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("store");
    std::fs::create_dir(&place).unwrap();
    let ops = record(&Task {
        role: Role::Sessions {
            sessions: 3,
            commits: 120,
            is_full,
        },
        file: place.join("app.db"),
        seed: random.next() >> 8,
    });
    let cuts = number("ES_POWER_CUTS", 1_500);
    let found = Mutex::new(Found::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let seed = random.next();
            let (ops, found) = (&ops, &found);
            scope.spawn(move || cut_at_moments(ops, cuts / 2, &mut Random::new(seed), found));
        }
    });
    let found = found.into_inner().unwrap();
    println!(
        "{} operations, {} cuts, {} lost something acknowledged (at worst {} events), {} broke something",
        ops.len(),
        found.cuts,
        found.losing,
        found.worst,
        found.broken.len()
    );
    found
}

fn cut_at_moments(ops: &[Op], cuts: usize, random: &mut Random, found: &Mutex<Found>) {
    let mut moments: Vec<_> = (0..cuts).map(|_| random.below(ops.len() + 1)).collect();
    moments.sort_unstable();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut moments = moments.into_iter().peekable();
    let (mut disk, mut told) = (Disk::default(), Collected::default());
    for moment in 0..=ops.len() {
        while moments.next_if_eq(&moment).is_some() {
            let survive = Survive::any(random);
            let folder = tempfile::tempdir_in(fast_folder()).unwrap();
            for (name, bytes) in disk.cut(survive, random) {
                std::fs::write(folder.path().join(name), bytes).unwrap();
            }
            let outcome = runtime.block_on(look(&folder.path().join("app.db"), &told));
            let mut found = found.lock().unwrap();
            found.cuts += 1;
            match outcome {
                Ok(lost) => {
                    found.losing += usize::from(lost > 0);
                    found.worst = found.worst.max(lost);
                }
                Err(broken) => found
                    .broken
                    .push(format!("{survive:?} at {moment}: {broken}")),
            }
        }
        if let Some(op) = ops.get(moment) {
            disk.apply(op);
            if let Op::Say(line) = op {
                told.hear(0, line);
            }
        }
    }
}

/// In memory where there is such a folder: it is the simulated disk that forgets, not the one below.
fn fast_folder() -> std::path::PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Opens what a cut has left; tells how many acknowledged events are lost, or what is broken.
async fn look(file: &Path, told: &Collected) -> Result<usize, String> {
    let store = SqliteStore::open(file).map_err(|error| error.to_string())?;
    let log = seen(&store).await;
    let (lost, broken): (Vec<_>, Vec<_>) = check(&told.history(log.clone()))
        .into_iter()
        .partition(|violation| matches!(violation, Violation::Lost { .. }));
    if let Some(violation) = broken.first() {
        return Err(violation.to_string());
    }
    let receipt = store.append(one("after", Expected::Missing)).await;
    receipt.map_err(|error| error.to_string())?;
    if seen(&store).await.len() != log.len() + 1 {
        return Err("the log does not hold what was appended afterwards".to_owned());
    }
    drop(store);
    assert_sound(file);
    Ok(lost.len())
}
