//! Rows about read models: folded into memory and into a table beside the same by hand, and how soon they are visible.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Instant;

use es_benches::domain::{
    ParcelId, ParcelPosted, ParcelScanned, PostParcel, ScanOften, ScanParcel,
};
use es_benches::race::{Contestant, median, once, race};
use es_benches::{ours, table};
use es_runtime::Receipt;
use es_runtime::prelude::*;
use es_sqlite::{Durability, SqliteStore};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::Place;
use crate::read::reader;

const EVENTS: usize = 200_000;
const PARCELS: usize = 1_000;

/// Events after which by hand a page ends, as ours does.
const PAGE: usize = 1_000;

/// A row for each parcel; `$name` is the stored name. Rules are given the events, or what is said behind it.
macro_rules! scans {
    ($row:ident, $name:literal) => {
        scans!($row, $name, (ParcelPosted: insert, ParcelScanned), ParcelPosted, ParcelScanned);
    };
    ($row:ident, $name:literal, ($($events:tt)*), $posted:ident, $scanned:ident) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
        #[projection(name = $name, key(parcel), events($($events)*))]
        struct $row {
            parcel: ParcelId,
            sender: String,
            scans: u64,
            last: String,
        }

        impl Insert<$posted> for $row {
            fn insert(parcel: ParcelId, event: $posted, _: &EventContext<'_>) -> Self {
                let (sender, scans, last) = (event.sender, 0, String::new());
                Self {
                    parcel,
                    sender,
                    scans,
                    last,
                }
            }
        }

        impl Project<$scanned> for $row {
            fn project(&mut self, event: $scanned, _: &EventContext<'_>) {
                self.scans += 1;
                self.last = event.place;
            }
        }
    };
}

scans!(Scans, "Scans");

/// What the rules look at, as generated code has it.
#[derive(Deserialize)]
struct Posted {
    sender: String,
}

impl From<ParcelPosted> for Posted {
    fn from(event: ParcelPosted) -> Self {
        let sender = event.sender;
        Self { sender }
    }
}

#[derive(Deserialize)]
struct Scanned {
    place: String,
}

impl From<ParcelScanned> for Scanned {
    fn from(event: ParcelScanned) -> Self {
        let place = event.place;
        Self { place }
    }
}

scans!(
    ScansOfParts,
    "ScansOfParts",
    (ParcelPosted as Posted: insert, ParcelScanned as Scanned),
    Posted,
    Scanned
);

/// The parcels, each scanned as often, turn by turn in commits of ten.
fn fill(file: &Path, events: usize) -> App<SqliteStore> {
    let store = SqliteStore::options()
        .durability(Durability::LosesLastCommitsOnPowerCut)
        .open(file)
        .expect("a store");
    let app = App::new(store);
    let each = events / PARCELS;
    ours::runtime().block_on(async {
        let parcels: Vec<_> = (0..PARCELS).map(|_| ParcelId::generate()).collect();
        for parcel in &parcels {
            app.execute(parcel, PostParcel {}).await.expect("a commit");
        }
        let mut left = each - 1;
        while left > 0 {
            let times = left.min(10);
            for parcel in &parcels {
                let often = app.execute(parcel, ScanOften { times });
                often.await.expect("a commit");
            }
            left -= times;
        }
    });
    app
}

pub fn rebuild_into_memory(name: &str) {
    rebuild::<Scans>(name, 0.85);
}

pub fn rebuild_from_parts(name: &str) {
    rebuild::<ScansOfParts>(name, 1.2);
}

fn rebuild<P: Projection>(name: &str, reach: f64) {
    let (folder, runtime) = (Place::disk().folder(), ours::runtime());
    let file = folder.path().join("app.db");
    let app = fill(&file, EVENTS);
    let connection = reader(&file);
    let outcome = race(
        Box::new(|| {
            once(EVENTS, || {
                let mut rows = MemoryRows::<P>::new();
                runtime.block_on(rows.catch_up(app.store())).expect("rows");
                assert_eq!(rows.len(), PARCELS);
            })
        }),
        Box::new(|| {
            once(EVENTS, || {
                let mut rows = HashMap::new();
                let folded = by_hand(&connection, 0, usize::MAX, &mut rows, &mut HashSet::new());
                assert_eq!((folded.0, rows.len()), (EVENTS, PARCELS));
            })
        }),
        None,
    );
    table::row(name, &outcome, reach);
}

pub fn rebuild_into_a_table(name: &str) {
    let (folder, runtime) = (Place::disk().folder(), ours::runtime());
    let file = folder.path().join("app.db");
    let app = fill(&file, EVENTS);
    let connection = reader(&file);
    let projections = Projections::new(app.store().clone()).with::<Scans>();
    runtime.block_on(projections.catch_up()).expect("rows");
    let ours: Contestant<'_> = Box::new(|| {
        once(EVENTS, || {
            let rebuild = async {
                projections.rebuild("Scans", |_| {}).await?;
                projections.drop_retired("Scans").await
            };
            runtime.block_on(rebuild).expect("rows");
        })
    });
    let floor: Contestant<'_> = Box::new(|| {
        once(EVENTS, || {
            let by_hand = tempfile::tempdir_in(folder.path()).expect("a folder");
            table_by_hand(&connection, &by_hand.path().join("rows.db"));
        })
    });
    table::row(name, &race(ours, floor, None), 0.8);
}

