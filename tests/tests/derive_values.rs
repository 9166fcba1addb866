//! What `Id` and `Value` write, as an application uses it.

use std::collections::{BTreeMap, HashSet};
use std::panic::catch_unwind;

use es_runtime::{Decimal, Id, Uuid, Value};
use serde::{Deserialize, Serialize};

#[derive(Id)]
struct OrderId(Uuid);

#[derive(Id)]
struct CustomerId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(number)]
struct Money(Decimal);

#[derive(Debug, Clone, Copy, PartialEq, Value)]
#[value(number)]
struct Stock(u8);

#[derive(Debug, Clone, Copy, PartialEq, Value)]
#[value(number)]
struct Weight(f64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
#[serde(transparent)]
#[value(text)]
struct Sku(String);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Value)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Status {
    Open,
    #[serde(alias = "sent")]
    OnItsWay,
    #[serde(
        rename(serialize = "called off", deserialize = "cancelled"),
        alias = "called off"
    )]
    Cancelled,
    r#Type,
}

/// Text that a person may type, and JSON.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("it can be written")
}

fn money(text: &str) -> Money {
    text.parse().expect("it is a number")
}

#[test]
fn an_id_needs_no_other_derive() {
    let id = OrderId::generate();
    let copy = id;
    assert_eq!(id.to_string().parse(), Ok(copy));
    assert_eq!(json(&id), format!("\"{id}\""));
    assert_eq!(serde_json::from_str::<OrderId>(&json(&id)).ok(), Some(id));
    assert_eq!(HashSet::from([id]), HashSet::from([copy]));
    assert_eq!(OrderId::new(Uuid::nil()).get(), &Uuid::nil());
    assert_eq!(OrderId::from(Uuid::nil()).into_inner(), Uuid::nil());
    assert_eq!(
        format!("{:?}", OrderId(Uuid::nil())),
        "OrderId(00000000-0000-0000-0000-000000000000)"
    );
}

#[test]
fn an_id_over_text_is_made_of_text_and_read_as_text() {
    let ada = CustomerId::from("ada");
    assert_eq!(ada, CustomerId::new("ada"));
    assert_eq!(ada.as_ref(), "ada");
    assert_eq!(ada.to_string(), "ada");
    assert!(ada < CustomerId::from("bob"));
    let by_customer = BTreeMap::from([(ada, 1)]);
    assert_eq!(json(&by_customer), r#"{"ada":1}"#);
}

#[test]
fn money_is_counted_exactly_and_keeps_its_scale() {
    let price = money("0.10");
    assert_eq!((price * 3_u32).to_string(), "0.30");
    assert_eq!(json(&(price + price)), "\"0.20\"");
    assert_eq!(-price, Money::ZERO - price);
    let mut total = Money::ZERO;
    total += price * 5;
    total -= price;
    assert_eq!(total, money("0.4"));
    assert!(total > price);
}

#[test]
fn numbers_are_summed_owned_and_borrowed() {
    let prices = [money("0.10"), money("0.25")];
    assert_eq!(prices.iter().sum::<Money>(), money("0.35"));
    assert_eq!(prices.into_iter().sum::<Money>(), money("0.35"));
    assert_eq!([].iter().sum::<Money>(), Money::ZERO);
}

#[test]
fn overflow_panics_and_never_wraps() {
    let caught = |rule: fn() -> Stock| catch_unwind(rule).is_err();
    assert!(caught(|| Stock(255) + Stock(1)));
    assert!(caught(|| Stock(0) - Stock(1)));
    assert!(caught(|| Stock(128) * 2));
    assert!(caught(|| Stock(1) * -1));
    assert!(caught(|| [Stock(200), Stock(56)].iter().sum()));
    assert!(caught(|| [Stock(200), Stock(56)].into_iter().sum()));
    assert!(caught(|| {
        let mut stock = Stock(255);
        stock += Stock(1);
        stock
    }));
    assert!(catch_unwind(|| Weight(f64::MAX) * 2).is_err());
}

#[test]
fn text_is_displayed_parsed_and_borrowed_as_it_is() {
    let sku = Sku::from("A1");
    assert_eq!("A1".parse(), Ok(sku.clone()));
    assert_eq!(sku.to_string(), "A1");
    assert_eq!(format!("{sku:>4}"), "  A1");
    assert_eq!(sku.as_ref(), "A1");
    assert_eq!(sku.get(), "A1");
    assert_eq!(json(&sku), "\"A1\"");
}

#[test]
fn symbols_are_written_as_serde_writes_them() {
    for symbol in Status::ALL {
        assert_eq!(json(symbol), format!("\"{symbol}\""));
        assert_eq!(symbol.as_str().parse(), Ok(*symbol));
    }
    let names: Vec<&str> = Status::ALL.iter().map(Status::as_str).collect();
    assert_eq!(names, ["open", "on_its_way", "called off", "type"]);
    assert_eq!(format!("{:>6}", Status::Open), "  open");
}

#[test]
fn symbols_are_read_as_serde_reads_them() {
    for (text, symbol) in [
        ("sent", Status::OnItsWay),
        ("on_its_way", Status::OnItsWay),
        ("cancelled", Status::Cancelled),
    ] {
        assert_eq!(text.parse(), Ok(symbol));
        let read: Status = serde_json::from_value(text.into()).expect("serde reads it");
        assert_eq!(read, symbol);
    }
}

#[test]
fn an_unknown_symbol_is_told_with_those_there_are() {
    let error = "Open".parse::<Status>().expect_err("case matters");
    assert_eq!(
        error.to_string(),
        "`Open` is not one of open, on_its_way, called off, type"
    );
    assert_eq!(error.given(), "Open");
}

#[test]
fn a_value_of_several_parts_is_no_more_than_a_value() {
    fn is_value<T: Value>() {}

    #[derive(Value)]
    #[expect(dead_code, reason = "only its type is looked at")]
    struct Item {
        sku: Sku,
        price: Money,
    }

    #[derive(Value)]
    #[expect(dead_code, reason = "only its type is looked at")]
    enum Payment {
        Cash,
        Card { last4: String },
    }

    is_value::<Item>();
    is_value::<Payment>();
    is_value::<Money>();
}

/// What a macro is given is of another place than what it writes.
macro_rules! checked {
    ($name:ident, $inner:ty, $rule:expr) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
        #[value(check = $rule)]
        struct $name($inner);
    };
}

checked!(Quantity, u32, *value > 0);

#[test]
fn a_rule_may_be_handed_to_a_macro() {
    use es_runtime::Checked;
    assert!(Quantity(1).check().is_ok());
    assert!(Quantity(0).check().is_err());
}
