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
