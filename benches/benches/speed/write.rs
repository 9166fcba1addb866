//! Rows that write: commands over SQLite beside raw inserts into the same tables.

use std::path::Path;
use std::sync::Arc;

use es_benches::domain::{ParcelId, PostParcel, ScanOften, ScanParcel};
use es_benches::floor::{Floor, Lean, Same, lean_table, same_tables};
use es_benches::group::{GroupWriter, Tables};
use es_benches::race::{Contestant, for_a_while, race};
use es_benches::{ours, table};
use es_runtime::{App, Id};
use es_sqlite::SqliteStore;
use tokio::runtime::Runtime;

use crate::{Place, ROUND};

fn app(folder: &Path) -> App<SqliteStore> {
    ours::app(&folder.join("ours.db"))
}

pub fn one_task(place: &Place, name: &str) {
    let work = |app: App<SqliteStore>, _| post(app);
    lone_task(place, name, 0.9, work, |floor| floor.insert_new());
}

/// One task, which works with the application on one aggregate, beside one insert after the other.
fn lone_task<F: Future<Output = ()> + Send + 'static>(
    place: &Place,
    name: &str,
    reach: f64,
    work: fn(App<SqliteStore>, ParcelId) -> F,
    insert: fn(&mut dyn Floor),
) {
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
            let app = app.clone();
            ours::in_tasks(&runtime, 1, ROUND, move |_| work(app.clone(), id))
        }),
        Box::new(|| for_a_while(ROUND, || single(&mut same, insert))),
        Some(Box::new(|| {
            for_a_while(ROUND, || single(&mut lean, insert))
        })),
    );
    table::row(name, &outcome, place.reach(reach));
}

async fn post(app: App<SqliteStore>) {
    app.execute(&ParcelId::generate(), PostParcel {})
        .await
        .expect("a command");
}

fn single(floor: &mut dyn Floor, insert: fn(&mut dyn Floor)) {
    floor.begin();
    insert(floor);
    floor.commit();
}

pub fn many_tasks(place: &Place, name: &str, tasks: usize) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let app = app(folder.path());
    let outcome = race(
        Box::new(|| {
            let app = app.clone();
            ours::in_tasks(&runtime, tasks, ROUND, move |_| post(app.clone()))
        }),
        grouped(
            &folder.path().join("same.db"),
            Tables::Same,
            &runtime,
            tasks,
        ),
        Some(grouped(
            &folder.path().join("lean.db"),
            Tables::Lean,
            &runtime,
            tasks,
        )),
    );
    table::row(name, &outcome, place.reach(0.85));
}

pub fn nth_command(place: &Place, name: &str) {
    lone_task(place, name, 0.8, scan, |floor| floor.insert_next());
}

async fn scan(app: App<SqliteStore>, id: ParcelId) {
    let executed = app.execute(&id, ScanParcel {}).await.expect("a command");
    assert_eq!(executed.attempts, 1, "no conflict inside one process");
}

pub fn hundred_events(place: &Place, name: &str) {
    lone_task(place, name, 0.85, scan_often, |floor| {
        (0..100).for_each(|_| floor.insert_next());
    });
}

async fn scan_often(app: App<SqliteStore>, id: ParcelId) {
    let often = ScanOften { times: 100 };
    app.execute(&id, often).await.expect("a command");
}

pub fn one_aggregate(place: &Place, name: &str) {
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

/// How much slower commands are on an aggregate with a long history: not at all.
pub fn late_command(place: &Place, name: &str) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let app = app(folder.path());
    let [late, early] = [ParcelId::generate(), ParcelId::generate()];
    for id in [&late, &early] {
        runtime
            .block_on(app.execute(id, PostParcel {}))
            .expect("a command");
    }
    for _ in 0..100 {
        let often = ScanOften { times: 100 };
        runtime
            .block_on(app.execute(&late, often))
            .expect("a command");
    }
    let on = |id| {
        let (app, runtime) = (&app, &runtime);
        Box::new(move || {
            let app = app.clone();
            ours::in_tasks(runtime, 1, ROUND, move |_| scan(app.clone(), id))
        })
    };
    table::row(name, &race(on(late), on(early), None), 0.95);
}

/// What the promises cost that the tables keep.
pub fn tables(place: &Place, name: &str) {
    let (folder, runtime) = (place.folder(), ours::runtime());
    let outcome = race(
        grouped(&folder.path().join("same.db"), Tables::Same, &runtime, 64),
        grouped(&folder.path().join("lean.db"), Tables::Lean, &runtime, 64),
        None,
    );
    table::row(name, &outcome, 0.5);
}

/// Tasks that ask one thread to write.
fn grouped<'a>(file: &Path, tables: Tables, runtime: &'a Runtime, tasks: usize) -> Contestant<'a> {
    let writer = Arc::new(GroupWriter::start(file.to_owned(), tables));
    Box::new(move || {
        let writer = writer.clone();
        ours::in_tasks(runtime, tasks, ROUND, move |_| writer.insert())
    })
}
