//! Aggregates: state that only events change.

use std::error::Error;
use std::fmt;

use crate::event::EventSet;
use crate::expansion::States;
use crate::id::{Id, StreamId};
use crate::name::Category;
use crate::snapshot::Snapshots;

/// A thing with an identity that takes commands, answers with events, and is what its events have made of it.
///
/// There is no value that means "does not exist": an aggregate starts as nothing, and a creating event makes it.
/// `derive(Aggregate)` writes this impl from the list of events and commands.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    note = "derive `Aggregate` on it"
)]
pub trait Aggregate: Sized + Send + Sync + 'static {
    /// The stored name: the category of its streams.
    const NAME: &'static str;
    /// What tells one from another.
    type Id: Id;
    /// All its events.
    type Event: EventSet;
    /// Why it refuses a command.
    type Error: Error + Send + Sync + 'static;
    /// How its states are kept as snapshots; not at all where nothing is said.
    const SNAPSHOTS: Option<Snapshots<Self>> = None;
    /// How tests write its states down; not at all where they cannot be.
    #[doc(hidden)]
    const STATES: Option<States<Self>> = None;

    /// The state after `event`: the only place where state changes.
    ///
    /// # Errors
    /// Where the sequence makes no sense: created twice, or changed before it was created.
    fn fold(state: Option<Self>, event: Self::Event) -> Result<Self, FoldError>;

    /// The stream of the aggregate `id`.
    #[must_use]
    fn stream(id: &Self::Id) -> StreamId {
        StreamId::new(Category::from_static(Self::NAME), id.to_string())
    }
}

/// How a creating event makes an aggregate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how `{E}` makes it",
    label = "no `impl Create<{E}> for {Self}`",
    note = "write `impl Create<{E}> for {Self} {{ fn create(event: {E}) -> Self {{ .. }} }}`"
)]
pub trait Create<E>: Sized {
    /// The aggregate that `event` makes.
    fn create(event: E) -> Self;
}

/// What an event changes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` changes",
    label = "no `impl Apply<{E}> for {Self}`",
    note = "write `impl Apply<{E}> for {Self} {{ fn apply(&mut self, event: {E}) {{ .. }} }}`"
)]
pub trait Apply<E> {
    /// Takes the event in. Nothing is decided here: what happened, happened.
    fn apply(&mut self, event: E);
}

/// A stored sequence of events that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoldError {
    /// A creating event for what exists.
    CreatedTwice,
    /// Any other event before a creating one.
    NotCreated,
}

impl fmt::Display for FoldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreatedTwice => f.write_str("it creates what exists already"),
            Self::NotCreated => f.write_str("it changes what does not exist yet"),
        }
    }
}

impl Error for FoldError {}
