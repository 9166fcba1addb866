//! Rules that are given a part of an event: the rows are those that the whole event gives, and of what is stored only that
//! part is looked at.

use std::convert::Infallible;

use es_runtime::prelude::*;
use es_runtime::{
    Codec, Commit, EventId, EventName, Expected, NewEvent, ProjectionError, SchemaVersion, Split,
    StreamWrite,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stores;

#[derive(Aggregate)]
#[aggregate(
    name = "parcel",
    id = Uuid,
    events(Toured: split, Moved: create, Collected),
    error = Infallible,
)]
struct Parcel;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "Moved", version = 2, reads_as = 2, from(MovedV1))]
struct Moved {
    grams: u64,
    #[serde(rename = "place")]
    to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    notes: Vec<String>,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "Moved", version = 1)]
struct MovedV1 {
    room: u32,
    grams: u64,
}

impl Upcast<MovedV1> for Moved {
    fn upcast(event: MovedV1, _: &EventContext<'_>) -> Self {
        Self {
            grams: event.grams,
            to: format!("room {}", event.room),
            by: None,
            notes: Vec::new(),
        }
    }
}

/// Read as one `Moved` for each place.
#[derive(Event, Serialize, Deserialize)]
#[event(name = "Toured")]
struct Toured {
    places: Vec<String>,
}

impl Split<Parcel> for Toured {
    fn split(event: Self, _: &EventContext<'_>) -> Vec<ParcelEvent> {
        let moved = |to| Moved {
            grams: 0,
            to,
            by: None,
            notes: Vec::new(),
        };
        event
            .places
            .into_iter()
            .map(|place| moved(place).into())
            .collect()
    }
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "Collected")]
struct Collected {
    by: String,
}

impl Create<Moved> for Parcel {
    fn create(_: Moved) -> Self {
        Self
    }
}

impl Apply<Moved> for Parcel {
    fn apply(&mut self, _: Moved) {}
}

impl Apply<Collected> for Parcel {
    fn apply(&mut self, _: Collected) {}
}

#[derive(Deserialize)]
struct Stop {
    #[serde(rename = "place")]
    to: String,
    by: Option<String>,
}

impl From<Moved> for Stop {
    fn from(event: Moved) -> Self {
        Self {
            to: event.to,
            by: event.by,
        }
    }
}

#[derive(Deserialize)]
struct Gone {}

impl From<Collected> for Gone {
    fn from(_: Collected) -> Self {
        Self {}
    }
}

/// Where each parcel has been, by rules that are given `$moved` and `$collected`.
macro_rules! stops {
    ($row:ident, $name:literal, ($($events:tt)*), $moved:ident) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
        #[projection(name = $name, key(parcel), events($($events)*))]
        struct $row {
            parcel: Uuid,
            stops: Vec<String>,
            by: Option<String>,
        }

        impl NewRow<$moved> for $row {
            fn new_row(parcel: Uuid, _: &$moved, _: &EventContext<'_>) -> Self {
                let (stops, by) = (Vec::new(), None);
                Self { parcel, stops, by }
            }
        }

        impl Project<$moved> for $row {
            fn project(&mut self, event: $moved, _: &EventContext<'_>) {
                self.stops.push(event.to);
                self.by = event.by;
            }
        }
    };
}

stops!(Whole, "Whole", (Moved: upsert, Collected: delete), Moved);
stops!(Narrow, "Narrow", (Moved as Stop: upsert, Collected as Gone: delete), Stop);

/// Stores an event as some release may have written it.
async fn store<S: EventStore>(store: &S, parcel: u8, name: &'static str, schema: u16, body: &str) {
    store_as(store, parcel, name, (schema, schema.min(2)), body).await;
}

