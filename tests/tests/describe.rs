//! What the derives say of a domain, as constant data and as JSON.

#![allow(dead_code, reason = "only the types are looked at")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use es_runtime::describe::{AggregateDescription, Content, Shape, TypeKind};
use es_runtime::prelude::*;
use es_runtime::{Describe, DescribeAggregate, DescribeCommand, DescribeEvent};
use serde::{Deserialize, Serialize};

#[derive(Id)]
struct OrderId(Uuid);

#[derive(Debug, Clone, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(number)]
struct Money(Decimal);

mod other {
    use super::*;

    /// Called like another type.
    #[derive(Debug, Clone, Serialize, Deserialize, Value)]
    pub struct Money {
        pub cents: i64,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Value)]
#[serde(rename_all = "kebab-case")]
enum Status {
    OnItsWay,
    #[serde(rename = "open")]
    Fresh,
}

#[derive(Debug, Clone, Serialize, Deserialize, Value)]
#[serde(rename_all = "camelCase")]
struct Item {
    unit_price: Money,
    #[serde(rename = "by currency")]
    prices: BTreeMap<String, Vec<Money>>,
    statuses: BTreeSet<Status>,
    parts: Vec<Item>,
    wrapped_in: Option<Box<Parcel>>,
    #[serde(skip)]
    seen: bool,
}

/// Contains itself through another type.
#[derive(Debug, Clone, Serialize, Deserialize, Value)]
struct Parcel {
    item: Item,
}

#[derive(Debug, Clone, Serialize, Deserialize, Value)]
enum Payment {
    Cash,
    Nothing {},
    #[serde(rename = "gift card")]
    Voucher(Money),
    Split(Box<Payment>, Box<Payment>),
    Card {
        #[serde(rename = "last 4")]
        last4: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize, Value)]
struct Pair(u8, i128);

#[derive(Debug, Clone, Serialize, Deserialize, Value)]
struct Nothing;

#[derive(Debug, Clone, Serialize, Deserialize, Value)]
#[serde(transparent)]
struct Wrapped {
    inner: f64,
}

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "Order Placed")]
#[serde(rename_all = "camelCase")]
struct Placed {
    first_item: Item,
    payment: Payment,
    pair: Pair,
    nothing: Nothing,
    wrapped: Wrapped,
    old: other::Money,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "es_runtime::double_option"
    )]
    note: Option<Option<String>>,
}

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "Closed")]
struct Closed {}

#[derive(Clone, Command, Serialize)]
#[command(name = "Place", emits(Placed, Closed))]
struct PlaceOrder {
    #[serde(rename = "what")]
    item: Item,
}

#[derive(Clone, Command, Serialize)]
#[command(emits(Closed))]
struct Close;

#[derive(Clone, Command, Serialize)]
#[command(emits(Closed))]
struct Touch {}

#[derive(Aggregate)]
#[aggregate(
    name = "order",
    id = OrderId,
    events(Placed: create, Closed),
    commands(PlaceOrder: new, Close, Touch: any),
    error = Infallible,
)]
struct Order;

impl Create<Placed> for Order {
    fn create(_: Placed) -> Self {
        Self
    }
}

impl Apply<Closed> for Order {
    fn apply(&mut self, _: Closed) {}
}

impl HandleNew<PlaceOrder> for Order {
    fn handle_new(_: PlaceOrder, _: &Context<Self>) -> Result<Emit<PlaceOrder>, Infallible> {
        Ok(Emit::nothing())
    }
}

impl Handle<Close> for Order {
    fn handle(&self, _: Close, _: &Context<Self>) -> Result<Emit<Close>, Infallible> {
        Ok(Emit::nothing())
    }
}

impl HandleAny<Touch> for Order {
    fn handle_any(
        _: Option<&Self>,
        _: Touch,
        _: &Context<Self>,
    ) -> Result<Emit<Touch>, Infallible> {
        Ok(Emit::nothing())
    }
}

/// It is data: known when the program is compiled.
const ORDER: AggregateDescription = Order::DESCRIPTION;

