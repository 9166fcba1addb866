//! Judges a history: what was asked of a store and what it answered, what readers saw, and the log that is left.
//!
//! Several processes may write a history down together; everything in it is plain data. It is for runs that end badly, with
//! a process killed or a disk without power, where no single test can say what has to be in the log.
//!
//! ```
//! use es_runtime::contract::history::{Append, Asked, History, Outcome, Seen, Violation, check};
//! use es_runtime::{Category, EventId, StreamId, Uuid};
//!
//! let stream = StreamId::new(Category::from("account"), "a");
//! let event = EventId::from(Uuid::now_v7());
//! let refused = Append {
//!     begin: 1,
//!     end: Some(2),
//!     asked: vec![Asked { stream: stream.clone(), events: vec![event] }],
//!     outcome: Outcome::Refused,
//! };
//! let history = History { appends: vec![refused], ..History::default() };
//! assert!(check(&history).is_empty());
//! ```

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::commit::{Commit, Receipt};
use crate::envelope::RawEvent;
use crate::id::{CommitNumber, EventId, Position, StreamId, Version};
use crate::store::StoreError;

#[cfg(test)]
mod tests;

/// What happened to a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Every append, in any order.
    pub appends: Vec<Append>,
    /// What each reader of the whole log saw, from the start of the log on, in the order it saw it.
    pub readers: Vec<Vec<Seen>>,
    /// The log as it is in the end.
    pub log: Vec<Seen>,
}

/// One append. A command that is repeated until its outcome is known is one append, from its first try to its last answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Append {
    /// A moment before it was asked, by a clock that all processes share and that never goes back.
    pub begin: u64,
    /// A moment behind its answer, by the same clock; nothing where there was no answer.
    pub end: Option<u64>,
    /// What was asked, in the order of the commit.
    pub asked: Vec<Asked>,
    /// What was answered.
    pub outcome: Outcome,
}

/// The events that one stream was to be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The stream.
    pub stream: StreamId,
    /// Their ids, in order.
    pub events: Vec<EventId>,
}

/// What a store answered to an append.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It is stored.
    Acknowledged(Receipt),
    /// It is not stored.
    Refused,
    /// Nobody knows: the store said so, or whoever asked did not live to hear the answer.
    Unknown,
}

/// An event as it stands in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its id.
    pub event: EventId,
    /// Its stream.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// The commit that stored it.
    pub commit: CommitNumber,
}

