//! The program as a user runs it: a day in the shop, another one, and a file that is no database.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping it"
)]

use std::path::Path;
use std::process::{Command, Output};

use es_runtime::Timestamp;

fn run(database: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_orders"))
        .arg(database)
        .output()
        .unwrap()
}

/// What was printed, with the same time wherever there is one.
fn text(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let timeless = |word: &str| match word.parse::<Timestamp>() {
        Ok(_) => "<time>".to_owned(),
        Err(_) => word.to_owned(),
    };
    text.split(' ').map(timeless).collect::<Vec<_>>().join(" ")
}

const DAY: &str = "\
Ada places an order
  PlaceOrder   OrderPlaced
  ShipOrder    refused: nothing to ship; add something first
  AddItem      ItemAdded
  AddItem      refused: empty item; ask for one at least
  AddItem      refused: `item.price` may not be 4.949
  AddItem      ItemAdded
  PayOrder     OrderPaid
  ShipOrder    OrderShipped
  AddItem      refused: `AddItem` is not allowed while the order is shipped; place another order
  CancelOrder  refused: too late; send the parcel back

Bob wants 105 things at once
  PlaceOrder   OrderPlaced
  AddItem      granted 100 times
  AddItem      refused 5 times: an order holds at most 100 items; place another order

What has happened to the order of Ada
  1  <time>  placed by ada
  2  <time>  3 × pen at 0.10
  3  <time>  1 × ink at 4.95
  4  <time>  5.25 paid from GB33BUKB20201555555555
  5  <time>  shipped with DHL

How it looked after each of these events
  1  open      items: 0, total: 0
  2  open      items: 1, total: 0.30
  3  open      items: 2, total: 5.25
  4  open      items: 2, total: 5.25
  5  shipped   items: 2, total: 5.25

Parcels with DHL in this database: ";

const TODAY: &str = "\
The orders of today, in one row each
  ada  shipped   4 things, 5.25
  bob  open      100 things, 10.00
";

#[test]
fn every_run_adds_another_day_to_the_same_database() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("orders.db");
    for day in 1..=2 {
        let output = run(&database);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let revenue = ["5.25", "10.50"][day - 1];
        assert_eq!(
            text(&output),
            format!("{DAY}{day}\n\n{TODAY}\nShipped in this database: {day}, for {revenue}\n")
        );
    }
}

#[test]
fn a_file_that_is_no_database_is_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    let written = "not a database, but long enough to be looked at as one ".repeat(40);
    std::fs::write(&notes, &written).unwrap();
    let output = run(&notes);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("error: ") && error.contains("notes.txt"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), written);
}
