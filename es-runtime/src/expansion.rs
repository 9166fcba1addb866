//! What the expansions of the derives call beside the public interface: no part of it, and free to change with es-derive.

use std::fmt::Display;
use std::marker::PhantomData;

// Ids write their own serde impls, and their crate need not depend on serde.
pub use serde;
use serde::de::DeserializeOwned;

use crate::aggregate::Aggregate;
use crate::check::{Checked, Invalid, text_of};
use crate::command::{Dispatch, Emit, Refusal, Target};
use crate::context::Context;
use crate::describe::{
    Describe, DescribeEvent, EventFn, HoldFn, ProjectedEvent, ShapeFn, shape_of,
};
use crate::envelope::SchemaVersion;
use crate::event::{
    DecodeContext, DecodeError, Encoded, Event, EventOf, check_not_newer, decode_part, decode_step,
    encode_event, json_body,
};
use crate::hash::{FNV_START, fnv};
use crate::json::{self, EncodeError, Reader};
use crate::name::Tag;
use crate::projection::{
    At, EventContext, Insert, NewRow, Project, ProjectError, ProjectRows, Projection, Rows,
};
use crate::upcast::{Split, Upcast};

/// The event `E` as one that the aggregate `A` lists.
///
/// The bound is the one that the expansion itself fulfils, so that a type which is no event is one error, where it is
/// listed, and not another one in every function that handles it.
pub struct Listed<A, E>(PhantomData<fn(A, E)>);