/// A promise that was not kept. Appends and readers are named by their index in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A position does not stand behind the one before it.
    PositionNotIncreasing {
        /// The position before it.
        before: Position,
        /// The position that follows.
        after: Position,
    },
    /// The versions of a stream are not 1, 2, 3.
    VersionOutOfLine {
        /// The stream.
        stream: StreamId,
        /// The version that belongs there.
        expected: Version,
        /// The version that stands there.
        found: Version,
        /// Where.
        position: Position,
    },
    /// An event stands in the log more than once.
    Doubled {
        /// The event.
        event: EventId,
        /// Where it stands.
        positions: Vec<u64>,
    },
    /// An event of an acknowledged append is not in the log.
    Lost {
        /// The append.
        append: usize,
        /// The event.
        event: EventId,
    },
    /// An event of a refused append is in the log.
    StoredThoughRefused {
        /// The append.
        append: usize,
        /// The event.
        event: EventId,
        /// Where it stands.
        position: Position,
    },
    /// A part of an append is in the log, and a part is not.
    Torn {
        /// The append.
        append: usize,
        /// How many of its events are in the log.
        stored: usize,
        /// How many it has.
        asked: usize,
    },
    /// The events of an append do not stand one behind the other, in the order they were asked in.
    Scattered {
        /// The append.
        append: usize,
        /// The first event that does not follow on the one before it.
        event: EventId,
        /// Where it stands.
        position: Position,
    },
    /// An event stands elsewhere than it was asked to, or than the receipt says.
    Misplaced {
        /// The append.
        append: usize,
        /// The event.
        event: EventId,
        /// Where it belongs; only what is known about that.
        expected: Box<Place>,
        /// Where it stands.
        found: Box<Place>,
    },
    /// A receipt does not fit what was asked.
    WrongReceipt {
        /// The append.
        append: usize,
        /// What does not fit.
        reason: String,
    },
    /// Two appends share the number of a commit.
    SharedCommit {
        /// The number.
        commit: CommitNumber,
        /// The append that stands first.
        first: usize,
        /// The append behind it.
        second: usize,
    },
    /// An event is in the log that nobody asked for.
    NobodyAsked {
        /// The event.
        event: EventId,
        /// Where it stands.
        position: Position,
    },
    /// An append stands before one that was acknowledged before it began.
    OutOfOrder {
        /// The append that was acknowledged first.
        earlier: usize,
        /// The append that began then.
        later: usize,
        /// Where the later one begins.
        position: Position,
    },
    /// A reader saw something else than the log holds in the end.
    NoPrefix {
        /// The reader.
        reader: usize,
        /// The number of the event, counted from 1.
        number: usize,
        /// What it saw.
        saw: Box<Seen>,
        /// What the log holds there; nothing where it has ended.
        holds: Option<Box<Seen>>,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PositionNotIncreasing { before, after } => write!(
                f,
                "position {after} stands behind position {before} in the log"
            ),
            Self::VersionOutOfLine {
                stream,
                expected,
                found,
                position,
            } => write!(
                f,
                "stream {stream} has version {found} at position {position}, where version {expected} belongs"
            ),
            Self::Doubled { event, positions } => write!(
                f,
                "event {event} stands in the log {} times, at positions {positions:?}",
                positions.len()
            ),
            Self::Lost { append, event } => write!(
                f,
                "append {append} was acknowledged, but its event {event} is not in the log"
            ),
            Self::StoredThoughRefused {
                append,
                event,
                position,
            } => write!(
                f,
                "append {append} was refused, but its event {event} stands at position {position}"
            ),
            Self::Torn {
                append,
                stored,
                asked,
            } => write!(
                f,
                "append {append} is torn: {stored} of its {asked} events are in the log"
            ),
            Self::Scattered {
                append,
                event,
                position,
            } => write!(
                f,
                "append {append} is scattered: its event {event} stands at position {position}, not directly behind the one before it"
            ),
            Self::Misplaced {
                append,
                event,
                expected,
                found,
            } => write!(
                f,
                "append {append}: event {event} belongs to {}, but stands at {}",
                Shown(expected),
                Shown(found)
            ),
            Self::WrongReceipt { append, reason } => write!(
                f,
                "append {append} was given a receipt that does not fit it: {reason}"
            ),
            Self::SharedCommit {
                commit,
                first,
                second,
            } => write!(
                f,
                "appends {first} and {second} both stand in the log as commit {commit}"
            ),
            Self::NobodyAsked { event, position } => write!(
                f,
                "event {event} at position {position} was asked for by nobody"
            ),
            Self::OutOfOrder {
                earlier,
                later,
                position,
            } => write!(
                f,
                "append {later} began after append {earlier} was acknowledged, but stands before it, at position {position}"
            ),
            Self::NoPrefix {
                reader,
                number,
                saw,
                holds,
            } => {
                let holds = holds
                    .as_ref()
                    .map_or_else(|| "nothing".to_owned(), |seen| shown(seen));
                write!(
                    f,
                    "reader {reader} saw {} as event number {number} of the log, which holds {holds} there",
                    shown(saw)
                )
            }
        }
    }
}

impl Error for Violation {}

/// Where an event stands, or as much as is known about where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The stream.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: Option<Version>,
    /// Its place in the log.
    pub position: Option<Position>,
    /// The commit.
    pub commit: Option<CommitNumber>,
}

/// Every violation there is; none where the store has kept its promises.
#[must_use]
pub fn check(history: &History) -> Vec<Violation> {
    let log = Log::of(&history.log);
    let mut found = Vec::new();
    check_positions(&log, &mut found);
    check_versions(&log, &mut found);
    check_doubles(&log, &mut found);
    for (index, append) in history.appends.iter().enumerate() {
        check_append(&log, index, append, &mut found);
    }
    check_commits(history, &log, &mut found);
    check_order(history, &log, &mut found);
    for (index, reader) in history.readers.iter().enumerate() {
        check_reader(history, index, reader, &mut found);
    }
    found
}

