//! Stored bytes that anything may have happened to: read into typed errors, or into values that are stored and read
//! again as the same. Never a panic, never the end of a stack, never more memory than the bytes are worth.
//!
//! Each target runs for a second, or for as long as `BOLERO_RANDOM_TEST_TIME_MS` says; `docs/proofs.md` has the commands.

mod body;
mod domains;
mod older;

use std::process::Command;
use std::task::{Context, Poll, Waker};

use es_runtime::{
    Codec, Commit, CommitNumber, DecodeContext, DecodeError, EventId, EventName, EventStore,
    Expected, MemoryStore, Metadata, NewEvent, Origin, Page, PageRow, Position, RawEvent,
    SchemaVersion, StreamId, StreamWrite, Timestamp, Uuid, Version,
};
use es_tests::draw::{Source, arbitrary_bytes};

use domains::{DOMAINS, Domain};

/// An event as a store may hold it.
struct Stored {
    name: String,
    schema: SchemaVersion,
    reads_as: SchemaVersion,
    codec: u8,
    metadata: Vec<u8>,
    body: Vec<u8>,
}

impl Stored {
    /// Shows it as a page of a store does.
    fn show<T>(&self, look: impl FnOnce(RawEvent<'_>) -> T) -> T {
        let mut page = Page::default();
        let row = PageRow {
            version: Version::FIRST,
            position: Position::FIRST,
            schema: self.schema,
            reads_as: self.reads_as,
            codec: self.codec,
            origin: Some(Origin {
                id: EventId::from(Uuid::nil()),
                commit: CommitNumber::FIRST,
                occurred_at: Timestamp::EPOCH,
                recorded_at: Timestamp::EPOCH,
            }),
        };
        let stream = StreamId::new("any".into(), "one");
        let name = EventName::from(self.name.as_str());
        page.push(&stream, &name, row, &self.metadata, &self.body);
        look(page.last().unwrap())
    }
}

/// The first bytes choose the domain and the envelope, the rest is the body.
#[test]
fn any_bytes_are_read_or_refused() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let source = &mut Source::new(bytes);
        let domain = &DOMAINS[source.below(DOMAINS.len())];
        let stored = envelope(source, domain);
        let body = source.rest().to_vec();
        check(domain, Stored { body, ..stored });
    });
}

/// Bodies that fit their event, but for what was done to them here and there.
#[test]
fn spoilt_bodies_are_read_or_refused() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let source = &mut Source::new(bytes);
        let domain = &DOMAINS[source.below(DOMAINS.len())];
        let event = &domain.description().events[source.below(domain.names.len())].event;
        let stored = Stored {
            name: event.name.to_owned(),
            body: body::draw(source, event.fields),
            ..envelope(source, domain)
        };
        check(domain, stored);
    });
}

/// Metadata is the same in every domain.
#[test]
fn any_metadata_is_read_or_refused() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let source = &mut Source::new(bytes);
        let metadata = match source.byte() % 2 {
            0 => source.rest().to_vec(),
            _ => body::draw_metadata(source),
        };
        let read = |metadata: &[u8]| -> Result<Metadata, String> {
            let stored = Stored {
                metadata: metadata.to_vec(),
                ..envelope(&mut Source::new(&[]), &DOMAINS[0])
            };
            stored.show(|event| event.metadata().map_err(|error| error.to_string()))
        };
        if let Ok(found) = read(&metadata)
            && !found.is_empty()
        {
            assert_eq!(read(&serde_json::to_vec(&found).unwrap()), Ok(found));
        }
    });
}

/// Whatever was drawn, it must be possible to draw what is read: else nothing but errors would be tested.
#[test]
fn bodies_that_nothing_was_done_to_are_read() {
    let bytes = arbitrary_bytes(300_000);
    let source = &mut Source::new(&bytes);
    for domain in DOMAINS {
        for event in domain.description().events {
            for _ in 0..20 {
                let stored = Stored {
                    name: event.event.name.to_owned(),
                    schema: SchemaVersion::FIRST,
                    reads_as: SchemaVersion::FIRST,
                    codec: Codec::Json.number(),
                    metadata: Vec::new(),
                    body: body::draw_whole(source, event.event.fields),
                };
                let result = stored.show(domain.read);
                let text = String::from_utf8_lossy(&stored.body);
                assert!(result.is_ok(), "{result:?}: {} {text}", stored.name);
            }
        }
    }
}

