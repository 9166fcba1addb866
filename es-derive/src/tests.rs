//! What each derive expands to, for reading: the input stands above the expansion.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::derive;

type Derive = fn(&DeriveInput) -> TokenStream;

#[track_caller]
fn check(name: &str, derive: Derive, input: &str) {
    let parsed = syn::parse_str(input).expect("the input is Rust");
    let file = syn::parse2(derive(&parsed)).expect("the expansion is Rust");
    let expansion = prettyplease::unparse(&file);
    insta::with_settings!({ description => input, omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, expansion);
    });
}

#[test]
fn aggregate() {
    check(
        "aggregate",
        derive::aggregate,
        r#"#[aggregate(
    name = "account",
    id = AccountId,
    events(AccountOpened: create, events::MoneyDeposited),
    commands(OpenAccount: new, commands::DepositMoney, Close: any),
    error = AccountError,
)]
pub struct Account {
    balance: u64,
}"#,
    );
}

#[test]
fn event() {
    check(
        "event",
        derive::event,
        r#"#[event(name = "Order Shipped", tags(carrier, shipped_at, day = event.shipped_at.date_utc()))]
#[serde(rename_all = "camelCase")]
pub struct OrderShipped {
    #[serde(rename = "by")]
    carrier: String,
    shipped_at: Timestamp,
}"#,
    );
}

#[test]
fn event_under_another_path() {
    check(
        "event_under_another_path",
        derive::event,
        r#"#[event(name = "AccountClosed", crate = my::framework)]
struct AccountClosed {}"#,
    );
}

#[test]
fn event_of_a_later_version() {
    check(
        "event_of_a_later_version",
        derive::event,
        r#"#[event(
    name = "OrderShipped",
    version = 3,
    reads_as = 2,
    from(history::OrderShippedV2),
    was("OrderSent", "OrderGone"),
)]
struct OrderShipped { carrier: String }"#,
    );
}

#[test]
fn event_whose_hop_looks_at_earlier_ones() {
    check(
        "event_whose_hop_looks_at_earlier_ones",
        derive::event,
        r#"#[event(name = "ItemAdded", version = 2, from(ItemAddedV1), earlier)]
struct ItemAdded {}"#,
    );
}

#[test]
fn event_that_another_is_split_into() {
    check(
        "event_that_another_is_split_into",
        derive::event,
        r#"#[event(name = "OrderShipped", version = 2, split(OrderShippedV1))]
struct OrderShipped {}"#,
    );
}

#[test]
fn aggregate_with_events_that_are_only_read() {
    check(
        "aggregate_with_events_that_are_only_read",
        derive::aggregate,
        r#"#[aggregate(
    name = "order",
    id = OrderId,
    events(OrderPlaced: create, OrderNoted: retired, history::OrderShippedV1: split),
    error = OrderError,
    snapshot(every = 100),
)]
struct Order {}"#,
    );
}

#[test]
fn command() {
    check(
        "command",
        derive::command,
        "#[command(emits(MoneyWithdrawn, events::AccountClosed))]
struct WithdrawMoney { amount: Decimal }",
    );
}

#[test]
fn projection() {
    check(
        "projection",
        derive::projection,
        r#"#[projection(
    name = "OrderSummary",
    key(order_id), // The columns that tell one row from another.
    index(customer),
    index(r#type, customer),
    revision = 2,
    rules = "5f3c",
    on_error(retry(3)),
    events(
        super::order::OrderPlaced in super::order::Order: insert,
        ItemAdded,
        OrderShipped: upsert(at),
        OrderCancelled: delete,
        OrderSplit in super::order::Order: rows,
        events::OrderMoved as read::OrderMoved in super::order::Order: update(at),
        OrderClosed as read::OrderClosed: rows,
    ),
)]
#[serde(rename_all = "camelCase")]
pub struct OrderSummary {
    pub order_id: OrderId,
    pub customer: CustomerId,
    pub r#type: Option<String>,
}"#,
    );
}

#[test]
fn the_key_of_a_projection_may_be_several_columns() {
    check(
        "the_key_is_several_columns",
        derive::projection,
        r#"#[projection(name = "Sales", key(day, customer), events(OrderShipped: upsert(at)))]
struct Sales { day: Date, customer: CustomerId, orders: u64 }"#,
    );
}

#[test]
fn id() {
    check("id", derive::id, "pub struct AccountId(Uuid);");
}

#[test]
fn number() {
    check(
        "number",
        derive::value,
        "#[value(number)]
pub struct Money(Decimal);",
    );
}

#[test]
fn text() {
    check(
        "text",
        derive::value,
        "#[value(text)]
pub struct Iban(String);",
    );
}

#[test]
fn symbols() {
    check(
        "symbols",
        derive::value,
        r#"#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    #[serde(alias = "sent")]
    OnItsWay,
    #[serde(rename(serialize = "called off", deserialize = "cancelled"), alias = "called off")]
    Cancelled,
}"#,
    );
}

