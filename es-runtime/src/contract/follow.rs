//! Following: readers beside writers, and whoever waits.

use std::time::{Duration, Instant};

use super::failure::{Failure, Verdict, holds, same};
use super::make::{commit, events, many, of_types, one, stream, write};
use super::stage::{Opened, PATIENCE, Seen, Stage, positions, race};
use crate::commit::{Expected, Query};
use crate::id::Position;
use crate::store::Slice;

const WRITERS: usize = 8;
const COMMITS: usize = 25;

/// The signature bug of the field is a reader that has seen position 9 when 8 becomes visible. One reader follows
/// through the store that is written to, one through another opening of it.
pub(super) fn a_reader_that_follows_eight_writers_sees_every_position_once_and_in_order(
    stage: &Stage,
) -> Verdict {
    let store = stage.open()?;
    store.append(one("start", Expected::Missing))?;
    let Some(other) = stage.beside(&store)? else {
        return follow(&store, &[&store]);
    };
    follow(&store, &[&store, &other])
}

fn follow(store: &Opened, readers: &[&Opened]) -> Verdict {
    let start = store.head()?;
    let write_all = || -> Result<Vec<Seen>, Failure> {
        let written = race((0..WRITERS).map(|writer| {
            move || -> Result<Vec<_>, Failure> {
                let key = format!("writer {writer}");
                let append = |number| {
                    let receipt = store.append(many(&key, Expected::Any, 1 + number % 3))?;
                    Ok(receipt.positions)
                };
                (0..COMMITS).map(append).collect()
            }
        }));
        let mut told = vec![];
        for positions in written {
            told.extend(positions?);
        }
        store.append(one("end", Expected::Missing))?;
        let seen = log_behind(store, start)?;
        same(
            "positions told to writers",
            told.iter().flatten().count(),
            WRITERS * COMMITS,
        )?;
        for positions in told.into_iter().flatten() {
            for told in [positions.first, positions.last] {
                let is_there = seen.iter().any(|event| event.position == told);
                holds(format!("position {told} is there in the end"), is_there)?;
            }
        }
        Ok(seen)
    };
    type Part<'a> = Box<dyn FnOnce() -> Result<Vec<Seen>, Failure> + Send + 'a>;
    let mut parts: Vec<Part<'_>> = vec![Box::new(write_all)];
    for reader in readers {
        parts.push(Box::new(|| read_until_the_end(reader, start)));
    }
    let mut seen = race(parts).into_iter();
    let written = seen.next().transpose()?.unwrap_or_default();
    let of_each_writer: usize = (0..COMMITS).map(|number| 1 + number % 3).sum();
    same(
        "events written",
        written.len(),
        WRITERS * of_each_writer + 1,
    )?;
    for read in seen {
        let read = read?;
        same(
            "positions that a reader saw",
            positions(&read),
            positions(&written),
        )?;
        same("what it saw", read, written.clone())?;
    }
    Ok(())
}

fn log_behind(store: &Opened, after: Option<Position>) -> Result<Vec<Seen>, Failure> {
    Ok(store
        .log_slice(&Query::all(), Slice::after(after, 1_000_000))?
        .0)
}

/// Reads on from where the last page ended, until it sees the last event there will be.
fn read_until_the_end(store: &Opened, start: Option<Position>) -> Result<Vec<Seen>, Failure> {
    let (mut seen, mut after) = (Vec::new(), start);
    let began = Instant::now();
    loop {
        store.changed(after)?;
        // Small pages, so that they end in the middle of things.
        let page = store.read_log(&Query::all(), Slice::after(after, 7))?;
        holds("there is an event behind a change", !page.events.is_empty())?;
        for event in page.events.iter() {
            let event = Seen::of(event)?;
            let position = Some(event.position);
            holds("each position is behind what was seen", position > after)?;
            after = position;
            let is_last = event.stream == stream("end");
            seen.push(event);
            if is_last {
                return Ok(seen);
            }
        }
        after = after.max(page.reached);
        holds(
            "the reader comes to the end",
            began.elapsed() < PATIENCE * 3,
        )?;
    }
}

