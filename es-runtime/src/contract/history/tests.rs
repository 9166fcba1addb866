//! Histories broken on purpose: for each rule one that breaks it, and random ones with a random fault.
#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping it"
)]

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::commit::{Positions, StreamReceipt};
use crate::name::Category;
use crate::time::Timestamp;
use uuid::Uuid;

fn stream(number: u8) -> StreamId {
    StreamId::new(Category::from("account"), format!("s{number}"))
}

/// How an append of a simulated history ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Acknowledged,
    Refused,
    UnknownAndStored,
    UnknownAndLost,
}

/// How many events go to each stream, and how the append ends.
type Plan = (Vec<(u8, u8)>, End);

/// What a store without a fault makes of the plans. Each append begins while the one before it is under way.
fn history_of(plans: &[Plan]) -> History {
    let mut history = History::default();
    let mut versions: HashMap<StreamId, u64> = HashMap::new();
    let mut next_id = 0;
    for (index, (writes, end)) in plans.iter().enumerate() {
        let mut asked: Vec<Asked> = Vec::new();
        for &(number, many) in writes {
            if asked.iter().any(|asked| asked.stream == stream(number)) {
                continue;
            }
            let ids = (0..many).map(|_| {
                next_id += 1;
                EventId::from(Uuid::from_u128(next_id))
            });
            asked.push(Asked {
                stream: stream(number),
                events: ids.collect(),
            });
        }
        let is_stored = matches!(end, End::Acknowledged | End::UnknownAndStored);
        let receipt = is_stored.then(|| store(&mut history, &mut versions, &asked));
        let begin = 10 * index as u64;
        history.appends.push(Append {
            begin,
            end: matches!(end, End::Acknowledged | End::Refused).then_some(begin + 15),
            asked,
            outcome: match (end, receipt) {
                (End::Acknowledged, Some(receipt)) => Outcome::Acknowledged(receipt),
                (End::Refused, _) => Outcome::Refused,
                _ => Outcome::Unknown,
            },
        });
    }
    history.readers = vec![
        history.log.clone(),
        history.log[..history.log.len() / 2].to_vec(),
        Vec::new(),
    ];
    history
}

fn store(history: &mut History, versions: &mut HashMap<StreamId, u64>, asked: &[Asked]) -> Receipt {
    let last = |log: &[Seen]| log.last().map(|seen| (seen.position, seen.commit));
    let before = last(&history.log);
    // Positions may have holes.
    let mut position = before.map_or(1, |(position, _)| position.get() + 3);
    let number = CommitNumber::after(before.map(|(_, commit)| commit));
    let first = position;
    let mut streams = Vec::new();
    for asked in asked {
        let version = versions.entry(asked.stream.clone()).or_default();
        let before = Version::new(*version);
        for event in &asked.events {
            *version += 1;
            history.log.push(Seen {
                event: *event,
                stream: asked.stream.clone(),
                version: Version::new(*version).unwrap(),
                position: Position::new(position).unwrap(),
                commit: number,
            });
            position += 1;
        }
        streams.push(StreamReceipt {
            stream: asked.stream.clone(),
            before,
            after: Version::new(*version),
        });
    }
    let positions = (position > first).then(|| Positions {
        first: Position::new(first).unwrap(),
        last: Position::new(position - 1).unwrap(),
    });
    Receipt {
        commit: positions.map(|_| number),
        streams,
        positions,
        recorded_at: Timestamp::EPOCH,
        repeated: false,
    }
}

/// Three acknowledged appends: one event, two for two streams, one.
fn three() -> History {
    let history = history_of(&[
        (vec![(1, 1)], End::Acknowledged),
        (vec![(1, 1), (2, 1)], End::Acknowledged),
        (vec![(2, 1)], End::Acknowledged),
    ]);
    assert_eq!(check(&history), []);
    history
}

/// Breaks a sound history, and expects a violation of that kind among those found.
macro_rules! breaks {
    ($history:expr, $pattern:pat $(if $guard:expr)?) => {
        let found = check(&$history);
        let is_found = found.iter().any(|violation| matches!(violation, $pattern $(if $guard)?));
        assert!(is_found, "{found:#?}");
    };
}

fn position(number: u64) -> Position {
    Position::new(number).unwrap()
}

