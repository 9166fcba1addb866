//! The same kinds by hand, with derives: the same bytes as from the schema, and each door reads what the other has
//! written.

use std::collections::{BTreeMap, BTreeSet};

use es_kinds::generated::thing::{ThingEvent, events};
use es_kinds::generated::{self as yaml, Colour};
use es_kinds::own::{Cents, Code};
use es_runtime::prelude::*;
use es_runtime::{MemoryStore, Slice};
use es_sqlite::SqliteStore;
use es_tests::draw::{Draw, Source, arbitrary_bytes};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{cases, check_event, decode};

/// A newtype over a type, a union that holds it and a value object that does, in every position. The two lists are of the
/// fields that need an order.
macro_rules! kind {
    (
        $ty:ty, $wrapped:ident($($also:ident)*) $either:ident $every:ident
        { $($ordered:ident: $of:ty,)* } { $($wrapped_ordered:ident: $wrapped_of:ty,)* }
    ) => {
        #[derive(Debug, Clone, PartialEq, $($also,)* Serialize, Deserialize, Value)]
        #[serde(transparent)]
        struct $wrapped($ty);

        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
        enum $either {
            Nothing {},
            One {
                value: $ty,
            },
            Several {
                values: Vec<$ty>,
                #[serde(skip_serializing_if = "Option::is_none")]
                maybe: Option<$ty>,
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[serde(with = "es_runtime::double_option")]
                unsaid: Option<Option<$ty>>,
            },
        }

        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
        struct $every {
            alone: $ty,
            #[serde(skip_serializing_if = "Option::is_none")]
            maybe: Option<$ty>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[serde(with = "es_runtime::double_option")]
            unsaid: Option<Option<$ty>>,
            list: Vec<$ty>,
            maybes: Vec<Option<$ty>>,
            values: BTreeMap<String, $ty>,
            boxed: Box<$ty>,
            #[serde(skip_serializing_if = "Option::is_none")]
            maybe_boxed: Option<Box<$ty>>,
            $($ordered: $of,)*
            wrapped: $wrapped,
            #[serde(skip_serializing_if = "Option::is_none")]
            wrapped_maybe: Option<$wrapped>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[serde(with = "es_runtime::double_option")]
            wrapped_unsaid: Option<Option<$wrapped>>,
            wrapped_list: Vec<$wrapped>,
            $($wrapped_ordered: $wrapped_of,)*
            either: $either,
            eithers: Vec<$either>,
        }
    };
}

macro_rules! ordered_kinds {
    ($($ty:ident $wrapped:ident $either:ident $every:ident,)*) => {$(
        kind! {
            $ty, $wrapped(Eq PartialOrd Ord) $either $every {
                set: BTreeSet<$ty>,
                keys: BTreeMap<$ty, u8>,
                deep: BTreeMap<$ty, Vec<Option<BTreeMap<$ty, Box<$ty>>>>>,
            } {
                wrapped_set: BTreeSet<$wrapped>,
                wrapped_keys: BTreeMap<$wrapped, $wrapped>,
            }
        }
    )*};
}

ordered_kinds! {
    bool WrappedBool EitherBool EveryBool,
    i8 WrappedI8 EitherI8 EveryI8,
    i16 WrappedI16 EitherI16 EveryI16,
    i32 WrappedI32 EitherI32 EveryI32,
    i64 WrappedI64 EitherI64 EveryI64,
    i128 WrappedI128 EitherI128 EveryI128,
    u8 WrappedU8 EitherU8 EveryU8,
    u16 WrappedU16 EitherU16 EveryU16,
    u32 WrappedU32 EitherU32 EveryU32,
    u64 WrappedU64 EitherU64 EveryU64,
    u128 WrappedU128 EitherU128 EveryU128,
    String WrappedText EitherText EveryText,
    Decimal WrappedNumber EitherNumber EveryNumber,
    Uuid WrappedKey EitherKey EveryKey,
    Timestamp WrappedMoment EitherMoment EveryMoment,
    Date WrappedDay EitherDay EveryDay,
    Duration WrappedSpan EitherSpan EverySpan,
    Bytes WrappedRaw EitherRaw EveryRaw,
    Colour WrappedSymbol EitherSymbol EverySymbol,
}

macro_rules! own_kinds {
    ($($ty:ident $wrapped:ident $either:ident $every:ident,)*) => {$(
        kind! {
            $ty, $wrapped() $either $every {
                set: BTreeSet<$ty>,
                keys: BTreeMap<$ty, u8>,
                deep: BTreeMap<$ty, Vec<Option<BTreeMap<$ty, Box<$ty>>>>>,
            } {}
        }
    )*};
}

own_kinds! {
    Code WrappedCode EitherCode EveryCode,
    Cents WrappedCents EitherCents EveryCents,
}

kind! { f64, WrappedF64() EitherF64 EveryF64 {} {} }

macro_rules! anything {
    ($($kind:ident $every:ident,)*) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
        enum Anything {
            $($kind { every: $every },)*
            Others { others: yaml::Others },
        }
    };
}

