//! Time travel, the audit trail, and stored events that this program cannot read.

use es_runtime::prelude::*;
use es_runtime::{
    Category, Codec, Commit, DecodeContext, DecodeError, EncodeError, Encoded, EventId, EventName,
    EventSet, Expected, FoldError, LoadError, MemoryStore, NewEvent, SchemaVersion, Slice,
    StreamId, StreamWrite, Version, encode_event, testing::ManualClock,
};
use es_tests::account::*;

fn ada() -> AccountId {
    AccountId::new("ada")
}

/// A deposit a minute, from noon on.
async fn with_deposits() -> App<MemoryStore> {
    let clock = ManualClock::at("2026-01-05T12:00:00Z".parse().unwrap());
    let app = App::new(MemoryStore::with_clock(std::sync::Arc::new(clock.clone())));
    app.execute(
        &ada(),
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
    for amount in [1, 10, 100] {
        clock.advance(Duration::from_minutes(1));
        app.execute(&ada(), Deposit { amount }).await.unwrap();
    }
    app
}

#[tokio::test]
async fn an_aggregate_is_seen_as_it_stood_at_any_version() {
    let app = with_deposits().await;
    for (version, expected) in [(1, 0), (2, 1), (3, 11), (4, 111), (9, 111)] {
        let loaded = app
            .load_at::<Account>(&ada(), Version::new(version).unwrap())
            .await
            .unwrap();
        assert_eq!(loaded.state.unwrap().balance, expected);
    }
}

#[tokio::test]
async fn an_aggregate_is_seen_as_it_was_known_at_any_time() {
    let app = with_deposits().await;
    for (moment, expected) in [
        ("12:00:00", Some(0)),
        ("12:01:59.999", Some(1)),
        ("12:02:00", Some(11)),
        ("11:59:59", None),
    ] {
        let moment: Timestamp = format!("2026-01-05T{moment}Z").parse().unwrap();
        let loaded = app.load_as_of::<Account>(&ada(), moment).await.unwrap();
        assert_eq!(
            loaded.state.map(|account| account.balance),
            expected,
            "{moment}"
        );
    }
}

#[tokio::test]
async fn the_trail_is_paged_and_read_from_either_end() {
    let app = with_deposits().await;
    let versions = async |slice| {
        let trail = app.history::<Account>(&ada(), slice).await.unwrap();
        trail
            .iter()
            .map(|recorded| recorded.version.get())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(Slice::after(None, 2)).await, [1, 2]);
    assert_eq!(versions(Slice::after(Version::new(2), 9)).await, [3, 4]);
    assert_eq!(versions(Slice::last(3)).await, [4, 3, 2]);
    assert_eq!(
        versions(Slice::after(None, 9).until(Version::FIRST)).await,
        [1]
    );
    assert!(versions(Slice::after(Version::new(4), 9)).await.is_empty());
}

/// Puts an event into Ada's stream as some other program might have done.
async fn put(app: &App<MemoryStore>, name: &str, schema: u16, reads_as: u16, body: &str) {
    let event = NewEvent {
        id: EventId::from(Uuid::now_v7()),
        name: EventName::from(name),
        schema: SchemaVersion::new(schema),
        reads_as: SchemaVersion::new(reads_as),
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: vec![],
        body: body.as_bytes().to_vec(),
    };
    let stream = StreamId::new(Category::from("account"), "ada");
    let write = StreamWrite {
        stream,
        expected: Expected::Any,
        events: vec![event],
    };
    app.store()
        .append(Commit {
            writes: vec![write],
            ..Commit::default()
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stored_event_that_cannot_be_read_is_an_error_with_its_place() {
    let cases = [
        (
            "renamed",
            1,
            1,
            "{}",
            "event `renamed` (schema version 1) at version 5 of account/ada: no event of that name is known",
        ),
        (
            "deposited",
            3,
            2,
            "{}",
            "event `deposited` (schema version 3) at version 5 of account/ada: it is newer than this code: schema version 3 is read by code that knows version 2, and this code knows 1",
        ),
        (
            "deposited",
            1,
            1,
            "{\"amount\":\"ten\"}",
            "event `deposited` (schema version 1) at version 5 of account/ada: its body does not fit: \
             invalid type: string \"ten\", expected i64 at line 1 column 15 at `amount`",
        ),
        (
            "opened",
            1,
            1,
            "{\"owner\":\"Eve\"}",
            "event `opened` (schema version 1) at version 5 of account/ada: it creates what exists already",
        ),
    ];
    for (name, schema, reads_as, body, expected) in cases {
        let app = with_deposits().await;
        put(&app, name, schema, reads_as, body).await;
        let error = app.load::<Account>(&ada()).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        // Other streams go on, and the past of this one can still be seen.
        app.execute(
            &AccountId::new("bob"),
            Open {
                owner: "Bob".into(),
            },
        )
        .await
        .unwrap();
        assert_eq!(
            app.load_at::<Account>(&ada(), Version::new(4).unwrap())
                .await
                .unwrap()
                .state
                .unwrap()
                .balance,
            111
        );
    }
}

#[tokio::test]
async fn an_event_of_a_later_shape_that_this_code_may_still_read_is_read() {
    let app = with_deposits().await;
    put(
        &app,
        "deposited",
        2,
        1,
        r#"{"amount":1000,"note":"added in version 2"}"#,
    )
    .await;
    assert_eq!(
        app.load::<Account>(&ada())
            .await
            .unwrap()
            .state
            .unwrap()
            .balance,
        1_111
    );
}

/// A counter whose first shape of event said only that there was one more: its number follows from the events before it.
struct Tally(u64);

struct Counted(u64);

impl EventSet for Counted {
    const NAMES: &'static [&'static str] = &["opened", "deposited"];

    fn name(&self) -> &'static str {
        "deposited"
    }

    fn encode(&self) -> Result<Encoded, EncodeError> {
        encode_event(&Deposited { amount: 1 })
    }

    fn decode(cx: &DecodeContext<'_>, out: &mut Vec<Self>) -> Result<(), DecodeError> {
        out.push(Self(cx.earlier.len() as u64));
        Ok(())
    }

    fn needs_earlier(name: &str, _: SchemaVersion) -> bool {
        name == "deposited"
    }
}

impl Aggregate for Tally {
    const NAME: &'static str = "account";
    type Id = AccountId;
    type Event = Counted;
    type Error = std::convert::Infallible;

    fn fold(state: Option<Self>, event: Counted) -> Result<Self, FoldError> {
        Ok(Self(state.map_or(0, |tally| tally.0) + event.0))
    }
}

#[tokio::test]
async fn reading_an_event_may_look_at_those_before_it() {
    let app = with_deposits().await;
    assert_eq!(
        app.load::<Tally>(&ada()).await.unwrap().state.unwrap().0,
        1 + 2 + 3
    );
}

#[tokio::test]
async fn a_failing_store_is_told_apart_from_a_stored_event_that_cannot_be_read() {
    let app = with_deposits().await;
    put(&app, "renamed", 1, 1, "{}").await;
    assert!(matches!(
        app.load::<Account>(&ada()).await,
        Err(LoadError::Read(_))
    ));
}

/// Opens an account and pays in one at a time, so that its balance counts the events; each body is `bytes` long.
async fn fill(store: &impl EventStore, events: usize, bytes: usize) {
    for first in (0..events).step_by(100) {
        let new = |number: usize| {
            let (name, body) = match number {
                0 => ("opened", r#"{"owner":"Ada"}"#),
                _ => ("deposited", r#"{"amount":1}"#),
            };
            NewEvent {
                id: EventId::from(Uuid::now_v7()),
                name: EventName::from(name),
                schema: SchemaVersion::FIRST,
                reads_as: SchemaVersion::FIRST,
                codec: Codec::Json,
                occurred_at: Timestamp::EPOCH,
                tags: Vec::new(),
                body: format!("{body:bytes$}").into_bytes(),
            }
        };
        let write = StreamWrite {
            stream: StreamId::new(Category::from("account"), "ada"),
            expected: Expected::Any,
            events: (first..events.min(first + 100)).map(new).collect(),
        };
        let commit = Commit {
            writes: vec![write],
            ..Commit::default()
        };
        store.append(commit).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_of_any_length_is_loaded_whole_and_as_of_any_version() {
    for events in [1, 2, 127, 128, 129, 383, 384, 385, 1_300] {
        let app = App::new(MemoryStore::new());
        fill(app.store(), events, 0).await;
        let loaded = app.load::<Account>(&ada()).await.unwrap();
        assert_eq!(loaded.version, Version::new(events as u64));
        assert_eq!(loaded.state.unwrap().balance, events as i64 - 1);
        for version in [1, 128, 129, 384, 600] {
            let at = Version::new(version).unwrap();
            let loaded = app.load_at::<Account>(&ada(), at).await.unwrap();
            assert_eq!(
                loaded.state.unwrap().balance,
                events.min(version as usize) as i64 - 1
            );
        }
    }
}

#[tokio::test]
async fn a_stream_is_loaded_whole_though_its_pages_are_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(es_sqlite::SqliteStore::open(folder.path().join("app.db")).unwrap());
    // 256 of them are more than a page of this store holds.
    fill(app.store(), 700, 20_000).await;
    let stream = StreamId::new(Category::from("account"), "ada");
    let page = app
        .store()
        .read_stream(stream, Slice::after(None, 256))
        .await
        .unwrap();
    assert!(page.len() < 256);
    let loaded = app.load::<Account>(&ada()).await.unwrap();
    assert_eq!(loaded.state.unwrap().balance, 699);
}
