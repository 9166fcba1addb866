//! Projections: read models that are folded from the log, row by row, and can be thrown away and folded again.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::describe::{ProjectedEvent, RowsDescription};

mod ahead;
mod bookmark;
mod context;
mod crew;
mod decode;
mod encode;
mod error;
mod find;
mod fold;
mod incoming;
mod memory;
mod park;
mod projections;
mod read_model;
mod rows;
mod worker;

pub use bookmark::Bookmark;
pub use context::EventContext;
pub use encode::CellError;
pub use error::{ProjectError, ProjectionError, RowError, Stopped};
pub use find::{Column, Cursor, Filter, Find, FindError, Order, RowsPage};
pub(crate) use incoming::SetReader;
pub use memory::MemoryRows;
pub use projections::{Progress, ProjectionStatus, Projections, Rebuilt};
pub use read_model::{ReadModel, ReadRowsError};
pub use rows::Rows;

/// A row of a read model, and how events change the rows. Derive it.
///
/// ```
/// use es_runtime::{
///     App, EventContext, Insert, MemoryRows, MemoryStore, Project, Projection,
/// };
/// use serde::{Deserialize, Serialize};
/// # use es_runtime::*;
/// # #[derive(Aggregate)]
/// # #[aggregate(name = "account", id = Uuid, events(Opened: create, Deposited), commands(Open: new, Deposit), error = std::convert::Infallible)]
/// # struct Account;
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "Opened")]
/// # struct Opened { owner: String }
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "Deposited")]
/// # struct Deposited { amount: u64 }
/// # #[derive(Command, Clone, Serialize)]
/// # #[command(emits(Opened))]
/// # struct Open { owner: String }
/// # #[derive(Command, Clone, Serialize)]
/// # #[command(emits(Deposited))]
/// # struct Deposit { amount: u64 }
/// # impl Create<Opened> for Account { fn create(_: Opened) -> Self { Self } }
/// # impl Apply<Deposited> for Account { fn apply(&mut self, _: Deposited) {} }
/// # impl HandleNew<Open> for Account {
/// #     fn handle_new(command: Open, _: &Context<Self>) -> Result<Emit<Open>, Self::Error> { Ok(emit(Opened { owner: command.owner })) }
/// # }
/// # impl Handle<Deposit> for Account {
/// #     fn handle(&self, command: Deposit, _: &Context<Self>) -> Result<Emit<Deposit>, Self::Error> { Ok(emit(Deposited { amount: command.amount })) }
/// # }
///
/// #[derive(Clone, Debug, PartialEq, Projection, Serialize, Deserialize)]
/// #[projection(name = "Balance", key(account), events(Opened: insert, Deposited))]
/// struct Balance {
///     account: Uuid,
///     owner: String,
///     amount: u64,
/// }
///
/// impl Insert<Opened> for Balance {
///     fn insert(account: Uuid, event: Opened, _: &EventContext<'_>) -> Self {
///         Self { account, owner: event.owner, amount: 0 }
///     }
/// }
///
/// impl Project<Deposited> for Balance {
///     fn project(&mut self, event: Deposited, _: &EventContext<'_>) {
///         self.amount += event.amount;
///     }
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let app = App::new(MemoryStore::new());
/// let ada = Uuid::from_u128(1);
/// app.execute(&ada, Open { owner: "Ada".into() }).await?;
/// app.execute(&ada, Deposit { amount: 5 }).await?;
///
/// let mut balances = MemoryRows::<Balance>::new();
/// balances.catch_up(app.store()).await?;
/// assert_eq!(balances.get(&ada).map(|balance| balance.amount), Some(5));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    note = "derive `Projection` on the struct of its rows, with `Clone`, `Serialize` and `Deserialize`"
)]
pub trait Projection: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The stored name.
    const NAME: &'static str;
    /// What tells one row from another: nothing, the type of its key column, or a tuple of several.
    type Key: Clone + Debug + Eq + Hash + Serialize + Send + Sync + 'static;
    /// The events it is folded from, in the order in which [`take_in`](Self::take_in) counts them.
    const EVENTS: &'static [ProjectedEvent];
    /// What becomes of an event that cannot be taken in.
    const ON_ERROR: OnError = OnError::Stop;

    /// Its columns, for readers: `row` in [`Find::filter`] and [`Find::order_by`].
    type Columns;
    /// The columns.
    const COLUMNS: Self::Columns;

    /// Of what its rows are made.
    fn description() -> RowsDescription;

    /// What tells this row from the others.
    fn key(&self) -> Self::Key;

    /// Makes this row a copy of another one, in what it has allocated as far as that will do: a row is copied before each
    /// change of it, so that an event which fails leaves nothing.
    fn copy_from(&mut self, other: &Self) {
        self.clone_from(other);
    }

    /// Takes a stored event in, which is the one at `event` in [`EVENTS`](Self::EVENTS).
    ///
    /// # Errors
    /// Where the event cannot be read, or does not fit the rows.
    fn take_in(
        event: usize,
        rows: &mut Rows<'_, Self>,
        cx: &EventContext<'_>,
    ) -> Result<(), ProjectError>;
}

