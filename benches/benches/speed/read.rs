//! Rows that read: streams and logs over SQLite beside the same statements on the same file.

use es_benches::domain::{Parcel, ParcelId, ParcelPosted, ParcelScanned, PostParcel, ScanOften};
use es_benches::race::{Contestant, for_a_while, once, race};
use es_benches::{floor, ours, table};
use es_runtime::{
    App, AppOptions, Category, Commit, EventId, EventName, EventStore, Expected, Id, NewEvent,
    Query, Slice, StreamId, StreamWrite, Uuid, encode_event,
};
use es_sqlite::SqliteStore;
use rusqlite::{Connection, OpenFlags, Row, Statement};

use crate::{Place, ROUND};

/// A page of the log.
const PAGE: usize = 4_096;

pub fn load(name: &str, events: usize) {
    let (folder, runtime) = (Place::disk().folder(), ours::runtime());
    let file = folder.path().join("app.db");
    let app = ours::app(&file);
    let id = ParcelId::generate();
    let fill = async {
        app.execute(&id, PostParcel {}).await?;
        let often = ScanOften { times: events - 1 };
        app.execute(&id, often).await
    };
    runtime.block_on(fill).expect("a history");
    let per_load = |loads: f64| loads * events as f64;

    let connection = reader(&file);
    let mut statement = connection.prepare(floor::READ_STREAM).expect("sql");
    let key = id.to_string();
    let outcome = race(
        Box::new(|| {
            per_load(for_a_while(ROUND, || {
                let loaded = runtime.block_on(app.load::<Parcel>(&id)).expect("a state");
                assert_eq!(
                    loaded.state.map_or(0, |parcel| parcel.scans) + 1,
                    events as u64
                );
            }))
        }),
        Box::new(|| {
            per_load(for_a_while(ROUND, || {
                assert_eq!(raw_load(&mut statement, &key), events)
            }))
        }),
        None,
    );
    table::row(name, &outcome, 0.85);
}

/// The snapshot stands a hundred events before the end.
pub fn load_from_snapshot(name: &str) {
    const EVENTS: usize = 10_000;
    let (folder, runtime) = (Place::disk().folder(), ours::runtime());
    let store = SqliteStore::open(folder.path().join("app.db")).expect("a store");
    let unchecked = AppOptions::default().snapshot_check(None);
    let with = App::with_options(store.clone(), unchecked.clone());
    let without = App::with_options(store, unchecked.without_snapshots());
    let id = ParcelId::generate();
    let fill = async {
        with.execute(&id, PostParcel {}).await?;
        let most = ScanOften { times: 9_899 };
        with.execute(&id, most).await?;
        let rest = ScanOften { times: 100 };
        with.execute(&id, rest).await
    };
    runtime.block_on(fill).expect("a history");
    let load = |app: &App<SqliteStore>| {
        for_a_while(ROUND, || {
            let loaded = runtime.block_on(app.load::<Parcel>(&id)).expect("a state");
            let scans = loaded.state.map_or(0, |parcel| parcel.scans);
            assert_eq!(scans + 1, EVENTS as u64);
        })
    };
    let outcome = race(Box::new(|| load(&with)), Box::new(|| load(&without)), None);
    table::row(name, &outcome, 50.0);
}

/// A connection that reads, set up as that of the store.
pub fn reader(file: &std::path::Path) -> Connection {
    let connection =
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the same file");
    connection
        .execute_batch("pragma cache_size = -16384")
        .expect("settings");
    connection
}

/// Every event into its struct; gives how many there were.
fn raw_load(statement: &mut Statement<'_>, key: &str) -> usize {
    let mut rows = statement.query((1, key, 1, i64::MAX)).expect("rows");
    let mut events = 0;
    while let Some(row) = rows.next().expect("a row") {
        let body = row
            .get_ref(9)
            .and_then(|body| Ok(body.as_blob()?))
            .expect("a body");
        if row.get::<_, i64>(1).expect("a version") == 1 {
            let event: ParcelPosted = serde_json::from_slice(body).expect("an event");
            std::hint::black_box(event);
        } else {
            let event: ParcelScanned = serde_json::from_slice(body).expect("an event");
            std::hint::black_box(event);
        }
        events += 1;
    }
    events
}

pub fn one_type(name: &str) {
    const EVENTS: usize = 1_000_000;
    const TYPES: usize = 20;
    let (folder, runtime) = (Place::disk().folder(), ours::runtime());
    let file = folder.path().join("app.db");
    let store = SqliteStore::open(&file).expect("a store");
    runtime.block_on(fill(&store, EVENTS, TYPES));

    let connection = reader(&file);
    let number: i64 = connection
        .query_row(
            "select id from event_type where name = 'type 7'",
            [],
            |row| row.get(0),
        )
        .expect("a type");
    let mut statement = connection.prepare(floor::READ_TYPE).expect("sql");
    let ours: Contestant<'_> = Box::new(|| {
        once(EVENTS, || {
            assert_eq!(runtime.block_on(read_all(&store)), EVENTS / TYPES)
        })
    });
    let floor: Contestant<'_> = Box::new(|| {
        once(EVENTS, || {
            let rows = statement
                .query_map((number, 1, i64::MAX), bytes_of)
                .expect("rows");
            let read = rows.map(|row| row.expect("a row"));
            assert_eq!(read.count(), EVENTS / TYPES);
        })
    });
    table::row(name, &race(ours, floor, None), 0.8);
}

async fn read_all(store: &SqliteStore) -> usize {
    let query = Query::types([(
        Category::from_static("parcel"),
        EventName::from_static("type 7"),
    )]);
    let (mut events, mut after) = (0, None);
    loop {
        let slice = Slice::after(after, PAGE);
        let page = store.read_log(query.clone(), slice).await.expect("a page");
        for event in page.events.iter() {
            std::hint::black_box(event.body().len() as u64 + event.position().get());
            events += 1;
        }
        if page.events.is_empty() {
            return events;
        }
        after = page.reached;
    }
}

fn bytes_of(row: &Row<'_>) -> Result<i64, rusqlite::Error> {
    let body = row.get_ref(9)?.as_blob()?.to_vec();
    let key = row.get_ref(10)?.as_str()?.len();
    Ok(std::hint::black_box(body.len() + key) as i64 + row.get::<_, i64>(0)?)
}

/// Events of so many types, in streams of a thousand.
async fn fill(store: &SqliteStore, events: usize, types: usize) {
    let body = encode_event(&es_benches::domain::posted()).expect("a body");
    let names: Vec<EventName> = (0..types)
        .map(|number| EventName::from(format!("type {number}")))
        .collect();
    for first in (0..events).step_by(1_000) {
        let new = |number: usize| NewEvent {
            id: EventId::from(Uuid::now_v7()),
            name: names[number % types].clone(),
            schema: body.schema,
            reads_as: body.reads_as,
            codec: body.codec,
            occurred_at: es_runtime::Timestamp::EPOCH,
            tags: Vec::new(),
            body: body.body.clone(),
        };
        let write = StreamWrite {
            stream: StreamId::new(Category::from_static("parcel"), first.to_string()),
            expected: Expected::Missing,
            events: (first..first + 1_000).map(new).collect(),
        };
        let commit = Commit {
            writes: vec![write],
            ..Commit::default()
        };
        store.append(commit).await.expect("a commit");
    }
}
