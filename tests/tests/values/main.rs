//! Values: what is stored reads back as it was, bit for bit, or is refused with the path of the field; every kind of
//! value in every position, from a schema and by hand.

mod deep;
mod doors;
mod leaves;
mod positions;
mod refused;

use std::fmt::Debug;

use es_runtime::{
    CommitNumber, DecodeContext, DecodeError, Encoded, EventId, EventName, EventSet, Origin, Page,
    PageRow, Position, SchemaVersion, StreamId, Timestamp, Uuid, Version, decode_json, encode_json,
};
use proptest::test_runner::Config as ProptestConfig;
use serde::{Serialize, de::DeserializeOwned};

/// So many cases, or as many as `PROPTEST_CASES` says.
fn cases(count: u32) -> ProptestConfig {
    let said = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: said.and_then(|cases| cases.parse().ok()).unwrap_or(count),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A value reads back as it was. Its text is compared too, since `-0.0` equals `0.0` and `0.10` equals `0.1`.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = encode_json(value).unwrap();
    let read: T = decode_json(&text).unwrap_or_else(|error| panic!("{value:?}: {error}"));
    assert_eq!(read, *value);
    assert_eq!(format!("{read:?}"), format!("{value:?}"));
    assert_eq!(encode_json(&read).unwrap(), text);
}

/// The event that stored bytes are read as.
fn decode<E: EventSet>(name: &str, body: &[u8]) -> Result<E, DecodeError> {
    let mut page = Page::default();
    let row = PageRow {
        version: Version::FIRST,
        position: Position::FIRST,
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: 1,
        origin: Some(Origin {
            id: EventId::from(Uuid::nil()),
            commit: CommitNumber::FIRST,
            occurred_at: Timestamp::EPOCH,
            recorded_at: Timestamp::EPOCH,
        }),
    };
    let stream = StreamId::new("any".into(), "one");
    page.push(&stream, &EventName::from(name), row, &[], body);
    let cx = DecodeContext {
        event: page.last().unwrap(),
        earlier: &Page::default(),
    };
    let mut events = Vec::new();
    E::decode(&cx, &mut events)?;
    Ok(events.pop().unwrap())
}

/// An event reads back as it was.
#[track_caller]
fn check_event<E: EventSet + PartialEq + Debug>(event: &E) -> Encoded {
    let encoded = event.encode().unwrap();
    let read: E = decode(encoded.name, &encoded.body).unwrap();
    assert_eq!(read, *event);
    assert_eq!(format!("{read:?}"), format!("{event:?}"));
    assert_eq!(read.encode().unwrap(), encoded);
    encoded
}