impl Append {
    /// An append that begins now; nobody knows yet how it ends.
    #[must_use]
    pub fn begun(begin: u64, commit: &Commit) -> Self {
        let asked = commit.writes.iter().map(|write| Asked {
            stream: write.stream.clone(),
            events: write.events.iter().map(|event| event.id).collect(),
        });
        Self {
            begin,
            end: None,
            asked: asked.collect(),
            outcome: Outcome::Unknown,
        }
    }

    fn events(&self) -> impl Iterator<Item = (&StreamId, EventId)> {
        self.asked
            .iter()
            .flat_map(|Asked { stream, events }| events.iter().map(move |event| (stream, *event)))
    }
}

impl Outcome {
    /// What an answer of a store means.
    #[must_use]
    pub fn of(answer: &Result<Receipt, StoreError>) -> Self {
        match answer {
            Ok(receipt) => Self::Acknowledged(receipt.clone()),
            Err(StoreError::OutcomeUnknown { .. }) => Self::Unknown,
            Err(_) => Self::Refused,
        }
    }
}

impl From<RawEvent<'_>> for Seen {
    fn from(event: RawEvent<'_>) -> Self {
        Self {
            event: event.id(),
            stream: event.stream().clone(),
            version: event.version(),
            position: event.position(),
            commit: event.commit(),
        }
    }
}

/// The log, and where in it each event stands.
struct Log<'a> {
    events: &'a [Seen],
    places: HashMap<EventId, Vec<usize>>,
}

impl<'a> Log<'a> {
    fn of(events: &'a [Seen]) -> Self {
        let mut places: HashMap<_, Vec<_>> = HashMap::with_capacity(events.len());
        for (place, seen) in events.iter().enumerate() {
            places.entry(seen.event).or_default().push(place);
        }
        Self { events, places }
    }

    /// Where the event stands first.
    fn find(&self, event: EventId) -> Option<(usize, &'a Seen)> {
        let place = *self.places.get(&event)?.first()?;
        Some((place, self.events.get(place)?))
    }

    /// The first of an append's events that is stored.
    fn first_of(&self, append: &Append) -> Option<Position> {
        let stored = append.events().filter_map(|(_, event)| self.find(event));
        stored.map(|(_, seen)| seen.position).min()
    }

    fn last_of(&self, append: &Append) -> Option<Position> {
        let stored = append.events().filter_map(|(_, event)| self.find(event));
        stored.map(|(_, seen)| seen.position).max()
    }
}

fn check_positions(log: &Log<'_>, found: &mut Vec<Violation>) {
    for (before, after) in log.events.iter().zip(log.events.iter().skip(1)) {
        if after.position <= before.position {
            found.push(Violation::PositionNotIncreasing {
                before: before.position,
                after: after.position,
            });
        }
    }
}

fn check_versions(log: &Log<'_>, found: &mut Vec<Violation>) {
    let mut last: HashMap<&StreamId, Version> = HashMap::new();
    for seen in log.events {
        let expected = Version::after(last.get(&seen.stream).copied());
        if seen.version != expected {
            found.push(Violation::VersionOutOfLine {
                stream: seen.stream.clone(),
                expected,
                found: seen.version,
                position: seen.position,
            });
        }
        last.insert(&seen.stream, seen.version);
    }
}

fn check_doubles(log: &Log<'_>, found: &mut Vec<Violation>) {
    let mut told = HashSet::new();
    for seen in log.events {
        let places = log.places.get(&seen.event).map_or(&[][..], Vec::as_slice);
        if places.len() > 1 && told.insert(seen.event) {
            let positions = places.iter().filter_map(|place| log.events.get(*place));
            found.push(Violation::Doubled {
                event: seen.event,
                positions: positions.map(|seen| seen.position.get()).collect(),
            });
        }
    }
}