#[test]
fn a_value_of_several_parts_gets_no_more_than_the_trait() {
    check(
        "a_value_of_several_parts",
        derive::value,
        "pub struct OrderItem { sku: String, quantity: u32 }",
    );
}

#[test]
fn checks_of_a_newtype() {
    check(
        "checks_of_a_newtype",
        derive::value,
        "#[value(check = value.len() <= 3)]
pub struct Prices(#[value(check)] pub Vec<Money>);",
    );
}

#[test]
fn checks_of_a_union() {
    check(
        "checks_of_a_union",
        derive::value,
        r#"#[serde(rename_all_fields = "camelCase")]
pub enum Payment {
    Cash {},
    Card {
        last4: String,
        #[value(check)]
        credit_limit: Money,
        #[value(check)]
        fee: Option<Money>,
    },
    #[serde(rename = "gift card")]
    Voucher(#[value(check)] Money),
}"#,
    );
}

#[test]
fn checks_of_a_command() {
    check(
        "checks_of_a_command",
        derive::command,
        r#"#[command(emits(ItemAdded))]
pub struct AddItem {
    #[command(check)]
    #[serde(rename = "article")]
    item: OrderItem,
    note: String,
}"#,
    );
}

#[test]
fn mistakes_stand_beside_a_fallback() {
    check(
        "mistakes_in_an_aggregate",
        derive::aggregate,
        r#"#[aggregate(
    nmae = "account",
    id = AccountId,
    events(AccountOpened: create, MoneyDeposited, MoneyDeposited),
    commands(OpenAccount: newly),
    snapshot(every = 100),
)]
enum Account {}"#,
    );
}

#[test]
fn a_projection_with_mistakes_is_folded_from_nothing() {
    check(
        "mistakes_in_a_projection",
        derive::projection,
        r#"#[projection(
    name = "Sales",
    key(day, customr),
    indx(orders, orders),
    index(),
    index(orders),
    index(orders),
    on_error(retry(0)),
    events(OrderShipped, OrderShipped: upsert(on), ItemAdded: change),
)]
struct Sales {
    day: Date,
    customer: CustomerId,
    #[serde(skip)]
    orders: u64,
}"#,
    );
}

#[test]
fn a_command_with_mistakes_may_emit_anything() {
    check(
        "mistakes_in_a_command",
        derive::command,
        "#[command(emits())]
struct WithdrawMoney {}",
    );
}