/// Everything but the body.
fn envelope(source: &mut Source<'_>, domain: &Domain) -> Stored {
    let name = match source.byte() {
        0 => "unknown\0 \u{301}".to_owned(),
        byte => domain.names[usize::from(byte) % domain.names.len()].to_owned(),
    };
    // Mostly what is read, so that the rest is looked at too.
    let number = |byte: u8| match byte {
        0..=249 => 1,
        250 => 0,
        251 => 2,
        byte => u16::from(byte) << 8,
    };
    Stored {
        name,
        schema: SchemaVersion::new(number(source.byte())),
        reads_as: SchemaVersion::new(number(source.byte())),
        codec: match source.byte() {
            byte @ 250.. => byte,
            249 => 0,
            _ => Codec::Json.number(),
        },
        metadata: Vec::new(),
        body: Vec::new(),
    }
}

/// What is read is stored and read again as the same; what is refused is refused for what is wrong with it.
fn check(domain: &Domain, stored: Stored) {
    let is_known = domain.names.contains(&stored.name.as_str());
    let is_json = stored.codec == Codec::Json.number();
    match stored.show(domain.read) {
        Ok(again) => {
            assert!(is_known && is_json && stored.reads_as == SchemaVersion::FIRST);
            let second = Stored {
                body: again.clone(),
                ..stored
            };
            assert_eq!(second.show(domain.read), Ok(again));
            check_load(domain, second);
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            match error {
                DecodeError::UnknownEvent => assert!(!is_known),
                DecodeError::NewerThanCode { known, .. } => assert!(stored.reads_as > known),
                DecodeError::UnknownCodec { codec } => {
                    assert_eq!((codec, is_json), (stored.codec, false))
                }
                DecodeError::Body(_) => assert!(is_known && is_json),
                error => panic!("{error}"),
            }
            check_load(domain, stored);
        }
    }
}

/// An aggregate whose stream holds it can be loaded, or cannot, with an error.
fn check_load(domain: &Domain, stored: Stored) {
    if stored.codec != Codec::Json.number() || stored.reads_as > stored.schema {
        // No such event gets into a store.
        return;
    }
    let event = NewEvent {
        id: EventId::from(Uuid::nil()),
        name: EventName::from(stored.name),
        schema: stored.schema,
        reads_as: stored.reads_as,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: vec![],
        body: stored.body,
    };
    let write = StreamWrite {
        stream: StreamId::new(domain.description().name.into(), domain.key),
        expected: Expected::Missing,
        events: vec![event],
    };
    let commit = Commit {
        writes: vec![write],
        ..Commit::default()
    };
    let store = MemoryStore::new();
    now(store.append(commit)).unwrap();
    (domain.load)(store, domain.key);
}

/// What a future that waits for nothing gives.
fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// The event that is read, written again.
fn read<E: es_runtime::EventSet>(event: RawEvent<'_>) -> Result<Vec<u8>, DecodeError> {
    let cx = DecodeContext {
        event,
        earlier: &Page::default(),
    };
    let mut events = Vec::new();
    E::decode(&cx, &mut events)?;
    assert_eq!(events.len(), 1);
    let encoded = events[0].encode().expect("what is read can be stored");
    assert_eq!(encoded.name, event.name().as_str());
    Ok(encoded.body)
}

#[test]
fn large_bodies_take_no_more_memory_than_they_are_worth() {
    const LARGE: usize = 256 * 1024;
    // In a process of its own, since the peak of this one is that of all its tests.
    if std::env::var_os("ES_ALONE").is_none() {
        let status = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "large_bodies_take_no_more_memory_than_they_are_worth",
            ])
            .env("ES_ALONE", "1")
            .status();
        return assert!(status.unwrap().success());
    }
    let before = peak();
    for domain in DOMAINS {
        let events = domain.description().events.iter();
        let event = events
            .max_by_key(|event| event.event.fields.len())
            .unwrap()
            .event;
        for body in body::large(event.fields, LARGE) {
            let stored = Stored {
                name: event.name.to_owned(),
                body,
                ..envelope(&mut Source::new(&[1, 1, 1, 1]), domain)
            };
            check(domain, stored);
        }
    }
    if let (Some(before), Some(after)) = (before, peak()) {
        let taken = after - before;
        assert!(taken < 256 * LARGE, "{taken} bytes for bodies of {LARGE}");
    }
}

/// What the process took at most, where the system tells.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
