//! Generated rules that overflow, divide by zero, reach beyond an end or find nothing: a typed error that names the
//! place, and the aggregate goes on. Run as a release too, since only its profile decides whether plain integers wrap.

use es_rules::generated::counter::commands::*;
use es_rules::generated::counter::{Counter, CounterError};
use es_rules::generated::{Amount, CounterId, Even, Rate};
use es_runtime::{App, Decimal, Dispatch, ExecuteError, MemoryStore};

const ID: u64 = 7;

fn id() -> CounterId {
    CounterId::new(ID)
}

async fn started(count: u8) -> App<MemoryStore> {
    let app = App::new(MemoryStore::new());
    let even = Even::from(254);
    app.execute(&id(), Start { even }).await.unwrap();
    app.execute(&id(), Add { by: count }).await.unwrap();
    app
}

/// A command on a counter that stands at 200 fails with this message; another counter and this one go on.
async fn check<C: Dispatch<Aggregate = Counter>>(command: C, message: &str) {
    let app = started(200).await;
    let error = app.execute(&id(), command).await.unwrap_err();
    assert_eq!(error.to_string(), message);
    let even = Even::from(0);
    let other = CounterId::new(8_u64);
    app.execute(&other, Start { even }).await.unwrap();
    app.execute(&id(), Add { by: 55 }).await.unwrap();
    let cold = App::new(app.store().clone());
    let loaded = cold.load::<Counter>(&id()).await.unwrap();
    assert_eq!(loaded.version.unwrap().get(), 3);
    assert_eq!(loaded.state.unwrap().count, 255);
}

#[tokio::test]
async fn a_sum_in_an_effect_that_overflows_is_found_out_before_its_event_is_stored() {
    let message = "event `Added` (schema version 1) at version 3 of Counter/7: its rule panicked: attempt to add with overflow";
    check(Add { by: 56 }, message).await;
}

#[tokio::test]
async fn arithmetic_of_plain_integers_in_a_handler_never_wraps() {
    let message =
        "a rule of `AddInHandler` panicked on Counter/7 at version 2: attempt to add with overflow";
    check(AddInHandler { by: 56 }, message).await;
    let message = "a rule of `Subtract` panicked on Counter/7 at version 2: attempt to subtract with overflow";
    check(Subtract { by: 201 }, message).await;
    let message =
        "a rule of `Negate` panicked on Counter/7 at version 2: attempt to negate with overflow";
    check(Negate { number: i8::MIN }, message).await;
}

#[tokio::test]
async fn arithmetic_of_newtypes_never_wraps() {
    let message = "a rule of `AddEven` panicked on Counter/7 at version 2: the sum is beyond the range of the number";
    check(AddEven { by: Even::from(2) }, message).await;
    let app = started(0).await;
    let amount = Amount::from(Decimal::MAX);
    app.execute(&id(), Pay { amount }).await.unwrap();
    let error = app.execute(&id(), Pay { amount }).await.unwrap_err();
    let message = "event `Paid` (schema version 1) at version 4 of Counter/7: its rule panicked: the sum is beyond the range of the number";
    assert_eq!(error.to_string(), message);
    app.execute(&id(), Pay { amount: -amount }).await.unwrap();
}

#[tokio::test]
async fn a_division_by_zero_in_a_handler_or_a_condition_is_told() {
    let message =
        "a rule of `Divide` panicked on Counter/7 at version 2: attempt to divide by zero";
    check(Divide { by: 0 }, message).await;
    let message = "a rule of `Look` panicked on Counter/7 at version 2: attempt to divide by zero";
    check(Look { at: 0 }, message).await;
    let error = started(0)
        .await
        .execute(&id(), Look { at: 30 })
        .await
        .unwrap_err();
    assert!(
        matches!(error, ExecuteError::Rejected(CounterError::Odd)),
        "{error}"
    );
}

#[tokio::test]
async fn an_index_beyond_the_end_and_a_value_that_is_not_there_are_told() {
    let message = "a rule of `Pick` panicked on Counter/7 at version 2: index out of bounds: the len is 0 but the index is 4294967295";
    check(Pick { index: u32::MAX }, message).await;
    let message = "a rule of `Unwrap` panicked on Counter/7 at version 2: called `Option::unwrap()` on a `None` value";
    check(Unwrap {}, message).await;
}

#[tokio::test]
async fn a_check_that_panics_is_told_before_anything_is_decided() {
    let message =
        "a rule of `Convert` panicked on Counter/7 at no version: attempt to divide by zero";
    check(
        Convert {
            rate: Rate::from(0),
        },
        message,
    )
    .await;
}
