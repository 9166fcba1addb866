//! Ours beside the floor: `cargo bench -p es-benches --bench speed [-- words of the rows to run]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use es_benches::domain::{ParcelId, PostParcel, ScanOften, ScanParcel};
use es_benches::floor::{Floor, Lean, Same, lean_table, same_tables};
use es_benches::group::{GroupWriter, Tables};
use es_benches::race::{for_a_while, race};
use es_benches::{ours, table};
use es_runtime::{App, ExecuteOptions, Id};
use es_sqlite::SqliteStore;

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
            one_task(&place, name)
        });
        for tasks in [8, 64] {
            run(
                &named(&format!("command on a new aggregate, {tasks} tasks")),
                &|name| many_tasks(&place, name, tasks),
            );
        }
        run(&named("n-th command on one aggregate"), &|name| {
            nth_command(&place, name)
        });
        run(&named("100 events in one commit"), &|name| {
            hundred_events(&place, name)
        });
        run(&named("8 tasks on one aggregate"), &|name| {
            one_aggregate(&place, name)
        });
    }
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

fn app(folder: &Path) -> App<SqliteStore> {
    ours::app(&folder.join("ours.db"))
}

fn one_task(place: &Place, name: &str) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let app = app(folder.path());
    let same = same_tables(&folder.path().join("same.db"));
    let lean = lean_table(&folder.path().join("lean.db"));
    let (mut same, mut lean) = (Same::new(&same), Lean::new(&lean));
    let outcome = race(
        Box::new(|| {
            let app = app.clone();
            ours::in_tasks(&runtime, 1, ROUND, move |_| post(app.clone()))
        }),
        Box::new(|| for_a_while(ROUND, || single(&mut same, Same::insert_new))),
        Some(Box::new(|| {
            for_a_while(ROUND, || single(&mut lean, Lean::insert_new))
        })),
    );
    table::row(name, &outcome, place.reach(0.9));
}

async fn post(app: App<SqliteStore>) {
    app.execute(&ParcelId::generate(), PostParcel {})
        .await
        .expect("a command");
}

fn single<F: Floor>(floor: &mut F, insert: impl Fn(&mut F)) {
    floor.begin();
    insert(floor);
    floor.commit();
}

fn many_tasks(place: &Place, name: &str, tasks: usize) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let app = app(folder.path());
    let grouped = |tables, file: &str| {
        let writer = std::sync::Arc::new(GroupWriter::start(folder.path().join(file), tables));
        let runtime = &runtime;
        Box::new(move || {
            let writer = writer.clone();
            ours::in_tasks(runtime, tasks, ROUND, move |_| writer.insert())
        })
    };
    let outcome = race(
        Box::new(|| {
            let app = app.clone();
            ours::in_tasks(&runtime, tasks, ROUND, move |_| post(app.clone()))
        }),
        grouped(Tables::Same, "same.db"),
        Some(grouped(Tables::Lean, "lean.db")),
    );
    table::row(name, &outcome, place.reach(0.85));
}

fn nth_command(place: &Place, name: &str) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let app = app(folder.path());
    let same = same_tables(&folder.path().join("same.db"));
    let lean = lean_table(&folder.path().join("lean.db"));
    let (mut same, mut lean) = (Same::new(&same), Lean::new(&lean));
    let id = ParcelId::generate();
    runtime
        .block_on(app.execute(&id, PostParcel {}))
        .expect("a command");
    let outcome = race(
        Box::new(|| {
            let (app, id) = (app.clone(), id);
            ours::in_tasks(&runtime, 1, ROUND, move |_| scan(app.clone(), id))
        }),
        Box::new(|| for_a_while(ROUND, || single(&mut same, Same::insert_next))),
        Some(Box::new(|| {
            for_a_while(ROUND, || single(&mut lean, Lean::insert_next))
        })),
    );
    table::row(name, &outcome, place.reach(0.8));
}

async fn scan(app: App<SqliteStore>, id: ParcelId) {
    let executed = app.execute(&id, ScanParcel {}).await.expect("a command");
    assert_eq!(executed.attempts, 1, "no conflict inside one process");
}

fn hundred_events(place: &Place, name: &str) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let app = app(folder.path());
    let same = same_tables(&folder.path().join("same.db"));
    let lean = lean_table(&folder.path().join("lean.db"));
    let (mut same, mut lean) = (Same::new(&same), Lean::new(&lean));
    let id = ParcelId::generate();
    runtime
        .block_on(app.execute(&id, PostParcel {}))
        .expect("a command");
    let outcome = race(
        Box::new(|| {
            let (app, id) = (app.clone(), id);
            let often = move |_| {
                let (app, id) = (app.clone(), id);
                async move {
                    let often = ScanOften { times: 100 };
                    app.execute_with(&id, often, ExecuteOptions::new())
                        .await
                        .expect("a command");
                }
            };
            ours::in_tasks(&runtime, 1, ROUND, often)
        }),
        Box::new(|| for_a_while(ROUND, || single(&mut same, hundred))),
        Some(Box::new(|| {
            for_a_while(ROUND, || single(&mut lean, hundred))
        })),
    );
    table::row(name, &outcome, place.reach(0.85));
}

fn hundred<F: Floor>(floor: &mut F) {
    (0..100).for_each(|_| floor.insert_next());
}

fn one_aggregate(place: &Place, name: &str) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let one = ours::app(&folder.path().join("one.db"));
    let many = ours::app(&folder.path().join("many.db"));
    let ids: Vec<ParcelId> = (0..8).map(|_| ParcelId::generate()).collect();
    for id in &ids {
        runtime
            .block_on(one.execute(id, PostParcel {}))
            .expect("a command");
        runtime
            .block_on(many.execute(id, PostParcel {}))
            .expect("a command");
    }
    let outcome = race(
        Box::new(|| {
            let (app, id) = (one.clone(), ids[0]);
            ours::in_tasks(&runtime, 8, ROUND, move |_| scan(app.clone(), id))
        }),
        Box::new(|| {
            let (app, ids) = (many.clone(), ids.clone());
            ours::in_tasks(&runtime, 8, ROUND, move |task| scan(app.clone(), ids[task]))
        }),
        None,
    );
    table::row(name, &outcome, 0.8);
}