#[test]
fn an_aggregate_is_described_by_what_is_stored() {
    let described: serde_json::Value = serde_json::from_str(&ORDER.to_json()).unwrap();
    let expected = serde_json::json!({
        "name": "order",
        "id": "OrderId",
        "events": [
            {
                "name": "Order Placed",
                "version": 1,
                "creates": true,
                "fields": [
                    { "name": "firstItem", "type": "Item" },
                    { "name": "payment", "type": "Payment" },
                    { "name": "pair", "type": "Pair" },
                    { "name": "nothing", "type": "Nothing" },
                    { "name": "wrapped", "type": "Wrapped" },
                    { "name": "old", "type": "Money#2" },
                    { "name": "note", "type": "Option<Option<String>>" },
                ],
            },
            { "name": "Closed", "version": 1, "creates": false, "fields": [] },
        ],
        "commands": [
            {
                "name": "Place",
                "for": "new",
                "emits": ["Order Placed", "Closed"],
                "fields": [{ "name": "what", "type": "Item" }],
            },
            { "name": "Close", "for": "existing", "emits": ["Closed"], "fields": [] },
            { "name": "Touch", "for": "any", "emits": ["Closed"], "fields": [] },
        ],
        "types": {
            "Item": {
                "fields": [
                    { "name": "unitPrice", "type": "Money" },
                    { "name": "by currency", "type": "BTreeMap<String, Vec<Money>>" },
                    { "name": "statuses", "type": "BTreeSet<Status>" },
                    { "name": "parts", "type": "Vec<Item>" },
                    { "name": "wrappedIn", "type": "Option<Box<Parcel>>" },
                ],
            },
            "Money": { "newtype": "Decimal" },
            "Money#2": { "fields": [{ "name": "cents", "type": "i64" }] },
            "Nothing": {},
            "OrderId": { "newtype": "Uuid" },
            "Pair": { "items": ["u8", "i128"] },
            "Parcel": { "fields": [{ "name": "item", "type": "Item" }] },
            "Payment": {
                "union": [
                    { "name": "Cash" },
                    { "name": "Nothing", "fields": [] },
                    { "name": "gift card", "newtype": "Money" },
                    { "name": "Split", "items": ["Box<Payment>", "Box<Payment>"] },
                    { "name": "Card", "fields": [{ "name": "last 4", "type": "String" }] },
                ],
            },
            "Status": { "symbols": ["on-its-way", "open"] },
            "Wrapped": { "newtype": "f64" },
        },
    });
    assert_eq!(described, expected);
}