fn check_append(log: &Log<'_>, index: usize, append: &Append, found: &mut Vec<Violation>) {
    match &append.outcome {
        Outcome::Acknowledged(receipt) => {
            check_receipt(log, index, append, receipt, found);
            check_in_one_piece(log, index, append, found);
        }
        Outcome::Refused => {
            let stored = append.events().filter_map(|(_, event)| log.find(event));
            found.extend(stored.map(|(_, seen)| Violation::StoredThoughRefused {
                append: index,
                event: seen.event,
                position: seen.position,
            }));
        }
        Outcome::Unknown => {
            let asked = append.events().count();
            let stored = append
                .events()
                .filter(|(_, event)| log.find(*event).is_some());
            let stored = stored.count();
            if stored > 0 && stored < asked {
                found.push(Violation::Torn {
                    append: index,
                    stored,
                    asked,
                });
            }
            check_in_one_piece(log, index, append, found);
        }
    }
}

/// Each event stands where the receipt says.
fn check_receipt(
    log: &Log<'_>,
    index: usize,
    append: &Append,
    receipt: &Receipt,
    found: &mut Vec<Violation>,
) {
    if let Some(reason) = misfit(append, receipt) {
        found.push(Violation::WrongReceipt {
            append: index,
            reason,
        });
        return;
    }
    let many = append.events().count();
    let mut number = 0;
    for (asked, stream) in append.asked.iter().zip(&receipt.streams) {
        let mut version = stream.before;
        for event in &asked.events {
            number += 1;
            version = Some(Version::after(version));
            let Some((_, seen)) = log.find(*event) else {
                found.push(Violation::Lost {
                    append: index,
                    event: *event,
                });
                continue;
            };
            let position = match receipt.positions {
                Some(positions) if number == 1 => Some(positions.first),
                Some(positions) if number == many => Some(positions.last),
                _ => None,
            };
            let expected = Place {
                stream: asked.stream.clone(),
                version,
                position,
                commit: receipt.commit,
            };
            check_place(index, seen, expected, found);
        }
    }
}

/// What of a receipt does not fit what was asked.
fn misfit(append: &Append, receipt: &Receipt) -> Option<String> {
    if append.asked.len() != receipt.streams.len() {
        let (asked, told) = (append.asked.len(), receipt.streams.len());
        return Some(format!("{asked} streams were asked for, and it has {told}"));
    }
    for (asked, told) in append.asked.iter().zip(&receipt.streams) {
        if asked.stream != told.stream {
            return Some(format!(
                "stream {} was asked for, and it has {}",
                asked.stream, told.stream
            ));
        }
        let number = |version: Option<Version>| version.map_or(0, Version::get);
        let many = asked.events.len() as u64;
        if number(told.before).checked_add(many) != Some(number(told.after)) {
            return Some(format!(
                "{many} events take stream {} from version {} to {}",
                told.stream,
                number(told.before),
                number(told.after)
            ));
        }
    }
    let has_events = append.events().next().is_some();
    if has_events != receipt.positions.is_some() || has_events != receipt.commit.is_some() {
        return Some("it has positions and a commit exactly where there are events".to_owned());
    }
    // With one event the last position is compared with nothing else.
    if let Some(positions) = receipt.positions
        && (append.events().count() == 1) != (positions.first == positions.last)
    {
        return Some(format!(
            "it tells positions {} to {}",
            positions.first, positions.last
        ));
    }
    None
}

fn check_place(index: usize, seen: &Seen, expected: Place, found: &mut Vec<Violation>) {
    let is_there = expected.stream == seen.stream
        && expected
            .version
            .is_none_or(|version| version == seen.version)
        && expected
            .position
            .is_none_or(|position| position == seen.position)
        && expected.commit.is_none_or(|commit| commit == seen.commit);
    if !is_there {
        found.push(Violation::Misplaced {
            append: index,
            event: seen.event,
            expected: Box::new(expected),
            found: Box::new(Place {
                stream: seen.stream.clone(),
                version: Some(seen.version),
                position: Some(seen.position),
                commit: Some(seen.commit),
            }),
        });
    }
}

