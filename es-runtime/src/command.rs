//! Commands: wishes that an aggregate grants with events or refuses.

use std::fmt;
use std::marker::PhantomData;

use crate::aggregate::Aggregate;
use crate::check::Invalid;
use crate::context::Context;
use crate::event::EventOf;
use crate::id::Id;
use crate::json::EncodeError;

/// A wish. It is decided again after a conflict, hence `Clone`.
///
/// Under a [command id](crate::CommandId) it is known again by its bytes. A `HashMap` or a `HashSet` is written in an order of its
/// own each time that it is made, so that a command that holds one is another to the store when it is made again; a
/// `BTreeMap` and a `BTreeSet` are always written alike.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    note = "derive `Command` on it, with `Clone` and `Serialize`"
)]
pub trait Command: Clone + Send + Sync + 'static {
    /// The stored name.
    fn name(&self) -> &'static str;

    /// The command as JSON: what its fingerprint is made of, and what the audit trail keeps.
    ///
    /// # Errors
    /// Where a value cannot be written so that it reads back the same.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// Looks for the first invalid value in the fields that are marked `check`. A command that holds one is refused
    /// before it is decided.
    ///
    /// # Errors
    /// The invalid value, and where it stands.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// The permission to answer a command with an event: written for what `#[command(emits(..))]` names, and for nothing else.
#[diagnostic::on_unimplemented(
    message = "command `{Self}` may not emit `{E}`",
    label = "not in `emits(..)` of `{Self}`",
    note = "name it there: `#[command(emits({E}))]`"
)]
pub trait Emits<E>: Command {}

/// On what a command may be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Only on what does not exist.
    New,
    /// Only on what exists.
    Existing,
    /// On either.
    Any,
}

/// A command of an aggregate. `derive(Aggregate)` writes it for each command that it lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command of any aggregate",
    label = "not listed in the `commands(..)` of an aggregate",
    note = "list it in `#[aggregate(commands(..))]`"
)]
pub trait Dispatch: Command {
    /// The aggregate that decides it.
    type Aggregate: Aggregate;

    /// On what it may be carried out.
    fn target(&self) -> Target;

    /// Has the aggregate decide.
    ///
    /// # Errors
    /// Where the aggregate refuses, or is not there, or is there already.
    fn dispatch(
        self,
        state: Option<&Self::Aggregate>,
        cx: &Context<Self::Aggregate>,
    ) -> Result<Emit<Self>, Refusal<<Self::Aggregate as Aggregate>::Error>>;
}

/// Looks for invalid values in a command, and in its id where it may make the aggregate.
///
/// What exists has had a valid id when it was made, and stays within reach when the rule becomes stricter.
pub(crate) fn check<C: Dispatch>(
    command: &C,
    id: Option<&<C::Aggregate as Aggregate>::Id>,
) -> Result<(), Invalid> {
    if let Some(id) = id
        && command.target() != Target::Existing
    {
        id.check_id().map_err(|invalid| invalid.in_field("id"))?;
    }
    command.check()
}

/// Decides a command on an aggregate that exists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it handles `{C}`",
    label = "no `impl Handle<{C}> for {Self}`",
    note = "write `impl Handle<{C}> for {Self} {{ fn handle(&self, command: {C}, cx: &Context<Self>) -> Result<Emit<{C}>, Self::Error> {{ .. }} }}`"
)]
pub trait Handle<C: Dispatch<Aggregate = Self>>: Aggregate {
    /// The events that grant the command. Pure: time and ids come from `cx`, what the world knows came with the command.
    ///
    /// # Errors
    /// The reason for which the command is refused.
    fn handle(&self, command: C, cx: &Context<Self>) -> Result<Emit<C>, Self::Error>;
}

/// Decides a command on an aggregate that does not exist yet.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it handles `{C}`",
    label = "no `impl HandleNew<{C}> for {Self}`",
    note = "write `impl HandleNew<{C}> for {Self} {{ fn handle_new(command: {C}, cx: &Context<Self>) -> Result<Emit<{C}>, Self::Error> {{ .. }} }}`"
)]
pub trait HandleNew<C: Dispatch<Aggregate = Self>>: Aggregate {
    /// The events that grant the command, the first of them a creating one.
    ///
    /// # Errors
    /// The reason for which the command is refused.
    fn handle_new(command: C, cx: &Context<Self>) -> Result<Emit<C>, Self::Error>;
}

/// Decides a command whether the aggregate exists or not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it handles `{C}`",
    label = "no `impl HandleAny<{C}> for {Self}`",
    note = "write `impl HandleAny<{C}> for {Self} {{ fn handle_any(state: Option<&Self>, command: {C}, cx: &Context<Self>) -> Result<Emit<{C}>, Self::Error> {{ .. }} }}`"
)]
pub trait HandleAny<C: Dispatch<Aggregate = Self>>: Aggregate {
    /// The events that grant the command.
    ///
    /// # Errors
    /// The reason for which the command is refused.
    fn handle_any(
        state: Option<&Self>,
        command: C,
        cx: &Context<Self>,
    ) -> Result<Emit<C>, Self::Error>;
}

/// Why a command was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal<R> {
    /// The aggregate's own reason.
    Rejected(R),
    /// It is for what exists, and this does not.
    Missing,
    /// It is for what does not exist, and this does.
    Exists,
}

/// The events that grant a command `C`: only those that it declares can be put in.
#[must_use]
pub struct Emit<C: Dispatch> {
    events: Vec<<C::Aggregate as Aggregate>::Event>,
    of: PhantomData<fn(C)>,
}

/// Grants a command with one event; more follow with [`Emit::and`].
pub fn emit<C, E>(event: E) -> Emit<C>
where
    C: Dispatch + Emits<E>,
    E: EventOf<C::Aggregate>,
{
    // Put together here: a call more would be compiled for each command of an application.
    Emit {
        events: Vec::from([event.into_set()]),
        of: PhantomData,
    }
}

impl<C: Dispatch> Emit<C> {
    /// Grants a command that has nothing left to do.
    pub fn nothing() -> Self {
        Self {
            events: Vec::new(),
            of: PhantomData,
        }
    }

    /// Grants it with one event more.
    pub fn and<E>(mut self, event: E) -> Self
    where
        C: Emits<E>,
        E: EventOf<C::Aggregate>,
    {
        self.events.push(event.into_set());
        self
    }

    /// The events, in order.
    #[must_use]
    pub fn events(&self) -> &[<C::Aggregate as Aggregate>::Event] {
        &self.events
    }

    /// The events, in order, taken out.
    #[must_use]
    pub fn into_events(self) -> Vec<<C::Aggregate as Aggregate>::Event> {
        self.events
    }

    /// The same events as the answer to the enum of all commands. Called by what `derive(Aggregate)` writes.
    pub fn into_set<S: Dispatch<Aggregate = C::Aggregate> + From<C>>(self) -> Emit<S> {
        Emit {
            events: self.events,
            of: PhantomData,
        }
    }
}

impl<C: Dispatch> fmt::Debug for Emit<C>
where
    <C::Aggregate as Aggregate>::Event: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.events).finish()
    }
}