anything! {
    Bool EveryBool,
    I8 EveryI8,
    I16 EveryI16,
    I32 EveryI32,
    I64 EveryI64,
    I128 EveryI128,
    U8 EveryU8,
    U16 EveryU16,
    U32 EveryU32,
    U64 EveryU64,
    U128 EveryU128,
    Text EveryText,
    Number EveryNumber,
    Key EveryKey,
    Moment EveryMoment,
    Day EveryDay,
    Span EverySpan,
    Raw EveryRaw,
    Symbol EverySymbol,
    Code EveryCode,
    Cents EveryCents,
    F64 EveryF64,
}

#[derive(Id)]
struct PieceId(String);

/// The thing of the schema.
#[derive(Debug, Clone, PartialEq, Aggregate)]
#[aggregate(
    name = "Thing",
    id = PieceId,
    events(Begun: create, Held, Marked),
    commands(Begin: new, Hold, Mark),
    error = std::convert::Infallible,
)]
struct Piece {
    held: Vec<Anything>,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "Begun")]
struct Begun {}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "Held")]
struct Held {
    what: Anything,
}

/// A number of 128 bits in an enum that is tagged inside, which serde reads through a copy that has no room for it.
#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "Marked")]
struct Marked {
    number: Large,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(tag = "kind")]
enum Large {
    Signed { number: i128 },
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Begun))]
struct Begin {}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Held))]
struct Hold {
    what: Anything,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Marked))]
struct Mark {
    number: i128,
}

impl Create<Begun> for Piece {
    fn create(_: Begun) -> Self {
        Self { held: vec![] }
    }
}

impl Apply<Held> for Piece {
    fn apply(&mut self, event: Held) {
        self.held.push(event.what);
    }
}

impl Apply<Marked> for Piece {
    fn apply(&mut self, _: Marked) {}
}

type Answer<C> = Result<Emit<C>, std::convert::Infallible>;

impl HandleNew<Begin> for Piece {
    fn handle_new(_: Begin, _: &Context<Self>) -> Answer<Begin> {
        Ok(emit(Begun {}))
    }
}

impl Handle<Hold> for Piece {
    fn handle(&self, command: Hold, _: &Context<Self>) -> Answer<Hold> {
        Ok(emit(Held { what: command.what }))
    }
}

impl Handle<Mark> for Piece {
    fn handle(&self, command: Mark, _: &Context<Self>) -> Answer<Mark> {
        let number = command.number;
        Ok(emit(Marked {
            number: Large::Signed { number },
        }))
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn each_door_reads_what_the_other_has_written(
        bytes in prop::collection::vec(any::<u8>(), 0..1_500),
    ) {
        let from_schema = ThingEvent::from(events::Held::draw(&mut Source::new(&bytes)));
        let encoded = from_schema.encode().unwrap();
        let by_hand: PieceEvent = decode(encoded.name, &encoded.body).unwrap();
        prop_assert_eq!(check_event(&by_hand), encoded);
    }
}

#[tokio::test]
async fn values_by_hand_are_found_again_in_both_stores_and_by_the_other_door() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("values.db")).unwrap();
    find_again(MemoryStore::new()).await;
    find_again(sqlite).await;
}

async fn find_again<S: EventStore + Clone>(store: S) {
    let bytes = arbitrary_bytes(60_000);
    let source = &mut Source::new(&bytes);
    let drawn: Vec<events::Held> = (0..30).map(|_| events::Held::draw(source)).collect();
    let app = App::new(store.clone());
    let id = PieceId::from("one");
    app.execute(&id, Begin {}).await.unwrap();
    let mut whats = Vec::new();
    for held in &drawn {
        let body = ThingEvent::from(held.clone()).encode().unwrap().body;
        let PieceEvent::Held(Held { what }) = decode("Held", &body).unwrap() else {
            panic!("another event");
        };
        whats.push(what.clone());
        app.execute(&id, Hold { what }).await.unwrap();
    }
    let state = App::new(store.clone())
        .load::<Piece>(&id)
        .await
        .unwrap()
        .state;
    assert_eq!(format!("{:?}", state.unwrap().held), format!("{whats:?}"));
    let trail = App::new(store)
        .history::<yaml::Thing>(&yaml::ThingId::from("one"), Slice::after(None, 100))
        .await
        .unwrap();
    let found: Vec<ThingEvent> = trail.into_iter().skip(1).map(|at| at.event).collect();
    let drawn: Vec<ThingEvent> = drawn.into_iter().map(ThingEvent::from).collect();
    assert_eq!(found, drawn);
}

#[tokio::test]
async fn what_its_own_type_cannot_read_is_refused_before_it_is_stored() {
    let app = App::new(MemoryStore::new());
    let id = PieceId::from("one");
    app.execute(&id, Begin {}).await.unwrap();
    let error = app
        .execute(&id, Mark { number: i128::MIN })
        .await
        .unwrap_err();
    let error = error.to_string();
    let place =
        "event `Marked` (schema version 1) at version 2 of Thing/one: its body does not fit: ";
    assert!(
        error.starts_with(place) && error.ends_with("at `number`"),
        "{error}"
    );
    assert_eq!(
        app.load::<Piece>(&id).await.unwrap().version.unwrap().get(),
        1
    );
}
