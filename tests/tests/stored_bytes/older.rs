//! Bodies of every shape that an event ever had: what was written by any of them is stored and read as what it is today,
//! or told to be unreadable with its place; nothing panics, and nothing that is stored is touched.

use es_golden_2021::history::generated::{Parcel, ParcelId};
use es_runtime::describe::{EventDescription, ListedEvent};
use es_runtime::{
    App, Codec, Commit, DescribeAggregate, EventId, EventName, EventStore, Expected, LoadError,
    MemoryStore, NewEvent, Slice, StreamId, StreamWrite, Timestamp, Uuid,
};
use es_sqlite::SqliteStore;
use es_tests::draw::{Source, arbitrary_bytes};
use proptest::prelude::*;

use super::{body, now};

const KEY: &str = "00000000-0000-0000-0000-000000000000";

/// Every shape of every event, the newest of each included.
fn shapes() -> Vec<EventDescription> {
    let mut shapes = Vec::new();
    for ListedEvent { event, .. } in Parcel::DESCRIPTION.events {
        let mut next = Some(*event);
        while let Some(shape) = next {
            next = shape.older.map(|older| older());
            shapes.push(shape);
        }
    }
    shapes
}

fn event(shape: &EventDescription, body: Vec<u8>) -> NewEvent {
    NewEvent {
        id: EventId::from(Uuid::nil()),
        name: EventName::from(shape.name),
        schema: shape.version,
        reads_as: shape.reads_as,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: vec![],
        body,
    }
}

fn commit(event: NewEvent) -> Commit {
    let write = StreamWrite {
        stream: StreamId::new("Package".into(), KEY),
        expected: Expected::Missing,
        events: vec![event],
    };
    Commit {
        writes: vec![write],
        ..Commit::default()
    }
}

/// What is stored in the stream, as it is.
async fn stored<S: EventStore>(store: &S) -> Vec<u8> {
    let stream = StreamId::new("Package".into(), KEY);
    let page = store
        .read_stream(stream, Slice::after(None, 1))
        .await
        .unwrap();
    page.last().unwrap().body().to_owned()
}

/// Reads the one event of the stream; nothing where it cannot be, which is told with its place.
async fn read<S: EventStore + es_runtime::RowStore + Clone>(store: &S) -> Option<String> {
    let app = App::new(store.clone());
    let id: ParcelId = KEY.parse().unwrap();
    match app.history::<Parcel>(&id, Slice::after(None, 1)).await {
        Ok(events) => {
            let events: Vec<_> = events.iter().map(|recorded| &recorded.event).collect();
            Some(format!("{events:?}"))
        }
        Err(LoadError::Read(error)) => {
            assert_eq!(error.version.get(), 1);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn a_body_that_any_version_wrote_is_read_as_the_newest(shape in any::<prop::sample::Index>(), bytes in any::<[u8; 32]>()) {
        let shapes = shapes();
        let shape = shape.get(&shapes);
        let bytes: Vec<u8> = bytes.iter().cycle().zip(arbitrary_bytes(4_000)).map(|(one, other)| one ^ other).collect();
        let body = body::draw_whole(&mut Source::new(&bytes), shape.fields);
        let store = MemoryStore::new();
        now(store.append(commit(event(shape, body.clone())))).unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        prop_assert!(now(read(&store)).is_some(), "{} {}: {text}", shape.name, shape.version);
        prop_assert_eq!(now(stored(&store)), body);
    }

    #[test]
    fn a_spoilt_body_of_any_version_is_read_or_refused(shape in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let shapes = shapes();
        let shape = shape.get(&shapes);
        let body = body::draw(&mut Source::new(&bytes), shape.fields);
        let store = MemoryStore::new();
        now(store.append(commit(event(shape, body.clone())))).unwrap();
        now(read(&store));
        prop_assert_eq!(now(stored(&store)), body);
    }
}

#[test]
fn a_file_gives_what_memory_gives() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bytes = arbitrary_bytes(200_000);
    let source = &mut Source::new(&bytes);
    for (number, shape) in shapes().iter().enumerate() {
        let body = body::draw_whole(source, shape.fields);
        let memory = MemoryStore::new();
        now(memory.append(commit(event(shape, body.clone())))).unwrap();
        runtime.block_on(async {
            let file = SqliteStore::open(folder.path().join(format!("{number}.db"))).unwrap();
            file.append(commit(event(shape, body))).await.unwrap();
            assert_eq!(read(&file).await, now(read(&memory)), "{}", shape.name);
        });
    }
}