/// The row that an event makes, where there must be none yet.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which row `{E}` makes",
    label = "no `impl Insert<{E}> for {Self}`",
    note = "write `impl Insert<{E}> for {Self} {{ fn insert(key: Self::Key, event: {E}, cx: &EventContext<'_>) -> Self {{ .. }} }}`"
)]
pub trait Insert<E>: Projection {
    /// The row of that key.
    fn insert(key: Self::Key, event: E, cx: &EventContext<'_>) -> Self;
}

/// The row that an event changes, where there is none yet.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say with which row `{E}` begins",
    label = "no `impl NewRow<{E}> for {Self}`",
    note = "write `impl NewRow<{E}> for {Self} {{ fn new_row(key: Self::Key, event: &{E}, cx: &EventContext<'_>) -> Self {{ .. }} }}`"
)]
pub trait NewRow<E>: Projection {
    /// The row of that key as it is before [`Project`] takes the event in.
    fn new_row(key: Self::Key, event: &E, cx: &EventContext<'_>) -> Self;
}

/// What an event changes in a row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` changes in a row",
    label = "no `impl Project<{E}> for {Self}`",
    note = "write `impl Project<{E}> for {Self} {{ fn project(&mut self, event: {E}, cx: &EventContext<'_>) {{ .. }} }}`"
)]
pub trait Project<E>: Projection {
    /// Takes the event in. The key columns stay as they are.
    fn project(&mut self, event: E, cx: &EventContext<'_>);
}

/// Which row an event is about, where that is not told by the id of its aggregate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which row `{E}` is about",
    label = "no `impl At<{E}> for {Self}`",
    note = "write `impl At<{E}> for {Self} {{ fn at(event: &{E}, cx: &EventContext<'_>) -> Self::Key {{ .. }} }}`"
)]
pub trait At<E>: Projection {
    /// The key of the row.
    fn at(event: &E, cx: &EventContext<'_>) -> Self::Key;
}

/// What an event changes in any number of rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` changes in its rows",
    label = "no `impl ProjectRows<{E}> for {Self}`",
    note = "write `impl ProjectRows<{E}> for {Self} {{ fn project_rows(rows: &mut Rows<'_, Self>, event: {E}, cx: &EventContext<'_>) -> Result<(), RowError> {{ .. }} }}`"
)]
pub trait ProjectRows<E>: Projection {
    /// Takes the event in: all of its changes, or none where it fails.
    ///
    /// # Errors
    /// Where the event does not fit the rows.
    fn project_rows(
        rows: &mut Rows<'_, Self>,
        event: E,
        cx: &EventContext<'_>,
    ) -> Result<(), RowError>;
}

/// What becomes of an event that cannot be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// The projection stands before it and says why.
    Stop,
    /// It is tried so many times more, then as [`Stop`](Self::Stop).
    Retry(u32),
    /// It is put aside with all later ones of its stream, in order, and the others go on.
    Park,
}