/// A page at a time, one upsert for each row that it touches.
fn table_by_hand(log: &Connection, file: &Path) {
    let connection = Connection::open(file).expect("a new file");
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma synchronous = normal;
             create table scans (parcel text primary key, sender text not null, scans integer not null,
                 last text not null) strict, without rowid",
        )
        .expect("a table");
    let mut upsert = connection
        .prepare(
            "insert into scans values (?1, ?2, ?3, ?4) on conflict (parcel)
             do update set sender = excluded.sender, scans = excluded.scans, last = excluded.last",
        )
        .expect("sql");
    let (mut rows, mut after) = (HashMap::new(), 0);
    loop {
        let mut touched = HashSet::new();
        let (events, last) = by_hand(log, after, PAGE, &mut rows, &mut touched);
        if events == 0 {
            break;
        }
        after = last;
        connection
            .execute_batch("begin immediate")
            .expect("a transaction");
        for parcel in touched {
            let row: &Row = &rows[&parcel];
            upsert
                .execute((&parcel, &row.sender, row.scans, &row.last))
                .expect("a row");
        }
        connection.execute_batch("commit").expect("a commit");
    }
    assert_eq!(rows.len(), PARCELS);
}

struct Row {
    sender: String,
    scans: i64,
    last: String,
}

/// Folds some events; gives how many, and the position of the last one.
fn by_hand(
    log: &Connection,
    after: i64,
    limit: usize,
    rows: &mut HashMap<String, Row>,
    touched: &mut HashSet<String>,
) -> (usize, i64) {
    let mut statement = log
        .prepare_cached("select position, type, key, body from event where position > ?1 order by position limit ?2")
        .expect("sql");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = statement.query((after, limit)).expect("rows");
    let (mut events, mut last) = (0, after);
    while let Some(row) = found.next().expect("a row") {
        last = row.get(0).expect("a position");
        let key: String = row.get(2).expect("a key");
        let body = row
            .get_ref(3)
            .and_then(|body| Ok(body.as_blob()?))
            .expect("a body");
        if row.get::<_, i64>(1).expect("a type") == 1 {
            let event: ParcelPosted = serde_json::from_slice(body).expect("an event");
            let (sender, scans, last) = (event.sender, 0, String::new());
            rows.insert(
                key.clone(),
                Row {
                    sender,
                    scans,
                    last,
                },
            );
        } else {
            let event: ParcelScanned = serde_json::from_slice(body).expect("an event");
            if let Some(row) = rows.get_mut(&key) {
                row.scans += 1;
                row.last = event.place;
            }
        }
        touched.insert(key);
        events += 1;
    }
    (events, last)
}

/// From the append to the row, as a commit takes: the 99th of a hundred.
pub fn append_to_row(name: &str) {
    let (folder, runtime) = (Place::disk().folder(), ours::runtime());
    let app = ours::app(&folder.path().join("app.db"));
    let projections = Projections::new(app.store().clone()).with::<Scans>();
    let running = projections.clone();
    let run = runtime.spawn(async move { running.run().await });
    let scans = projections.read::<Scans>();
    let id = ParcelId::generate();
    let (mut commits, mut visible) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        let posted = app.execute(&id, PostParcel {}).await.expect("a commit");
        scans.wait_for(&posted.receipt).await.expect("rows");
        for _ in 0..500 {
            let begun = Instant::now();
            let done = app.execute(&id, ScanParcel {}).await.expect("a commit");
            commits.push(begun.elapsed().as_secs_f64());
            scans.wait_for(&done.receipt).await.expect("rows");
            visible.push(begun.elapsed().as_secs_f64());
        }
    });
    run.abort();
    table::at_most(name, late(visible), Some(late(commits)), 2.0);
}

/// The slowest but for one in a hundred.
fn late(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() - 1 - times.len() / 100]
}

/// From the append to the rows of all of them, beside the same with one.
pub fn twenty_projections(name: &str) {
    let mut all = Vec::new();
    let mut ones = Vec::new();
    for _ in 0..5 {
        ones.push(live(many::one));
        all.push(live(many::all));
    }
    table::at_most(name, median(all), Some(median(ones)), 5.0);
}

/// How long some appends take until the rows of all projections tell of them.
fn live(with: impl Fn(Projections<SqliteStore>) -> Projections<SqliteStore>) -> f64 {
    let (folder, runtime) = (Place::disk().folder(), ours::runtime());
    let file = folder.path().join("app.db");
    let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
    let app = App::new(options.open(file).expect("a store"));
    let projections = with(Projections::new(app.store().clone()));
    let running = projections.clone();
    let run = runtime.spawn(async move { running.run().await });
    let id = ParcelId::generate();
    let took = runtime.block_on(async {
        let posted = app.execute(&id, PostParcel {}).await.expect("a commit");
        many::wait_for_all(&projections, &posted.receipt).await;
        let begun = Instant::now();
        for _ in 0..300 {
            let done = app.execute(&id, ScanParcel {}).await.expect("a commit");
            many::wait_for_all(&projections, &done.receipt).await;
        }
        begun.elapsed().as_secs_f64()
    });
    run.abort();
    took
}

mod many {
    use super::*;

    macro_rules! each {
        ($($row:ident = $name:literal,)*) => {
            $(scans!($row, $name);)*

            pub(super) fn all(projections: Projections<SqliteStore>) -> Projections<SqliteStore> {
                projections$(.with::<$row>())*
            }

            /// Of those that there are.
            pub(super) async fn wait_for_all(projections: &Projections<SqliteStore>, receipt: &Receipt) {
                for name in projections.names() {
                    match name {
                        $($name => projections.read::<$row>().wait_for(receipt).await.expect("rows"),)*
                        _ => {}
                    }
                }
            }
        };
    }

    pub(super) fn one(projections: Projections<SqliteStore>) -> Projections<SqliteStore> {
        projections.with::<A>()
    }

    each! {
        A = "A", B = "B", C = "C", D = "D", E = "E", F = "F", G = "G", H = "H", I = "I", J = "J",
        K = "K", L = "L", M = "M", N = "N", O = "O", P = "P", Q = "Q", R = "R", S = "S", T = "T",
    }
}
