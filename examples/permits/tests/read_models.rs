//! The read models, held against numbers that are worked out from the raw log, line by line, without the framework's folds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use es_runtime::Timestamp;
use serde_json::Value;

/// The lines of the raw log, by case, in the order of their numbers.
fn cases() -> BTreeMap<String, Vec<Value>> {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/receipt.events.jsonl");
    let mut cases: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        cases.entry(text(&event["case"])).or_default().push(event);
    }
    for events in cases.values_mut() {
        events.sort_by_key(|event| event["seq"].as_u64());
    }
    cases
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn time(event: &Value) -> Timestamp {
    event["at"].as_str().unwrap().parse().unwrap()
}

/// The rows with the largest numbers first, then by name.
fn by_number(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by(|(left, more), (right, less)| less.cmp(more).then(left.cmp(right)));
    rows
}

#[test]
fn the_tables_are_what_the_raw_log_says() {
    let (mut all, mut open, mut steps) =
        <(BTreeMap<_, u64>, BTreeMap<_, u64>, BTreeMap<_, u64>)>::default();
    let mut months: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for events in cases().values() {
        let (first, last) = (events.first().unwrap(), events.last().unwrap());
        let about = &first["case_attributes"];
        let origin = format!(
            "{}, {}",
            text(&about["channel"]),
            text(&about["department"])
        );
        *all.entry(origin.clone()).or_default() += 1;
        if about.get("enddate").is_none_or(Value::is_null) {
            *open.entry(origin).or_default() += 1;
        }
        for event in events {
            *steps.entry(text(&event["resource"])).or_default() += 1;
        }
        let month = time(first).date_utc().to_string()[..7].to_owned();
        let seconds = (time(last).nanos() - time(first).nanos()) as f64 / 1e9;
        months.entry(month).or_default().push(seconds / 86_400.0);
    }

    let mut expected = "open cases by channel and department\n".to_owned();
    for (origin, open) in by_number(open) {
        writeln!(expected, "{open:>7} of {:>4}  {origin}", all[&origin]).unwrap();
    }
    expected += "\ndays from the first to the last event, by the month of the first\n";
    for (month, days) in months {
        let (sum, cases) = (days.iter().sum::<f64>(), days.len());
        let mean = sum / cases as f64;
        writeln!(expected, "{mean:>7.2}  {month}, {cases} cases").unwrap();
    }
    let staff = steps.len();
    writeln!(
        expected,
        "\nsteps by those who have done most, of {staff} who have worked"
    )
    .unwrap();
    for (name, steps) in by_number(steps).into_iter().take(5) {
        writeln!(expected, "{steps:>7}  {name}").unwrap();
    }

    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_permits"))
        .arg(folder.path().join("permits.db"))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let at = printed.find("open cases by channel").unwrap();
    let shown = printed[at..].split("\neverything is").next().unwrap();
    assert_eq!(shown, expected);
}
