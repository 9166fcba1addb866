//! Rules of newtypes: a command that holds an invalid value is refused before it is decided, wherever the value stands;
//! an event that holds one is read.

use std::collections::{BTreeMap, BTreeSet};

use es_runtime::prelude::*;
use es_runtime::testing::{Answered, given};
use es_runtime::{
    Checked, CommandRecord, Commit, EventName, Expected, Fingerprint, Invalid, MemoryStore, Name,
    NewEvent, StreamWrite, Transaction,
};
use serde::{Deserialize, Serialize};

#[derive(Id)]
#[id(check = value.len() <= 8)]
struct OrderId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(number, check = value.scale() <= 2)]
struct Money(Decimal);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(text, check = !value.is_empty())]
struct Currency(String);

/// Without a rule of its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(number)]
struct Weight(f64);

/// Without a rule: checked as the list of money that it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(transparent)]
struct Instalments(Vec<Money>);

/// With a rule of its own beside the rule of what is inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(check = value.len() <= 2)]
struct Pair(#[value(check)] Vec<Money>);

/// Its rule panics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(text, check = value.chars().nth(7).unwrap() == '!')]
struct Exclamation(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Value)]
enum Status {
    Open,
    Shipped,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(rename_all = "camelCase")]
struct Item {
    sku: String,
    #[value(check)]
    unit_price: Money,
    #[value(check)]
    #[serde(rename = "at a discount")]
    discount: Option<Money>,
    #[value(check)]
    parts: Vec<Item>,
    #[value(check)]
    wrapped_in: Option<Box<Item>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(rename_all_fields = "camelCase")]
enum Payment {
    Cash {},
    Card {
        last4: String,
        #[value(check)]
        credit_limit: Money,
    },
    #[serde(rename = "gift card")]
    Voucher(#[value(check)] Money),
    Split(#[value(check)] Box<Payment>, #[value(check)] Box<Payment>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(tag = "by", content = "details")]
enum Refund {
    Transfer {
        #[value(check)]
        amount: Money,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(tag = "of")]
enum Reminder {
    Fee {
        #[value(check)]
        fee: Money,
    },
}

/// Its fields lie among those of the command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
struct Totals {
    #[value(check)]
    total: Money,
}

#[derive(Debug, Clone, PartialEq, Command, Serialize, Deserialize)]
#[command(emits(Changed))]
#[serde(rename_all = "camelCase")]
struct Change {
    #[command(check)]
    item: Item,
    #[command(check)]
    more_items: Vec<Item>,
    #[command(check)]
    prices: BTreeMap<Currency, Money>,
    #[command(check)]
    weights: BTreeMap<Status, Vec<Weight>>,
    #[command(check)]
    by_status: BTreeMap<Status, BTreeMap<u32, Money>>,
    #[command(check)]
    amounts: BTreeSet<Money>,
    #[command(check)]
    payment: Payment,
    #[command(check)]
    refund: Option<Refund>,
    #[command(check)]
    reminder: Option<Reminder>,
    #[command(check)]
    instalments: Instalments,
    #[command(check)]
    pair: Pair,
    #[command(check)]
    #[serde(flatten)]
    totals: Totals,
    #[command(check)]
    other: Option<OrderId>,
    /// Not marked, so not looked into.
    internal: Money,
}

#[derive(Debug, Clone, PartialEq, Aggregate)]
#[aggregate(
    name = "order",
    id = OrderId,
    events(Made: create, Changed),
    commands(Make: new, Change, Shout: any),
    error = std::convert::Infallible,
)]
struct Order {
    price: Money,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "made")]
struct Made {
    price: Money,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "changed")]
struct Changed {}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Made))]
struct Make {
    #[command(check)]
    price: Money,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Made))]
struct Shout {
    #[command(check)]
    text: Exclamation,
}

impl Create<Made> for Order {
    fn create(event: Made) -> Self {
        Self { price: event.price }
    }
}

impl Apply<Changed> for Order {
    fn apply(&mut self, _: Changed) {}
}

