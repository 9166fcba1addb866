//! Reading: slices of streams and of the log, queries, the head.

use super::failure::{Failure, Verdict, holds, same};
use super::make::{
    CATEGORY, commit, event, events, given, many, named, of_both, of_tags, of_types, one, stream,
    tagged, write,
};
use super::stage::{Opened, Seen, Stage, nth, positions, versions};
use crate::commit::{Commit, Expected, Query, StreamWrite};
use crate::envelope::{Envelope, Metadata, RawEvent, SchemaVersion};
use crate::id::{Position, StreamId, Version};
use crate::name::{Category, EventName};
use crate::store::{Direction, Slice};

use Direction::{Backwards, Forwards};

/// In an empty store and beside others; one of the same key in another category is another stream.
pub(super) fn a_missing_stream_is_empty(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    same("a stream of an empty store", store.stream("a")?, vec![])?;
    store.append(one("b", Expected::Missing))?;
    let writes = vec![
        write("read", Expected::Missing, vec![]),
        write("b", Expected::Exists, events(1)),
    ];
    store.append(commit(writes))?;
    for key in ["a", "read", "B", "b ", "b\0"] {
        same("a missing stream beside others", store.stream(key)?, vec![])?;
    }
    let other = StreamId::new(Category::from_static("other"), "b");
    let seen = store.stream_slice(&other, Slice::after(None, 10))?;
    same("the same key in another category", seen, vec![])?;
    let seen = store.stream_slice(&other, Slice::last(10))?;
    same("the same backwards", seen, vec![])?;
    same(
        "the stream that is there",
        versions(&store.stream("b")?),
        vec![1, 2],
    )
}

/// Slices of a stream or log of 199, and which of them each holds, first and last.
fn slices() -> Vec<(Slice<u64>, Vec<u64>)> {
    let slice = |after: u64, until: u64, direction, limit| Slice {
        after: Some(after).filter(|number| *number > 0),
        until: Some(until).filter(|number| *number > 0),
        direction,
        limit,
        envelope: Envelope::Whole,
    };
    vec![
        (slice(0, 0, Forwards, 3), vec![1, 2, 3]),
        (slice(0, 0, Forwards, usize::MAX), (1..=199).collect()),
        (slice(197, 0, Forwards, 10), vec![198, 199]),
        (slice(10, 13, Forwards, 10), vec![11, 12, 13]),
        (slice(10, 13, Forwards, 2), vec![11, 12]),
        (slice(0, 2, Forwards, 10), vec![1, 2]),
        (slice(198, 300, Forwards, 10), vec![199]),
        (slice(199, 0, Forwards, 10), vec![]),
        (slice(250, 300, Forwards, 10), vec![]),
        (slice(5, 4, Forwards, 10), vec![]),
        (slice(5, 5, Forwards, 10), vec![]),
        (slice(0, 0, Forwards, 0), vec![]),
        (slice(0, 0, Backwards, 2), vec![199, 198]),
        (
            slice(0, 0, Backwards, usize::MAX),
            (1..=199).rev().collect(),
        ),
        (slice(10, 13, Backwards, 2), vec![13, 12]),
        (slice(10, 13, Backwards, 10), vec![13, 12, 11]),
        (slice(0, 2, Backwards, 10), vec![2, 1]),
        (slice(197, 300, Backwards, 9), vec![199, 198]),
        (slice(199, 0, Backwards, 10), vec![]),
        (slice(5, 4, Backwards, 10), vec![]),
        (slice(0, 0, Backwards, 0), vec![]),
    ]
}

/// A store with 199 events in one stream, and others around them.
fn with_199(stage: &Stage) -> Result<Opened, Failure> {
    let store = stage.open()?;
    store.append(one("before", Expected::Missing))?;
    for (count, expected) in [(1, 0), (98, 1), (100, 99)] {
        store.append(many(
            "a",
            Expected::as_loaded(Version::new(expected)),
            count,
        ))?;
        store.append(one("beside", Expected::Any))?;
    }
    Ok(store)
}

/// From, to, a window between them, a limit; at the ends and beyond them, forwards and backwards.
pub(super) fn a_stream_is_cut_from_either_end(stage: &Stage) -> Verdict {
    let store = with_199(stage)?;
    for (slice, expected) in slices() {
        let slice = moved(slice, Version::new);
        let seen = store.stream_slice(&stream("a"), slice)?;
        same(format!("versions of {slice:?}"), versions(&seen), expected)?;
    }
    Ok(())
}