/// What is stored of an append stands together, in the order asked, in the streams asked, as one commit.
fn check_in_one_piece(log: &Log<'_>, index: usize, append: &Append, found: &mut Vec<Violation>) {
    let mut before: Option<(usize, CommitNumber)> = None;
    for (stream, event) in append.events() {
        let Some((place, seen)) = log.find(event) else {
            continue;
        };
        if before.is_some_and(|(before, _)| place != before + 1) {
            found.push(Violation::Scattered {
                append: index,
                event,
                position: seen.position,
            });
        }
        // An acknowledged one is held to its receipt already.
        if append.outcome == Outcome::Unknown {
            let expected = Place {
                stream: stream.clone(),
                version: None,
                position: None,
                commit: before.map(|(_, commit)| commit),
            };
            check_place(index, seen, expected, found);
        }
        before = Some((place, seen.commit));
    }
}

/// Every event belongs to an append, and every commit to one only.
fn check_commits(history: &History, log: &Log<'_>, found: &mut Vec<Violation>) {
    let mut owners = HashMap::new();
    for (index, append) in history.appends.iter().enumerate() {
        owners.extend(append.events().map(|(_, event)| (event, index)));
    }
    let mut appends: HashMap<CommitNumber, usize> = HashMap::new();
    for seen in log.events {
        let Some(&owner) = owners.get(&seen.event) else {
            found.push(Violation::NobodyAsked {
                event: seen.event,
                position: seen.position,
            });
            continue;
        };
        let first = *appends.entry(seen.commit).or_insert(owner);
        if first != owner {
            found.push(Violation::SharedCommit {
                commit: seen.commit,
                first,
                second: owner,
            });
        }
    }
}

/// What was acknowledged before another append began stands before it.
fn check_order(history: &History, log: &Log<'_>, found: &mut Vec<Violation>) {
    // By the moment of the answer: the append among those answered until then that stands last.
    let mut last_until: BTreeMap<u64, (Position, usize)> = BTreeMap::new();
    let mut answered: Vec<(u64, Position, usize)> = Vec::new();
    for (index, append) in history.appends.iter().enumerate() {
        if let (Outcome::Acknowledged(_), Some(end)) = (&append.outcome, append.end)
            && let Some(position) = log.last_of(append)
        {
            answered.push((end, position, index));
        }
    }
    answered.sort_unstable();
    let mut last = None;
    for (end, position, index) in answered {
        last = last.max(Some((position, index)));
        last_until.extend(last.map(|last| (end, last)));
    }
    for (later, append) in history.appends.iter().enumerate() {
        let before = last_until.range(..append.begin).next_back();
        if let (Some((_, &(acknowledged, earlier))), Some(position)) =
            (before, log.first_of(append))
            && position <= acknowledged
        {
            found.push(Violation::OutOfOrder {
                earlier,
                later,
                position,
            });
        }
    }
}

/// A reader saw the log from its start on, without a hole. One difference is told: behind it, all are.
fn check_reader(history: &History, reader: usize, seen: &[Seen], found: &mut Vec<Violation>) {
    for (index, saw) in seen.iter().enumerate() {
        let holds = history.log.get(index);
        if holds != Some(saw) {
            found.push(Violation::NoPrefix {
                reader,
                number: index + 1,
                saw: Box::new(saw.clone()),
                holds: holds.cloned().map(Box::new),
            });
            return;
        }
    }
}

/// Shows a place in a log.
struct Shown<'a>(&'a Place);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place {
            stream,
            version,
            position,
            commit,
        } = self.0;
        write!(f, "stream {stream}")?;
        for (what, number) in [
            ("version", version.map(Version::get)),
            ("position", position.map(Position::get)),
            ("commit", commit.map(CommitNumber::get)),
        ] {
            if let Some(number) = number {
                write!(f, ", {what} {number}")?;
            }
        }
        Ok(())
    }
}

fn shown(seen: &Seen) -> String {
    let Seen {
        event,
        stream,
        version,
        position,
        commit,
    } = seen;
    format!(
        "event {event} (stream {stream}, version {version}, position {position}, commit {commit})"
    )
}