/// Once an event of a commit is seen, all of them are: in the log, and from stream to stream.
pub(super) fn a_reader_never_sees_half_a_commit(stage: &Stage) -> Verdict {
    const EACH: usize = 40;
    let store = stage.open()?;
    let of_both = || {
        commit(vec![
            write("a", Expected::Any, events(3)),
            write("b", Expected::Any, events(3)),
        ])
    };
    store.append(of_both())?;
    same("events stored", store.stream("a")?.len(), 3)?;
    let append = || -> Result<usize, Failure> {
        for _ in 0..EACH {
            store.append(of_both())?;
        }
        Ok(EACH)
    };
    let read = || -> Result<usize, Failure> {
        let began = Instant::now();
        let last = loop {
            let in_a = store.stream("a")?.len();
            let in_b = store.stream("b")?.len();
            same("events of a stream in whole commits", in_a % 3, 0)?;
            holds("what is in one stream is in the other", in_b >= in_a)?;
            let in_log = store.log(&Query::all())?.len();
            same("events of the log in whole commits", in_log % 6, 0)?;
            if in_a == 3 * (2 * EACH + 1) {
                break in_log;
            }
            holds(
                "the reader comes to the end",
                began.elapsed() < PATIENCE * 3,
            )?;
        };
        Ok(last)
    };
    type Part<'a> = Box<dyn FnOnce() -> Result<usize, Failure> + Send + 'a>;
    let parts: [Part<'_>; 3] = [Box::new(append), Box::new(append), Box::new(read)];
    let seen: Result<Vec<_>, _> = race(parts).into_iter().collect();
    same(
        "events in the end",
        seen?,
        vec![EACH, EACH, 6 * (2 * EACH + 1)],
    )
}

/// At once where there is something already; however many wait.
pub(super) fn whoever_waits_is_woken_by_the_next_event_and_by_nothing_else(
    stage: &Stage,
) -> Verdict {
    let store = stage.open()?;
    let first = store.waiting(None);
    first.still()?;
    store.append(one("a", Expected::Missing))?;
    first.woken()?;
    store.changed(None)?;
    let head = store.head()?;
    holds("there is a head", head.is_some())?;

    let waiting: Vec<_> = (0..20).map(|_| store.waiting(head)).collect();
    store.append(commit(vec![]))?;
    holds(
        "a conflict",
        store.append(one("a", Expected::Missing)).is_err(),
    )?;
    same(
        "what never matches",
        store.log(&of_types(&["never"]))?,
        vec![],
    )?;
    for waiting in &waiting {
        waiting.still()?;
    }
    store.append(one("a", Expected::Any))?;
    for waiting in waiting {
        waiting.woken()?;
    }
    match stage.reopened(store)? {
        Some(store) => store.changed(head),
        None => Ok(()),
    }
}

/// Through the store that is written to.
pub(super) fn whoever_waits_is_woken_within_100_milliseconds(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    check_waking(&store, &store)
}

/// Through another opening of the store, as in another process.
pub(super) fn whoever_waits_elsewhere_is_woken_within_100_milliseconds(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(one("a", Expected::Missing))?;
    holds("there is a head", store.head()?.is_some())?;
    match stage.beside(&store)? {
        Some(other) => check_waking(&store, &other),
        None => Ok(()),
    }
}

/// The median counts, since a machine may be busy for a moment.
fn check_waking(writer: &Opened, reader: &Opened) -> Verdict {
    let mut took = vec![];
    for _ in 0..9 {
        let waiting = reader.waiting(writer.head()?);
        waiting.still()?;
        writer.append(one("a", Expected::Any))?;
        let written = Instant::now();
        took.push(waiting.woken()?.saturating_duration_since(written));
    }
    took.sort_unstable();
    let median = took[took.len() / 2];
    holds(
        format!("woken after {median:?}, within 100 ms"),
        median <= Duration::from_millis(100),
    )
}
