//! Ours beside the floor: `cargo bench -p es-benches --bench speed [-- words of the rows to run]`.

use std::path::PathBuf;
use std::time::Duration;

use es_benches::table;

mod memory;
mod read;
mod rows;
mod write;

/// How long a round takes.
const ROUND: Duration = Duration::from_millis(400);

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    table::head();
    let run = |name: &str, row: &dyn Fn(&str)| {
        if wanted.iter().all(|word| name.contains(word.as_str())) {
            row(name);
        }
    };
    for place in [Place::disk(), Place::memory()] {
        let named = |work: &str| format!("{work}, {}", place.name);
        run(&named("command on a new aggregate, 1 task"), &|name| {
            write::one_task(&place, name);
        });
        for tasks in [8, 64] {
            let work = format!("command on a new aggregate, {tasks} tasks");
            run(&named(&work), &|name| {
                write::many_tasks(&place, name, tasks)
            });
        }
        run(&named("n-th command on one aggregate"), &|name| {
            write::nth_command(&place, name);
        });
        run(&named("the same at 10,000 events, as at 0"), &|name| {
            write::late_command(&place, name);
        });
        run(&named("8 tasks on one aggregate, as on 8"), &|name| {
            write::one_aggregate(&place, name);
        });
        run(&named("100 events in one commit"), &|name| {
            write::hundred_events(&place, name);
        });
        run(&named("our tables as the lean table, 64 tasks"), &|name| {
            write::tables(&place, name);
        });
    }
    for events in [1_000, 10_000] {
        run(&format!("load a stream of {events} events"), &|name| {
            read::load(name, events);
        });
    }
    run(
        "load a stream of 10000 events from a snapshot, as without",
        &read::load_from_snapshot,
    );
    run("read 1 of 20 types of 1,000,000 events", &read::one_type);
    for events in [1, 10] {
        run(
            &format!("memory store: append, {events} events a commit"),
            &|name| {
                memory::append(name, events);
            },
        );
    }
    run("memory store: load", &memory::load);
    run(
        "rebuild 200,000 events into memory",
        &rows::rebuild_into_memory,
    );
    run(
        "rebuild 200,000 events into memory from what is read",
        &rows::rebuild_from_parts,
    );
    run(
        "rebuild 200,000 events into a table of 1,000 rows",
        &rows::rebuild_into_a_table,
    );
    run(
        "append to row visible, as commits, 99 of 100",
        &rows::append_to_row,
    );
    run(
        "20 projections of one log, as one",
        &rows::twenty_projections,
    );
}

/// Where the files lie.
struct Place {
    name: &'static str,
    folder: PathBuf,
    /// How much of the floor the rows that write shall reach here at most.
    reach: f64,
}

impl Place {
    fn disk() -> Self {
        Self {
            name: "disk",
            folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
            reach: 1.0,
        }
    }

    /// No sync to hide behind.
    fn memory() -> Self {
        Self {
            name: "tmpfs",
            folder: PathBuf::from("/dev/shm"),
            reach: 0.6,
        }
    }

    fn folder(&self) -> tempfile::TempDir {
        tempfile::tempdir_in(&self.folder).expect("a folder")
    }

    fn reach(&self, on_disk: f64) -> f64 {
        self.reach.min(on_disk)
    }
}
