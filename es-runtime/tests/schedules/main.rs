//! Callers of one application under many schedules: whoever keeps being polled is answered, each command is stored once at
//! most, and every decision rests on what is stored, whoever leaves, sleeps, is faster or panics.
//!
//! `RUSTFLAGS="--cfg es_shuttle" cargo test -p es-runtime --test schedules --target-dir target/shuttle`
#![cfg(es_shuttle)]

mod late;
mod ledger;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use es_runtime::prelude::*;
use es_runtime::schedules::explore;
use es_runtime::{EventStore, Query, Slice, StoreError};
use late::{Late, PANIC};
use ledger::*;
use shuttle::future::block_on;
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{self, JoinHandle};

#[test]
fn whoever_keeps_being_polled_is_answered_and_every_decision_rests_on_what_is_stored() {
    explore(|| callers_of(Late::new()));
}

#[test]
fn a_store_that_panics_strands_nobody() {
    explore(|| callers_of(Late::panicking()));
}

/// Marks that are noted by whom.
const STEADY: [u64; 3] = [0, 3, 6];
const FOREIGN: u64 = 9;
const ELSEWHERE: u64 = 12;
const LEAVING: u64 = 15;
const SLEEPING: u64 = 16;
const EACH: u64 = 2;

fn callers_of(store: Late) {
    // One aggregate stays warm at least, so that slots are let go and made again.
    let options = AppOptions::default().warm_aggregates(1);
    let app = App::with_options(store.clone(), options);
    let mut steady = Vec::new();
    for first in &STEADY[..thread_rng().gen_range(1..=STEADY.len())] {
        steady.push(notes(&app, "a", *first));
    }
    if thread_rng().r#gen() {
        steady.push(notes(&App::new(store.clone()), "a", FOREIGN));
    }
    if thread_rng().r#gen() {
        steady.push(notes(&app, "b", ELSEWHERE));
    }
    let follower = follows(&store, EACH * steady.len() as u64);
    let refused = thread_rng()
        .r#gen::<bool>()
        .then(|| notes_unless(&app, STEADY[0]));
    let leaving = thread_rng()
        .r#gen::<bool>()
        .then(|| polls_once(&app, LEAVING));
    let sleeping = thread_rng()
        .r#gen::<bool>()
        .then(|| polls_once(&app, SLEEPING));
    let left = leaving.map(|leaving| drop(leaving.join().unwrap()));
    for caller in steady {
        caller.join().unwrap();
    }
    if let Some(refused) = refused {
        refused.join().unwrap();
    }
    follower.join().unwrap();
    let asleep = sleeping.map(|sleeping| sleeping.join().unwrap());
    // Whoever comes last finds nobody in his way, and the warm state where the stored one is.
    block_on(note(&app, &LedgerId::new("a"), 20));
    drop((left, asleep));
    let marks = stored(&store, "a");
    assert_eq!(marks & 1 << STEADY[0], 1 << STEADY[0]);
    stored(&store, "b");
}

/// A thread that notes marks, one after the other, until each is acknowledged.
fn notes(app: &App<Late>, ledger: &str, first: u64) -> JoinHandle<()> {
    let (app, ledger) = (app.clone(), LedgerId::new(ledger));
    thread::spawn(move || {
        for number in first..first + EACH {
            block_on(note(&app, &ledger, number));
        }
    })
}

/// Notes a mark, again and again under one id while the outcome is not known; it is stored by then, once.
async fn note(app: &App<Late>, ledger: &LedgerId, number: u64) {
    let wish = format!("{ledger}-{number}");
    let options = || ExecuteOptions::new().command_id(CommandId::from_name(&wish));
    let executed = loop {
        let command = Note { mark: 1 << number };
        match app.execute_with(ledger, command, options()).await {
            Ok(executed) => break executed,
            Err(error) => assert_unknown(&error),
        }
    };
    assert_eq!(executed.events.len(), 1);
    assert_ne!(stored(app.store(), &ledger.to_string()) & 1 << number, 0);
}

/// The one failure there is, with its cause.
fn assert_unknown(error: &ExecuteError<There>) {
    let ExecuteError::Store(StoreError::OutcomeUnknown { cause, .. }) = error else {
        panic!("{error}")
    };
    assert!(cause.to_string().ends_with(PANIC), "{cause}");
}

/// A thread whose command is refused only where the mark that forbids it is stored.
fn notes_unless(app: &App<Late>, forbidding: u64) -> JoinHandle<()> {
    let app = app.clone();
    thread::spawn(move || {
        let (mark, unless) = (1 << 19, 1 << forbidding);
        let answer = block_on(app.execute(&LedgerId::new("a"), NoteUnless { mark, unless }));
        match answer {
            Ok(_) => assert_ne!(stored(app.store(), "a") & mark, 0),
            Err(ExecuteError::Rejected(There(unless))) => {
                let marks = stored(app.store(), "a");
                assert_eq!((marks & unless, marks & mark), (unless, 0));
            }
            Err(error) => assert_unknown(&error),
        }
    })
}

type Waiting = Pin<Box<dyn Future<Output = Result<Executed<Ledger>, ExecuteError<There>>> + Send>>;

/// A thread that has a command polled once, and hands it back if there is no answer yet.
fn polls_once(app: &App<Late>, number: u64) -> JoinHandle<Option<Waiting>> {
    let app = app.clone();
    thread::spawn(move || {
        let mut waiting: Waiting =
            Box::pin(app.execute(&LedgerId::new("a"), Note { mark: 1 << number }));
        let polled = waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        match polled {
            Poll::Pending => Some(waiting),
            Poll::Ready(answer) => {
                if let Err(error) = answer {
                    assert_unknown(&error);
                }
                None
            }
        }
    })
}

/// A thread that waits for so many events and sees each position once.
fn follows(store: &Late, events: u64) -> JoinHandle<()> {
    let store = store.clone();
    thread::spawn(move || {
        block_on(async {
            let mut seen = None;
            while seen.map_or(0, es_runtime::Position::get) < events {
                store.changed(seen).await.unwrap();
                let page = store
                    .read_log(Query::all(), Slice::after(seen, 100))
                    .await
                    .unwrap();
                for event in page.events.iter() {
                    assert_eq!(
                        event.position().get(),
                        seen.map_or(1, |seen| seen.get() + 1)
                    );
                    seen = Some(event.position());
                }
            }
        });
    })
}

/// The marks that are stored, each once and decided on those before it.
fn stored(store: &Late, ledger: &str) -> u64 {
    let app = App::new(store.inner().clone());
    let all = Slice::after(None, usize::MAX);
    let history = block_on(app.history::<Ledger>(&LedgerId::new(ledger), all)).unwrap();
    history.iter().fold(0, |marks, recorded| {
        let (mark, before) = match &recorded.event {
            LedgerEvent::Begun(begun) => (begun.mark, 0),
            LedgerEvent::Noted(noted) => (noted.mark, noted.before),
        };
        assert_eq!(before, marks, "decided on a state that never was");
        assert_eq!(marks & mark, 0, "carried out twice");
        marks | mark
    })
}
