//! What every store promises, asked of each in the same way.

use std::sync::Arc;

use es_runtime::{
    AnyStore, Category, Codec, CommandId, CommandRecord, Commit, Conflict, EventId, EventName,
    EventStore, Expected, Fingerprint, Guard, MemoryStore, Metadata, Name, NewEvent, Position,
    Query, Receipt, SchemaVersion, Slice, StoreError, StreamId, StreamWrite, Tag, Timestamp, Uuid,
    Version,
};
use es_sqlite::SqliteStore;

/// Runs a case on each store, fresh.
macro_rules! on_every_store {
    ($($(#[$meta:meta])* async fn $case:ident($store:ident: AnyStore) $body:block)*) => {$(
        $(#[$meta])*
        mod $case {
            use super::*;

            async fn check($store: AnyStore) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn memory() {
                check(AnyStore::new(MemoryStore::new())).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("app.db").display());
                check(AnyStore::open(&url, [es_sqlite::opener()]).await.unwrap()).await;
            }
        }
    )*};
}

fn stream(key: &str) -> StreamId {
    StreamId::new(Category::from("order"), key)
}

fn event(name: &str) -> NewEvent {
    NewEvent {
        id: EventId::from(Uuid::now_v7()),
        name: EventName::from(name),
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: vec![],
        body: b"{}".to_vec(),
    }
}

fn write(key: &str, expected: Expected, names: &[&str]) -> StreamWrite {
    StreamWrite {
        stream: stream(key),
        expected,
        events: names.iter().map(|name| event(name)).collect(),
    }
}

fn commit(writes: Vec<StreamWrite>) -> Commit {
    Commit {
        writes,
        ..Commit::default()
    }
}

fn one(key: &str, expected: Expected, names: &[&str]) -> Commit {
    commit(vec![write(key, expected, names)])
}

fn command(commit: Commit, name: &str, body: &str) -> Commit {
    let fingerprint = Fingerprint::of(&[body.as_bytes()]);
    let record = CommandRecord {
        id: CommandId::from_name(name),
        name: Name::from(name),
        fingerprint,
        body: body.as_bytes().to_vec(),
    };
    Commit {
        command: Some(record),
        ..commit
    }
}

fn at(version: u64) -> Expected {
    Expected::At(Version::new(version).unwrap())
}

async fn names(store: &AnyStore, key: &str) -> Vec<String> {
    let page = store
        .read_stream(stream(key), Slice::after(None, 1_000))
        .await
        .unwrap();
    page.iter().map(|event| event.name().to_string()).collect()
}

fn is_behind(answer: &Result<Receipt, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Behind))
}

