//! Rows of the store in memory, beside a `Vec` of the same structs.

use es_benches::domain::{
    Parcel, ParcelId, ParcelPosted, ParcelScanned, PostParcel, ScanOften, posted,
};
use es_benches::race::{for_a_while, once, race};
use es_benches::{ours, table};
use es_runtime::{
    App, AppOptions, Category, Commit, EventId, EventStore, Expected, Id, Ids, MemoryStore,
    NewEvent, Slice, StreamId, StreamWrite, SystemIds, Timestamp, encode_event,
};

use crate::ROUND;

/// How many events a round stores, so that both grow alike.
const EVENTS: usize = 100_000;

/// An event of the usual size, encoded.
fn encoded() -> NewEvent {
    let event = encode_event(&posted()).expect("a body");
    NewEvent {
        id: EventId::from(SystemIds.new_uuid()),
        name: "ParcelPosted".into(),
        schema: event.schema,
        reads_as: event.reads_as,
        codec: event.codec,
        occurred_at: Timestamp::EPOCH,
        tags: event.tags,
        body: event.body,
    }
}

pub fn append(name: &str, events_of_a_commit: usize) {
    let runtime = ours::runtime();
    let streams: Vec<StreamId> = (0..1_000)
        .map(|number: u32| StreamId::new(Category::from_static("parcel"), number.to_string()))
        .collect();
    let append_all = async |store: &MemoryStore| {
        for number in 0..EVENTS / events_of_a_commit {
            let write = StreamWrite {
                stream: streams[number % streams.len()].clone(),
                expected: Expected::Any,
                events: (0..events_of_a_commit).map(|_| encoded()).collect(),
            };
            let commit = Commit {
                writes: vec![write],
                ..Commit::default()
            };
            store.append(commit).await.expect("a commit");
        }
    };
    let outcome = race(
        Box::new(|| {
            let store = MemoryStore::new();
            once(EVENTS, || runtime.block_on(append_all(&store)))
        }),
        Box::new(|| {
            let mut events = Vec::new();
            once(EVENTS, || (0..EVENTS).for_each(|_| events.push(encoded())))
        }),
        None,
    );
    table::row(name, &outcome, 0.5);
}

pub fn load(name: &str) {
    const EVENTS: usize = 10_000;
    let runtime = ours::runtime();
    let app = App::with_options(
        MemoryStore::new(),
        AppOptions::default().without_snapshots(),
    );
    let id = ParcelId::generate();
    let fill = async {
        app.execute(&id, PostParcel {}).await?;
        app.execute(&id, ScanOften { times: EVENTS - 1 }).await
    };
    runtime.block_on(fill).expect("a history");
    let stream = <Parcel as es_runtime::Aggregate>::stream(&id);
    let page = runtime
        .block_on(app.store().read_stream(stream, Slice::after(None, EVENTS)))
        .expect("the same events");
    let bodies: Vec<Vec<u8>> = page.iter().map(|event| event.body().to_vec()).collect();
    let outcome = race(
        Box::new(|| {
            for_a_while(ROUND, || {
                let loaded = runtime.block_on(app.load::<Parcel>(&id)).expect("a state");
                assert_eq!(
                    loaded.state.map_or(0, |parcel| parcel.scans) + 1,
                    EVENTS as u64
                );
            }) * EVENTS as f64
        }),
        Box::new(|| {
            for_a_while(ROUND, || {
                let (first, others) = bodies.split_first().expect("events");
                let first: ParcelPosted = serde_json::from_slice(first).expect("an event");
                std::hint::black_box(first);
                for body in others {
                    let event: ParcelScanned = serde_json::from_slice(body).expect("an event");
                    std::hint::black_box(event);
                }
            }) * EVENTS as f64
        }),
        None,
    );
    table::row(name, &outcome, 0.5);
}
