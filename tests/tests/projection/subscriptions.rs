//! Subscriptions: every event once, in order, from where they are asked for on.

use std::future::poll_fn;
use std::pin::Pin;

use es_runtime::prelude::*;
use es_runtime::{Bookmark, Recorded, SubscribeFrom, Subscription, Tag};
use es_tests::account::{Account, AccountEvent};
use futures_core::Stream;

use super::{append, deposit, id, open, stores};

async fn next<S: EventStore>(
    subscription: &mut Subscription<Account, S>,
) -> Option<Result<Recorded<AccountEvent>, String>> {
    let next = poll_fn(|cx| Pin::new(&mut *subscription).poll_next(cx));
    let next = tokio::time::timeout(std::time::Duration::from_secs(60), next);
    let next = next.await.expect("it takes too long");
    next.map(|event| event.map_err(|error| error.to_string()))
}

#[tokio::test]
async fn events_that_are_there_come_first_and_those_that_follow_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "ada").await;
        let mut all = app.subscribe::<Account>(SubscribeFrom::Start);
        let mut names = app
            .subscribe::<Account>(SubscribeFrom::Start)
            .only(&["deposited"]);
        let writer = app.clone();
        let writing = tokio::spawn(async move {
            for amount in 1..=600 {
                deposit(&writer, "ada", amount).await;
            }
        });
        for version in 1..=601 {
            let event = next(&mut all).await.unwrap().unwrap();
            assert_eq!(event.version.get(), version);
        }
        assert_eq!(next(&mut names).await.unwrap().unwrap().version.get(), 2);
        writing.await.unwrap();

        let head = app.store().head().await.unwrap().unwrap();
        let mut behind = app.subscribe::<Account>(SubscribeFrom::Position(head));
        let mut none = app
            .subscribe::<Account>(SubscribeFrom::Start)
            .tagged([Tag::from("no")]);
        let waits = tokio::time::timeout(std::time::Duration::from_millis(50), next(&mut none));
        assert!(waits.await.is_err());
        open(&app, "bob").await;
        let event = next(&mut behind).await.unwrap().unwrap();
        assert_eq!(event.stream.key(), "bob");
    }
}

#[tokio::test]
async fn what_cannot_be_read_comes_behind_what_can_and_ends_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "ada").await;
        append(app.store(), Account::stream(&id("ada")), "deposited", b"{}").await;
        let mut all = app.subscribe::<Account>(SubscribeFrom::Start);
        assert!(next(&mut all).await.unwrap().is_ok());
        let error = next(&mut all).await.unwrap().unwrap_err();
        assert!(error.contains("`deposited`"), "{error}");
        assert_eq!(next(&mut all).await, None);
    }
}

#[tokio::test]
async fn a_bookmark_is_held_by_one_and_keeps_the_last_position() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store);
        open(&app, "ada").await;
        deposit(&app, "ada", 1).await;
        let mut bookmark = Bookmark::open(app.store(), "mails").await.unwrap();
        let mut mails = app.subscribe::<Account>(SubscribeFrom::Start);
        let first = next(&mut mails).await.unwrap().unwrap();
        bookmark.keep(first.position).await.unwrap();
        let other = app.clone();
        let waiting = tokio::spawn(async move {
            let bookmark = Bookmark::open(other.store(), "mails").await.unwrap();
            bookmark.position()
        });
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        assert!(!waiting.is_finished());
        drop(bookmark);
        assert_eq!(waiting.await.unwrap(), Some(first.position));
    }
}