/// The same, with the oldest shape whose code may read it.
async fn store_as<S: EventStore>(
    store: &S,
    parcel: u8,
    name: &'static str,
    (schema, reads_as): (u16, u16),
    body: &str,
) {
    let event = NewEvent {
        id: EventId::from(Uuid::generate()),
        name: EventName::from_static(name),
        schema: SchemaVersion::new(schema),
        reads_as: SchemaVersion::new(reads_as),
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: Vec::new(),
        body: body.as_bytes().to_vec(),
    };
    let write = StreamWrite {
        stream: Parcel::stream(&Uuid::from_u128(parcel.into())),
        expected: Expected::Any,
        events: vec![event],
    };
    let writes = vec![write];
    let commit = Commit {
        writes,
        ..Commit::default()
    };
    store.append(commit).await.unwrap();
}

/// What is taken in of one event of this body, and what of the whole of it.
async fn takes_in(body: &str) -> [Result<(), ProjectionError>; 2] {
    let memory = es_runtime::MemoryStore::new();
    store(&memory, 1, "Moved", 2, body).await;
    let (mut narrow, mut whole) = (MemoryRows::<Narrow>::new(), MemoryRows::<Whole>::new());
    [
        narrow.catch_up(&memory).await,
        whole.catch_up(&memory).await,
    ]
}

#[tokio::test]
async fn what_no_rule_reads_is_not_looked_at_as_long_as_it_is_json() {
    for body in [
        r#"{"place":"a","grams":"heavy","notes":7}"#,
        r#"{"place":"a"}"#,
        r#"{"grams":-1,"grams":2,"place":"a","notes":[{}]}"#,
        r#"{"notes":{"place":7},"place":"a","by":null,"grams":1e400}"#,
    ] {
        let [narrow, whole] = takes_in(body).await;
        assert!(narrow.is_ok(), "{body}: {narrow:?}");
        assert!(whole.is_err(), "{body}");
    }
}

#[tokio::test]
async fn what_is_wrong_in_what_rules_read_or_is_not_json_is_refused() {
    for body in [
        // In a field that is read.
        r#"{"grams":1,"notes":[]}"#,
        r#"{"place":1,"grams":1,"notes":[]}"#,
        r#"{"place":"a","place":"b","grams":1,"notes":[]}"#,
        r#"{"place":"a","by":["b"],"grams":1,"notes":[]}"#,
        r#"{"place":"\ud800","grams":1,"notes":[]}"#,
        // Behind the last field that is read, or between them.
        r#"{"place":"a","by":"b","grams":1,"notes":["#,
        r#"{"place":"a","by":"b","grams":1,"notes":[1,]}"#,
        r#"{"place":"a","by":"b","grams":01,"notes":[]}"#,
        r#"{"place":"a","by":"b","grams":1,"notes":["\x"]}"#,
        r#"{"place":"a","by":"b","grams":1,"notes":nothing}"#,
        r#"{"place":"a","by":"b","grams":1,"notes":[]"#,
        r#"{"place":"a","by":"b","grams":1,"notes":[]} {}"#,
        r#"{"place":"a","by":"b","grams":1 "notes":[]}"#,
        r#"{"grams":[}],"place":"a"}"#,
        "",
        "null",
    ] {
        let [narrow, whole] = takes_in(body).await;
        assert!(
            matches!(narrow, Err(ProjectionError::Stopped(_))),
            "{body}: {narrow:?}"
        );
        assert!(whole.is_err(), "{body}");
    }
}

#[tokio::test]
async fn an_event_of_a_later_release_that_may_not_be_read_is_refused() {
    let memory = es_runtime::MemoryStore::new();
    let body = r#"{"place":"a"}"#;
    store_as(&memory, 1, "Moved", (3, 3), body).await;
    let stopped = MemoryRows::<Narrow>::new().catch_up(&memory).await;
    let text = stopped.unwrap_err().to_string();
    assert!(text.contains("newer than this code"), "{text}");
}

#[test]
fn the_description_tells_of_no_part() {
    let [narrow, whole] = [Narrow::description(), Whole::description()];
    let named = |description: es_runtime::describe::RowsDescription| {
        let events = description.events.iter();
        let events: Vec<_> = events
            .map(|event| (event.category, event.name, event.version, event.split))
            .collect();
        (events, description.key, description.revision)
    };
    assert_eq!(named(narrow), named(whole));
}