fn id(number: u128) -> EventId {
    EventId::from(Uuid::from_u128(number))
}

fn receipt(history: &mut History, append: usize) -> &mut Receipt {
    let Outcome::Acknowledged(receipt) = &mut history.appends[append].outcome else {
        unreachable!("append {append} is acknowledged")
    };
    receipt
}

#[test]
fn an_acknowledged_event_that_is_not_there_is_lost() {
    let mut history = three();
    history.log.pop();
    breaks!(history, Violation::Lost { append: 2, event } if *event == id(4));
}

#[test]
fn a_refused_event_must_not_be_there() {
    let mut history = three();
    history.appends[2].outcome = Outcome::Refused;
    breaks!(history, Violation::StoredThoughRefused { append: 2, .. });
}

#[test]
fn an_unknown_append_may_be_there_or_not() {
    for end in [End::UnknownAndLost, End::UnknownAndStored] {
        let history = history_of(&[(vec![(1, 2)], end), (vec![(1, 1)], End::Acknowledged)]);
        assert_eq!(check(&history), []);
    }
}

#[test]
fn an_unknown_append_must_not_be_there_in_part() {
    let mut history = history_of(&[(vec![(1, 2)], End::UnknownAndStored)]);
    history.log.pop();
    breaks!(
        history,
        Violation::Torn {
            append: 0,
            stored: 1,
            asked: 2
        }
    );
}

#[test]
fn an_event_must_not_be_there_twice() {
    let mut history = history_of(&[(vec![(1, 1)], End::UnknownAndStored)]);
    let again = Seen {
        version: Version::new(2).unwrap(),
        position: position(9),
        ..history.log[0].clone()
    };
    history.log.push(again);
    breaks!(history, Violation::Doubled { positions, .. } if positions == &[1, 9]);
}

#[test]
fn versions_have_no_gap() {
    let mut history = three();
    history.log[1].version = Version::new(3).unwrap();
    breaks!(history, Violation::VersionOutOfLine { expected, found, .. }
        if expected.get() == 2 && found.get() == 3);
}

#[test]
fn positions_increase() {
    let mut history = three();
    history.log[1].position = position(1);
    breaks!(history, Violation::PositionNotIncreasing { .. });
}

#[test]
fn an_event_stands_where_its_receipt_says() {
    let mut history = three();
    receipt(&mut history, 0).positions = Some(Positions {
        first: position(2),
        last: position(2),
    });
    breaks!(history, Violation::Misplaced { append: 0, expected, .. }
        if expected.position == Some(position(2)));
    let mut history = three();
    receipt(&mut history, 2).streams[0].before = Version::new(7);
    receipt(&mut history, 2).streams[0].after = Version::new(8);
    breaks!(history, Violation::Misplaced { append: 2, expected, .. }
        if expected.version == Version::new(8));
    let mut history = three();
    receipt(&mut history, 2).commit = CommitNumber::new(8);
    breaks!(history, Violation::Misplaced { append: 2, expected, .. }
        if expected.commit == CommitNumber::new(8));
}

#[test]
fn an_unknown_event_stands_in_the_stream_it_was_asked_for() {
    let mut history = history_of(&[(vec![(1, 1)], End::UnknownAndStored)]);
    history.log[0].stream = stream(2);
    breaks!(history, Violation::Misplaced { append: 0, .. });
}

#[test]
fn a_receipt_fits_what_was_asked() {
    let mut history = three();
    receipt(&mut history, 0).streams.clear();
    breaks!(history, Violation::WrongReceipt { append: 0, .. });
    let mut history = three();
    receipt(&mut history, 0).streams[0].stream = stream(2);
    breaks!(history, Violation::WrongReceipt { append: 0, .. });
    let mut history = three();
    receipt(&mut history, 0).streams[0].after = Version::new(2);
    breaks!(history, Violation::WrongReceipt { append: 0, .. });
    let mut history = three();
    receipt(&mut history, 0).positions = None;
    breaks!(history, Violation::WrongReceipt { append: 0, .. });
    let mut history = three();
    receipt(&mut history, 0).positions = Some(Positions {
        first: position(1),
        last: position(4),
    });
    breaks!(history, Violation::WrongReceipt { append: 0, .. });
}