#[test]
fn one_mistake_is_one_error() {
    const AGGREGATE: &str = r#"name = "a", id = u8, error = E"#;
    let aggregates = [
        "events(A = create, B), commands(C: new)",
        "events(A => create, B), commands(C: new)",
        "events(A(create), B), commands(C: new)",
        "events(A create, B), commands(C: new)",
        r#"events(A: "create", B), commands(C: new)"#,
        "events(A: 5, B), commands(C: new)",
        "events(A = 5, B), commands(C: new)",
        "events(A(), B), commands(C: new)",
        "events(A: create: split, B), commands(C: new)",
        "events(A: create B), commands(C: new)",
        "events(A: create; B), commands(C: new)",
        "events(A: create, B); commands(C: new)",
        "events(A: create, B) commands(C: new)",
        "events = [A, B], commands(C: new)",
        "events: [A, B], commands(C: new)",
        "events { A, B }, commands(C: new)",
        "events = A, commands(C: new)",
        "events = a + b, commands(C: new)",
        "events, commands(C: new)",
        "events(Vec<A>), commands(C: new)",
        "events(A<B>), commands(C: new)",
        r#"events("A"), commands(C: new)"#,
        r#"events("an event"), commands(C: new)"#,
        "events(&A), commands(C: new)",
        "events(A: create), commands(C = new)",
        "events(A: create), snapshot(10)",
        r#"events(A: create), snapshot(every = "10")"#,
        "events(A: create), snapshot(every = ten)",
        "events(A: create), snapshot(every)",
        "events(A: create), snapshot = 10",
        "events(A: create), snapshot",
        r#"events(A: create), revision = "2""#,
        r#"events(A: create), crate = "es_runtime""#,
        "events(A: create), rules = abc",
        "events(SEvent: create, B)",
        "events(A: create, self::SEvent)",
        "events(A: create), commands(SCommand)",
        "events(A: create), commands(SEvent)",
    ];
    for keys in aggregates {
        one_error(
            derive::aggregate,
            &format!("#[aggregate({AGGREGATE}, {keys})] struct S;"),
        );
    }
    let cases: [(Derive, &[&str]); 6] = [
        (
            derive::aggregate,
            &[
                "#[aggregate] struct S;",
                r#"#[aggregate = "a"] struct S;"#,
                r#"#[aggregate(name = "a", id = "u8", events(A: create), error = E)] struct S;"#,
                r#"#[aggregate(name = "a", id(u8), events(A: create), error = E)] struct S;"#,
                r#"#[aggregate(name = a, id = u8, events(A: create), error = E)] struct S;"#,
                r#"#[aggregate] #[aggregate(name = "a", id = u8, events(A: create), error = E)] struct S;"#,
            ],
        ),
        (
            derive::event,
            &[
                "#[event] struct S {}",
                r#"#[event = "s"] struct S {}"#,
                "#[event(name = s)] struct S {}",
                "#[event(name = s-t)] struct S {}",
                "#[event(name = )] struct S {}",
                r#"#[event(name: "s")] struct S {}"#,
                r#"#[event(name = "s", version = "2", from(T))] struct S {}"#,
                r#"#[event(name = "s", version = two, reads_as = 2, from(T))] struct S {}"#,
                r#"#[event(name = "s", version(2), split(T))] struct S {}"#,
                r#"#[event(name = "s", version = 2, from("T"))] struct S {}"#,
                r#"#[event(name = "s", version = 2, from(5))] struct S {}"#,
                r#"#[event(name = "s", version = 2, from = T)] struct S {}"#,
                r#"#[event(name = "s", version = 2, from(T), earlier(U))] struct S {}"#,
                r#"#[event(name = "s", was = "t")] struct S {}"#,
                r#"#[event(name = "s", tags = [a])] struct S { a: u8 }"#,
            ],
        ),
        (
            derive::command,
            &[
                "#[command] struct S {}",
                r#"#[command(emits("A"))] struct S {}"#,
                "#[command(emits(Vec<A>))] struct S {}",
                "#[command(emits = A)] struct S {}",
                "#[command(emits(A)) ] struct S { #[command] a: u8 }",
                "#[command(emits(A))] struct S { #[command(check = true)] a: u8 }",
            ],
        ),
        (
            derive::projection,
            &[
                "#[projection] struct S { a: u8 }",
                r#"#[projection(name = "s", key("a"), events(A: insert, B))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(1), events(A: insert, B))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key = a, events(A: insert, B))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(a b), events(A: upsert(at)))] struct S { a: u8, b: u8 }"#,
                r#"#[projection(name = "s", key(a); events(A: insert))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(a), index("b"), events(A: insert))] struct S { a: u8, b: u8 }"#,
                r#"#[projection(name = "s", key(a), events(A = insert, B))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(a), events(A: upsert("at")))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(a), events(A in "B": insert))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(a), on_error("park"), events(A: insert))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(a), on_error = park, events(A: insert))] struct S { a: u8 }"#,
                r#"#[projection(name = "s", key(a), events(A: insert))] struct S(u8);"#,
                r#"#[projection(name = "s", key(a), events(A: insert))] enum S {}"#,
                r#"#[projection(name = "s", key(), events(A: upsert(at)))] struct S;"#,
            ],
        ),
        (
            derive::id,
            &[
                "#[id] struct S(u8);",
                "#[id = 5] struct S(u8);",
                "#[id(check)] struct S(u8);",
            ],
        ),
        (
            derive::value,
            &[
                "#[value] struct S(u8);",
                "#[value(text = true)] struct S(String);",
                "#[value(number(u8))] struct S(u8);",
                "struct S { #[value(check(true))] a: u8 }",
            ],
        ),
    ];
    for (derive, inputs) in cases {
        for input in inputs {
            one_error(derive, input);
        }
    }
}

#[track_caller]
fn one_error(derive: Derive, input: &str) {
    let parsed = syn::parse_str(input).expect("the input is Rust");
    let expansion = derive(&parsed);
    let told = expansion.to_string().matches("compile_error").count();
    assert_eq!(told, 1, "{input}\n{expansion}");
    syn::parse2::<syn::File>(expansion).expect("the expansion is Rust");
}

#[test]
fn where_another_path_is_given_the_usual_one_is_not_used() {
    let cases: [(Derive, &str); 8] = [
        (
            derive::aggregate,
            r#"#[aggregate(crate = my::es, name = "a", id = u8, events(A: create, B), commands(C, D: new), error = E)] struct A;"#,
        ),
        (
            derive::event,
            r#"#[event(crate = my::es, name = "a", tags(b))] struct A { b: u8 }"#,
        ),
        (
            derive::command,
            "#[command(crate = my::es, emits(B))] struct A { #[command(check)] a: u8 }",
        ),
        (
            derive::projection,
            r#"#[projection(crate = my::es, name = "a", key(a), index(b), on_error(park), events(A: insert, B in C: update(at), D: rows))] struct A { a: u8, b: u8 }"#,
        ),
        (
            derive::id,
            "#[id(crate = my::es, check = *value > 0)] struct A(#[id(check)] u8);",
        ),
        (
            derive::value,
            "#[value(crate = my::es, number, check = *value > 0)] struct A(u8);",
        ),
        (
            derive::value,
            "#[value(crate = my::es)] enum A { B(#[value(check)] u8, #[value(check)] u8) }",
        ),
        (derive::value, "#[value(crate = my::es)] enum A { B }"),
    ];
    for (derive, input) in cases {
        let parsed = syn::parse_str(input).expect("the input is Rust");
        let expansion = derive(&parsed).to_string();
        assert!(!expansion.contains("compile_error"), "{expansion}");
        assert!(!expansion.contains("es_runtime"), "{expansion}");
    }
}