on_every_store! {
    async fn everything_beside_a_body_is_kept(store: AnyStore) {
        let new = NewEvent {
            schema: SchemaVersion::new(7),
            reads_as: SchemaVersion::new(3),
            occurred_at: "2011-10-11T13:45:40.276123+02:00".parse().unwrap(),
            tags: vec![Tag::new("carrier", "DHL")],
            body: "{\"text\":\"é\\u0000\u{5d0}\"}".into(),
            ..event("Créer : @\"un\" 🦀")
        };
        let stream = StreamId::new(Category::from("ordre d'achat"), "clé/1");
        let metadata = Metadata::new().actor("ada").correlation("c").causation("w").header("ip", "::1");
        let writes = vec![StreamWrite { stream: stream.clone(), expected: Expected::Missing, events: vec![new.clone()] }];
        let receipt = store.append(Commit { writes, metadata: metadata.clone(), ..Commit::default() }).await.unwrap();
        let page = store.read_stream(stream.clone(), Slice::after(None, 10)).await.unwrap();
        let stored = page.last().unwrap();
        assert_eq!((stored.id(), stored.stream(), stored.name()), (new.id, &stream, &new.name));
        assert_eq!((stored.schema(), stored.reads_as(), stored.codec()), (new.schema, new.reads_as, Codec::Json.number()));
        assert_eq!((stored.version(), stored.position()), (Version::FIRST, Position::FIRST));
        assert_eq!((stored.occurred_at(), stored.recorded_at()), (new.occurred_at, receipt.recorded_at));
        assert_eq!((stored.body(), stored.metadata().unwrap()), (new.body.as_slice(), metadata));
        assert_eq!(Some(stored.commit()), receipt.commit);
    }

    async fn versions_are_contiguous_and_positions_go_up(store: AnyStore) {
        for key in ["a", "b", "a", "b", "a"] {
            store.append(one(key, Expected::Any, &["x", "y"])).await.unwrap();
        }
        let log = store.read_log(Query::all(), Slice::after(None, 100)).await.unwrap();
        let positions: Vec<u64> = log.events.iter().map(|event| event.position().get()).collect();
        assert!(positions.is_sorted_by(|left, right| left < right), "{positions:?}");
        assert_eq!(log.reached, store.head().await.unwrap());
        let page = store.read_stream(stream("a"), Slice::after(None, 100)).await.unwrap();
        assert_eq!(page.iter().map(|event| event.version().get()).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }

    async fn an_expectation_that_does_not_hold_says_what_was_found(store: AnyStore) {
        store.append(one("a", Expected::Missing, &["x", "x"])).await.unwrap();
        for (key, expected, holds) in [
            ("a", Expected::Any, true), ("a", Expected::Exists, true), ("a", at(4), true), ("b", Expected::Missing, true),
            ("a", Expected::Missing, false), ("a", at(4), false), ("a", at(6), false), ("c", Expected::Exists, false), ("c", at(1), false),
        ] {
            let actual = store.read_stream(stream(key), Slice::last(1)).await.unwrap().last().map(|event| event.version());
            match store.append(one(key, expected, &["x"])).await {
                Ok(_) => assert!(holds, "{key} {expected}"),
                Err(StoreError::Conflict(found)) => {
                    assert!(!holds, "{key} {expected}");
                    assert_eq!(found, Conflict { stream: stream(key), expected, actual });
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn several_streams_are_written_together_or_not_at_all(store: AnyStore) {
        store.append(one("read", Expected::Missing, &["x"])).await.unwrap();
        let refused = commit(vec![write("a", Expected::Missing, &["x"]), write("b", Expected::Exists, &["x"])]);
        assert!(store.append(refused).await.is_err());
        let refused = commit(vec![write("a", Expected::Missing, &["x"]), write("read", at(2), &[])]);
        assert!(store.append(refused).await.is_err());
        assert!(names(&store, "a").await.is_empty());
        let granted = commit(vec![write("a", Expected::Missing, &["x"]), write("read", at(1), &[])]);
        let receipt = store.append(granted).await.unwrap();
        assert_eq!(receipt.version_of(&stream("read")), Version::new(1));
        assert_eq!(names(&store, "a").await, ["x"]);
    }

    async fn a_chain_stops_at_its_first_refusal_though_a_foreign_event_makes_the_next_expectation_true(store: AnyStore) {
        store.append(one("a", Expected::Missing, &["opened"])).await.unwrap();
        store.append(one("a", at(1), &["foreign"])).await.unwrap();
        let chain = vec![one("a", at(1), &["first"]), one("a", at(2), &["second"]), one("b", Expected::Any, &["third"])];
        let answers = store.append_chain(chain).await;
        assert!(matches!(answers[0], Err(StoreError::Conflict(_))));
        assert!(is_behind(&answers[1]) && is_behind(&answers[2]));
        assert_eq!(names(&store, "a").await, ["opened", "foreign"]);
    }

    async fn a_chain_stops_behind_a_command_that_was_carried_out_before(store: AnyStore) {
        store.append(one("a", Expected::Missing, &["opened"])).await.unwrap();
        store.append(command(one("a", at(1), &["once"]), "wish", "body")).await.unwrap();
        store.append(one("a", at(2), &["foreign"])).await.unwrap();
        // Decided on a state with "once" at version 2 a second time, which never was; "foreign" makes its expectation true.
        let chain = vec![command(one("a", at(2), &["once"]), "wish", "body"), one("a", at(3), &["second"])];
        let answers = store.append_chain(chain).await;
        assert!(answers[0].as_ref().unwrap().repeated);
        assert!(is_behind(&answers[1]), "{:?}", answers[1]);
        assert_eq!(names(&store, "a").await, ["opened", "once", "foreign"]);
    }

    async fn a_chain_is_stored_in_order(store: AnyStore) {
        let chain = vec![one("a", Expected::Missing, &["1"]), one("a", at(1), &["2", "3"]), one("a", at(3), &["4"])];
        for answer in store.append_chain(chain).await {
            answer.unwrap();
        }
        assert_eq!(names(&store, "a").await, ["1", "2", "3", "4"]);
    }

    async fn a_command_is_carried_out_once_and_its_id_stands_for_it_alone(store: AnyStore) {
        let first = store.append(command(one("a", Expected::Any, &["x"]), "wish", "body")).await.unwrap();
        for _ in 0..5 {
            store.append(one("a", Expected::Any, &["y"])).await.unwrap();
        }
        let second = store.append(command(one("a", Expected::Missing, &["x"]), "wish", "body")).await.unwrap();
        assert_eq!(second, first.clone().again());
        let fingerprint = Fingerprint::of(&[b"body"]);
        let asked = store.receipt(CommandId::from_name("wish"), fingerprint).await.unwrap();
        assert_eq!(asked, Some(first.again()));
        assert_eq!(store.receipt(CommandId::from_name("other"), fingerprint).await.unwrap(), None);
        let reused = store.append(command(one("a", Expected::Any, &["x"]), "wish", "other body")).await;
        assert!(matches!(reused, Err(StoreError::CommandReused { .. })));
        assert_eq!(names(&store, "a").await.len(), 6);
    }

    async fn an_empty_commit_is_nothing_unless_a_command_led_to_it(store: AnyStore) {
        let receipt = store.append(Commit::default()).await.unwrap();
        assert_eq!((receipt.commit, receipt.positions), (None, None));
        store.append(command(Commit::default(), "wish", "body")).await.unwrap();
        assert!(store.append(command(Commit::default(), "wish", "body")).await.unwrap().repeated);
        assert_eq!(store.head().await.unwrap(), None);
    }

    async fn an_event_id_is_stored_once(store: AnyStore) {
        let twice = event("x");
        let again = |events| commit(vec![StreamWrite { stream: stream("a"), expected: Expected::Any, events }]);
        let answer = store.append(again(vec![twice.clone(), twice.clone()])).await;
        assert!(matches!(answer, Err(StoreError::DuplicateEvent { id }) if id == twice.id), "{answer:?}");
        store.append(again(vec![twice.clone()])).await.unwrap();
        let answer = store.append(again(vec![event("y"), twice.clone()])).await;
        assert!(matches!(answer, Err(StoreError::DuplicateEvent { id }) if id == twice.id), "{answer:?}");
        assert_eq!(names(&store, "a").await, ["x"]);
    }

    async fn a_guard_refuses_what_came_in_behind_the_reading(store: AnyStore) {
        let tagged = |name: &str, tags: &[&str]| NewEvent { tags: tags.iter().map(|tag| Tag::from(*tag)).collect(), ..event(name) };
        let events = vec![tagged("x", &["red"]), tagged("y", &["red", "big"]), tagged("z", &["blue"])];
        store.append(commit(vec![StreamWrite { stream: stream("a"), expected: Expected::Any, events }])).await.unwrap();
        let order = Category::from("order");
        let of_type = |name: &str| Query::types([(order.clone(), EventName::from(name))]);
        let tags = |tags: &[&str]| Query::tags(tags.iter().map(|tag| Tag::from(*tag)));
        for (query, after, stands_at) in [
            (tags(&["red"]), 0, Some(1)), (tags(&["red"]), 1, Some(2)), (tags(&["red"]), 2, None),
            (tags(&["red", "big"]), 0, Some(2)), (tags(&["red", "blue"]), 0, None), (tags(&["green"]), 0, None),
            (of_type("z"), 0, Some(3)), (of_type("z"), 3, None), (tags(&["green"]).or(of_type("y")), 0, Some(2)),
            (Query::all(), 2, Some(3)), (Query::default(), 0, None),
            (Query::types([(Category::from("other"), EventName::from("x"))]), 0, None),
        ] {
            let after = Position::new(after);
            let guarded = Commit { guard: Some(Guard { query: query.clone(), after }), ..Commit::default() };
            match store.append(guarded).await {
                Ok(_) => assert_eq!(stands_at, None, "{query:?}"),
                Err(StoreError::Guarded { position, after: read }) => {
                    assert_eq!((Some(position.get()), read), (stands_at, after), "{query:?}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn slices_are_cut_from_either_end(store: AnyStore) {
        store.append(one("a", Expected::Any, &["1", "2", "3", "4", "5"])).await.unwrap();
        let v = |number| Version::new(number);
        for (slice, expected) in [
            (Slice::after(None, 2), vec![1, 2]), (Slice::after(v(3), 9), vec![4, 5]), (Slice::after(v(5), 9), vec![]),
            (Slice::after(v(9), 9), vec![]), (Slice::after(None, 0), vec![]), (Slice::after(v(1), 9).until(v(3).unwrap()), vec![2, 3]),
            (Slice::last(2), vec![5, 4]), (Slice::last(9).until(v(2).unwrap()), vec![2, 1]),
            (Slice { after: v(3), ..Slice::last(9) }, vec![5, 4]), (Slice::after(None, usize::MAX), vec![1, 2, 3, 4, 5]),
        ] {
            let page = store.read_stream(stream("a"), slice).await.unwrap();
            let versions: Vec<u64> = page.iter().map(|event| event.version().get()).collect();
            assert_eq!(versions, expected, "{slice:?}");
            // One stream alone in the log: positions are its versions.
            let position = |version: Option<Version>| version.and_then(|version| Position::new(version.get()));
            let slice = Slice { after: position(slice.after), until: position(slice.until), direction: slice.direction, limit: slice.limit };
            let log = store.read_log(Query::all(), slice).await.unwrap();
            assert_eq!(log.events.iter().map(|event| event.position().get()).collect::<Vec<_>>(), expected, "{slice:?}");
        }
    }

    async fn a_log_is_read_in_pages_and_moves_on_though_nothing_matches(store: AnyStore) {
        for number in 0..199 {
            store.append(one("a", Expected::Any, &[if number % 20 == 0 { "rare" } else { "often" }])).await.unwrap();
        }
        let rare = Query::types([(Category::from("order"), EventName::from("rare"))]);
        for limit in [1, 2, 100] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = store.read_log(rare.clone(), Slice::after(after, limit)).await.unwrap();
                assert!(page.events.len() <= limit);
                seen.extend(page.events.iter().map(|event| event.position().get()));
                if page.reached.is_none() || page.reached == after {
                    break;
                }
                after = page.reached;
            }
            assert_eq!(seen, (0..10).map(|number| number * 20 + 1).collect::<Vec<u64>>(), "pages of {limit}");
            assert_eq!(after, store.head().await.unwrap());
        }
    }

    async fn what_goes_beyond_a_limit_is_refused_whole(store: AnyStore) {
        let long = "x".repeat(256);
        for commit in [
            one(&long, Expected::Any, &["x"]), one("", Expected::Any, &["x"]), one("a", Expected::Any, &["x", &long]),
            commit(vec![write("a", Expected::Any, &["x"]), write("a", Expected::Any, &["y"])]),
            one("a", Expected::Any, &vec!["x"; 10_001]),
        ] {
            assert!(matches!(store.append(commit).await, Err(StoreError::Refused { .. })));
        }
        assert_eq!(store.head().await.unwrap(), None);
        let allowed = "é".repeat(127);
        store.append(one(&allowed, Expected::Any, &[&allowed])).await.unwrap();
        assert_eq!(names(&store, &allowed).await, [allowed]);
    }

    async fn one_of_many_racers_wins(store: AnyStore) {
        let racers: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.append(one("a", Expected::Missing, &["won"])).await.is_ok() })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            winners += usize::from(racer.await.unwrap());
        }
        assert_eq!(winners, 1);
        assert_eq!(names(&store, "a").await, ["won"]);
    }

    async fn a_follower_sees_every_position_once_and_never_one_below(store: AnyStore) {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    for _ in 0..25 {
                        store.append(one(&format!("{writer}"), Expected::Any, &["x", "y"])).await.unwrap();
                    }
                })
            })
            .collect();
        let (mut seen, mut after) = (0, None);
        while seen < 8 * 25 * 2 {
            store.changed(after).await.unwrap();
            let page = store.read_log(Query::all(), Slice::after(after, 7)).await.unwrap();
            for event in page.events.iter() {
                assert_eq!(event.position(), Position::after(after), "dense, in order, each once");
                after = Some(event.position());
                seen += 1;
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(store.head().await.unwrap(), after);
    }
}

#[tokio::test]
async fn recorded_at_never_goes_back_though_the_clock_does() {
    let clock = es_runtime::testing::ManualClock::at("2026-01-05T12:00:00Z".parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::options()
        .clock(Arc::new(clock.clone()))
        .open(folder.path().join("app.db"))
        .unwrap();
    for store in [
        AnyStore::new(MemoryStore::with_clock(Arc::new(clock.clone()))),
        AnyStore::new(sqlite),
    ] {
        let first = store.append(one("a", Expected::Any, &["x"])).await.unwrap();
        clock.set("2026-01-05T11:00:00Z".parse().unwrap());
        let second = store.append(one("a", Expected::Any, &["x"])).await.unwrap();
        assert!(second.recorded_at >= first.recorded_at);
        clock.set("2026-01-05T13:00:00Z".parse().unwrap());
        let third = store.append(one("a", Expected::Any, &["x"])).await.unwrap();
        assert!(third.recorded_at > first.recorded_at);
        clock.set("2026-01-05T12:00:00Z".parse().unwrap());
    }
}
