//! The Order of the language's description reads into the model that it describes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{
    leaf::Root,
    model::{
        Aggregate, Assignment, Effect, Expected, FieldId, Int, MessagePart, Model, Origin, Outcome,
        Refusal, SymbolId, TagValue, Target, Type, TypeKind, ValueKind, When,
    },
    source::Source,
};

fn order() -> Model {
    let source = Source::from_text("order.yaml", include_str!("schemas/order.yaml")).unwrap();
    match es_codegen::model_of(&source) {
        Ok((model, warnings)) => {
            assert!(warnings.is_empty());
            model
        }
        Err(report) => panic!("{}", report.render(&source, Default::default())),
    }
}

fn origins(aggregate: &Aggregate, assignments: &[Assignment]) -> Vec<String> {
    let name = |fields: &[es_codegen::model::Field], id: &FieldId| fields[id.0].name.stored.clone();
    assignments
        .iter()
        .map(|assignment| match &assignment.from {
            Origin::Leaf(leaf) => format!("{} = {}", assignment.field.0, leaf.text),
            Origin::Command(id) => format!("{} = command {}", assignment.field.0, id.0),
            Origin::State(id) => format!(
                "{} = state {}",
                assignment.field.0,
                name(&aggregate.state, id)
            ),
            Origin::Event(id) => format!("{} = event {}", assignment.field.0, id.0),
            Origin::Status(id) => format!("{} = status {}", assignment.field.0, id.0),
        })
        .collect()
}

#[test]
fn its_types_are_what_they_say() {
    let model = order();
    assert_eq!(model.domain.value, "shop");
    let names: Vec<&str> = model
        .types
        .iter()
        .map(|def| def.name.rust.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "OrderId",
            "CustomerId",
            "Money",
            "OrderStatus",
            "OrderItem",
            "Payment",
            "Iban"
        ]
    );
    let [id, customer, money, status, item, payment, iban] = model.types.as_slice() else {
        panic!("seven types")
    };
    assert!(matches!(id.kind, TypeKind::Newtype(Type::Uuid)));
    assert!(matches!(customer.kind, TypeKind::Newtype(Type::String)));
    assert!(matches!(money.kind, TypeKind::Newtype(Type::Decimal)));
    let TypeKind::Enum(symbols) = &status.kind else {
        panic!("an enum")
    };
    let symbols: Vec<_> = symbols
        .iter()
        .map(|symbol| (symbol.name.stored.as_str(), symbol.name.rust.as_str()))
        .collect();
    assert_eq!(
        symbols,
        [
            ("open", "Open"),
            ("shipped", "Shipped"),
            ("cancelled", "Cancelled")
        ]
    );
    let TypeKind::Object(fields) = &item.kind else {
        panic!("a value object")
    };
    let fields: Vec<_> = fields
        .iter()
        .map(|field| (field.stored_name(), model.type_name(&field.ty)))
        .collect();
    assert_eq!(
        fields,
        [
            ("sku", "String".to_owned()),
            ("quantity", "u32".to_owned()),
            ("price", "Money".to_owned())
        ]
    );
    let TypeKind::Union(variants) = &payment.kind else {
        panic!("a union")
    };
    assert_eq!(
        variants
            .iter()
            .map(|variant| (variant.name.stored.as_str(), variant.fields.len()))
            .collect::<Vec<_>>(),
        [("Cash", 0), ("Card", 1)]
    );
    let TypeKind::Own { wire, path } = &iban.kind else {
        panic!("a type of the user's own")
    };
    assert_eq!((wire, path.segments.len()), (&Type::String, 2));
}

#[test]
fn its_types_have_the_traits_that_their_parts_have() {
    let model = order();
    let facts: Vec<_> = model
        .types
        .iter()
        .map(|def| {
            (
                def.name.rust.as_str(),
                model.facts(&Type::Declared(index(&model, &def.name.stored))),
            )
        })
        .collect();
    let copied: Vec<&str> = facts
        .iter()
        .filter(|(_, facts)| facts.copy)
        .map(|(name, _)| *name)
        .collect();
    let total: Vec<&str> = facts
        .iter()
        .filter(|(_, facts)| facts.total)
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(copied, ["OrderId", "Money", "OrderStatus"]);
    assert_eq!(
        total,
        [
            "OrderId",
            "CustomerId",
            "Money",
            "OrderStatus",
            "OrderItem",
            "Payment"
        ]
    );
    assert!(model.is_id(index(&model, "OrderId")) && !model.is_id(index(&model, "Money")));
}

fn index(model: &Model, name: &str) -> es_codegen::model::TypeId {
    es_codegen::model::TypeId(
        model
            .types
            .iter()
            .position(|def| def.name.stored == name)
            .unwrap(),
    )
}