#[derive(Clone, Debug)]
enum Step {
    /// By the release of today, or a later one.
    Moved(u8, Value, bool),
    MovedOnce(u8, u32),
    Toured(u8, Vec<String>),
    Collected(u8),
    CatchUp,
}

/// A body with its fields in any order, some of which no release of today knows.
fn moved() -> impl Strategy<Value = Value> {
    let by = proptest::option::of(proptest::option::of("[a-z]{0,4}|\"\\PC{0,4}"));
    let notes = proptest::collection::vec("\\PC{0,8}", 0..3);
    (any::<u64>(), "\\PC{0,8}", by, notes, any::<bool>()).prop_map(
        |(grams, to, by, notes, is_more)| {
            let mut body = json!({"grams": grams, "place": to, "notes": notes});
            if let Some(by) = by {
                body["by"] = json!(by);
            }
            if is_more {
                body["added"] = json!({"place": [to, {"by": grams}]});
            }
            body
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8, moved(), any::<bool>())
            .prop_map(|(parcel, body, is_later)| Step::Moved(parcel, body, is_later)),
        2 => (0..3_u8, any::<u32>()).prop_map(|(parcel, room)| Step::MovedOnce(parcel, room)),
        1 => (0..3_u8, proptest::collection::vec("[a-z]{1,4}", 0..3))
            .prop_map(|(parcel, places)| Step::Toured(parcel, places)),
        1 => (0..3_u8).prop_map(Step::Collected),
        1 => Just(Step::CatchUp),
    ]
}

/// The rows as text, in the order of their keys, whichever of the two they are of.
fn shown<'a, P: Projection + 'a>(rows: impl IntoIterator<Item = &'a P>) -> Vec<String> {
    let rows = rows.into_iter();
    let mut shown: Vec<_> = rows
        .map(|row| serde_json::to_string(row).unwrap())
        .collect();
    shown.sort();
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_are_the_same_whether_rules_are_given_all_of_an_event_or_a_part(
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            for log in stores(folder.path()) {
                let tables = Projections::new(log.clone()).with::<Narrow>().with::<Whole>();
                let mut is_there = [false; 3];
                for step in &steps {
                    match step {
                        Step::Moved(parcel, body, is_later) => {
                            let schema = if *is_later { 3 } else { 2 };
                            store(&log, *parcel, "Moved", schema, &body.to_string()).await;
                            is_there[usize::from(*parcel)] = true;
                        }
                        Step::MovedOnce(parcel, room) => {
                            let body = json!({"room": room, "grams": 1}).to_string();
                            store(&log, *parcel, "Moved", 1, &body).await;
                            is_there[usize::from(*parcel)] = true;
                        }
                        Step::Toured(parcel, places) => {
                            let body = json!({"places": places}).to_string();
                            store(&log, *parcel, "Toured", 1, &body).await;
                            is_there[usize::from(*parcel)] |= !places.is_empty();
                        }
                        Step::Collected(parcel) => {
                            // A second time would stop both.
                            if std::mem::take(&mut is_there[usize::from(*parcel)]) {
                                store(&log, *parcel, "Collected", 1, r#"{"by":"me"}"#).await;
                            }
                        }
                        Step::CatchUp => tables.catch_up().await.unwrap(),
                    }
                }
                let (mut narrow, mut whole) = (MemoryRows::<Narrow>::new(), MemoryRows::<Whole>::new());
                narrow.catch_up(&log).await.unwrap();
                whole.catch_up(&log).await.unwrap();
                prop_assert_eq!(shown(narrow.iter()), shown(whole.iter()));
                prop_assert_eq!(whole.len(), is_there.iter().filter(|is_there| **is_there).count());
                tables.catch_up().await.unwrap();
                let stored = tables.read::<Narrow>().find(Find::all()).await.unwrap();
                prop_assert_eq!(shown(&stored.rows), shown(whole.iter()));
            }
            Ok(())
        })?;
    }
}