/// An event read bare is the one that is read whole, and what a store gives beyond that is what stands there.
pub(super) fn bare_events_are_the_events_that_are_read_whole(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    for number in 0..199_u16 {
        let mut event = named(["deposited", "paid", "closed"][usize::from(number % 3)]);
        event.schema = SchemaVersion::new(1 + number % 5);
        event.body = format!("{{\"amount\":{number}}}").into_bytes();
        let mut commit = given(
            ["a", "b"][usize::from(number % 2)],
            Expected::Any,
            vec![event],
        );
        commit.metadata = Metadata::new().actor(number.to_string());
        store.append(commit)?;
    }
    let all = store.log_slice_as(
        &Query::all(),
        Slice::after(None, 199).envelope(Envelope::Bare),
        Bare::of,
    )?;
    same("bare events in the log", all.0.len(), 199)?;
    for (slice, _) in slices() {
        let of_stream = moved(slice, Version::new);
        let whole = store.stream_slice(&stream("a"), of_stream)?;
        let bare = of_stream.envelope(Envelope::Bare);
        let bare = store.stream_slice_as(&stream("a"), bare, Bare::of)?;
        are_the_same("a stream", &bare, &whole)?;
        for query in [
            Query::all(),
            of_types(&["paid"]),
            of_types(&["paid", "closed"]),
            of_types(&["never"]),
        ] {
            let of_log = moved(slice, Position::new);
            let (whole, reached) = store.log_slice(&query, of_log)?;
            let bare = of_log.envelope(Envelope::Bare);
            let (bare, reached_bare) = store.log_slice_as(&query, bare, Bare::of)?;
            are_the_same("the log", &bare, &whole)?;
            same("how far bare events reach", reached_bare, reached)?;
        }
    }
    Ok(())
}

/// An event that was read bare, and all that stands beside it where the store gives it nevertheless.
struct Bare {
    stream: StreamId,
    version: Version,
    position: Position,
    name: EventName,
    shape: (SchemaVersion, SchemaVersion, u8),
    body: Vec<u8>,
    whole: Option<Seen>,
}

impl Bare {
    fn of(event: RawEvent<'_>) -> Result<Self, Failure> {
        let whole = event.origin().map(|_| Seen::of(event)).transpose()?;
        Ok(Self {
            stream: event.stream().clone(),
            version: event.version(),
            position: event.position(),
            name: event.name().clone(),
            shape: (event.schema(), event.reads_as(), event.codec()),
            body: event.body().to_vec(),
            whole,
        })
    }

    fn is(&self, whole: &Seen) -> bool {
        self.stream == whole.stream
            && self.version == whole.version
            && self.position == whole.position
            && self.name == whole.name
            && self.shape == (whole.schema, whole.reads_as, whole.codec)
            && self.body == whole.body
            && self.whole.as_ref().is_none_or(|given| given == whole)
    }
}

fn are_the_same(what: &str, bare: &[Bare], whole: &[Seen]) -> Verdict {
    same(format!("bare events of {what}"), bare.len(), whole.len())?;
    for (bare, whole) in bare.iter().zip(whole) {
        holds("a bare event is the one that is read whole", bare.is(whole))?;
    }
    Ok(())
}

/// The same over the positions of a store that has 199 events.
pub(super) fn the_log_is_cut_from_either_end(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    for number in 0..199_u32 {
        store.append(one(if number % 3 == 0 { "a" } else { "b" }, Expected::Any))?;
    }
    let all = positions(&store.log(&Query::all())?);
    same("events in the log", all.len(), 199)?;
    // Positions need not be dense: the n-th one is meant, and behind them all what is larger.
    let nth = |number: u64| {
        let index = usize::try_from(number - 1).ok()?;
        let beyond = || Position::new(all.last()?.get().saturating_add(number));
        all.get(index).copied().or_else(beyond)
    };
    for (slice, expected) in slices() {
        let slice = moved(slice, nth);
        let (seen, _) = store.log_slice(&Query::all(), slice)?;
        let expected: Vec<_> = expected.into_iter().filter_map(nth).collect();
        same(
            format!("positions of {slice:?}"),
            positions(&seen),
            expected,
        )?;
    }
    Ok(())
}