type Answer<C> = Result<Emit<C>, std::convert::Infallible>;

impl HandleNew<Make> for Order {
    fn handle_new(command: Make, _: &Context<Self>) -> Answer<Make> {
        Ok(emit(Made {
            price: command.price,
        }))
    }
}

impl Handle<Change> for Order {
    fn handle(&self, _: Change, _: &Context<Self>) -> Answer<Change> {
        Ok(emit(Changed {}))
    }
}

impl HandleAny<Shout> for Order {
    fn handle_any(_: Option<&Self>, _: Shout, _: &Context<Self>) -> Answer<Shout> {
        Ok(Emit::nothing())
    }
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn item(price: &str) -> Item {
    Item {
        sku: "A1".into(),
        unit_price: money(price),
        discount: None,
        parts: vec![],
        wrapped_in: None,
    }
}

fn change() -> Change {
    Change {
        item: item("1.00"),
        more_items: vec![item("2.00"), item("3.00")],
        prices: BTreeMap::from([(Currency::from("EUR"), money("1"))]),
        weights: BTreeMap::from([(Status::Shipped, vec![Weight(1.5)])]),
        by_status: BTreeMap::from([(Status::Open, BTreeMap::from([(7, money("1"))]))]),
        amounts: BTreeSet::from([money("1")]),
        payment: Payment::Cash {},
        refund: None,
        reminder: None,
        instalments: Instalments(vec![money("1")]),
        pair: Pair(vec![]),
        totals: Totals {
            total: money("1.00"),
        },
        other: None,
        internal: money("0.0001"),
    }
}

fn bad() -> Money {
    money("1.005")
}

/// What is said about a change that `spoil` has spoilt.
fn refusal(spoil: impl FnOnce(&mut Change)) -> String {
    let mut change = change();
    spoil(&mut change);
    change.check().unwrap_err().to_string()
}

#[track_caller]
fn check(path: &str, spoil: impl FnOnce(&mut Change)) {
    assert_eq!(refusal(spoil), format!("`{path}` may not be 1.005"));
}

#[test]
fn nothing_is_wrong_with_valid_values_and_fields_without_a_mark() {
    assert_eq!(change().check(), Ok(()));
}

#[test]
fn an_invalid_value_is_found_in_every_position_and_told_by_stored_names() {
    check("item.unitPrice", |c| c.item.unit_price = bad());
    check("item.at a discount", |c| c.item.discount = Some(bad()));
    check("moreItems[1].unitPrice", |c| {
        c.more_items[1].unit_price = bad();
    });
    check("item.parts[0].parts[1].unitPrice", |c| {
        let mut part = item("1");
        part.parts = vec![item("1"), item("1.005")];
        c.item.parts = vec![part];
    });
    check("item.wrappedIn.wrappedIn.unitPrice", |c| {
        let mut paper = item("1");
        paper.wrapped_in = Some(Box::new(item("1.005")));
        c.item.wrapped_in = Some(Box::new(paper));
    });
    check("prices.EUR", |c| {
        c.prices.insert("EUR".into(), bad());
    });
    check("byStatus.Open.7", |c| {
        c.by_status
            .insert(Status::Open, BTreeMap::from([(7, bad())]));
    });
    check("amounts[1]", |c| {
        c.amounts.insert(bad());
    });
    check("instalments[1]", |c| c.instalments.0.push(bad()));
    check("pair[0]", |c| c.pair.0.push(bad()));
    check("total", |c| c.totals.total = bad());
}

#[test]
fn a_key_of_a_map_is_told_as_one() {
    let refusal = refusal(|c| {
        c.prices.insert("".into(), money("1"));
    });
    assert_eq!(refusal, "`prices[key]` may not be empty");
}

#[test]
fn inside_of_a_union_the_path_is_that_of_the_stored_text() {
    let card = |credit_limit| Payment::Card {
        last4: "1234".into(),
        credit_limit,
    };
    check("payment.Card.creditLimit", |c| c.payment = card(bad()));
    check("payment.gift card", |c| {
        c.payment = Payment::Voucher(bad());
    });
    check("payment.Split[1].Card.creditLimit", |c| {
        c.payment = Payment::Split(Box::new(Payment::Cash {}), Box::new(card(bad())));
    });
    check("refund.details.amount", |c| {
        c.refund = Some(Refund::Transfer { amount: bad() });
    });
    check("reminder.fee", |c| {
        c.reminder = Some(Reminder::Fee { fee: bad() });
    });
}

#[test]
fn a_newtype_that_is_neither_number_nor_text_tells_its_json() {
    let refusal = refusal(|c| c.pair.0 = vec![money("1"), money("2"), money("3")]);
    assert_eq!(refusal, r#"`pair` may not be ["1","2","3"]"#);
}

#[test]
fn an_id_is_checked_where_it_is_a_field() {
    let refusal = refusal(|c| c.other = Some("123456789".into()));
    assert_eq!(refusal, "`other` may not be 123456789");
}

fn app() -> App<MemoryStore> {
    App::new(MemoryStore::new())
}

fn id() -> OrderId {
    OrderId::from("order-1")
}

fn spoilt() -> Change {
    Change {
        item: item("1.005"),
        ..change()
    }
}

#[tokio::test]
async fn a_command_with_an_invalid_value_is_refused_before_anything_else() {
    // Nothing is there: had the aggregate been asked, the answer would be `Missing`.
    let error = app().execute(&id(), spoilt()).await.unwrap_err();
    let ExecuteError::Invalid(invalid) = &error else {
        panic!("{error}");
    };
    assert_eq!(invalid.field, "item.unitPrice");
    assert_eq!(invalid.value, "1.005");
    assert_eq!(error.to_string(), "`item.unitPrice` may not be 1.005");
}

#[tokio::test]
async fn the_enum_of_all_commands_is_checked_as_the_command_in_it() {
    let command = OrderCommand::from(spoilt());
    let error = app().execute(&id(), command).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Invalid(_)), "{error}");
}

