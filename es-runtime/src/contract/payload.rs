//! Payload: what was given comes back as it was, or is refused; and what code cannot read is named.

use uuid::Uuid;

use super::counter::{Counter, Moved};
use super::failure::{Failure, Verdict, refused, same};
use super::make::{commit, event, events, given, named, of_tags, of_types, one, tagged, write};
use super::stage::{Opened, Stage, ids};
use crate::aggregate::Aggregate;
use crate::app::{App, LoadError, Loaded, ReadCause, ReadError};
use crate::commit::{Commit, Expected, StreamWrite};
use crate::envelope::{Codec, Metadata, NewEvent, SchemaVersion};
use crate::event::{DecodeError, Event};
use crate::id::{EventId, StreamId, Version};
use crate::name::{Category, EventName, Tag};
use crate::store::{Slice, StoreError};
use crate::time::Timestamp;

/// Ids, names, shapes, codec, times, metadata: as given, and as the receipt says; also after a restart.
pub(super) fn everything_beside_a_body_is_kept(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let given = NewEvent {
        id: EventId::from(Uuid::max()),
        name: EventName::from("T10 \"é\" 🦀"),
        schema: SchemaVersion::new(u16::MAX),
        reads_as: SchemaVersion::new(3),
        codec: Codec::Json,
        occurred_at: "2011-10-11T13:45:40.276123+02:00"
            .parse()
            .unwrap_or(Timestamp::EPOCH),
        tags: vec![Tag::new("carrier", "DHL")],
        body: b"{\"amount\":1}".to_vec(),
    };
    let stream = StreamId::new(Category::from("ordre d'achat"), "clé/1");
    let metadata = Metadata::new().actor("ada").correlation("c-1");
    let receipt = store.append(Commit {
        writes: vec![StreamWrite {
            stream: stream.clone(),
            expected: Expected::Missing,
            events: vec![
                given.clone(),
                NewEvent {
                    id: EventId::from(Uuid::nil()),
                    ..event()
                },
            ],
        }],
        metadata: metadata.clone(),
        ..Commit::default()
    })?;
    let check = |store: &Opened| {
        let seen = store.stream_slice(&stream, Slice::after(None, 1))?;
        same("events read", seen.len(), 1)?;
        for seen in seen {
            same("id", seen.id, given.id)?;
            same("stream", &seen.stream, &stream)?;
            same("version", seen.version, Version::FIRST)?;
            same(
                "position",
                Some(seen.position),
                receipt.positions.map(|told| told.first),
            )?;
            same("commit", Some(seen.commit), receipt.commit)?;
            same("name", &seen.name, &given.name)?;
            same("schema", seen.schema, given.schema)?;
            same("reads_as", seen.reads_as, given.reads_as)?;
            same("codec", seen.codec, given.codec.number())?;
            same("occurred_at", seen.occurred_at, given.occurred_at)?;
            same("recorded_at", seen.recorded_at, receipt.recorded_at)?;
            same("metadata", &seen.metadata, &metadata)?;
            same("body", &seen.body, &given.body)?;
        }
        Ok(())
    };
    check(&store)?;
    match stage.reopened(store)? {
        Some(store) => check(&store),
        None => Ok(()),
    }
}

/// Unicode of every kind, escaped and not; both forms of `é`; right to left; NUL; a megabyte.
pub(super) fn text_of_every_kind_comes_back_byte_for_byte(stage: &Stage) -> Verdict {
    let bodies: Vec<Vec<u8>> = [
        "",
        "é",
        "e\u{301}",
        "\\u00e9",
        "\\u0000",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{202e}abc\u{202c} \u{627}\u{644}",
        "🦀👩‍👩‍👧\u{10ffff}",
        "\\ud83e\\udd80",
        "\u{feff}\u{200b}\u{2028}\u{fffd}",
        "'; drop table event; --",
        "\\\\ \\\" \\/ \\n \\r\\n \\t",
        &"ünï\u{5d0}".repeat(150_000),
    ]
    .into_iter()
    .map(|text| format!("\"{text}\"").into_bytes())
    .collect();
    come_back(stage, bodies)
}

/// Spaces, the order of keys, keys that stand twice, numbers however they are spelled, an empty body: bytes are kept,
/// not values.
pub(super) fn a_body_is_not_rewritten_however_it_is_spelled(stage: &Stage) -> Verdict {
    let bodies = [
        "{\"b\" : 1,\n\t\"a\":2 }",
        "{\"a\":1,\"a\":2}",
        "[1.0, 1.00, 1e0, 1E+00, 10e-1, -0, -0.0]",
        "340282366920938463463374607431768211455",
        "-170141183460469231731687303715884105728",
        "0.1000000000000000055511151231257827021181583404541015625",
        "1e400",
        " null ",
        "true",
        "{}",
    ];
    come_back(stage, bodies.map(|body| body.as_bytes().to_vec()).into())
}

