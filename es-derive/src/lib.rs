//! Derive macros of the es event-sourcing framework; `es-runtime` re-exports them beside the traits they implement.
//!
//! What follows from one type alone is written here: the enum of an aggregate's events, folding, dispatch, stored names.
//! The rules stay the user's, as plain `impl` blocks. Every mistake in an attribute is told at once, where it stands,
//! and whatever else the compiler can prove (that a rule is missing, that a command may not emit an event) it tells at
//! the name in the attribute.
//!
//! Where `es-runtime` is known under another path, each derive takes it: `#[event(crate = my_framework::es)]`.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod attr;
mod derive;
mod errors;
mod expand_aggregate;
mod expand_checks;
mod expand_command;
mod expand_describe;
mod expand_event;
mod expand_newtype;
mod expand_projection;
mod expand_snapshots;
mod expand_states;
mod expand_value;
mod fallback;
mod kept;
mod model;
mod parts;
mod place;
mod stored;
mod suggest;
#[cfg(test)]
mod tests;
mod valid;

/// Makes a struct the state of an aggregate: what its events have made of it.
///
/// ```
/// use es_runtime::{
///     Aggregate, Apply, Command, Context, Create, Emit, Event, Handle, HandleNew, Id, Uuid, emit,
/// };
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Aggregate)]
/// #[aggregate(
///     name = "account",
///     id = AccountId,
///     events(AccountOpened: create, MoneyDeposited),
///     commands(OpenAccount: new, DepositMoney),
///     error = AccountError,
/// )]
/// pub struct Account {
///     balance: u64,
/// }
///
/// #[derive(Id)]
/// pub struct AccountId(Uuid);
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "AccountOpened")]
/// pub struct AccountOpened {}
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "MoneyDeposited")]
/// pub struct MoneyDeposited {
///     amount: u64,
/// }
///
/// #[derive(Command, Clone, Serialize)]
/// #[command(emits(AccountOpened))]
/// pub struct OpenAccount {}
///
/// #[derive(Command, Clone, Serialize)]
/// #[command(emits(MoneyDeposited))]
/// pub struct DepositMoney {
///     amount: u64,
/// }
///
/// #[derive(Debug, thiserror::Error)]
/// pub enum AccountError {
///     #[error("nothing was deposited")]
///     Nothing,
/// }
///
/// impl HandleNew<OpenAccount> for Account {
///     fn handle_new(_: OpenAccount, _: &Context<Self>) -> Result<Emit<OpenAccount>, AccountError> {
///         Ok(emit(AccountOpened {}))
///     }
/// }
///
/// impl Handle<DepositMoney> for Account {
///     fn handle(&self, command: DepositMoney, _: &Context<Self>) -> Result<Emit<DepositMoney>, AccountError> {
///         if command.amount == 0 {
///             return Err(AccountError::Nothing);
///         }
///         Ok(emit(MoneyDeposited { amount: command.amount }))
///     }
/// }
///
/// impl Create<AccountOpened> for Account {
///     fn create(_: AccountOpened) -> Self {
///         Self { balance: 0 }
///     }
/// }
///
/// impl Apply<MoneyDeposited> for Account {
///     fn apply(&mut self, event: MoneyDeposited) {
///         self.balance += event.amount;
///     }
/// }
///
/// # fn main() -> Result<(), es_runtime::FoldError> {
/// let account = Account::fold(None, AccountEvent::from(AccountOpened {}))?;
/// let account = Account::fold(Some(account), AccountEvent::from(MoneyDeposited { amount: 5 }))?;
/// assert_eq!(account.balance, 5);
/// # Ok(())
/// # }
/// ```
///
/// # The attribute
///
/// | key | | meaning |
/// |---|---|---|
/// | `name = ".."` | required | the stored name: the category of its streams. It stays when the type is renamed |
/// | `id = Type` | required | what tells one from another; see [`Id`](macro@Id) |
/// | `events(Path: create, Path, ..)` | required | all its events, those that make it marked `create`; at least one does. For `retired` and `split` see [below](#events-that-are-only-read) |
/// | `commands(Path: new, Path: any, Path, ..)` | | all its commands: `new` for what does not exist yet, `any` for either, `existing` (which need not be said) for what exists |
/// | `error = Type` | required | why it refuses a command |
/// | `snapshot(every = 100)` | | keeps its state after so many events, in the JSON of serde; the state derives `Serialize` and `Deserialize`, and its fields implement `Describe` |
/// | `revision = 2` | `1` | raised whenever a rule by hand does something else than before, so that snapshots of older rules are passed over |
/// | `rules = "5f3c…"` | | a hash of the rules, where they are generated |
/// | `crate = path` | | where `es-runtime` is; `::es_runtime` unless said |
///
/// # What is written
///
/// - The enum of its events, named after the struct: `AccountEvent`, each variant called like its event, with `From` for
///   each and `EventSet`. It has `Debug`, `Clone` and `PartialEq` where all the events have them.
/// - `EventOf<Account>` for each event.
/// - `Aggregate`, whose `fold` calls `Create` for events marked `create`, and `Apply` for the others. A second creation,
///   and any other event before the first, is an error.
/// - The enum of its commands, `AccountCommand`, which is a command as well, with `From` for each.
/// - `Dispatch` for each command, which calls `HandleNew`, `Handle` or `HandleAny` by its mark.
/// - `DescribeAggregate`: what is known of it all as a constant, `Account::DESCRIPTION`.
///
/// Two events with one stored name do not compile.
///
/// # Events that are only read
///
/// An event that is marked `retired` is known by its stored names and passed over. It has no variant in the enum, and no rule.
///
/// An event that is marked `split` is read as several, which its rule `Split` makes of it, all of one version and position.
/// It has no variant either. Where it is one of its own parts, its stored name is that of the event that goes on from there,
/// which says so by `split(..)`:
///
/// ```
/// # use es_runtime::{Aggregate, Apply, Create, Event};
/// use es_runtime::{EventContext, Split};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Aggregate)]
/// #[aggregate(
///     name = "parcel",
///     id = u32,
///     events(ParcelShippedV1: split, ParcelShipped: create, ParcelPaid, ParcelNoted: retired),
///     error = std::fmt::Error,
/// )]
/// pub struct Parcel {
///     paid: u32,
/// }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelShipped", version = 2, split(ParcelShippedV1))]
/// pub struct ParcelShipped {}
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelShipped", version = 1)]
/// pub struct ParcelShippedV1 {
///     paid: u32,
/// }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelPaid")]
/// pub struct ParcelPaid {
///     amount: u32,
/// }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelNoted")]
/// pub struct ParcelNoted {}
///
/// impl Split<Parcel> for ParcelShippedV1 {
///     fn split(event: Self, _: &EventContext<'_>) -> Vec<ParcelEvent> {
///         vec![ParcelShipped {}.into(), ParcelPaid { amount: event.paid }.into()]
///     }
/// }
/// # impl Create<ParcelShipped> for Parcel {
/// #     fn create(_: ParcelShipped) -> Self { Self { paid: 0 } }
/// # }
/// # impl Apply<ParcelPaid> for Parcel {
/// #     fn apply(&mut self, event: ParcelPaid) { self.paid += event.amount; }
/// # }
/// ```
#[proc_macro_derive(Aggregate, attributes(aggregate))]
pub fn aggregate(input: TokenStream) -> TokenStream {
    derive::aggregate(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct with named fields an event: something that happened, stored for ever.
///
/// It needs `Serialize` and `Deserialize` beside it.
///
/// ```
/// use es_runtime::Event;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "Parcel Shipped", tags(carrier, note, heavy = event.weight > 30))]
/// pub struct ParcelShipped {
///     carrier: String,
///     note: Option<String>,
///     #[serde(rename = "kilograms")]
///     weight: u32,
/// }
///
/// assert_eq!(ParcelShipped::NAME, "Parcel Shipped");
///
/// let shipped = ParcelShipped { carrier: "DHL".into(), note: None, weight: 12 };
/// let tags: Vec<String> = shipped.tags().iter().map(ToString::to_string).collect();
/// assert_eq!(tags, ["carrier:DHL", "heavy:false"]);
/// ```
///
/// # The attribute
///
/// | key | | meaning |
/// |---|---|---|
/// | `name = ".."` | required | the stored name: what the event is known by on disk. It stays when the type is renamed |
/// | `version = 2` | `1` | which shape this is: one more for each change that the event has lived through |
/// | `from(Path)` | | the type of the version before, from which the rule `Upcast` leads to this one. A version above 1 has this, or `split` |
/// | `earlier` | | the rule looks at the events before it in its stream, which are fetched for it: `cx.earlier_of::<E>()` |
/// | `split(Path)` | | the type of the version before, which is read as several events; the aggregate lists it as such |
/// | `was("..", ..)` | | names that it was stored under before |
/// | `reads_as = 1` | `version` | the oldest version whose code may still read this one |
/// | `tags(field, name = expression, ..)` | | marks by which the event is found and guarded across streams |
/// | `crate = path` | | where `es-runtime` is; `::es_runtime` unless said |
///
/// A tag is a field, and then is called what the field is called in stored bodies (`#[serde(rename)]` and `rename_all`
/// count), or a name, which may be quoted text, with an expression that speaks of `event`. Its value has `Display`, or is
/// an `Option` of something with `Display`: what is `None` makes no tag.
///
/// # Versions
///
/// Whatever was stored stays as it is, and can be read for ever. So each shape that an event had is kept as a type of its
/// own, with the same stored name and the number of its version:
///
/// ```
/// use es_runtime::{Event, EventContext, Upcast};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelShipped", version = 3, from(ParcelShippedV2), was("ParcelSent"))]
/// pub struct ParcelShipped {
///     carriers: Vec<String>,
///     express: bool,
/// }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelShipped", version = 2, from(ParcelShippedV1))]
/// pub struct ParcelShippedV2 {
///     carriers: Vec<String>,
/// }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelShipped", version = 1)]
/// pub struct ParcelShippedV1 {
///     carrier: String,
/// }
///
/// impl Upcast<ParcelShippedV1> for ParcelShippedV2 {
///     fn upcast(event: ParcelShippedV1, _: &EventContext<'_>) -> Self {
///         Self { carriers: vec![event.carrier] }
///     }
/// }
///
/// impl Upcast<ParcelShippedV2> for ParcelShipped {
///     fn upcast(event: ParcelShippedV2, _: &EventContext<'_>) -> Self {
///         Self { carriers: event.carriers, express: false }
///     }
/// }
/// ```
#[proc_macro_derive(Event, attributes(event))]
pub fn event(input: TokenStream) -> TokenStream {
    derive::event(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct a command: a wish that an aggregate grants with events or refuses.
///
/// It needs `Clone` and `Serialize` beside it, and an aggregate that lists it. An event that the command does not
/// declare cannot be emitted by its handler: that does not compile.
///
/// ```
/// # use es_runtime::{Aggregate, Apply, Context, Create, Emit, Event, Handle, HandleNew, Id, emit};
/// use es_runtime::Command;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Command, Clone, Serialize)]
/// #[command(emits(LampSwitched))]
/// pub struct SwitchLamp {
///     on: bool,
/// }
///
/// assert_eq!(SwitchLamp { on: true }.name(), "SwitchLamp");
/// # #[derive(Aggregate)]
/// # #[aggregate(name = "lamp", id = u32, events(LampSwitched: create), commands(SwitchLamp: any), error = std::fmt::Error)]
/// # pub struct Lamp;
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "LampSwitched")]
/// # pub struct LampSwitched {}
/// # impl Create<LampSwitched> for Lamp {
/// #     fn create(_: LampSwitched) -> Self { Self }
/// # }
/// # impl es_runtime::HandleAny<SwitchLamp> for Lamp {
/// #     fn handle_any(_: Option<&Self>, _: SwitchLamp, _: &Context<Self>) -> Result<Emit<SwitchLamp>, std::fmt::Error> {
/// #         Ok(emit(LampSwitched {}))
/// #     }
/// # }
/// ```
///
/// # The attribute
///
/// | key | | meaning |
/// |---|---|---|
/// | `emits(Path, ..)` | required | the events that it may lead to, all of the aggregate that lists the command |
/// | `name = ".."` | | the stored name, the name of the struct unless said. It stands in the record of carried-out commands: say it before you rename the struct |
/// | `crate = path` | | where `es-runtime` is; `::es_runtime` unless said |
///
/// A field marked `#[command(check)]` is looked into before the command is decided; its type is `Checked`, which
/// [`Value`](macro@Value) writes. A command that holds an invalid value there is refused.
#[proc_macro_derive(Command, attributes(command))]
pub fn command(input: TokenStream) -> TokenStream {
    derive::command(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct with named fields a row of a read model, which is folded from events and can be thrown away.
///
/// It needs `Clone`, `Serialize` and `Deserialize` beside it, and its fields implement `Describe`. What each event does to
/// the rows stands in the attribute; how, in an `impl` of a trait.
///
/// It writes `impl Projection`, with a column for each field by which readers say what they look for, and beside it for each
/// index a function that finds rows by its fields: `find_by_carrier_and_stops` for `index(carrier, stops)`.
///
/// ```
/// # use es_runtime::{Aggregate, Apply, Create, Event, Id, Uuid};
/// use es_runtime::{At, EventContext, Find, Insert, NewRow, Project, Projection};
/// use serde::{Deserialize, Serialize};
///
/// /// One row per parcel.
/// #[derive(Clone, Projection, Serialize, Deserialize)]
/// #[projection(
///     name = "ParcelOverview",
///     key(parcel),
///     index(carrier, stops),
///     events(ParcelShipped: insert, ParcelMoved, ParcelDelivered: delete),
/// )]
/// pub struct ParcelOverview {
///     parcel: ParcelId,
///     carrier: String,
///     stops: u32,
/// }
///
/// impl Insert<ParcelShipped> for ParcelOverview {
///     fn insert(parcel: ParcelId, event: ParcelShipped, _: &EventContext<'_>) -> Self {
///         Self { parcel, carrier: event.carrier, stops: 0 }
///     }
/// }
///
/// impl Project<ParcelMoved> for ParcelOverview {
///     fn project(&mut self, _: ParcelMoved, _: &EventContext<'_>) {
///         self.stops += 1;
///     }
/// }
///
/// /// One row per carrier, which no id tells.
/// #[derive(Clone, Projection, Serialize, Deserialize)]
/// #[projection(name = "Carriers", key(carrier), events(ParcelShipped in Parcel: upsert(at)))]
/// pub struct Carrier {
///     carrier: String,
///     parcels: u32,
/// }
///
/// impl At<ParcelShipped> for Carrier {
///     fn at(event: &ParcelShipped, _: &EventContext<'_>) -> String {
///         event.carrier.clone()
///     }
/// }
///
/// impl NewRow<ParcelShipped> for Carrier {
///     fn new_row(carrier: String, _: &ParcelShipped, _: &EventContext<'_>) -> Self {
///         Self { carrier, parcels: 0 }
///     }
/// }
///
/// impl Project<ParcelShipped> for Carrier {
///     fn project(&mut self, _: ParcelShipped, _: &EventContext<'_>) {
///         self.parcels += 1;
///     }
/// }
///
/// let row = Carrier { carrier: "DHL".into(), parcels: 2 };
/// assert_eq!(row.key(), "DHL");
/// assert_eq!(ParcelOverview::EVENTS.len(), 3);
///
/// // What `ReadModel::find` and `MemoryRows::find` are asked for.
/// let unmoved = ParcelOverview::find_by_carrier_and_stops(&"DHL".into(), &0);
/// let busy = Find::<Carrier>::all()
///     .filter(|carrier| carrier.parcels.at_least(100))
///     .order_by(|carrier| carrier.parcels.descending());
/// # #[derive(Aggregate)]
/// # #[aggregate(
/// #     name = "parcel",
/// #     id = ParcelId,
/// #     events(ParcelShipped: create, ParcelMoved, ParcelDelivered),
/// #     error = std::fmt::Error,
/// # )]
/// # pub struct Parcel;
/// # #[derive(Id)]
/// # pub struct ParcelId(Uuid);
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "ParcelShipped")]
/// # pub struct ParcelShipped { carrier: String }
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "ParcelMoved")]
/// # pub struct ParcelMoved {}
/// # #[derive(Event, Serialize, Deserialize)]
/// # #[event(name = "ParcelDelivered")]
/// # pub struct ParcelDelivered {}
/// # impl Create<ParcelShipped> for Parcel {
/// #     fn create(_: ParcelShipped) -> Self { Self }
/// # }
/// # impl Apply<ParcelMoved> for Parcel {
/// #     fn apply(&mut self, _: ParcelMoved) {}
/// # }
/// # impl Apply<ParcelDelivered> for Parcel {
/// #     fn apply(&mut self, _: ParcelDelivered) {}
/// # }
/// ```
///
/// # The attribute
///
/// | key | | meaning |
/// |---|---|---|
/// | `name = ".."` | required | the stored name. It stays when the type is renamed |
/// | `key(field, ..)` | required | what tells one row from another: the type `Key` is that of the field, a tuple of several, or `()` for `key()`, where there is but one row |
/// | `events(Path: insert, Path as Path in Path: upsert(at), ..)` | required | the events it is folded from, and what each does; at least one makes rows |
/// | `index(field, ..)` | | columns by which rows are found beside the key, by the function `find_by_field_and_..` with the visibility of the struct; any number of these |
/// | `on_error(park)` | `stop` | what becomes of an event that cannot be taken in: `stop` before it, `retry(3)` so many times and then stop, or `park` it with all later ones of its stream |
/// | `revision = 2` | `1` | raised whenever a rule by hand does something else than before, so that the rows are folded again |
/// | `rules = "5f3c…"` | | a hash of the rules, where they are generated |
/// | `crate = path` | | where `es-runtime` is; `::es_runtime` unless said |
///
/// `in Order` says whose event it is; it may be left out where only one aggregate lists the event.
///
/// | what the event does | | rules |
/// |---|---|---|
/// | `insert` | adds the row, which is not there yet | `Insert` |
/// | `update` (need not be said) | changes the row, which is there | `Project` |
/// | `upsert` | changes the row, and makes it before where it is not there | `NewRow`, `Project` |
/// | `delete` | takes the row away | |
/// | `rows` | changes any number of rows | `ProjectRows` |
///
/// Which row the event is about its aggregate's id says, which then is the key. Where it does not, `(at)` behind the word,
/// as in `update(at)`, has the rule `At` say it.
///
/// # What the rules read of an event
///
/// `ParcelMoved as Stop` gives the rules a `Stop` in place of the event: a struct of those fields that they read, under the
/// names that the event stores them under. Of what is stored only these fields are read, which takes less time; what is in
/// the others is not looked at, as long as all of it is JSON. What was stored before the event had its shape of today is
/// read as the event, and made a `Stop` by `From`. The rows are the same as without.
///
/// ```
/// # use es_runtime::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Aggregate)]
/// # #[aggregate(name = "parcel", id = Uuid, events(ParcelMoved: create), error = std::fmt::Error)]
/// # pub struct Parcel;
/// # impl Create<ParcelMoved> for Parcel { fn create(_: ParcelMoved) -> Self { Self } }
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelMoved")]
/// pub struct ParcelMoved {
///     to: String,
///     note: String,
/// }
///
/// #[derive(Deserialize)]
/// struct Stop {
///     to: String,
/// }
///
/// impl From<ParcelMoved> for Stop {
///     fn from(event: ParcelMoved) -> Self {
///         Self { to: event.to }
///     }
/// }
///
/// #[derive(Clone, Projection, Serialize, Deserialize)]
/// #[projection(name = "Whereabouts", key(parcel), events(ParcelMoved as Stop: upsert))]
/// struct Whereabouts {
///     parcel: Uuid,
///     place: String,
/// }
///
/// impl NewRow<Stop> for Whereabouts {
///     fn new_row(parcel: Uuid, _: &Stop, _: &EventContext<'_>) -> Self {
///         Self { parcel, place: String::new() }
///     }
/// }
///
/// impl Project<Stop> for Whereabouts {
///     fn project(&mut self, stop: Stop, _: &EventContext<'_>) {
///         self.place = stop.to;
///     }
/// }
/// ```
#[proc_macro_derive(Projection, attributes(projection))]
pub fn projection(input: TokenStream) -> TokenStream {
    derive::projection(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a tuple struct of one field the id of an aggregate. Nothing is derived beside it: what std and serde would derive
/// is written too, so a second `Debug`, `Clone` or `PartialEq` beside it is a conflict (E0119); take it away.
///
/// ```
/// use es_runtime::{Id, Uuid};
///
/// #[derive(Id)]
/// pub struct AccountId(Uuid);
///
/// let id = AccountId::generate();
/// assert_eq!(id, id.to_string().parse().unwrap());
///
/// #[derive(Id)]
/// pub struct CustomerId(String);
///
/// let ada = CustomerId::from("ada");
/// assert_eq!(ada.as_ref(), "ada");
/// assert_eq!(serde_json::to_string(&ada).unwrap(), "\"ada\"");
/// ```
///
/// What the inner type can do, the id can do too, of all this: `Clone` and `Copy`; `PartialEq`, `Eq`, `PartialOrd`, `Ord`
/// and `Hash`; `Debug`, `Display` and `FromStr`; `AsRef<str>` and `From<&str>`; `Serialize` and `Deserialize`, as the
/// bare inner value. Besides there are `From` of the inner type, `new`, `get` and `into_inner`.
///
/// `#[id(check = value.len() == 10)]` says which ids are valid, by a condition on `value`, a reference to the inner value.
/// It is asked before a command that may make an aggregate is decided, and where the id is a field marked `check`.
///
/// `#[id(crate = path)]` says where `es-runtime` is, `::es_runtime` unless said.
#[proc_macro_derive(Id, attributes(id))]
pub fn id(input: TokenStream) -> TokenStream {
    derive::id(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a type one that may stand in stored bodies, and writes what such a type needs beside the derives of std and
/// serde.
///
/// A tuple struct of one field may say what it is made over:
///
/// - `#[value(number)]`, over an integer, `f64` or `Decimal`: `ZERO`, `+ - += -=`, `*` by whole numbers on the right, unary
///   `-` where the inner type has it, `Sum` of owned and of borrowed ones. Overflow panics and never wraps.
/// - `#[value(text)]`, over whatever has `Display` and `FromStr`: `AsRef<str>` and `From<&str>` where the inner type has
///   them.
///
/// Both write `Display`, `FromStr`, `From` of the inner type, `new`, `get` and `into_inner`.
///
/// ```
/// use es_runtime::{Decimal, Value};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Value)]
/// #[serde(transparent)]
/// #[value(number)]
/// pub struct Money(Decimal);
///
/// let price: Money = "0.10".parse().unwrap();
/// assert_eq!((price * 3 + Money::ZERO).to_string(), "0.30");
/// ```
///
/// On an enum without data it writes `ALL`, `as_str`, `Display` and `FromStr`, all by the stored names:
///
/// ```
/// use es_runtime::Value;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Value)]
/// #[serde(rename_all = "kebab-case")]
/// pub enum Status {
///     Open,
///     OnItsWay,
/// }
///
/// assert_eq!(Status::OnItsWay.to_string(), "on-its-way");
/// assert_eq!("open".parse(), Ok(Status::Open));
/// let error = "lost".parse::<Status>().unwrap_err();
/// assert_eq!(error.to_string(), "`lost` is not one of open, on-its-way");
/// ```
///
/// Other structs and enums get no more than the trait.
///
/// # Checks
///
/// `#[value(check = condition)]` on a tuple struct of one field says which values are valid, by a condition on `value`, a
/// reference to the inner value. It may stand beside `number` or `text`. In other structs, and in the variants of enums,
/// `#[value(check)]` marks the fields to look into. The rules are asked where a command is made, and never when an event is
/// read:
///
/// ```
/// use es_runtime::{Checked, Value};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Value)]
/// #[serde(transparent)]
/// #[value(text, check = value.len() == 4 && value.bytes().all(|digit| digit.is_ascii_digit()))]
/// pub struct LastDigits(String);
///
/// #[derive(Serialize, Deserialize, Value)]
/// pub enum Payment {
///     Cash {},
///     Card {
///         holder: String,
///         #[value(check)]
///         last4: Option<LastDigits>,
///     },
/// }
///
/// let payment = Payment::Card { holder: "Ada".into(), last4: Some("12".into()) };
/// let invalid = payment.check().unwrap_err();
/// assert_eq!(invalid.to_string(), "`Card.last4` may not be 12");
/// ```
///
/// A newtype without a rule is checked as what it is made over; one with a rule by that alone, unless its field is marked
/// as well. A struct without a mark cannot be looked into: marking a field of its type does not compile.
///
/// The attribute `#[value(crate = path)]` says where `es-runtime` is, `::es_runtime` unless said.
#[proc_macro_derive(Value, attributes(value))]
pub fn value(input: TokenStream) -> TokenStream {
    derive::value(&parse_macro_input!(input as DeriveInput)).into()
}
