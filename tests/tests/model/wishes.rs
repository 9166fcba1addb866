//! What is asked of a store, in numbers small enough that mistakes, repetitions and races come about by themselves.

use std::fmt;

use es_runtime::{
    Category, Codec, CommandId, CommandRecord, Direction, Envelope, EventId, EventName, EventType,
    Fingerprint, Name, NewEvent, Query, QueryItem, SchemaVersion, Slice, StreamId, Tag, Timestamp,
    Uuid,
};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Transition {
    /// A chain of commits.
    Append(Vec<Draft>),
    ReadStream(u8, Window),
    ReadLog(Vec<Item>, Window),
    Receipt(Command),
    Head,
    Restart,
}

#[derive(Clone)]
pub struct Draft {
    pub writes: Vec<Write>,
    pub guard: Option<(Vec<Item>, Seen)>,
    pub command: Option<Command>,
    /// Whether a name in it is too long.
    pub is_over_limit: bool,
}

#[derive(Clone)]
pub struct Write {
    pub stream: u8,
    pub expect: Expect,
    pub events: Vec<Event>,
}

#[derive(Clone, Copy, Debug)]
pub enum Expect {
    Any,
    Missing,
    Exists,
    At(u64),
    /// Where the stream stands before the chain, and so many further.
    Now(u64),
}

/// Up to where a guard has read.
#[derive(Clone, Copy, Debug)]
pub enum Seen {
    At(u64),
    /// So many before the head.
    Before(u64),
}

#[derive(Clone)]
pub struct Event {
    pub id: u16,
    pub kind: u8,
    pub tags: Vec<u8>,
}

#[derive(Clone)]
pub struct Item {
    /// Kinds, and the streams of whose category they are.
    pub types: Vec<(u8, u8)>,
    pub tags: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
pub struct Command {
    pub id: u8,
    /// What is wished.
    pub body: u8,
}

/// Numbers of which 0 says nothing.
#[derive(Clone, Copy)]
pub struct Window {
    pub after: u64,
    pub until: u64,
    pub is_backwards: bool,
    pub limit: usize,
}

// In one line each, since a sequence that fails is read by people.

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.writes)?;
        if let Some((items, seen)) = &self.guard {
            write!(f, " unless {items:?} behind {seen:?}")?;
        }
        if let Some(command) = self.command {
            write!(f, " under {command:?}")?;
        }
        f.write_str(if self.is_over_limit {
            " over the limit"
        } else {
            ""
        })
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{} ({:?}) {:?}", self.stream, self.expect, self.events)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k{} #{} t{:?}", self.kind, self.id, self.tags)
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self
            .types
            .iter()
            .map(|(stream, kind)| format!("c{} k{kind}", category(*stream)));
        write!(f, "{:?} t{:?}", kinds.collect::<Vec<_>>(), self.tags)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command {} for {}", self.id, self.body)
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, direction) = (
            self.after,
            if self.is_backwards {
                "backwards"
            } else {
                "forwards"
            },
        );
        write!(
            f,
            "behind {from} until {} {direction}, at most {}",
            self.until, self.limit
        )
    }
}

impl Window {
    pub fn slice<T>(self, number: fn(u64) -> Option<T>) -> Slice<T> {
        Slice {
            after: number(self.after),
            until: number(self.until),
            direction: if self.is_backwards {
                Direction::Backwards
            } else {
                Direction::Forwards
            },
            limit: self.limit,
            envelope: Envelope::Whole,
        }
    }
}

pub fn transitions() -> BoxedStrategy<Transition> {
    let items = || vec(item(), 0..3);
    prop_oneof![
        6 => vec(draft(), 1..4).prop_map(Transition::Append),
        2 => (0..3_u8, window()).prop_map(|(stream, window)| Transition::ReadStream(stream, window)),
        3 => (items(), window()).prop_map(|(items, window)| Transition::ReadLog(items, window)),
        1 => command().prop_map(Transition::Receipt),
        1 => Just(Transition::Head),
        1 => Just(Transition::Restart),
    ]
    .boxed()
}