fn moved<T>(slice: Slice<u64>, number: impl Fn(u64) -> Option<T>) -> Slice<T> {
    Slice {
        after: slice.after.and_then(&number),
        until: slice.until.and_then(&number),
        direction: slice.direction,
        limit: slice.limit,
        envelope: slice.envelope,
    }
}

/// Page after page, nothing is left out at a border and nothing comes twice.
pub(super) fn pages_of_1_2_and_100_give_each_of_199_events_once(stage: &Stage) -> Verdict {
    let store = with_199(stage)?;
    let whole = store.stream("a")?;
    same(
        "events of the stream",
        versions(&whole),
        (1..=199).collect(),
    )?;
    let log = store.log(&Query::all())?;
    same("events of the log", log.len(), 203)?;
    for limit in [1, 2, 100] {
        for direction in [Forwards, Backwards] {
            let in_order = |whole: &[Seen]| {
                let mut whole = whole.to_vec();
                if direction == Backwards {
                    whole.reverse();
                }
                whole
            };
            let what = format!("pages of {limit} {direction:?}");
            let paged = stream_in_pages(&store, direction, limit)?;
            same(format!("{what} of a stream"), paged, in_order(&whole))?;
            let paged = log_in_pages(&store, &Query::all(), direction, limit)?;
            same(format!("{what} of the log"), paged, in_order(&log))?;
        }
    }
    Ok(())
}

