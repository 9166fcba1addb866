//! The test kit tells what went wrong as a person would.

use es_runtime::testing::{Answered, given};
use es_tests::account::*;

fn message(test: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(test).expect_err("a test that fails");
    *panic.downcast::<String>().unwrap()
}

fn rich() -> [AccountEvent; 2] {
    [
        Opened {
            owner: "Ada".into(),
        }
        .into(),
        Deposited { amount: 10 }.into(),
    ]
}

fn withdraw(amount: i64) -> Answered<Account> {
    given::<Account>(rich()).when(Withdraw { amount })
}

#[test]
fn examples_that_hold_pass() {
    withdraw(10)
        .then([Withdrawn { amount: 10 }.into()])
        .then_state(|account| assert_eq!(account.balance, 0));
    withdraw(11)
        .then_rejected(AccountError::Insufficient { balance: 10 })
        .then_state(|account| assert_eq!(account.balance, 10));
    given::<Account>([Opened {
        owner: "Ada".into(),
    }
    .into()])
    .when(Close {})
    .then_nothing();
    given::<Account>([]).when(Close {}).then_missing();
    given::<Account>(rich())
        .when(Open {
            owner: "Eve".into(),
        })
        .then_exists();
}

#[test]
fn events_that_differ_are_shown_line_by_line() {
    let text = message(|| drop(withdraw(10).then([Withdrawn { amount: 9 }.into()])));
    let expected = "the events differ (- expected, + actual)\n  Withdrawn {\n-     amount: 9,\n+     amount: 10,\n  }\n";
    assert_eq!(text, expected);
}

#[test]
fn a_refusal_where_events_were_expected_is_told_with_its_reason() {
    let text = message(|| drop(withdraw(11).then([])));
    assert_eq!(
        text,
        "expected events, but the command was rejected: the balance is 10 (Insufficient { balance: 10 })"
    );
}

#[test]
fn events_where_a_refusal_was_expected_are_shown() {
    let text =
        message(|| drop(withdraw(10).then_rejected(AccountError::Insufficient { balance: 10 })));
    assert!(
        text.starts_with(
            "expected the refusal Insufficient { balance: 10 }, but the command was granted with"
        ),
        "{text}"
    );
}

#[test]
fn a_past_that_makes_no_sense_is_told() {
    let text = message(|| drop(given::<Account>([Deposited { amount: 1 }.into()])));
    assert_eq!(
        text,
        "event `deposited` does not fit behind the events before it: it changes what does not exist yet"
    );
}