#[test]
fn the_text_is_in_the_order_of_declaration_and_ends_its_line() {
    let text = ORDER.to_json();
    let keys = ["name", "id", "events", "commands", "types"];
    let places = keys.map(|key| text.find(&format!("\n  \"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{text}");
    assert!(text.ends_with("}\n"));
    assert_eq!(text, ORDER.to_json());
}

#[test]
fn events_commands_and_values_are_described_alone_as_well() {
    assert_eq!(Placed::DESCRIPTION.fields.len(), 7);
    assert_eq!(PlaceOrder::DESCRIPTION.emits, ["Order Placed", "Closed"]);
    let Shape::Type(item) = Item::SHAPE else {
        panic!("an item is a type of the domain");
    };
    assert_eq!((item.name, item.module), ("Item", "describe"));
    let TypeKind::Struct(Content::Fields(fields)) = item.kind else {
        panic!("an item has fields");
    };
    assert!(matches!((fields[0].shape)(), Shape::Type(money) if money.name == "Money"));
}

/// A domain that has changed since it was first stored.
mod changed {
    use es_runtime::EventContext;
    use es_runtime::describe::EventRole;

    use super::*;

    #[derive(Serialize, Deserialize, Value)]
    enum Colour {
        #[serde(alias = "crimson", alias = "scarlet")]
        Red,
        Green,
    }

    #[derive(Serialize, Deserialize, Value)]
    enum Fuel {
        #[serde(alias = "petrol")]
        Oil {},
        Gas {},
    }

    #[derive(Aggregate)]
    #[aggregate(
        name = "lamp",
        id = u32,
        events(LampSold: create, LampBroken: retired, LampSplit: split),
        error = Infallible,
    )]
    struct Lamp;

    #[derive(Event, Serialize, Deserialize)]
    #[event(
        name = "LampSold",
        version = 3,
        reads_as = 2,
        from(LampSoldV2),
        was("Sold")
    )]
    struct LampSold {
        colour: Colour,
        fuel: Fuel,
    }

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "LampSold", version = 2, reads_as = 1, from(LampSoldV1))]
    struct LampSoldV2 {
        colour: Colour,
    }

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "LampSold")]
    struct LampSoldV1 {
        money: Money,
    }

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "LampBroken")]
    struct LampBroken {}

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "LampSplit")]
    struct LampSplit {}

    impl Upcast<LampSoldV1> for LampSoldV2 {
        fn upcast(_: LampSoldV1, _: &EventContext<'_>) -> Self {
            let colour = Colour::Red;
            Self { colour }
        }
    }

    impl Upcast<LampSoldV2> for LampSold {
        fn upcast(event: LampSoldV2, _: &EventContext<'_>) -> Self {
            Self {
                colour: event.colour,
                fuel: Fuel::Gas {},
            }
        }
    }

    impl Split<Lamp> for LampSplit {
        fn split(_: Self, _: &EventContext<'_>) -> Vec<LampEvent> {
            Vec::new()
        }
    }

    impl Create<LampSold> for Lamp {
        fn create(_: LampSold) -> Self {
            Self
        }
    }

    #[test]
    fn what_was_stored_before_is_described_beside_what_is_stored_today() {
        let json = Lamp::DESCRIPTION.to_json();
        let described: serde_json::Value = serde_json::from_str(&json).unwrap();
        let colour = serde_json::json!({ "name": "colour", "type": "Colour" });
        let expected = serde_json::json!([
            {
                "name": "LampSold",
                "version": 3,
                "creates": true,
                "fields": [colour, { "name": "fuel", "type": "Fuel" }],
                "was": ["Sold"],
                "reads_as": 2,
                "older": [
                    { "version": 2, "reads_as": 1, "fields": [colour] },
                    { "version": 1, "fields": [{ "name": "money", "type": "Money" }] },
                ],
            },
            { "name": "LampBroken", "version": 1, "creates": false, "fields": [], "role": "retired" },
            { "name": "LampSplit", "version": 1, "creates": false, "fields": [], "role": "split" },
        ]);
        assert_eq!(described["events"], expected);
        let types = serde_json::json!({
            "Colour": { "symbols": ["Red", "Green"], "was": { "crimson": "Red", "scarlet": "Red" } },
            "Fuel": {
                "union": [{ "name": "Oil", "fields": [] }, { "name": "Gas", "fields": [] }],
                "was": { "petrol": "Oil" },
            },
            "Money": { "newtype": "Decimal" },
        });
        assert_eq!(described["types"], types);
    }

    #[test]
    fn each_event_says_what_it_does_to_the_aggregate() {
        let events = Lamp::DESCRIPTION.events.iter();
        let roles: Vec<_> = events.map(|listed| listed.role).collect();
        let expected = [EventRole::Creates, EventRole::Retired, EventRole::Split];
        assert_eq!(roles, expected);
    }
}

/// Types that cannot be described stop nobody from deriving.
mod undescribed {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Foreign(u8);

    #[derive(Serialize, Deserialize, Value)]
    struct Holds {
        foreign: Foreign,
        flat: Option<Box<Holds>>,
    }

    #[derive(Serialize, Deserialize, Event)]
    #[event(name = "Happened")]
    struct Happened {
        foreign: Foreign,
        holds: Holds,
    }

    /// What serde is told to store in another form says by hand what that form is.
    #[derive(Clone, Serialize, Deserialize, Value)]
    #[serde(into = "String", from = "String")]
    struct Shouted(String);

    impl From<String> for Shouted {
        fn from(text: String) -> Self {
            Self(text.to_lowercase())
        }
    }

    impl From<Shouted> for String {
        fn from(text: Shouted) -> Self {
            text.0.to_uppercase()
        }
    }

    impl Describe for Shouted {
        const SHAPE: Shape = String::SHAPE;
    }

    #[derive(Serialize, Deserialize, Value)]
    struct Letter {
        text: Shouted,
    }

    #[test]
    fn a_description_by_hand_takes_the_place_of_the_derived_one() {
        let Shape::Type(letter) = Letter::SHAPE else {
            panic!("a letter is a type of the domain");
        };
        let TypeKind::Struct(Content::Fields(fields)) = letter.kind else {
            panic!("a letter has fields");
        };
        assert!(matches!((fields[0].shape)(), Shape::Leaf("String")));
    }
}