#[test]
fn a_commit_stands_in_one_piece() {
    for outcome in [None, Some(Outcome::Unknown)] {
        let mut history = three();
        if let Some(outcome) = outcome {
            history.appends[1].outcome = outcome;
        }
        history.log.swap(2, 3);
        breaks!(history, Violation::Scattered { append: 1, .. });
    }
}

#[test]
fn two_appends_are_two_commits() {
    let mut history = three();
    history.log[0].commit = history.log[1].commit;
    breaks!(
        history,
        Violation::SharedCommit {
            first: 0,
            second: 1,
            ..
        }
    );
}

#[test]
fn an_event_that_nobody_asked_for_must_not_be_there() {
    let mut history = three();
    history.appends.pop();
    breaks!(history, Violation::NobodyAsked { event, .. } if *event == id(4));
}

#[test]
fn what_was_acknowledged_first_stands_first() {
    let mut history = three();
    history.appends[0].begin = 31;
    history.appends[0].end = Some(32);
    breaks!(
        history,
        Violation::OutOfOrder {
            earlier: 1,
            later: 0,
            ..
        }
    );
    // One without an answer must not come too early either.
    history.appends[0].outcome = Outcome::Unknown;
    history.appends[0].end = None;
    breaks!(
        history,
        Violation::OutOfOrder {
            earlier: 1,
            later: 0,
            ..
        }
    );
    // At the same moment, either may be first.
    history.appends[0].begin = 25;
    assert_eq!(check(&history), []);
}

#[test]
fn a_reader_sees_a_prefix() {
    let mut hole = three();
    hole.readers[0].remove(1);
    breaks!(
        hole,
        Violation::NoPrefix {
            reader: 0,
            number: 2,
            ..
        }
    );
    let mut order = three();
    order.readers[0].swap(0, 1);
    breaks!(
        order,
        Violation::NoPrefix {
            reader: 0,
            number: 1,
            ..
        }
    );
    let mut ghost = three();
    let more = Seen {
        position: position(99),
        ..ghost.log[0].clone()
    };
    ghost.readers[0].push(more);
    breaks!(
        ghost,
        Violation::NoPrefix {
            reader: 0,
            number: 5,
            holds: None,
            ..
        }
    );
}

#[test]
fn all_violations_are_told() {
    let mut history = three();
    history.log.remove(0);
    history.appends[2].outcome = Outcome::Refused;
    let found = check(&history);
    let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
    let said = |text: &str| texts.iter().filter(|said| said.contains(text)).count();
    assert_eq!(said("append 0 was acknowledged, but its event"), 1);
    assert_eq!(said("append 2 was refused"), 1);
    assert_eq!(said("where version 1 belongs"), 1, "{texts:#?}");
    assert_eq!(said("reader "), 2);
}

#[test]
fn a_history_is_plain_data() {
    let history = three();
    let text = serde_json::to_string(&history).unwrap();
    assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let end = prop_oneof![
        4 => Just(End::Acknowledged),
        1 => Just(End::Refused),
        1 => Just(End::UnknownAndStored),
        1 => Just(End::UnknownAndLost),
    ];
    let writes = prop::collection::vec((0..4_u8, 0..4_u8), 0..4);
    prop::collection::vec((writes, end), 1..30)
}

/// One fault in a history.
#[derive(Clone, Copy, Debug)]
enum Fault {
    LoseEvent,
    LoseAppend,
    StoreEventAgain,
    StoreForeignEvent,
    SwapEvents,
    MoveEventToTheEnd,
    ChangeStream,
    ChangeVersion,
    ChangeCommit,
    RepeatPosition,
    RefuseWhatIsStored,
    ShiftReceipt,
    ForgetAppend,
    BeginLate,
    ReaderSkips,
    ReaderSwaps,
    ReaderSeesTwice,
}

const FAULTS: [Fault; 17] = [
    Fault::LoseEvent,
    Fault::LoseAppend,
    Fault::StoreEventAgain,
    Fault::StoreForeignEvent,
    Fault::SwapEvents,
    Fault::MoveEventToTheEnd,
    Fault::ChangeStream,
    Fault::ChangeVersion,
    Fault::ChangeCommit,
    Fault::RepeatPosition,
    Fault::RefuseWhatIsStored,
    Fault::ShiftReceipt,
    Fault::ForgetAppend,
    Fault::BeginLate,
    Fault::ReaderSkips,
    Fault::ReaderSwaps,
    Fault::ReaderSeesTwice,
];

