//! An order whose events have lived through several releases, and what is folded from them.

use std::convert::Infallible;

use es_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub struct OrderId(String);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[aggregate(
    name = "order",
    id = OrderId,
    events(
        OrderPlaced: create,
        OrderShippedV1: split,
        OrderShipped,
        OrderPaid,
        OrderReturned: split,
        ItemsReturned,
        OrderNoted: retired,
        ItemCounted,
        OrderWeighed,
    ),
    commands(PlaceOrder: new, PayOrder),
    error = Infallible,
    snapshot(every = 2),
)]
pub struct Order {
    pub items: Vec<String>,
    pub placed_by: String,
    pub carrier: Option<String>,
    pub paid: i64,
    pub returned: u32,
    pub counted: Vec<u32>,
    pub grams: u32,
}

/// Renamed with its third version.
#[derive(Clone, Debug, PartialEq, Event, Serialize, Deserialize)]
#[event(
    name = "OrderPlaced",
    version = 3,
    reads_as = 2,
    from(OrderPlacedV2),
    was("OrderMade")
)]
pub struct OrderPlaced {
    pub items: Vec<String>,
    pub placed_by: String,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "OrderPlaced", version = 2, from(OrderPlacedV1))]
pub struct OrderPlacedV2 {
    pub items: Vec<String>,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "OrderPlaced")]
pub struct OrderPlacedV1 {
    pub item: String,
}

impl Upcast<OrderPlacedV1> for OrderPlacedV2 {
    fn upcast(event: OrderPlacedV1, _: &EventContext<'_>) -> Self {
        let items = vec![event.item];
        Self { items }
    }
}

impl Upcast<OrderPlacedV2> for OrderPlaced {
    fn upcast(event: OrderPlacedV2, cx: &EventContext<'_>) -> Self {
        Self {
            items: event.items,
            placed_by: cx.actor().unwrap_or("nobody").to_owned(),
        }
    }
}

/// One of the events that it was split into.
#[derive(Clone, Debug, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "OrderShipped", version = 2, split(OrderShippedV1))]
pub struct OrderShipped {
    pub carrier: String,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "OrderShipped", version = 1)]
pub struct OrderShippedV1 {
    pub carrier: String,
    pub paid: i64,
}

impl Split<Order> for OrderShippedV1 {
    fn split(event: Self, _: &EventContext<'_>) -> Vec<OrderEvent> {
        let (carrier, amount) = (event.carrier, event.paid);
        vec![OrderShipped { carrier }.into(), OrderPaid { amount }.into()]
    }
}

#[derive(Clone, Debug, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "OrderPaid")]
pub struct OrderPaid {
    pub amount: i64,
}

/// None of the events that it was split into, in its second version.
#[derive(Event, Serialize, Deserialize)]
#[event(
    name = "OrderReturned",
    version = 2,
    from(OrderReturnedV1),
    was("OrderGivenBack")
)]
pub struct OrderReturned {
    pub items: u32,
    pub refund: i64,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "OrderReturned", version = 1)]
pub struct OrderReturnedV1 {
    pub items: u32,
}

impl Upcast<OrderReturnedV1> for OrderReturned {
    fn upcast(event: OrderReturnedV1, _: &EventContext<'_>) -> Self {
        Self {
            items: event.items,
            refund: 0,
        }
    }
}

impl Split<Order> for OrderReturned {
    fn split(event: Self, _: &EventContext<'_>) -> Vec<OrderEvent> {
        let amount = -event.refund;
        vec![
            ItemsReturned { items: event.items }.into(),
            OrderPaid { amount }.into(),
        ]
    }
}

#[derive(Clone, Debug, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "ItemsReturned")]
pub struct ItemsReturned {
    pub items: u32,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "OrderNoted", was("OrderRemarked"))]
pub struct OrderNoted {
    pub note: String,
}

/// What it is the how manieth of, it did not say at first.
#[derive(Clone, Debug, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "ItemCounted", version = 2, from(ItemCountedV1), earlier)]
pub struct ItemCounted {
    pub count: u32,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "ItemCounted")]
pub struct ItemCountedV1 {}

impl Upcast<ItemCountedV1> for ItemCounted {
    fn upcast(_: ItemCountedV1, cx: &EventContext<'_>) -> Self {
        let earlier: Vec<Self> = cx.earlier_of();
        Self {
            count: earlier.last().map_or(0, |last| last.count) + 1,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "OrderWeighed", version = 2, from(OrderWeighedV1))]
pub struct OrderWeighed {
    pub grams: u32,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "OrderWeighed")]
