//! Reading: queries of many types and tags, and pages that end by their bytes. What every store promises of reading
//! stands in the contract (`tests/tests/contract.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod common;

use common::*;
use es_runtime::{Category, EventName, EventStore, Expected, NewEvent, Query, Slice, Tag};

fn ty(name: &'static str) -> (Category, EventName) {
    (CATEGORY, EventName::from_static(name))
}

fn tags(tags: &[&'static str]) -> Query {
    Query::tags(tags.iter().map(|tag| Tag::from(*tag)))
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