/// Brings the fault into the history somewhere, without the readers, so that it is not found through them alone; false
/// where there is no place for it.
fn bring_in(fault: Fault, history: &mut History, at: Index) -> bool {
    let is_of_reader = matches!(
        fault,
        Fault::ReaderSkips | Fault::ReaderSwaps | Fault::ReaderSeesTwice
    );
    if !is_of_reader {
        history.readers.clear();
    }
    // Of an append without events, and of the last events of the log where their fate is unknown, nothing can be told.
    let stored: Vec<usize> = (0..history.appends.len())
        .filter(|append| {
            let append = &history.appends[*append];
            matches!(append.outcome, Outcome::Acknowledged(_)) && append.events().next().is_some()
        })
        .collect();
    let events = history.log.len();
    if stored.is_empty() || events < 2 {
        return false;
    }
    let append = stored[at.index(stored.len())];
    let of_append: Vec<usize> = {
        let ids: Vec<_> = history.appends[append].events().map(|(_, id)| id).collect();
        (0..events)
            .filter(|place| ids.contains(&history.log[*place].event))
            .collect()
    };
    let place = of_append[at.index(of_append.len())];
    let log = &mut history.log;
    match fault {
        Fault::LoseEvent => drop(log.remove(place)),
        Fault::LoseAppend => drop(log.drain(of_append[0]..of_append[0] + of_append.len())),
        Fault::StoreEventAgain => log.push(log[place].clone()),
        Fault::StoreForeignEvent => log.push(Seen {
            event: id(u128::MAX),
            stream: stream(9),
            version: Version::FIRST,
            position: position(u64::MAX),
            commit: CommitNumber::new(u64::MAX).unwrap(),
        }),
        Fault::SwapEvents => log.swap(place, (place + 1) % events),
        Fault::MoveEventToTheEnd => {
            if place + 1 == events {
                return false;
            }
            let mut moved = log.remove(place);
            moved.position = position(1_000_000);
            log.push(moved);
        }
        Fault::ChangeStream => log[place].stream = stream(9),
        Fault::ChangeVersion => log[place].version = log[place].version.next(),
        Fault::ChangeCommit => log[place].commit = CommitNumber::new(1_000_000).unwrap(),
        Fault::RepeatPosition => {
            let other = if place == 0 { 1 } else { place - 1 };
            log[place].position = log[other].position;
        }
        Fault::RefuseWhatIsStored => history.appends[append].outcome = Outcome::Refused,
        Fault::ShiftReceipt => {
            let receipt = receipt(history, append);
            let positions = receipt.positions.unwrap();
            receipt.positions = Some(Positions {
                first: positions.first.next(),
                last: positions.last.next(),
            });
        }
        Fault::ForgetAppend => drop(history.appends.remove(append)),
        Fault::BeginLate => {
            // It has to stand before another one that was acknowledged.
            if Some(&append) == stored.last() {
                return false;
            }
            history.appends[append].begin = 1_000_000;
            history.appends[append].end = Some(1_000_001);
        }
        Fault::ReaderSkips => drop(history.readers[0].remove(at.index(events - 1))),
        Fault::ReaderSwaps => {
            let place = at.index(events - 1);
            history.readers[0].swap(place, place + 1);
        }
        Fault::ReaderSeesTwice => {
            let place = at.index(events);
            let again = history.readers[0][place].clone();
            history.readers[0].insert(place, again);
        }
    }
    true
}

proptest! {
    #[test]
    fn a_correct_history_passes(plans in plans()) {
        prop_assert_eq!(check(&history_of(&plans)), []);
    }

    #[test]
    fn a_single_fault_is_found(plans in plans(), at in any::<Index>()) {
        let sound = history_of(&plans);
        for fault in FAULTS {
            let mut history = sound.clone();
            if bring_in(fault, &mut history, at) {
                prop_assert!(!check(&history).is_empty(), "{:?} is not found", fault);
            }
        }
    }
}