fn draft() -> impl Strategy<Value = Draft> {
    let guard = (vec(item(), 0..3), seen());
    let parts = (
        vec(write(), 0..3),
        weighted(0.2, guard),
        weighted(0.3, command()),
        prop::bool::weighted(0.03),
    );
    parts.prop_map(|(writes, guard, command, is_over_limit)| Draft {
        writes,
        guard,
        command,
        is_over_limit,
    })
}

fn write() -> impl Strategy<Value = Write> {
    (0..3_u8, expect(), vec(event(), 0..4)).prop_map(|(stream, expect, events)| Write {
        stream,
        expect,
        events,
    })
}

fn expect() -> impl Strategy<Value = Expect> {
    prop_oneof![
        3 => Just(Expect::Any),
        3 => Just(Expect::Missing),
        1 => Just(Expect::Exists),
        1 => (1..12_u64).prop_map(Expect::At),
        4 => (0..3_u64).prop_map(Expect::Now),
    ]
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        (0..20_u64).prop_map(Seen::At),
        (0..4_u64).prop_map(Seen::Before)
    ]
}

/// An id is met again in about one sequence of three.
fn event() -> impl Strategy<Value = Event> {
    (0..1_500_u16, 0..3_u8, vec(0..3_u8, 0..3)).prop_map(|(id, kind, mut tags)| {
        tags.sort_unstable();
        tags.dedup();
        Event { id, kind, tags }
    })
}

fn item() -> impl Strategy<Value = Item> {
    (vec((0..3_u8, 0..3_u8), 0..3), vec(0..3_u8, 0..3))
        .prop_map(|(types, tags)| Item { types, tags })
}

fn command() -> impl Strategy<Value = Command> {
    (0..6_u8, prop_oneof![5 => Just(0_u8), 1 => Just(1_u8)])
        .prop_map(|(id, body)| Command { id, body })
}

fn window() -> impl Strategy<Value = Window> {
    let until = prop_oneof![Just(0), 0..25_u64];
    (0..15_u64, until, any::<bool>(), 0..12_usize).prop_map(
        |(after, until, is_backwards, limit)| Window {
            after,
            until,
            is_backwards,
            limit,
        },
    )
}

/// Streams 0 and 2 are of one category.
pub fn category(stream: u8) -> u8 {
    stream % 2
}

pub fn stream_id(stream: u8) -> StreamId {
    StreamId::new(category_name(stream), format!("s{stream}"))
}

fn category_name(stream: u8) -> Category {
    Category::from(format!("c{}", category(stream)))
}

pub fn event_id(id: u16) -> EventId {
    EventId::from(Uuid::from_u64_pair(0, id.into()))
}

pub fn command_id(id: u8) -> CommandId {
    CommandId::from_name(&id.to_string())
}

pub fn fingerprint(body: u8) -> Fingerprint {
    Fingerprint::of(&[&[body]])
}

pub fn record(command: Command) -> CommandRecord {
    CommandRecord {
        id: command_id(command.id),
        name: Name::from("wish"),
        fingerprint: fingerprint(command.body),
        body: vec![command.body],
    }
}

pub fn event_name(kind: u8) -> EventName {
    EventName::from(format!("k{kind}"))
}

pub fn new_event(event: &Event) -> NewEvent {
    NewEvent {
        id: event_id(event.id),
        name: event_name(event.kind),
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: event.tags.iter().map(|tag| self::tag(*tag)).collect(),
        body: event.id.to_string().into_bytes(),
    }
}

fn tag(tag: u8) -> Tag {
    Tag::from(format!("t{tag}"))
}

pub fn query(items: &[Item]) -> Query {
    let items = items.iter().map(|item| QueryItem {
        types: item
            .types
            .iter()
            .map(|(stream, kind)| EventType {
                category: category_name(*stream),
                name: event_name(*kind),
            })
            .collect(),
        tags: item.tags.iter().map(|tag| self::tag(*tag)).collect(),
    });
    Query {
        items: items.collect(),
    }
}
