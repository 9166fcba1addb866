//! Reading: slices of streams, queries over the log, and following it while others write.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use common::*;
use es_runtime::{
    Category, Direction, EventName, EventStore, Expected, NewEvent, Query, QueryItem, Slice,
    StreamId, StreamWrite, Tag, Version,
};

#[tokio::test]
async fn a_stream_is_read_in_slices_in_both_directions() {
    let fixture = Fixture::new();
    let events = (0..199).map(|_| event("x")).collect();
    fixture
        .store
        .append(commit(vec![write("a", Expected::Any, events)]))
        .await
        .unwrap();
    let v = |number| Version::new(number);
    let slice = |after: u64, until: u64, direction, limit| Slice {
        after: v(after),
        until: v(until),
        direction,
        limit,
    };
    use Direction::{Backwards, Forwards};
    for (slice, expected) in [
        (slice(0, 0, Forwards, 3), vec![1, 2, 3]),
        (slice(197, 0, Forwards, 10), vec![198, 199]),
        (slice(10, 13, Forwards, 10), vec![11, 12, 13]),
        (slice(10, 13, Forwards, 2), vec![11, 12]),
        (slice(0, 0, Backwards, 2), vec![199, 198]),
        (slice(10, 13, Backwards, 2), vec![13, 12]),
        (slice(197, 300, Backwards, 9), vec![199, 198]),
        (slice(199, 0, Forwards, 10), vec![]),
        (slice(5, 4, Forwards, 10), vec![]),
        (slice(0, 0, Forwards, 0), vec![]),
        (slice(u64::MAX, 0, Forwards, 10), vec![]),
        (slice(0, u64::MAX, Backwards, 1), vec![199]),
    ] {
        let page = fixture.store.read_stream(stream("a"), slice).await.unwrap();
        assert_eq!(versions(&page), expected, "{slice:?}");
    }
    for step in [1, 2, 100, 199, 500] {
        let mut after = None;
        let mut read = Vec::new();
        loop {
            let page = fixture
                .store
                .read_stream(stream("a"), Slice::after(after, step))
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.version());
            read.extend(versions(&page));
        }
        assert_eq!(read, (1..=199).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_stream_that_is_missing_is_empty() {
    let fixture = Fixture::new();
    assert!(read(&fixture.store, "a").await.is_empty());
    fixture.store.append(one("b", Expected::Any)).await.unwrap();
    assert!(read(&fixture.store, "a").await.is_empty());
    let other = StreamId::new(Category::from_static("other"), "b");
    assert!(
        fixture
            .store
            .read_stream(other, Slice::after(None, 1))
            .await
            .unwrap()
            .is_empty()
    );
}

/// 1 opened {t:1}, 2 paid {t:1, u:1}, 3 closed, 4 opened of another category {t:1}, 5 paid {t:2, u:1}.
async fn mixed() -> Fixture {
    let fixture = Fixture::new();
    let other = StreamWrite {
        stream: StreamId::new(Category::from_static("other"), "x"),
        expected: Expected::Any,
        events: vec![tagged("opened", &["t:1"])],
    };
    let first = vec![
        tagged("opened", &["t:1"]),
        tagged("paid", &["t:1", "u:1"]),
        event("closed"),
    ];
    fixture
        .store
        .append(commit(vec![write("a", Expected::Any, first)]))
        .await
        .unwrap();
    fixture.store.append(commit(vec![other])).await.unwrap();
    fixture
        .store
        .append(commit(vec![write(
            "b",
            Expected::Any,
            vec![tagged("paid", &["t:2", "u:1"])],
        )]))
        .await
        .unwrap();
    fixture
}

fn ty(name: &'static str) -> (Category, EventName) {
    (CATEGORY, EventName::from_static(name))
}

fn tags(tags: &[&'static str]) -> Query {
    Query::tags(tags.iter().map(|tag| Tag::from(*tag)))
}

#[tokio::test]
async fn queries_find_what_they_mean_once_and_in_order() {
    let fixture = mixed().await;
    let both = |types: Query, tags: Query| Query {
        items: vec![QueryItem {
            types: types.items[0].types.clone(),
            tags: tags.items[0].tags.clone(),
        }],
    };
    for (query, expected) in [
        (Query::all(), vec![1, 2, 3, 4, 5]),
        (Query::default(), vec![]),
        (Query::types([ty("paid")]), vec![2, 5]),
        (Query::types([ty("opened")]), vec![1]),
        (Query::types([ty("never")]), vec![]),
        (
            Query::types([ty("paid"), ty("opened"), ty("paid")]),
            vec![1, 2, 5],
        ),
        (tags(&["t:1"]), vec![1, 2, 4]),
        (tags(&["u:1"]), vec![2, 5]),
        (tags(&["t:1", "u:1"]), vec![2]),
        (tags(&["t:1", "t:2"]), vec![]),
        (tags(&["t:1", "never"]), vec![]),
        (both(Query::types([ty("opened")]), tags(&["t:1"])), vec![1]),
        (
            both(Query::types([ty("paid"), ty("opened")]), tags(&["t:1"])),
            vec![1, 2],
        ),
        (tags(&["t:1"]).or(tags(&["u:1"])), vec![1, 2, 4, 5]),
        (
            tags(&["t:1"]).or(Query::types([ty("opened"), ty("closed")])),
            vec![1, 2, 3, 4],
        ),
        (tags(&["t:1"]).or(Query::all()), vec![1, 2, 3, 4, 5]),
        (Query::types([ty("never")]).or(tags(&["t:2"])), vec![5]),
    ] {
        assert_eq!(
            found(&fixture.store, query.clone()).await,
            expected,
            "{query:?}"
        );
        let mut backwards = expected;
        backwards.reverse();
        let page = fixture
            .store
            .read_log(query.clone(), Slice::last(100))
            .await
            .unwrap();
        assert_eq!(positions(&page.events), backwards, "{query:?}");
        // In pages of one.
        let mut paged = Vec::new();
        let mut slice = Slice::last(1);
        loop {
            let page = fixture.store.read_log(query.clone(), slice).await.unwrap();
            paged.extend(positions(&page.events));
            match page.reached.and_then(|reached| position(reached.get() - 1)) {
                Some(until) => slice = slice.until(until),
                None => break,
            }
        }
        assert_eq!(paged, backwards, "{query:?}");
    }
}

#[tokio::test]
async fn a_page_tells_how_far_the_log_was_looked_through() {
    let fixture = mixed().await;
    let paid = Query::types([ty("paid")]);
    let never = Query::types([ty("never")]);
    let forwards = |after, limit| Slice::after(position(after), limit);
    for (query, slice, reached) in [
        (Query::all(), forwards(0, 2), position(2)),
        (Query::all(), forwards(0, 5), position(5)),
        (Query::all(), forwards(5, 5), None),
        (Query::all(), forwards(0, 0), None),
        (paid.clone(), forwards(0, 1), position(2)),
        (paid.clone(), forwards(2, 5), position(5)),
        (
            paid.clone(),
            forwards(2, 5).until(position(4).unwrap()),
            position(4),
        ),
        (
            paid.clone(),
            forwards(2, 5).until(position(99).unwrap()),
            position(5),
        ),
        (never.clone(), forwards(0, 1), position(5)),
        (never.clone(), forwards(5, 1), None),
        (Query::default(), forwards(0, 1), position(5)),
        (tags(&["t:1", "u:1"]), forwards(0, 1), position(2)),
        (tags(&["t:1", "u:1"]), forwards(2, 1), position(5)),
        (paid.clone(), Slice::last(1), position(5)),
        (paid.clone(), Slice::last(9), position(1)),
        (never, Slice::last(9), position(1)),
    ] {
        let page = fixture.store.read_log(query.clone(), slice).await.unwrap();
        assert_eq!(page.reached, reached, "{query:?} {slice:?}");
    }
    let empty = Fixture::new();
    let page = empty
        .store
        .read_log(Query::all(), forwards(0, 5))
        .await
        .unwrap();
    assert!(page.events.is_empty() && page.reached.is_none());
    assert_eq!(empty.store.head().await.unwrap(), None);
    assert_eq!(fixture.store.head().await.unwrap(), position(5));
}

#[tokio::test]
async fn a_wide_query_is_read_in_pages_without_loss() {
    let fixture = Fixture::new();
    let names: Vec<String> = (0..40).map(|number| format!("type {number}")).collect();
    let events: Vec<_> = (0..2_000)
        .map(|number: usize| tagged(&names[number % 40], &["all", &format!("n:{}", number % 7)]))
        .collect();
    fixture
        .store
        .append(commit(vec![write("a", Expected::Any, events)]))
        .await
        .unwrap();
    let of_types = Query::types(
        names
            .iter()
            .take(20)
            .map(|name| (CATEGORY, EventName::from(name.as_str()))),
    );
    let is_wanted = |number: &u64| (number - 1) % 40 < 20;
    let expected: Vec<u64> = (1..=2_000).filter(is_wanted).collect();
    for limit in [7, 300, 5_000] {
        let mut after = None;
        let mut read = Vec::new();
        loop {
            let page = fixture
                .store
                .read_log(of_types.clone(), Slice::after(after, limit))
                .await
                .unwrap();
            read.extend(positions(&page.events));
            match page.reached {
                Some(reached) => after = Some(reached),
                None => break,
            }
        }
        assert_eq!(read, expected);
    }
    let expected: Vec<u64> = (1..=2_000).filter(|number| (number - 1) % 7 == 3).collect();
    let mut backwards = expected.clone();
    backwards.reverse();
    let both = tags(&["all", "n:3"]);
    assert_eq!(found(&fixture.store, both.clone()).await, expected);
    let page = fixture
        .store
        .read_log(both, Slice::last(5_000))
        .await
        .unwrap();
    assert_eq!(positions(&page.events), backwards);
}

#[tokio::test]
async fn a_page_ends_where_it_has_bytes_enough() {
    let fixture = Fixture::new();
    let large = |_| NewEvent {
        body: vec![b'x'; 1024 * 1024],
        ..event("large")
    };
    let events = (0..6).map(large).collect();
    fixture
        .store
        .append(commit(vec![write("a", Expected::Any, events)]))
        .await
        .unwrap();
    for query in [
        Query::all(),
        Query::types([ty("large")]),
        Query::types([ty("large")]).or(tags(&["none"])),
    ] {
        let page = fixture
            .store
            .read_log(query.clone(), Slice::after(None, 100))
            .await
            .unwrap();
        assert_eq!(positions(&page.events), [1, 2, 3, 4]);
        assert_eq!(page.reached, position(4));
        let rest = fixture
            .store
            .read_log(query, Slice::after(page.reached, 100))
            .await
            .unwrap();
        assert_eq!(positions(&rest.events), [5, 6]);
        assert_eq!(rest.reached, position(6));
    }
    let page = read(&fixture.store, "a").await;
    assert_eq!(versions(&page), [1, 2, 3, 4]);

    let huge = NewEvent {
        body: vec![b'x'; 6 * 1024 * 1024],
        ..event("huge")
    };
    fixture
        .store
        .append(commit(vec![write("b", Expected::Any, vec![huge])]))
        .await
        .unwrap();
    assert_eq!(read(&fixture.store, "b").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_follows_8_writers_sees_every_position_once_and_in_order() {
    const WRITERS: u64 = 8;
    const EACH: u64 = 100;
    let fixture = Fixture::new();
    for writer in 0..WRITERS {
        let store = fixture.store.clone();
        tokio::spawn(async move {
            for number in 0..EACH {
                let events = (0..=number % 3).map(|_| event("x")).collect();
                store
                    .append(commit(vec![write(
                        &format!("w{writer}"),
                        Expected::Any,
                        events,
                    )]))
                    .await
                    .unwrap();
            }
        });
    }
    let total: u64 = WRITERS * (0..EACH).map(|number| number % 3 + 1).sum::<u64>();
    let (mut after, mut seen, mut recorded_at) = (None, 0, None);
    while seen < total {
        fixture.store.changed(after).await.unwrap();
        let page = fixture
            .store
            .read_log(Query::all(), Slice::after(after, 50))
            .await
            .unwrap();
        for event in page.events.iter() {
            seen += 1;
            assert_eq!(event.position().get(), seen);
            assert!(recorded_at <= Some(event.recorded_at()));
            recorded_at = Some(event.recorded_at());
        }
        after = page.reached;
    }
}

#[tokio::test]
async fn changed_waits_and_is_woken() {
    let fixture = Fixture::new();
    let waiting = {
        let store = fixture.store.clone();
        tokio::spawn(async move { store.changed(None).await })
    };
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    waiting.await.unwrap().unwrap();
    fixture.store.changed(None).await.unwrap();
    let more = tokio::time::timeout(
        std::time::Duration::from_millis(100),
        fixture.store.changed(position(1)),
    );
    assert!(more.await.is_err());
}

#[tokio::test]
async fn a_store_opened_on_events_knows_that_they_are_there() {
    let fixture = Fixture::new();
    fixture.store.append(one("a", Expected::Any)).await.unwrap();
    let fixture = fixture.reopened();
    let changed = tokio::time::timeout(
        std::time::Duration::from_millis(500),
        fixture.store.changed(None),
    );
    changed.await.unwrap().unwrap();
}

#[tokio::test]
async fn two_stores_on_one_file_see_each_other() {
    let fixture = Fixture::new();
    let other = es_sqlite::SqliteStore::open(fixture.path()).unwrap();
    for number in 0..20 {
        fixture
            .store
            .append(one("a", Expected::as_loaded(Version::new(2 * number))))
            .await
            .unwrap();
        other.append(one("a", at(2 * number + 1))).await.unwrap();
    }
    assert_eq!(
        versions(&read(&other, "a").await),
        (1..=40).collect::<Vec<_>>()
    );
    assert_eq!(
        positions(&log(&fixture.store).await),
        (1..=40).collect::<Vec<_>>()
    );
}