#[tokio::test]
async fn a_transaction_with_an_invalid_command_stores_nothing() {
    let app = app();
    let decide = |mut tx: Transaction<MemoryStore>| async move {
        let valid = Make { price: money("1") };
        tx.execute::<_, std::convert::Infallible>(&id(), valid)
            .await?;
        tx.execute(&id(), spoilt()).await
    };
    let error = app.transact(decide).await.unwrap_err();
    assert_eq!(error.to_string(), "`item.unitPrice` may not be 1.005");
    assert_eq!(app.load::<Order>(&id()).await.unwrap().state, None);
}

#[tokio::test]
async fn an_id_is_checked_where_a_command_may_make_the_aggregate() {
    let long = OrderId::from("order-123456");
    let error = app()
        .execute(&long, Make { price: money("1") })
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "`id` may not be order-123456");
    let error = app().execute(&long, change()).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Missing { .. }), "{error}");
}

#[tokio::test]
async fn a_check_that_panics_is_told_like_any_rule() {
    let short = Shout { text: "hey".into() };
    let error = app().execute(&id(), short.clone()).await.unwrap_err();
    assert!(
        error.to_string().starts_with(
            "a rule of `Shout` panicked on order/order-1 at no version: called `Option::unwrap()`"
        ),
        "{error}"
    );
    let decide = |mut tx: Transaction<MemoryStore>| {
        let short = short.clone();
        async move {
            tx.execute::<_, std::convert::Infallible>(&id(), short)
                .await
        }
    };
    let error = app().transact(decide).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Panicked(_)), "{error}");
}