#[test]
fn its_commands_carry_over_what_is_not_said() {
    let model = order();
    let order = &model.aggregates[0];
    let [place, add, ship, cancel] = order.commands.as_slice() else {
        panic!("four commands")
    };
    assert_eq!(
        [place.target, add.target, ship.target, cancel.target],
        [
            Target::New,
            Target::Existing,
            Target::Existing,
            Target::Existing
        ]
    );
    let emitted = |outcome: &Outcome| match outcome {
        Outcome::Emit(emissions) => emissions
            .iter()
            .map(|emission| {
                (
                    order.event(emission.event.value).name.stored.clone(),
                    origins(order, &emission.assignments),
                )
            })
            .collect(),
        _ => Vec::new(),
    };
    assert_eq!(
        emitted(&place.outcome),
        [("OrderPlaced".to_owned(), vec!["0 = command 0".to_owned()])]
    );
    let shipped = ["0 = command 0", "1 = state total", "2 = cx.now()"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(
        emitted(&ship.outcome),
        [("OrderShipped".to_owned(), shipped)]
    );
    assert!(place.allowed.is_none());
    assert_eq!(add.allowed.as_ref().unwrap()[0].value, SymbolId(0));
    let Outcome::ByHand { emits } = &cancel.outcome else {
        panic!("by hand")
    };
    assert_eq!(order.event(emits[0].value).name.stored, "OrderCancelled");
    assert!(matches!(cancel.rejections[0].when, When::ByHand));
}

#[test]
fn its_rejections_have_conditions_details_and_messages() {
    let model = order();
    let order = &model.aggregates[0];
    let names: Vec<&str> = order
        .rejections
        .iter()
        .map(|rejection| rejection.name.stored.as_str())
        .collect();
    assert_eq!(names, ["EmptyItem", "TooMany", "NothingToShip", "TooLate"]);
    let too_many = &order.commands[1].rejections[1];
    let When::Condition(condition) = &too_many.when else {
        panic!("a condition")
    };
    assert_eq!(condition.text, "state.items.len() >= 100");
    assert_eq!(condition.mentions[0].root, Root::State);
    assert_eq!(
        (
            condition.mentions[0].fields[0].name.as_str(),
            condition.mentions[0].method.as_deref()
        ),
        ("items", Some("len"))
    );
    assert_eq!(too_many.with[0].text, "100_usize");
    let rejection = order.rejection(too_many.rejection);
    assert_eq!(rejection.details[0].ty, Type::Int(Int::Usize));
    let text = |text: &str| MessagePart::Text(text.to_owned());
    assert_eq!(
        rejection.message.as_ref().unwrap().parts,
        [
            text("an order holds at most "),
            MessagePart::Detail(0),
            text(" items")
        ]
    );
}

#[test]
fn its_events_say_what_they_do() {
    let model = order();
    let order = &model.aggregates[0];
    let [placed, added, shipped, cancelled] = order.events.as_slice() else {
        panic!("four events")
    };
    let Effect::Create(assignments) = &placed.effect else {
        panic!("a creation")
    };
    assert_eq!(
        origins(order, assignments),
        [
            "0 = event 0",
            "1 = vec![]",
            "2 = Money::ZERO",
            "3 = OrderStatus::Open"
        ]
    );
    let Effect::Apply(statements) = &added.effect else {
        panic!("a change")
    };
    assert_eq!(statements.len(), 2);
    assert!(statements[0].uses(Root::Event) && !statements[0].is_path);
    assert!(matches!(&shipped.effect, Effect::Apply(statements) if statements.is_empty()));
    assert_eq!(shipped.to.as_ref().unwrap().value, SymbolId(1));
    assert!(matches!(shipped.tags[0].value, TagValue::Field(FieldId(0))));
    assert!(placed.is_creation() && cancelled.is_by_hand() && !cancelled.is_creation());
    assert_eq!(model.statuses(order).len(), 3);
}

#[test]
fn its_scenarios_are_read_by_their_types() {
    let model = order();
    let order = &model.aggregates[0];
    let [empty, leaves] = order.scenarios.as_slice() else {
        panic!("two scenarios")
    };
    assert_eq!(empty.name.rust.as_str(), "an_empty_order_cannot_be_shipped");
    let Some(Expected::Rejected(refusal)) = &empty.expected else {
        panic!("a rejection")
    };
    let Refusal::Rejection(id) = refusal.value else {
        panic!("one of its own")
    };
    assert_eq!(order.rejection(id).name.stored, "NothingToShip");
    assert_eq!(leaves.now.as_ref().unwrap().value, "2026-01-05T10:00:00Z");
    let ValueKind::Object(_, item) = &leaves.given[1].values[0].value.kind else {
        panic!("an item")
    };
    assert!(
        matches!(&item[2].value.kind, ValueKind::Newtype(_, price) if matches!(&price.kind, ValueKind::Decimal(digits) if digits == "0.10"))
    );
    let Some(Expected::Events(events)) = &leaves.expected else {
        panic!("events")
    };
    assert_eq!(events[0].values.len(), 3);
    assert!(matches!(
        leaves.state[0].value.kind,
        ValueKind::Symbol(_, SymbolId(1))
    ));
}