pub struct OrderWeighedV1 {
    pub kilograms: u32,
}

impl Upcast<OrderWeighedV1> for OrderWeighed {
    fn upcast(event: OrderWeighedV1, _: &EventContext<'_>) -> Self {
        let grams = event.kilograms.checked_mul(1000).expect("a weight");
        Self { grams }
    }
}

#[derive(Clone, Command, Serialize)]
#[command(emits(OrderPlaced))]
pub struct PlaceOrder {
    pub items: Vec<String>,
}

#[derive(Clone, Command, Serialize)]
#[command(emits(OrderPaid))]
pub struct PayOrder {
    pub amount: i64,
}

impl HandleNew<PlaceOrder> for Order {
    fn handle_new(command: PlaceOrder, _: &Context<Self>) -> Result<Emit<PlaceOrder>, Infallible> {
        Ok(emit(OrderPlaced {
            items: command.items,
            placed_by: "somebody".into(),
        }))
    }
}

impl Handle<PayOrder> for Order {
    fn handle(&self, command: PayOrder, _: &Context<Self>) -> Result<Emit<PayOrder>, Infallible> {
        let amount = command.amount;
        Ok(emit(OrderPaid { amount }))
    }
}

impl Create<OrderPlaced> for Order {
    fn create(event: OrderPlaced) -> Self {
        Self {
            items: event.items,
            placed_by: event.placed_by,
            ..Self::default()
        }
    }
}

impl Apply<OrderShipped> for Order {
    fn apply(&mut self, event: OrderShipped) {
        self.carrier = Some(event.carrier);
    }
}

impl Apply<OrderPaid> for Order {
    fn apply(&mut self, event: OrderPaid) {
        self.paid += event.amount;
    }
}

impl Apply<ItemsReturned> for Order {
    fn apply(&mut self, event: ItemsReturned) {
        self.returned += event.items;
    }
}

impl Apply<ItemCounted> for Order {
    fn apply(&mut self, event: ItemCounted) {
        self.counted.push(event.count);
    }
}

impl Apply<OrderWeighed> for Order {
    fn apply(&mut self, event: OrderWeighed) {
        self.grams = event.grams;
    }
}

/// Everything that a row can be told of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(
    name = "Summary",
    key(order),
    on_error(park),
    events(OrderPlaced: insert, OrderShipped, OrderPaid, ItemCounted, OrderWeighed)
)]
pub struct Summary {
    pub order: OrderId,
    pub items: Vec<String>,
    pub placed_by: String,
    pub carrier: Option<String>,
    pub paid: i64,
    pub counted: Vec<u32>,
    pub grams: u32,
}

impl Insert<OrderPlaced> for Summary {
    fn insert(order: OrderId, event: OrderPlaced, _: &EventContext<'_>) -> Self {
        Self {
            order,
            items: event.items,
            placed_by: event.placed_by,
            carrier: None,
            paid: 0,
            counted: Vec::new(),
            grams: 0,
        }
    }
}

impl Project<OrderShipped> for Summary {
    fn project(&mut self, event: OrderShipped, _: &EventContext<'_>) {
        self.carrier = Some(event.carrier);
    }
}

impl Project<OrderPaid> for Summary {
    fn project(&mut self, event: OrderPaid, _: &EventContext<'_>) {
        self.paid += event.amount;
    }
}

impl Project<ItemCounted> for Summary {
    fn project(&mut self, event: ItemCounted, _: &EventContext<'_>) {
        self.counted.push(event.count);
    }
}

impl Project<OrderWeighed> for Summary {
    fn project(&mut self, event: OrderWeighed, _: &EventContext<'_>) {
        self.grams = event.grams;
    }
}

/// What was paid, and when: of a single event, which others are split into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(name = "Payments", key(order), events(OrderPaid: upsert))]
pub struct Payments {
    pub order: OrderId,
    pub amounts: Vec<i64>,
    pub versions: Vec<u64>,
}

impl NewRow<OrderPaid> for Payments {
    fn new_row(order: OrderId, _: &OrderPaid, _: &EventContext<'_>) -> Self {
        Self {
            order,
            amounts: Vec::new(),
            versions: Vec::new(),
        }
    }
}

impl Project<OrderPaid> for Payments {
    fn project(&mut self, event: OrderPaid, cx: &EventContext<'_>) {
        self.amounts.push(event.amount);
        self.versions.push(cx.version().get());
    }
}