/// Stores an event that no command of today may lead to.
async fn store_unchecked(app: &App<MemoryStore>, command: Option<CommandId>) {
    let encoded = OrderEvent::from(Made { price: bad() }).encode().unwrap();
    let event = NewEvent {
        id: Uuid::from_u128(1).into(),
        name: EventName::from_static(encoded.name),
        schema: encoded.schema,
        reads_as: encoded.reads_as,
        codec: encoded.codec,
        occurred_at: Timestamp::EPOCH,
        tags: encoded.tags,
        body: encoded.body,
    };
    let command = command.map(|id| record(id, &Make { price: bad() }));
    let write = StreamWrite {
        stream: Order::stream(&id()),
        expected: Expected::as_loaded(None),
        events: vec![event],
    };
    let commit = Commit {
        writes: vec![write],
        guard: None,
        command,
        metadata: Metadata::default(),
    };
    app.store().append(commit).await.unwrap();
}

/// What an earlier release, to which the value was valid, has remembered of its command.
fn record(id: CommandId, command: &Make) -> CommandRecord {
    let body = command.encode().unwrap();
    let parts = [b"Make".as_slice(), b"order", b"order-1", &body];
    CommandRecord {
        id,
        name: Name::from_static("Make"),
        fingerprint: Fingerprint::of(&parts),
        body,
    }
}

#[tokio::test]
async fn an_event_with_an_invalid_value_is_read() {
    let app = app();
    store_unchecked(&app, None).await;
    let order = app.load::<Order>(&id()).await.unwrap().state.unwrap();
    assert_eq!(order.price, bad());
    app.execute(&id(), change()).await.unwrap();
}

#[tokio::test]
async fn a_command_that_was_carried_out_before_its_check_became_stricter_is_answered_as_then() {
    let app = app();
    let command = CommandId::from_name("make order-1");
    store_unchecked(&app, Some(command)).await;
    let options = ExecuteOptions::new().command_id(command);
    let again = app
        .execute_with(&id(), Make { price: bad() }, options)
        .await
        .unwrap();
    assert!(again.receipt.repeated);
    assert_eq!(again.events, [Made { price: bad() }.into()]);

    let options = ExecuteOptions::new().command_id(CommandId::from_name("another"));
    let first = app
        .execute_with(&id(), Make { price: bad() }, options)
        .await;
    assert!(matches!(first, Err(ExecuteError::Invalid(_))));
}

fn made() -> [OrderEvent; 1] {
    [Made { price: money("1") }.into()]
}

fn asked(command: Change) -> Answered<Order> {
    given::<Order>(made()).when(command)
}

#[test]
fn an_example_says_which_field_is_invalid() {
    asked(spoilt())
        .then_invalid("item.unitPrice")
        .then_state(|order| assert_eq!(order.price, money("1")));
    asked(spoilt()).then_invalid_somewhere();
    asked(change()).then([Changed {}.into()]);
    given::<Order>([])
        .id("order-123456".into())
        .when(Make { price: money("1") })
        .then_invalid("id");
}

#[test]
fn an_example_that_does_not_hold_is_told() {
    let message = |test: fn()| {
        let panic = std::panic::catch_unwind(test).expect_err("a test that fails");
        *panic.downcast::<String>().unwrap()
    };
    assert_eq!(
        message(|| _ = asked(spoilt()).then_invalid("item")),
        "expected the refusal of an invalid `item`, but the command holds an invalid value: `item.unitPrice` may not be 1.005"
    );
    assert_eq!(
        message(|| _ = asked(spoilt()).then_missing()),
        "expected the refusal that it does not exist, but the command holds an invalid value: `item.unitPrice` may not be 1.005"
    );
    let granted = message(|| _ = asked(change()).then_invalid_somewhere());
    assert!(
        granted
            .starts_with("expected the refusal of an invalid value, but the command was granted"),
        "{granted}"
    );
}

#[test]
fn an_error_keeps_its_value_when_the_reason_of_the_aggregate_is_mapped() {
    let invalid = Checked::check(&bad()).unwrap_err();
    let error: ExecuteError<std::convert::Infallible> = invalid.clone().in_field("price").into();
    let mapped = error.map_rejection(|never| -> std::fmt::Error { match never {} });
    assert!(matches!(mapped, ExecuteError::Invalid(Invalid { field, .. }) if field == "price"));
}