fn come_back(stage: &Stage, bodies: Vec<Vec<u8>>) -> Verdict {
    let store = stage.open()?;
    let event_of = |body: &Vec<u8>| NewEvent {
        body: body.clone(),
        ..event()
    };
    store.append(given(
        "a",
        Expected::Missing,
        bodies.iter().map(event_of).collect(),
    ))?;
    let check = |store: &Opened| {
        // Twice, since reading changes nothing.
        for _ in 0..2 {
            let found: Vec<_> = store
                .stream("a")?
                .into_iter()
                .map(|event| event.body)
                .collect();
            same("how many bodies", found.len(), bodies.len())?;
            for (found, given) in found.iter().zip(&bodies) {
                let [found, given] = [found, given].map(|body| String::from_utf8_lossy(body));
                same("a body", found, given)?;
            }
        }
        Ok(())
    };
    check(&store)?;
    match stage.reopened(store)? {
        Some(store) => check(&store),
        None => Ok(()),
    }
}

/// No store folds case, trims, or normalises: each of these names is one of its own, wherever names stand.
pub(super) fn names_that_look_alike_are_not_the_same(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let names = [
        "é", "e\u{301}", "É", "e", "E", "e ", " e", "e\0", "e\0e", "ß", "ss", "ﬁ", "fi", "1", "01",
        "ı", "i", "I", "İ",
    ];
    let mut expected = vec![];
    for name in names {
        let new = tagged(name, &[name]);
        expected.push(new.id);
        store.append(given(name, Expected::Missing, vec![new]))?;
    }
    for (name, id) in names.into_iter().zip(expected) {
        same(
            format!("the stream {name:?}"),
            ids(&store.stream(name)?),
            vec![id],
        )?;
        let (of_type, of_tag) = (of_types(&[name]), of_tags(&[name]));
        same(
            format!("the type {name:?}"),
            ids(&store.log(&of_type)?),
            vec![id],
        )?;
        same(
            format!("the tag {name:?}"),
            ids(&store.log(&of_tag)?),
            vec![id],
        )?;
        let of_category = StreamId::new(Category::from(name), "x");
        let new = StreamWrite {
            stream: of_category.clone(),
            ..write("", Expected::Missing, events(1))
        };
        store.append(commit(vec![new]))?;
        let seen = store.stream_slice(&of_category, Slice::after(None, 9))?;
        same(format!("the category {name:?}"), seen.len(), 1)?;
    }
    Ok(())
}

/// Every part of it, of whatever text; each commit has its own.
pub(super) fn metadata_is_kept_whole(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let full = Metadata::new()
        .actor("e\u{301}\0\u{202e}")
        .correlation("")
        .causation("🦀".repeat(1_000))
        .header("", "empty")
        .header("a", "\0")
        .header("ключ", "\"}");
    let given = [
        full,
        Metadata::new().actor("ada"),
        Metadata::new().header("a", "b"),
    ];
    metadata_comes_back(&store, &given)
}

/// Where nothing was said nothing is told, whatever the commits around it say.
pub(super) fn absent_metadata_is_absent(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let [ada, nobody] = [Metadata::new().actor("ada"), Metadata::new()];
    let given = [nobody.clone(), ada.clone(), nobody.clone(), ada, nobody];
    metadata_comes_back(&store, &given)
}

/// Each is appended with a commit of its own, and all are read as they were.
fn metadata_comes_back(store: &Opened, given: &[Metadata]) -> Verdict {
    for metadata in given {
        let commit = Commit {
            metadata: metadata.clone(),
            ..one("a", Expected::Any)
        };
        store.append(commit)?;
    }
    let found: Vec<_> = store
        .stream("a")?
        .into_iter()
        .map(|event| event.metadata)
        .collect();
    same("metadata", found, given.to_vec())
}

/// Stores keep microseconds, rounded to the past. A moment that a store has no room for is refused, and never another
/// one in silence; the years that people live in have room everywhere.
pub(super) fn times_keep_their_microseconds_or_are_refused(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let mut kept = vec![];
    for (text, must_be_kept) in [
        ("0001-01-01T00:00:00Z", false),
        ("1582-10-14T23:59:59.000001Z", false),
        ("1900-02-28T12:00:00.5Z", true),
        ("1969-12-31T23:59:59.9999999Z", true),
        ("1970-01-01T00:00:00.000000999Z", true),
        ("2026-03-29T02:30:00.123456Z", true),
        ("2026-03-29T02:30:00.123456789+02:00", true),
        ("2038-01-19T03:14:08Z", true),
        ("2106-02-07T06:28:16.000001Z", true),
        ("2262-04-11T23:47:16.854775808Z", false),
        ("9999-12-31T23:59:59.999999999Z", false),
    ] {
        let parsed: Result<Timestamp, _> = text.parse();
        let occurred_at = parsed.map_err(|error| Failure::new(text, "a moment", error))?;
        let new = NewEvent {
            occurred_at,
            ..event()
        };
        match store.append(given("a", Expected::Any, vec![new])) {
            Ok(_) => kept.push(occurred_at.to_micros_precision()),
            answer if must_be_kept => answer.map(drop)?,
            answer => refused(text, answer, "to be kept, or Refused", |error| {
                matches!(error, StoreError::Refused { .. })
            })?,
        }
    }
    let seen = store.stream("a")?;
    let found: Vec<_> = seen.iter().map(|event| event.occurred_at).collect();
    same("occurred_at", found, kept)?;
    for event in seen {
        let recorded_at = event.recorded_at;
        same(
            "recorded_at in microseconds",
            recorded_at,
            recorded_at.to_micros_precision(),
        )?;
    }
    Ok(())
}