impl<A: Aggregate, E: EventOf<A>> Listed<A, E> {
    /// Its stored name.
    pub const NAME: &'static str = <E as Event>::NAME;
    /// Its stored name, and the shape that is written today.
    pub const VERSIONED: (&'static str, SchemaVersion) = (Self::NAME, <E as Event>::VERSION);
    /// All its stored names.
    pub const NAMES: StoredNames = StoredNames::of::<E>(false);
    /// How it is read.
    pub const ENTRY: Entry<A::Event> = Entry {
        names: Self::NAMES,
        reading: Reading::One(Self::read),
        older: Older::of::<E>(Self::read_older),
    };

    /// Writes it down.
    ///
    /// # Errors
    /// As [`encode_event`].
    pub fn encode(event: &E) -> Result<Encoded, EncodeError> {
        encode_event(event)
    }

    fn read(reader: &mut Reader<'_>, out: &mut Vec<A::Event>) -> serde_json::Result<()> {
        match E::deserialize(reader) {
            Ok(event) => {
                out.push(event.into_set());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn read_older(cx: &EventContext<'_>, out: &mut Vec<A::Event>) -> Result<(), DecodeError> {
        out.push(E::read_older(cx)?.into_set());
        Ok(())
    }
}

/// An event that the aggregate `A` lists as one that is known, and does nothing any more.
pub trait Retired<A: Aggregate>: Event {}

/// The event `E` as one that the aggregate `A` passes over.
pub struct Ignored<A, E>(PhantomData<fn(A, E)>);

impl<A: Aggregate, E: Retired<A>> Ignored<A, E> {
    /// All its stored names.
    pub const NAMES: StoredNames = StoredNames::of::<E>(false);
    /// How it is passed over, whatever it holds; unless it is of a shape in which a later release may do something about it.
    pub const ENTRY: Entry<A::Event> = Entry {
        names: Self::NAMES,
        reading: Reading::Nothing,
        older: None,
    };
}

/// An event that the aggregate `A` lists as one that is read as several.
pub trait BySplit<A: Aggregate>: Split<A> {}

/// The event `E` as one that is read as several events of the aggregate `A`.
pub struct Splits<A, E>(PhantomData<fn(A, E)>);

impl<A: Aggregate, E: BySplit<A>> Splits<A, E> {
    /// Its stored name, and the last shape that is split.
    pub const VERSIONED: (&'static str, SchemaVersion) =
        (<E as Event>::NAME, <E as Event>::VERSION);
    /// All its stored names.
    pub const NAMES: StoredNames = StoredNames::of::<E>(true);
    /// How it is read.
    pub const ENTRY: Entry<A::Event> = Entry {
        names: Self::NAMES,
        reading: Reading::Several(Self::split),
        older: Older::of::<E>(Self::split),
    };

    fn split(cx: &EventContext<'_>, out: &mut Vec<A::Event>) -> Result<(), DecodeError> {
        let event = decode_step::<E>(cx)?;
        out.extend(E::split(event, cx));
        Ok(())
    }
}

/// How an aggregate, whose events are a set `S`, reads an event that it lists.
///
/// As data, so that for each event no more is compiled than what reads its body.
pub struct Entry<S> {
    names: StoredNames,
    reading: Reading<S>,
    /// What stands for `reading` in the shapes before that of the type, where there are any.
    older: Option<Older<S>>,
}

/// What becomes of an event, in the shape of its type or a later one.
enum Reading<S> {
    /// One of the set, read from its JSON.
    One(fn(&mut Reader<'_>, &mut Vec<S>) -> serde_json::Result<()>),
    /// What it is split into.
    Several(ReadStored<S>),
    /// It is passed over.
    Nothing,
}

/// How an event is read that is stored in an older shape.
struct Older<S> {
    needs_earlier: fn(SchemaVersion) -> bool,
    read: ReadStored<S>,
}

impl<S> Older<S> {
    /// Nothing where there are no shapes before that of the type: such events are spared the functions that read them.
    const fn of<E: Event>(read: ReadStored<S>) -> Option<Self> {
        match E::VERSION.get() > SchemaVersion::FIRST.get() {
            true => Some(Self {
                needs_earlier: E::needs_earlier,
                read,
            }),
            false => None,
        }
    }
}

type ReadStored<S> = fn(&EventContext<'_>, &mut Vec<S>) -> Result<(), DecodeError>;

impl<S> Entry<S> {
    fn is_named(&self, name: &str) -> bool {
        self.names.name == name || self.names.was.contains(&name)
    }

    fn decode(&self, cx: &DecodeContext<'_>, out: &mut Vec<S>) -> Result<(), DecodeError> {
        let version = self.names.version;
        if let Some(older) = &self.older
            && cx.event.schema() < version
        {
            return (older.read)(&EventContext::new(*cx), out);
        }
        match self.reading {
            Reading::One(read) => {
                let (body, before) = (json_body(cx, version)?, out.len());
                let decoded = json::decode_by(body, |reader| read(reader, out));
                // An event before text that does not belong there.
                decoded.inspect_err(|_| out.truncate(before))?;
                Ok(())
            }
            Reading::Several(split) => split(&EventContext::new(*cx), out),
            Reading::Nothing => check_not_newer(cx, version),
        }
    }

    fn needs_earlier(&self, name: &str, schema: SchemaVersion) -> bool {
        let older = self.older.as_ref();
        older.is_some_and(|older| (older.needs_earlier)(schema)) && self.is_named(name)
    }

    /// Its stored name, where it is one of the set.
    fn typed_name(&self) -> Option<&'static str> {
        matches!(self.reading, Reading::One(_)).then_some(self.names.name)
    }
}

/// All that an aggregate lists.
pub struct Entries<S: 'static> {
    /// Those that are read as several.
    splits: &'static [Entry<S>],
    others: &'static [Entry<S>],
}

impl<S> Entries<S> {
    /// All that an aggregate lists.
    #[must_use]
    pub const fn new(splits: &'static [Entry<S>], others: &'static [Entry<S>]) -> Self {
        Self { splits, others }
    }

    /// Reads an event.
    ///
    /// # Errors
    /// As [`EventSet::decode`](crate::EventSet::decode).
    pub fn decode(&self, cx: &DecodeContext<'_>, out: &mut Vec<S>) -> Result<(), DecodeError> {
        match self.find(cx.event.name().as_str(), cx.event.schema()) {
            Some(entry) => entry.decode(cx, out),
            None => Err(DecodeError::UnknownEvent),
        }
    }

    /// What is split stands before an event of its name, to which later shapes belong; or else those are newer than the
    /// code.
    fn find(&self, name: &str, schema: SchemaVersion) -> Option<&Entry<S>> {
        let split = |entry: &&Entry<S>| schema <= entry.names.version && entry.is_named(name);
        let named = |entry: &&Entry<S>| entry.is_named(name);
        let found = self.splits.iter().find(split);
        found
            .or_else(|| self.others.iter().find(named))
            .or_else(|| self.splits.iter().find(named))
    }

    /// Whether reading an event of that name needs those before it.
    #[must_use]
    pub fn needs_earlier(&self, name: &str, schema: SchemaVersion) -> bool {
        let mut all = self.splits.iter().chain(self.others);
        all.any(|entry| entry.needs_earlier(name, schema))
    }

    /// Under which name the event is written today.
    #[must_use]
    pub fn name_today(&self, name: &str) -> Option<&'static str> {
        let found = self.others.iter().find(|entry| entry.is_named(name));
        found.and_then(Entry::typed_name)
    }
}

/// The names that an event in a list is stored under.
#[derive(Clone, Copy)]
pub struct StoredNames {
    name: &'static str,
    /// Of the name: two that differ tell names apart in one step, where a long list would take the compiler too long.
    hash: u64,
    was: &'static [&'static str],
    version: SchemaVersion,
    is_split: bool,
    is_split_before: bool,
}

impl StoredNames {
    const fn of<E: Event>(is_split: bool) -> Self {
        Self {
            name: E::NAME,
            hash: fnv(FNV_START, E::NAME.as_bytes()),
            was: E::WAS,
            version: E::VERSION,
            is_split,
            is_split_before: E::IS_SPLIT_BEFORE,
        }
    }

    const fn count(&self) -> usize {
        self.was.len() + 1
    }

    const fn at(&self, index: usize) -> &'static str {
        match index {
            0 => self.name,
            _ => self.was[index - 1],
        }
    }

    const fn has(&self, name: &str) -> bool {
        let mut index = 0;
        while index < self.count() {
            if same(self.at(index).as_bytes(), name.as_bytes()) {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Whether one event may stand behind the other in a list.
    const fn may_stand_behind(&self, before: &Self) -> bool {
        let has_one_name = self.was.is_empty() && before.was.is_empty();
        if has_one_name && self.hash != before.hash {
            return true;
        }
        let is_same = same(self.name.as_bytes(), before.name.as_bytes());
        if is_same && self.is_split != before.is_split {
            // One is split, and the other goes on from there.
            let (split, goes_on) = if self.is_split {
                (self, before)
            } else {
                (before, self)
            };
            return split.version.get() < goes_on.version.get();
        }
        if is_same && self.is_split && before.is_split {
            // It was split again later on: the older shapes are found first.
            return before.version.get() < self.version.get();
        }
        let mut index = 0;
        while index < self.count() {
            if before.has(self.at(index)) {
                return false;
            }
            index += 1;
        }
        true
    }
}

/// Whether for each event whose version before is split that one is listed as such.
#[must_use]
pub const fn splits_are_listed(all: &[StoredNames]) -> bool {
    let mut index = 0;
    while index < all.len() {
        if all[index].is_split_before && !has_split(all, &all[index]) {
            return false;
        }
        index += 1;
    }
    true
}

const fn has_split(all: &[StoredNames], event: &StoredNames) -> bool {
    let mut index = 0;
    while index < all.len() {
        let before = &all[index];
        if before.is_split
            && before.version.get() + 1 == event.version.get()
            && same(before.name.as_bytes(), event.name.as_bytes())
        {
            return true;
        }
        index += 1;
    }
    false
}

/// Whether the event at `index` may stand where it does, behind all before it.
#[must_use]
pub const fn is_new(all: &[StoredNames], index: usize) -> bool {
    let mut earlier = 0;
    while earlier < index {
        if !all[index].may_stand_behind(&all[earlier]) {
            return false;
        }
        earlier += 1;
    }
    true
}

/// How many names there are, those of `splits` left out that others have.
///
/// Those of the others differ from each other, which is checked elsewhere: nothing is compared here but with the few that
/// are split, or a long list would take the compiler too long.
#[must_use]
pub const fn count(others: &[StoredNames], splits: &[StoredNames]) -> usize {
    let (mut entry, mut count) = (0, count_all(others));
    while entry < splits.len() {
        let mut index = 0;
        while index < splits[entry].count() {
            if is_new_name(others, splits, entry, index) {
                count += 1;
            }
            index += 1;
        }
        entry += 1;
    }
    count
}

/// The names that [`count`] counts, those of `splits` last.
#[must_use]
pub const fn distinct<const N: usize>(
    others: &[StoredNames],
    splits: &[StoredNames],
) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut entry, mut count) = (0, 0);
    while entry < others.len() {
        let mut index = 0;
        while index < others[entry].count() {
            names[count] = others[entry].at(index);
            count += 1;
            index += 1;
        }
        entry += 1;
    }
    entry = 0;
    while entry < splits.len() {
        let mut index = 0;
        while index < splits[entry].count() {
            if is_new_name(others, splits, entry, index) {
                names[count] = splits[entry].at(index);
                count += 1;
            }
            index += 1;
        }
        entry += 1;
    }
    names
}

/// Whether neither the others nor a split before have that name.
const fn is_new_name(
    others: &[StoredNames],
    splits: &[StoredNames],
    entry: usize,
    index: usize,
) -> bool {
    let name = splits[entry].at(index);
    !have(others, others.len(), name) && !have(splits, entry, name)
}

/// Whether one of the first `until` has that name.
const fn have(all: &[StoredNames], until: usize, name: &str) -> bool {
    let mut entry = 0;
    while entry < until {
        if all[entry].has(name) {
            return true;
        }
        entry += 1;
    }
    false
}

/// How many names there are.
#[must_use]
pub const fn count_all(all: &[StoredNames]) -> usize {
    let (mut entry, mut count) = (0, 0);
    while entry < all.len() {
        count += all[entry].count();
        entry += 1;
    }
    count
}

/// All names, each with the version of its event.
#[must_use]
pub const fn versioned<const N: usize>(all: &[StoredNames]) -> [(&'static str, SchemaVersion); N] {
    let mut names = [("", SchemaVersion::FIRST); N];
    let (mut entry, mut count) = (0, 0);
    while entry < all.len() {
        let mut index = 0;
        while index < all[entry].count() {
            names[count] = (all[entry].at(index), all[entry].version);
            count += 1;
            index += 1;
        }
        entry += 1;
    }
    names
}

/// The event as the version before `New`, which says so.
///
/// Implemented by the expansion, so that a type which is no event is one error, as with [`Listed`].
pub trait Before<New: Event>: Event {}

/// Reads what is stored in the shape `Old`, or in one before it, as the version behind `Old`.
///
/// # Errors
/// As [`decode_event`](crate::decode_event) of `Old`.
pub fn read_from<Old, New>(cx: &EventContext<'_>) -> Result<New, DecodeError>
where
    Old: Before<New>,
    New: Event + Upcast<Old>,
{
    let old = decode_step::<Old>(cx)?;
    Ok(New::upcast(old, cx))
}

/// Whether the way to `Old` looks at the events before.
#[must_use]
pub fn needs_earlier<Old: Before<New>, New: Event>(schema: SchemaVersion) -> bool {
    Old::needs_earlier(schema)
}

/// Whether `New` is the version behind `Old`.
#[must_use]
pub const fn is_next<Old: Before<New>, New: Event>() -> bool {
    <Old as Event>::VERSION.get() as u32 + 1 == <New as Event>::VERSION.get() as u32
}

/// Whether both are stored under one name.
#[must_use]
pub const fn has_same_name<Old: Before<New>, New: Event>() -> bool {
    same(
        <Old as Event>::NAME.as_bytes(),
        <New as Event>::NAME.as_bytes(),
    )
}

/// The copy of a command that an aggregate lists.
pub fn clone_command<C: Dispatch>(command: &C) -> C {
    command.clone()
}

/// The stored name of a command that an aggregate lists.
pub fn command_name<C: Dispatch>(command: &C) -> &'static str {
    command.name()
}

/// Writes down a command of that name.
///
/// # Errors
/// As [`Command::encode`](crate::Command::encode).
pub fn encode_as<C: serde::Serialize>(
    command: &C,
    name: &'static str,
) -> Result<Vec<u8>, EncodeError> {
    json::encode_as(name, command)
}

/// Writes down a command that an aggregate lists.
///
/// # Errors
/// As [`Command::encode`](crate::Command::encode).
pub fn encode_command<C: Dispatch>(command: &C) -> Result<Vec<u8>, EncodeError> {
    command.encode()
}

/// Looks for an invalid value in a command that an aggregate lists.
///
/// # Errors
/// As [`Command::check`](crate::Command::check).
pub fn check_command<C: Dispatch>(command: &C) -> Result<(), Invalid> {
    command.check()
}

/// Looks for an invalid value in the field `name`.
///
/// # Errors
/// As [`Checked::check`].
pub fn check_field<T: Checked>(name: &str, value: &T) -> Result<(), Invalid> {
    value.check().map_err(|invalid| invalid.in_field(name))
}

/// Looks for an invalid value in the item at `index`.
///
/// # Errors
/// As [`Checked::check`].
pub fn check_item<T: Checked>(index: usize, value: &T) -> Result<(), Invalid> {
    value.check().map_err(|invalid| invalid.in_item(index))
}

/// The invalid `value` of a newtype that has no text of its own.
pub fn invalid<T: serde::Serialize>(value: &T) -> Invalid {
    Invalid::new(text_of(value))
}

/// On what a command may be carried out that an aggregate lists.
pub fn command_target<C: Dispatch>(command: &C) -> Target {
    command.target()
}

/// Has the aggregate decide a command that it lists, as one of the set `S` of its commands.
///
/// # Errors
/// As [`Dispatch::dispatch`].
pub fn dispatch_command<S, C>(
    command: C,
    state: Option<&C::Aggregate>,
    cx: &Context<C::Aggregate>,
) -> Result<Emit<S>, Refusal<<C::Aggregate as Aggregate>::Error>>
where
    C: Dispatch,
    S: Dispatch<Aggregate = C::Aggregate> + From<C>,
{
    match command.dispatch(state, cx) {
        Ok(events) => Ok(events.into_set()),
        Err(refusal) => Err(refusal),
    }
}

/// What a projection knows of the event `E`, which the aggregate `A` lists.
#[must_use]
pub const fn projected<A: Aggregate, E: EventOf<A>>() -> ProjectedEvent {
    ProjectedEvent::new(A::NAME, <E as Event>::NAME, <E as Event>::VERSION)
        .stored_before(<E as Event>::WAS)
        .of_set::<A>()
}

/// Where the key of the row comes from that the event `E` is about, of which rules are given `Part`.
pub trait KeyOf<P: Projection, E, Part> {
    /// The key.
    ///
    /// # Errors
    /// Where it cannot be told from the event.
    fn key_of(event: &Part, cx: &EventContext<'_>) -> Result<P::Key, ProjectError>;
}

/// The key is the id of the aggregate `A`.
pub struct StreamKey<A>(PhantomData<fn(A)>);

impl<P, E, Part, A> KeyOf<P, E, Part> for StreamKey<A>
where
    P: Projection<Key = A::Id>,
    E: EventOf<A>,
    A: Aggregate,
{
    fn key_of(_: &Part, cx: &EventContext<'_>) -> Result<P::Key, ProjectError> {
        let key = cx.stream().key();
        key.parse().map_err(|_| ProjectError::Id {
            key: key.to_owned(),
        })
    }
}

/// The key is what a rule says.
pub struct ByRule;

impl<P: At<Part>, E, Part> KeyOf<P, E, Part> for ByRule {
    fn key_of(event: &Part, cx: &EventContext<'_>) -> Result<P::Key, ProjectError> {
        Ok(P::at(event, cx))
    }
}

/// What rules are given of the event `E`: the event, or a part that can be made of it.
pub trait PartOf<E>: DeserializeOwned + From<E> {}

impl<E, Part: DeserializeOwned + From<E>> PartOf<E> for Part {}

/// Adds the row that the event makes.
///
/// # Errors
/// Where the event cannot be read, or there is such a row already.
pub fn insert<P, E, Part, K>(
    rows: &mut Rows<'_, P>,
    cx: &EventContext<'_>,
) -> Result<(), ProjectError>
where
    P: Insert<Part>,
    E: Event,
    Part: PartOf<E>,
    K: KeyOf<P, E, Part>,
{
    let event = decode_part::<E, Part>(cx.decode())?;
    let key = K::key_of(&event, cx)?;
    let row = P::insert(key.clone(), event, cx);
    Ok(rows.insert_at(key, row)?)
}

/// Changes the row that the event is about.
///
/// # Errors
/// Where the event cannot be read, or there is no such row.
pub fn update<P, E, Part, K>(
    rows: &mut Rows<'_, P>,
    cx: &EventContext<'_>,
) -> Result<(), ProjectError>
where
    P: Project<Part>,
    E: Event,
    Part: PartOf<E>,
    K: KeyOf<P, E, Part>,
{
    let event = decode_part::<E, Part>(cx.decode())?;
    let key = K::key_of(&event, cx)?;
    Ok(rows.update(&key, |row| row.project(event, cx))?)
}

/// Changes the row that the event is about, after making it where there is none.
///
/// # Errors
/// Where the event cannot be read.
pub fn upsert<P, E, Part, K>(
    rows: &mut Rows<'_, P>,
    cx: &EventContext<'_>,
) -> Result<(), ProjectError>
where
    P: NewRow<Part> + Project<Part>,
    E: Event,
    Part: PartOf<E>,
    K: KeyOf<P, E, Part>,
{
    let event = decode_part::<E, Part>(cx.decode())?;
    let key = K::key_of(&event, cx)?;
    if rows.get(&key)?.is_none() {
        let row = P::new_row(key.clone(), &event, cx);
        rows.insert_at(key.clone(), row)?;
    }
    Ok(rows.update(&key, |row| row.project(event, cx))?)
}

/// Deletes the row that the event is about.
///
/// # Errors
/// Where the event cannot be read, or there is no such row.
pub fn delete<P, E, Part, K>(
    rows: &mut Rows<'_, P>,
    cx: &EventContext<'_>,
) -> Result<(), ProjectError>
where
    P: Projection,
    E: Event,
    Part: PartOf<E>,
    K: KeyOf<P, E, Part>,
{
    let event = decode_part::<E, Part>(cx.decode())?;
    Ok(rows.delete(&K::key_of(&event, cx)?)?)
}

/// Has a rule change the rows.
///
/// # Errors
/// Where the event cannot be read, or the rule says so.
pub fn rows<P, E, Part>(rows: &mut Rows<'_, P>, cx: &EventContext<'_>) -> Result<(), ProjectError>
where
    P: ProjectRows<Part>,
    E: Event,
    Part: PartOf<E>,
{
    let event = decode_part::<E, Part>(cx.decode())?;
    Ok(P::project_rows(rows, event, cx)?)
}

/// Fails to compile unless `E` is an event of `A`.
pub const fn event_of<A: Aggregate, E: EventOf<A>>() {}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Whether a type can be described, as far as is known where the type is.
///
/// The constant of its own is found where the type can be described, and else that of [`Undescribed`].
pub struct Described<T>(PhantomData<T>);

impl<T: Describe> Described<T> {
    /// The shape of the type.
    pub const SHAPE: Option<ShapeFn> = Some(shape_of::<T>());
}

/// Fails to compile unless the type says how it is stored.
pub const fn described<T: Describe>() {}

/// What there is to say of a type that cannot be described.
pub trait Undescribed {
    /// No shape.
    const SHAPE: Option<ShapeFn> = None;
}

impl<T> Undescribed for Described<T> {}

/// The shape, else the function that refuses to be compiled.
#[must_use]
pub const fn shape_or(shape: Option<ShapeFn>, refuse: ShapeFn) -> ShapeFn {
    match shape {
        Some(shape) => shape,
        None => refuse,
    }
}

/// As [`Described`], of an event.
pub struct DescribedEvent<E>(PhantomData<E>);

impl<E: DescribeEvent> DescribedEvent<E> {
    /// The description of the event.
    pub const DESCRIPTION: Option<EventFn> = Some(|| E::DESCRIPTION);
}

/// What there is to say of an event that cannot be described.
pub trait UndescribedEvent {
    /// No description.
    const DESCRIPTION: Option<EventFn> = None;
}

impl<E> UndescribedEvent for DescribedEvent<E> {}

/// As [`shape_or`], of an event.
#[must_use]
pub const fn description_or(description: Option<EventFn>, refuse: EventFn) -> EventFn {
    match description {
        Some(description) => description,
        None => refuse,
    }
}

/// How two values of a type are compared, as far as they can be.
///
/// The constant of its own is found where the type can be compared, and else that of [`Incomparable`].
pub struct Compared<T>(PhantomData<T>);

impl<T: PartialEq> Compared<T> {
    /// The comparison of the type.
    pub const IS_EQUAL: Option<fn(&T, &T) -> bool> = Some(|left, right| left == right);
}

/// What there is to say of a type that cannot be compared.
pub trait Incomparable<T> {
    /// No comparison.
    const IS_EQUAL: Option<fn(&T, &T) -> bool> = None;
}

impl<T> Incomparable<T> for Compared<T> {}

/// How states of the aggregate `A` are written down, and under which rules they are made: for tests, which hold them against
/// those that were made before.
#[derive(Clone, Copy, Debug)]
pub struct States<A> {
    rules: &'static str,
    revision: u32,
    encode: EncodeState<A>,
}

type EncodeState<A> = fn(&A) -> Result<Vec<u8>, EncodeError>;

impl<A> States<A> {
    /// Nothing where states cannot be written down.
    #[must_use]
    pub const fn of(
        rules: &'static str,
        revision: u32,
        encode: Option<EncodeState<A>>,
    ) -> Option<Self> {
        match encode {
            Some(encode) => Some(Self {
                rules,
                revision,
                encode,
            }),
            None => None,
        }
    }

    /// A hash of the rules that were generated; empty where all are written by hand.
    #[must_use]
    pub const fn rules(&self) -> &'static str {
        self.rules
    }

    /// By what the rules by hand are counted.
    #[must_use]
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// Writes a state down.
    ///
    /// # Errors
    /// Where a value cannot be written so that it reads back the same.
    pub fn encode(&self, state: &A) -> Result<Vec<u8>, EncodeError> {
        (self.encode)(state)
    }
}

/// How a value of a type is written down, as far as it can be.
///
/// The constant of its own is found where the type can be serialized, and else that of [`Unwritten`].
pub struct Written<T>(PhantomData<T>);

impl<T: serde::Serialize> Written<T> {
    /// What writes it.
    pub const ENCODE: Option<EncodeState<T>> = Some(json::encode);
}

/// What there is to say of a type that cannot be serialized.
pub trait Unwritten<T> {
    /// Nothing that writes it.
    const ENCODE: Option<EncodeState<T>> = None;
}

impl<T> Unwritten<T> for Written<T> {}

/// What holds the samples of `A` against what is kept of them; nothing without the feature `testing`.
#[must_use]
pub const fn hold_samples<A: Aggregate>() -> Option<HoldFn> {
    #[cfg(feature = "testing")]
    let hold: Option<HoldFn> = Some(crate::testing::hold_samples::<A>);
    #[cfg(not(feature = "testing"))]
    let hold = None;
    hold
}

/// What holds the rows that samples make of `P` against what is kept of them; nothing without the feature `testing`.
#[must_use]
pub const fn hold_rows<P: Projection>() -> Option<HoldFn> {
    #[cfg(feature = "testing")]
    let hold: Option<HoldFn> = Some(crate::testing::hold_rows::<P>);
    #[cfg(not(feature = "testing"))]
    let hold = None;
    hold
}

/// The stored name of what a command emits, as far as that is an event.
///
/// Where it is none, the list in which it stands tells so, and the description must not tell it again: the constant is
/// then that of [`NoEvent`].
pub struct Emitted<E>(PhantomData<E>);

impl<E: Event> Emitted<E> {
    /// Its stored name.
    pub const NAME: &'static str = E::NAME;
}

/// What there is to say of what is no event.
pub trait NoEvent {
    /// No name.
    const NAME: &'static str = "";
}

impl<E> NoEvent for Emitted<E> {}

/// Puts the tag `field:value` behind the others, where there is a value.
pub fn push_tag<K, V: TagValue<K>>(tags: &mut Vec<Tag>, field: &str, value: &V) {
    tags.extend(value.tag(field));
}

/// What a tag can be made of: text, or text that may be missing. The parameter keeps the two impls apart; it is always
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tag",
    note = "a tag is made of a value with `Display`, or of an `Option` of one"
)]
pub trait TagValue<K> {
    /// The tag, unless the value is missing.
    fn tag(&self, field: &str) -> Option<Tag>;
}

/// Marks values that are always there.
pub struct Present;

/// Marks values that may be missing.
pub struct Optional;

impl<T: Display> TagValue<Present> for T {
    fn tag(&self, field: &str) -> Option<Tag> {
        Some(Tag::new(field, self))
    }
}

impl<T: Display> TagValue<Optional> for Option<T> {
    fn tag(&self, field: &str) -> Option<Tag> {
        self.as_ref().map(|value| Tag::new(field, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_makes_no_tag() {
        let mut tags = Vec::new();
        push_tag(&mut tags, "carrier", &"DHL");
        push_tag(&mut tags, "day", &Some(3));
        push_tag(&mut tags, "hour", &None::<u8>);
        assert_eq!(tags, ["carrier:DHL", "day:3"].map(Tag::from));
    }

    const fn named(name: &'static str, was: &'static [&'static str]) -> StoredNames {
        StoredNames {
            name,
            hash: fnv(FNV_START, name.as_bytes()),
            was,
            version: SchemaVersion::FIRST,
            is_split: false,
            is_split_before: false,
        }
    }

    const fn split(name: &'static str, version: u16) -> StoredNames {
        StoredNames {
            version: SchemaVersion::new(version),
            is_split: true,
            ..named(name, &[])
        }
    }

    fn are_new(all: &[StoredNames]) -> Vec<bool> {
        (0..all.len()).map(|index| is_new(all, index)).collect()
    }

    #[test]
    fn an_event_is_new_unless_one_of_its_names_stands_before() {
        let all = [
            named("A", &[]),
            named("AB", &["C"]),
            named("B", &[]),
            named("AB", &[]),
            named("D", &["A"]),
            named("C", &[]),
        ];
        let new = [true, true, true, false, false, false];
        assert_eq!(are_new(&all), new);
    }

    #[test]
    fn a_split_and_the_event_that_goes_on_from_it_share_their_names() {
        let mut second = named("A", &["B"]);
        second.version = SchemaVersion::new(2);
        let first = split("A", 1);
        assert_eq!(are_new(&[first, second]), [true, true]);
        assert_eq!(are_new(&[second, first]), [true, true]);
        assert_eq!(are_new(&[second, split("A", 2)]), [true, false]);
        assert_eq!(are_new(&[split("A", 1), split("A", 3)]), [true, true]);
        assert_eq!(are_new(&[split("A", 3), split("A", 1)]), [true, false]);
        assert_eq!(are_new(&[named("C", &["A"]), first]), [true, false]);
    }

    #[test]
    fn names_are_counted_once() {
        const OTHERS: &[StoredNames] = &[named("A", &["B"]), named("C", &[])];
        const SPLITS: &[StoredNames] = &[split("A", 1), split("D", 1), split("D", 3)];
        const NAMES: [&str; count(OTHERS, SPLITS)] = distinct(OTHERS, SPLITS);
        assert_eq!(NAMES, ["A", "B", "C", "D"]);
        const VERSIONED: [(&str, SchemaVersion); count_all(SPLITS)] = versioned(SPLITS);
        let versions = VERSIONED.map(|(name, version)| (name, version.get()));
        assert_eq!(versions, [("A", 1), ("D", 1), ("D", 3)]);
    }
}