fn stream_in_pages(
    store: &Opened,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Seen>, Failure> {
    let (mut seen, mut slice) = (
        vec![],
        Slice {
            direction,
            ..Slice::after(None, limit)
        },
    );
    loop {
        let page = store.stream_slice(&stream("a"), slice)?;
        let Some(last) = page.last().map(|event| event.version) else {
            return Ok(seen);
        };
        seen.extend(page);
        match (direction, Version::new(last.get() - 1)) {
            (Forwards, _) => slice.after = Some(last),
            (Backwards, Some(until)) => slice.until = Some(until),
            (Backwards, None) => return Ok(seen),
        }
    }
}

fn log_in_pages(
    store: &Opened,
    query: &Query,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Seen>, Failure> {
    let (mut seen, mut slice) = (
        vec![],
        Slice {
            direction,
            ..Slice::after(None, limit)
        },
    );
    loop {
        let (page, reached) = store.log_slice(query, slice)?;
        let Some(reached) = reached else {
            return Ok(seen);
        };
        seen.extend(page);
        match (direction, Position::new(reached.get() - 1)) {
            (Forwards, _) => slice.after = Some(reached),
            (Backwards, Some(until)) => slice.until = Some(until),
            (Backwards, None) => return Ok(seen),
        }
    }
}

/// Whatever stream an event is in, it has a position of its own, behind all that were stored before it.
pub(super) fn positions_strictly_increase_over_all_streams(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let (mut last, mut told) = (None, vec![]);
    for number in 0..30 {
        let key = ["a", "b", "c"][number % 3];
        let receipt = store.append(many(key, Expected::Any, 1 + number % 2))?;
        let positions = receipt.positions;
        holds("positions go up", positions.map(|told| told.first) > last)?;
        last = receipt.last_position();
        told.push(receipt.commit);
    }
    let log = store.log(&Query::all())?;
    same("events in the log", log.len(), 45)?;
    holds(
        "commits are in the log in their order",
        told.is_sorted_by(|a, b| a < b),
    )?;
    holds(
        "and so are their events",
        log.is_sorted_by_key(|event| event.commit),
    )?;
    holds(
        "and so is when they were recorded",
        log.is_sorted_by_key(|event| event.recorded_at),
    )?;
    for key in ["a", "b", "c"] {
        let of_stream = |event: &&Seen| event.stream == stream(key);
        let in_log: Vec<_> = log.iter().filter(of_stream).cloned().collect();
        same(
            "a stream in the order of the log",
            store.stream(key)?,
            in_log,
        )?;
    }
    same("the head", store.head()?, last)
}

/// 1 opened {t:1} · 2 paid {t:1, u:1} · 3 closed · 4 opened {t:1} of another category · 5 paid {t:2, u:1}.
fn mixed(stage: &Stage) -> Result<(Opened, Vec<Position>), Failure> {
    let store = stage.open()?;
    let first = vec![
        tagged("opened", &["t:1"]),
        tagged("paid", &["t:1", "u:1"]),
        named("closed"),
    ];
    let other = StreamWrite {
        stream: StreamId::new(Category::from_static("other"), "x"),
        ..write("x", Expected::Missing, vec![tagged("opened", &["t:1"])])
    };
    let last = vec![tagged("paid", &["u:1", "t:2", "u:1"])];
    store.append(given("a", Expected::Missing, first))?;
    store.append(commit(vec![other]))?;
    store.append(given("b", Expected::Missing, last))?;
    let all = positions(&store.log(&Query::all())?);
    same("events stored", all.len(), 5)?;
    Ok((store, all))
}

/// Types or, tags and, items or; an event that is meant twice comes once. Forwards, backwards, and in pages of one.
pub(super) fn queries_find_what_they_mean_once_and_in_order(stage: &Stage) -> Verdict {
    let (store, all) = mixed(stage)?;
    for (query, expected) in [
        (Query::default(), vec![]),
        (of_types(&["paid"]), vec![2, 5]),
        (of_types(&["opened"]), vec![1]),
        (of_types(&["never"]), vec![]),
        (of_types(&["paid", "opened", "paid"]), vec![1, 2, 5]),
        (of_tags(&["t:1"]), vec![1, 2, 4]),
        (of_tags(&["u:1"]), vec![2, 5]),
        (of_tags(&["t:1", "u:1"]), vec![2]),
        (of_tags(&["u:1", "t:1", "u:1"]), vec![2]),
        (of_tags(&["t:1", "t:2"]), vec![]),
        (of_tags(&["t:1", "never"]), vec![]),
        (of_tags(&["t"]), vec![]),
        (of_both(&["opened"], &["t:1"]), vec![1]),
        (of_both(&["paid", "opened"], &["t:1"]), vec![1, 2]),
        (of_both(&["closed"], &["t:1"]), vec![]),
        (of_tags(&["t:1"]).or(of_tags(&["u:1"])), vec![1, 2, 4, 5]),
        (
            of_tags(&["t:1"]).or(of_types(&["opened", "closed"])),
            vec![1, 2, 3, 4],
        ),
        (of_tags(&["t:1"]).or(Query::all()), vec![1, 2, 3, 4, 5]),
        (of_types(&["never"]).or(of_tags(&["t:2"])), vec![5]),
        (
            of_both(&["paid"], &["t:2"]).or(of_both(&["opened"], &["t:1"])),
            vec![1, 5],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|nth: usize| all[nth - 1])
            .collect();
        let backwards: Vec<_> = expected.iter().rev().copied().collect();
        let what = format!("positions found by {query:?}");
        same(&what, positions(&store.log(&query)?), expected.clone())?;
        let (seen, _) = store.log_slice(&query, Slice::last(100))?;
        same(
            format!("{what} backwards"),
            positions(&seen),
            backwards.clone(),
        )?;
        for (direction, expected) in [(Forwards, &expected), (Backwards, &backwards)] {
            let paged = positions(&log_in_pages(&store, &query, direction, 1)?);
            same(format!("{what} in pages of one"), paged, expected.clone())?;
        }
    }
    Ok(())
}

/// A reader of a query must get on though nothing matches: to the end of the slice, and not beyond.
pub(super) fn a_page_tells_how_far_the_log_was_looked_through(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let (_, reached) = store.log_slice(&Query::all(), Slice::after(None, 5))?;
    same("how far an empty log was looked through", reached, None)?;
    drop(store);
    let (store, all) = mixed(stage)?;
    let nth = |number| nth(&all, number);
    let from = |after, limit| Slice::after(nth(after), limit);
    let to = |until| Slice {
        until: nth(until),
        ..from(2, 5)
    };
    for (query, slice, expected) in [
        (Query::all(), from(0, 5), 5),
        (Query::all(), from(5, 5), 0),
        (Query::all(), from(0, 0), 0),
        (of_types(&["paid"]), from(2, 5), 5),
        (of_types(&["paid"]), to(4), 4),
        (of_types(&["never"]), from(0, 1), 5),
        (of_types(&["never"]), to(4), 4),
        (of_types(&["never"]), from(5, 1), 0),
        (Query::default(), from(0, 1), 5),
        (of_tags(&["t:1", "u:1"]), from(2, 1), 5),
        (of_types(&["paid"]), Slice::last(9), 1),
        (
            of_types(&["never"]),
            Slice {
                after: nth(2),
                ..Slice::last(9)
            },
            3,
        ),
        (of_types(&["never"]), Slice::last(9), 1),
    ] {
        let (_, reached) = store.log_slice(&query, slice)?;
        same(
            format!("{query:?} in {slice:?} reached"),
            reached,
            nth(expected),
        )?;
    }
    // Where the limit cuts, nothing behind the last one may be passed over.
    for (query, slice, last) in [
        (Query::all(), from(0, 2), 2),
        (of_types(&["paid"]), from(0, 1), 2),
        (of_types(&["paid"]), Slice::last(1), 5),
    ] {
        let page = store.read_log(&query, slice)?;
        let found = page.events.last().map(|event| event.position());
        same(format!("the last of {slice:?}"), found, nth(last))?;
        let (rest, _) = match (slice.direction, page.reached) {
            (Forwards, reached) => store.log_slice(&query, Slice::after(reached, 9))?,
            (Backwards, reached) => {
                let until = reached.and_then(|reached| Position::new(reached.get() - 1));
                store.log_slice(
                    &query,
                    Slice {
                        until,
                        ..Slice::last(9)
                    },
                )?
            }
        };
        let mut whole = positions(&store.log_slice(&query, Slice { limit: 9, ..slice })?.0);
        same(
            "what is left behind the page",
            positions(&rest),
            whole.split_off(page.events.len()),
        )?;
    }
    Ok(())
}

/// The head is the last position there is, whoever looks for what; it moves with every event and with nothing else.
pub(super) fn the_head_of_an_empty_store_is_nothing(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    same("the head of an empty store", store.head()?, None)?;
    let mut last = None;
    for _ in 0..3 {
        let receipt = store.append(one("a", Expected::Any))?;
        holds("the head moves", receipt.last_position() > last)?;
        last = receipt.last_position();
        same("the head", store.head()?, last)?;
        same(
            "what never matches",
            store.log(&of_types(&["never"]))?,
            vec![],
        )?;
        store.append(Commit::default())?;
        store.append(commit(vec![write("a", Expected::Exists, vec![])]))?;
        holds(
            "a conflict",
            store.append(one("a", Expected::Missing)).is_err(),
        )?;
        same("the head, unmoved", store.head()?, last)?;
    }
    Ok(())
}

/// What lies behind every number that is stored is behind them all, and not wrapped around.
pub(super) fn numbers_beyond_31_53_and_63_bits_bound_a_slice(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    store.append(given(
        "a",
        Expected::Missing,
        vec![event(), event(), event()],
    ))?;
    let log = positions(&store.log(&Query::all())?);
    same("events stored", log.len(), 3)?;
    let types = Query::types([(CATEGORY, event().name)]);
    for far in [1 << 31, 1 << 32, 1 << 53, 1 << 63, u64::MAX] {
        for number in [far - 1, far, far | 1] {
            for direction in [Forwards, Backwards] {
                let base = Slice {
                    direction,
                    ..Slice::after(None, 9)
                };
                let behind = Slice {
                    after: Version::new(number),
                    ..base
                };
                let seen = store.stream_slice(&stream("a"), behind)?;
                same(format!("versions of {behind:?}"), versions(&seen), vec![])?;
                let up_to = Slice {
                    until: Version::new(number),
                    ..base
                };
                let seen = store.stream_slice(&stream("a"), up_to)?;
                same(format!("versions of {up_to:?}"), seen.len(), 3)?;
                for query in [&Query::all(), &types, &of_tags(&["t"]).or(types.clone())] {
                    let behind = Slice {
                        after: Position::new(number),
                        ..moved_base(base)
                    };
                    let (seen, reached) = store.log_slice(query, behind)?;
                    same(
                        format!("{behind:?}"),
                        (positions(&seen), reached),
                        (vec![], None),
                    )?;
                    let up_to = Slice {
                        until: Position::new(number),
                        ..moved_base(base)
                    };
                    let (seen, reached) = store.log_slice(query, up_to)?;
                    let end = if direction == Forwards {
                        log.last()
                    } else {
                        log.first()
                    };
                    same(
                        format!("{up_to:?}"),
                        (seen.len(), reached),
                        (3, end.copied()),
                    )?;
                }
            }
        }
    }
    Ok(())
}

/// The same slice of the log.
fn moved_base(slice: Slice<Version>) -> Slice<Position> {
    Slice {
        direction: slice.direction,
        ..Slice::after(None, slice.limit)
    }
}
