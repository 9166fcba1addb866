//! The golden output of es-codegen: it compiles without a warning, its scenarios hold, and what it stores is as the
//! schema says.

#![deny(warnings)]
#![forbid(unsafe_code)]

#[path = "../golden/checks/mod.rs"]
mod checks;

#[path = "../golden/history/mod.rs"]
mod history;

#[path = "../golden/names/mod.rs"]
mod names;

#[path = "../golden/rows/mod.rs"]
mod rows;

#[path = "../golden/shop/mod.rs"]
mod shop;

#[path = "../golden/values/mod.rs"]
mod values;

use es_runtime::{Event, Uuid, testing::given};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// The value is written as this text, and read from it.
#[track_caller]
fn stored<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, text: &str) {
    assert_eq!(serde_json::to_string(&value).unwrap(), text);
    assert_eq!(serde_json::from_str::<T>(text).unwrap(), value);
}

#[test]
fn stored_names_are_those_of_the_schema() {
    use names::generated::{Choice, Context, Phase, result::events};

    assert_eq!(events::Sent::NAME, "Sent: @home #1 \"now\" 🎉");
    assert_eq!(events::Self_::NAME, "Self");
    stored(Phase::Self_, r#""self""#);
    stored(Phase::_1st, r#""1st""#);
    stored(Phase::AB, r#""a-b""#);
    stored(Choice::None {}, r#"{"None":{}}"#);
    stored(Choice::OrElse { r#fn: 1 }, r#"{"Or else":{"fn":1}}"#);
    stored(
        events::Option {
            self_: Context::from("a"),
            choice: Choice::Some {
                r#type: Context::from("b"),
            },
        },
        r#"{"self":"a","choice":{"Some":{"type":"b"}}}"#,
    );
    stored(events::Some {}, "{}");
    stored(
        events::String {
            a_b: Some("c".to_owned()),
        },
        r#"{"a:b":"c"}"#,
    );
}

#[test]
fn tags_are_found_by_the_stored_name_of_their_field() {
    use names::generated::result::events;

    let tags = |event: &dyn Fn() -> Vec<es_runtime::Tag>| {
        event().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let sent = events::Sent {
        r#fn: "x".to_owned(),
    };
    assert_eq!(tags(&|| sent.tags()), ["fn:x"]);
    let text = events::String { a_b: None };
    assert_eq!(tags(&|| text.tags()), ["a:b:"]);
}

#[test]
fn an_invalid_value_is_told_with_its_stored_path() {
    use checks::generated::{Catalogue, Payment, Sku, basket::commands::Fill};
    use es_runtime::Command;

    let fill: Fill = serde_json::from_str(
        r#"{
            "items": [], "notes": {}, "by currency": {}, "catalogue": {}, "payment": {"Cash": {}}, "iban": "DE02"
        }"#,
    )
    .unwrap();
    let refusal = |spoil: &dyn Fn(&mut Fill)| {
        let mut fill = fill.clone();
        spoil(&mut fill);
        fill.check().unwrap_err().to_string()
    };
    assert_eq!(fill.check(), Ok(()));
    let price = || "1.001".parse().unwrap();
    assert_eq!(
        refusal(&|fill| {
            fill.prices.insert("EUR".to_owned(), price());
        }),
        "`by currency.EUR` may not be 1.001"
    );
    assert_eq!(
        refusal(&|fill| fill.payment = Payment::Card {
            last4: String::new(),
            limit: Some(price())
        }),
        "`payment.Card.limit` may not be 1.001"
    );
    assert_eq!(
        refusal(&|fill| {
            let under = |sku: &str, inner| Catalogue([(Sku::from(sku), inner)].into());
            fill.catalogue = under("A1", under("C-3", Catalogue([].into())));
        }),
        "`catalogue.A1[key]` may not be C-3"
    );
}

#[test]
fn left_out_null_and_given_are_three_things() {
    use values::generated::sample::events::Annotated;

    stored(Annotated { note: None }, "{}");
    stored(Annotated { note: Some(None) }, r#"{"note":null}"#);
    stored(
        Annotated {
            note: Some(Some("a".to_owned())),
        },
        r#"{"note":"a"}"#,
    );
}

#[test]
fn an_option_that_is_not_given_is_left_out_and_null_is_read_as_well() {
    use values::generated::{Label, Tree};

    let leaf = || Tree {
        label: Label::from("a"),
        children: vec![],
        twin: None,
    };
    stored(leaf(), r#"{"label":"a","children":[]}"#);
    let text = r#"{"label":"a","children":[],"twin":null}"#;
    assert_eq!(serde_json::from_str::<Tree>(text).unwrap(), leaf());
}

#[test]
fn rejections_say_what_their_message_says() {
    use names::generated::{Phase, ResultError};
    use shop::generated::OrderError;

    assert_eq!(OrderError::NothingToShip.to_string(), "nothing to ship");
    assert_eq!(
        OrderError::TooMany { limit: 3 }.to_string(),
        "an order holds at most 3 items"
    );
    let refused = ResultError::Ok { f: 1, r#type: 2 };
    assert_eq!(refused.to_string(), "1 and 2, in {braces}");
    let refused = ResultError::WrongStatus {
        command: "Any",
        status: Phase::TwoWords,
    };
    assert_eq!(
        refused.to_string(),
        "`Any` is not allowed while the result is two words"
    );
}

#[test]
fn the_derives_describe_what_the_schema_describes() {
    use es_runtime::DescribeAggregate;

    #[track_caller]
    fn check<A: DescribeAggregate>(domain: &str) {
        let schema = format!("golden/{domain}/{domain}.yaml");
        let source = es_codegen::source::Source::load(schema.as_ref()).unwrap();
        let (model, _) = es_codegen::model_of(&source).unwrap();
        let described = es_codegen::description(&model, &model.aggregates[0]);
        assert_eq!(A::DESCRIPTION.to_json(), described);
    }
    check::<checks::generated::Basket>("checks");
    check::<history::generated::Parcel>("history");
    check::<names::generated::Result>("names");
    check::<shop::generated::Order>("shop");
    check::<values::generated::Sample>("values");
}

#[test]
fn what_is_by_hand_stands_beside_what_is_generated() {
    use shop::generated::order::{Order, OrderError, commands, events};
    use shop::generated::{CustomerId, OrderId, OrderStatus};

    let placed = || events::OrderPlaced {
        customer: CustomerId::from("ada"),
    };
    let cancel = || commands::CancelOrder {
        reason: "too slow".to_owned(),
    };
    let cancelled = || events::OrderCancelled {
        reason: "too slow".to_owned(),
    };
    given::<Order>([placed().into()])
        .id(OrderId::new(Uuid::nil()))
        .when(cancel())
        .then([cancelled().into()])
        .then_state(|order| assert_eq!(order.status, OrderStatus::Cancelled));
    given::<Order>([placed().into(), cancelled().into()])
        .when(cancel())
        .then_nothing();
    let shipped = events::OrderShipped {
        carrier: "DHL".to_owned(),
        total: shop::generated::Money::ZERO,
        shipped_at: es_runtime::Timestamp::EPOCH,
    };
    given::<Order>([placed().into(), shipped.into()])
        .when(cancel())
        .then_rejected(OrderError::TooLate);
}

/// What a stored event of the parcels is read as: its shape, and the bodies of those before it in its stream.
fn read(stored: &[(&str, u16, &str)]) -> Result<Vec<history::generated::ParcelEvent>, String> {
    use es_runtime::{
        Category, CommitNumber, DecodeContext, EventName, EventSet, Origin, Page, PageRow,
        Position, SchemaVersion, StreamId, Timestamp, Version,
    };

    let moment = "2026-01-05T10:00:00Z".parse::<Timestamp>().unwrap();
    let stream = StreamId::new(Category::from_static("Package"), "a");
    let page = |events: &[(&str, u16, &str)]| {
        let mut page = Page::default();
        for (version, (name, schema, body)) in (1..).zip(events) {
            let row = PageRow {
                version: Version::new(version).unwrap(),
                position: Position::new(version).unwrap(),
                schema: SchemaVersion::new(*schema),
                reads_as: SchemaVersion::new(*schema),
                codec: 1,
                origin: Some(Origin {
                    id: Uuid::from_u128(u128::from(version)).into(),
                    commit: CommitNumber::new(version).unwrap(),
                    occurred_at: moment,
                    recorded_at: moment,
                }),
            };
            let name = EventName::from(*name);
            page.push(&stream, &name, row, b"", body.as_bytes());
        }
        page
    };
    let (earlier, all) = (page(&stored[..stored.len() - 1]), page(stored));
    let cx = DecodeContext {
        event: all.last().unwrap(),
        earlier: &earlier,
    };
    let mut typed = Vec::new();
    EventSet::decode(&cx, &mut typed).map_err(|error| error.to_string())?;
    Ok(typed)
}

#[test]
fn every_shape_that_an_event_had_is_read_as_what_it_is() {
    let first = r#"{"place":"Kay","town":"B","zip":null,"weight":2,"notes":"n","upcast":"u","fee":3,
        "split":true,"tree":{"children":[{"children":[]}]},"iban":{"country":"DE","rest":"02"},"urgent":true}"#;
    let newest = r#"Sent { to: Address { street: "Kay", city: "B", zip: None }, at: 2026-01-05T10:00:00Z, weight: 2, notes: [Note("n")], upcast: Upcast("u"), fee: Money(3), split: Yes, tree: Tree { name: "root", children: [Tree { name: "root", children: [] }] }, iban: Iban { text: "DE02" } }"#;
    let read = |name, version, body| format!("{:?}", read(&[(name, version, body)]).unwrap());
    let expected = format!("[{newest}]");
    // `yes` has become `no` and then every `no` a `yes`.
    assert_eq!(read("Sent", 1, first), expected);
    assert_eq!(read("Posted: to #1", 1, first), expected);
    let third = r#"{"street":"Kay","town":"B","at":"2026-01-05T10:00:00Z","weight":2,"notes":"n","upcast":"u","fee":"3",
        "split":true,"tree":{"children":[{"children":[]}]},"iban":{"country":"DE","rest":"02"},"urgent":true}"#;
    assert_eq!(read("Shipped", 3, third), expected);
    let newest = r#"{"to":{"street":"Kay","city":"B"},"at":"2026-01-05T10:00:00Z","weight":2,"notes":["n"],"upcast":"u","fee":"3",
        "split":"yes","tree":{"name":"root","children":[{"name":"root","children":[]}]},"iban":{"text":"DE02"}}"#;
    assert_eq!(read("Sent", 10, newest), expected);
}

#[test]
fn types_inside_of_an_older_shape_are_of_their_time() {
    let first = r#"{"items":{"id":"A","size":{"width":2}},"phases":["sent","gone","shipped"],
        "by_sku":{"A":{"id":"A","size":{"width":3}}},"title":"t"}"#;
    let item = |width: u32| {
        format!(r#"Item {{ sku: "A", size: Size {{ width: {width}, height: {width} }} }}"#)
    };
    assert_eq!(
        format!("{:?}", read(&[("Packed", 1, first)]).unwrap()),
        format!(
            r#"[Packed {{ items: [{}], phases: [Sent, Sent, Sent], by_sku: {{"A": {}}}, boxed: Some({}), label: "t" }}]"#,
            item(2),
            item(3),
            item(2)
        )
    );
}

#[test]
fn an_event_that_was_split_is_read_as_all_its_parts() {
    let noted = read(&[("Noted", 1, r#"{"text":"a","fee":"2"}"#)]).unwrap();
    assert_eq!(
        format!("{noted:?}"),
        r#"[Noted { note: "a" }, Paid { amount: Money(2), by: Cash }]"#
    );
    let repacked = read(&[("Repacked", 1, r#"{"title":"a","note":"b"}"#)]).unwrap();
    assert_eq!(
        format!("{repacked:?}"),
        r#"[Renamed { label: "a" }, Noted { note: "b" }]"#
    );
    assert_eq!(read(&[("Weighed", 1, "{}")]).unwrap(), []);
    let noted = read(&[("Weighed", 1, "{}"), ("Noted", 3, "{}")]).unwrap();
    assert_eq!(
        format!("{noted:?}"),
        r#"[Noted { note: "1 events before" }]"#
    );
}

#[test]
fn a_hop_by_hand_sees_what_happened_before() {
    let paid = r#"{"cents":5,"with":{"Credit":{"last4":"1","item":{"id":"A","size":{"width":2,"height":1}}}}}"#;
    let read = read(&[
        ("Paid", 4, r#"{"amount":"2","by":{"Gift":{}}}"#),
        ("Paid", 1, paid),
    ]);
    assert_eq!(
        format!("{:?}", read.unwrap()),
        r#"[Paid { amount: Money(7), by: Card { last4: "1", item: Some(Item { sku: "A", size: Size { width: 2, height: 1 } }) } }]"#
    );
}

#[test]
fn a_shape_of_the_future_and_an_unknown_event_are_told() {
    assert_eq!(
        read(&[("Renamed", 2, "{}")]).unwrap_err(),
        "it is newer than this code: schema version 2 is read by code that knows version 2, and this code knows 1"
    );
    assert_eq!(
        read(&[("Lost", 1, "{}")]).unwrap_err(),
        "no event of that name is known"
    );
}
