//! Whether ten million events slow anything down, beside a hundred thousand: `cargo bench -p es-benches --bench large --features large`.
//!
//! Takes some minutes and five gigabytes under `target`.

use std::path::Path;
use std::time::Duration;

use es_benches::domain::{Parcel, ParcelId, PostParcel, ScanParcel, posted, scanned};
use es_benches::race::{Contestant, race};
use es_benches::{ours, table};
use es_runtime::{
    Aggregate, App, AppOptions, Commit, Encoded, EventId, EventStore, Expected, Id, Ids, NewEvent,
    Slice, StreamWrite, SystemIds, Timestamp, encode_event,
};
use es_sqlite::SqliteStore;
use tokio::runtime::Runtime;

/// Short enough that the streams of the smaller log, to which more is added for each, stay about as long as they are.
const ROUND: Duration = Duration::from_millis(400);
/// The most that work at a time.
const TASKS: usize = 64;
const EVENTS_OF_A_STREAM: usize = 10;
const STREAMS_OF_A_COMMIT: usize = 500;

fn main() {
    let runtime = ours::runtime();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let small = Log::filled(&folder.path().join("small.db"), 100_000, &runtime);
    let large = Log::filled(&folder.path().join("large.db"), 10_000_000, &runtime);
    table::head();
    let row = |work: &str, tasks: usize, of: Work| {
        let on = |log: &Log| log.contestant(&runtime, tasks, of);
        table::row(work, &race(on(&large), on(&small), None), 0.8);
    };
    row("load of a stream of 10 events, 1 task", 1, Work::Load);
    row("last 100 events of the log, 1 task", 1, Work::Tail);
    row("command on a new aggregate, 1 task", 1, Work::Post);
    row("command on a new aggregate, 64 tasks", TASKS, Work::Post);
    row(
        "command on an aggregate that is not warm, 1 task",
        1,
        Work::Scan,
    );
    row(
        "command on aggregates that are not warm, 64 tasks",
        TASKS,
        Work::Scan,
    );
}

#[derive(Clone, Copy)]
enum Work {
    Post,
    Scan,
    Load,
    Tail,
}

/// A store with a history.
struct Log {
    app: App<SqliteStore>,
    ids: std::sync::Arc<Vec<ParcelId>>,
}

impl Log {
    fn filled(file: &Path, events: usize, runtime: &Runtime) -> Self {
        // With no more warm aggregates than tasks, so that each command on one that is there has to read it.
        let options = AppOptions::default()
            .without_snapshots()
            .warm_aggregates(TASKS);
        let app = App::with_options(SqliteStore::open(file).expect("a store"), options);
        let ids: Vec<ParcelId> = (0..events / EVENTS_OF_A_STREAM)
            .map(|_| ParcelId::generate())
            .collect();
        for ids in ids.chunks(STREAMS_OF_A_COMMIT) {
            let writes = ids.iter().map(history).collect();
            let commit = Commit {
                writes,
                ..Commit::default()
            };
            runtime
                .block_on(app.store().append(commit))
                .expect("a commit");
        }
        Self {
            app,
            ids: ids.into(),
        }
    }

    fn contestant<'a>(&self, runtime: &'a Runtime, tasks: usize, work: Work) -> Contestant<'a> {
        let (app, ids) = (self.app.clone(), self.ids.clone());
        Box::new(move || {
            let (app, ids) = (app.clone(), ids.clone());
            ours::in_tasks(runtime, tasks, ROUND, move |_| {
                let (app, ids) = (app.clone(), ids.clone());
                async move { work.once(&app, &ids).await }
            })
        })
    }
}

impl Work {
    async fn once(self, app: &App<SqliteStore>, ids: &[ParcelId]) {
        match self {
            Self::Post => {
                let done = app.execute(&ParcelId::generate(), PostParcel {}).await;
                done.expect("a command");
            }
            Self::Scan => {
                let done = app.execute(any(ids), ScanParcel {}).await;
                done.expect("a command");
            }
            Self::Load => {
                let loaded = app.load::<Parcel>(any(ids)).await.expect("a state");
                assert!(loaded.state.is_some());
            }
            Self::Tail => {
                let slice = Slice::last(100);
                let page = app.store().read_log(es_runtime::Query::all(), slice).await;
                assert_eq!(page.expect("a page").events.len(), 100);
            }
        }
    }
}

/// One of them, at random.
fn any(ids: &[ParcelId]) -> &ParcelId {
    let random = SystemIds.new_uuid().as_u64_pair().1;
    &ids[usize::try_from(random % ids.len() as u64).expect("an index")]
}

fn history(id: &ParcelId) -> StreamWrite {
    let first = encode_event(&posted()).expect("a body");
    let other = encode_event(&scanned()).expect("a body");
    let others = std::iter::repeat_n(other, EVENTS_OF_A_STREAM - 1);
    StreamWrite {
        stream: Parcel::stream(id),
        expected: Expected::Missing,
        events: std::iter::once(first).chain(others).map(new).collect(),
    }
}

fn new(event: Encoded) -> NewEvent {
    NewEvent {
        id: EventId::from(SystemIds.new_uuid()),
        name: event.name.into(),
        schema: event.schema,
        reads_as: event.reads_as,
        codec: event.codec,
        occurred_at: Timestamp::EPOCH,
        tags: event.tags,
        body: event.body,
    }
}