/// The error names stream, version, position, event and shape.
pub(super) fn an_unknown_event_is_an_error_that_names_it(stage: &Stage) -> Verdict {
    let unknown = NewEvent {
        name: EventName::from("never"),
        ..moved(3, 2)
    };
    cannot_be_read(&stage.open()?, "a", unknown, DecodeError::UnknownEvent)
}

/// From a later release or from an earlier one: the error says which shape the code knows.
pub(super) fn a_schema_version_that_the_code_cannot_read_is_an_error_that_names_it(
    stage: &Stage,
) -> Verdict {
    let store = stage.open()?;
    let known = Moved::VERSION;
    let newer = DecodeError::NewerThanCode {
        stored: SchemaVersion::new(7),
        reads_as: SchemaVersion::new(4),
        known,
    };
    cannot_be_read(&store, "newer", moved(7, 4), newer)?;
    let older = DecodeError::OlderThanCode { known };
    cannot_be_read(&store, "older", moved(2, 2), older)
}

/// A later shape that says so is read by code that does not know it.
pub(super) fn reads_as_lets_older_code_read_a_newer_event(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let newer = [moved(3, 2), moved(4, 3), moved(9, 1)];
    append_moved(&store, "a", newer.to_vec())?;
    let loaded = load(&store, "a")?.map_err(|error| Failure::new("loading", "a counter", error))?;
    let found = (loaded.state.map(|counter| counter.units), loaded.version);
    same("units and version", found, (Some(3), Version::new(3)))
}

/// The error names the event, and the field that does not fit.
pub(super) fn a_body_that_does_not_fit_is_an_error_that_names_its_event(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let wrong = NewEvent {
        body: b"{\"by\":\"one\"}".to_vec(),
        ..moved(3, 2)
    };
    let error = read_error(&store, "a", wrong)?;
    let text = error.to_string();
    let is_told = matches!(error.cause, ReadCause::Decode(DecodeError::Body(_)));
    same("the cause", (is_told, text.contains("by")), (true, true))
}

/// An event of the counter, as a release with that shape writes it.
fn moved(schema: u16, reads_as: u16) -> NewEvent {
    NewEvent {
        schema: SchemaVersion::new(schema),
        reads_as: SchemaVersion::new(reads_as),
        body: b"{\"by\":1,\"new\":null}".to_vec(),
        ..named(Moved::NAME)
    }
}

fn cannot_be_read(store: &Opened, id: &str, event: NewEvent, cause: DecodeError) -> Verdict {
    let error = read_error(store, id, event)?;
    same("the cause", error.cause, ReadCause::Decode(cause))
}

/// The error of a counter whose second event cannot be read; makes sure that it names the event.
fn read_error(store: &Opened, id: &str, wrong: NewEvent) -> Result<Box<ReadError>, Failure> {
    append_moved(store, id, vec![moved(3, 2), wrong.clone(), moved(3, 2)])?;
    match load(store, id)? {
        Err(LoadError::Read(error)) => {
            let second = Slice::after(Some(Version::FIRST), 1);
            let stored = store.stream_slice(&counter(id), second)?;
            let position = stored.first().map(|event| event.position);
            same("the stream it names", &error.stream, &counter(id))?;
            same("the version it names", Some(error.version), Version::new(2))?;
            same("the position it names", error.position, position)?;
            same("the event it names", &error.event, &wrong.name)?;
            same("the shape it names", error.schema, wrong.schema)?;
            Ok(error)
        }
        other => Err(Failure::new(
            "an event that cannot be read",
            "an error that names it",
            other,
        )),
    }
}

fn counter(id: &str) -> StreamId {
    Counter::stream(&id.to_owned())
}

fn append_moved(store: &Opened, id: &str, events: Vec<NewEvent>) -> Verdict {
    let write = StreamWrite {
        stream: counter(id),
        expected: Expected::Missing,
        events,
    };
    store.append(commit(vec![write]))?;
    Ok(())
}

fn load(store: &Opened, id: &str) -> Result<Result<Loaded<Counter>, LoadError>, Failure> {
    let app = App::new(store.store());
    Ok(store.wait(app.load::<Counter>(&id.to_owned()))?)
}
