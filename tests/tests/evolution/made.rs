//! What samples make: states and rows, held against those that they made before.

use std::fs;
use std::panic::{UnwindSafe, catch_unwind};
use std::path::Path;

use es_runtime::testing::{read_rows, read_samples};
use es_runtime::{Date, DescribeAggregate, Id, Projection};
use tempfile::TempDir;

use super::domain::{Order, Payments, Summary};

/// What accounts are called by, as neither a UUID nor just any text can be.
#[derive(Id)]
pub struct Day(Date);

/// A release of an account, in which money paid in does something else.
macro_rules! release {
    ($name:ident, [$($making:ident = $value:literal)?], $deposited:expr) => {
        #[allow(dead_code, reason = "nobody asks the account for anything")]
        mod $name {
            use std::collections::{HashMap, HashSet};
            use std::convert::Infallible;

            use es_runtime::prelude::*;
            use serde::{Deserialize, Serialize};

            const DEPOSITED: fn(u64, u64) -> u64 = $deposited;

            #[derive(Serialize, Aggregate)]
            #[aggregate(
                name = "account",
                id = super::Day,
                events(Opened: create, Deposited, Closed: retired),
                commands(),
                error = Infallible,
                $($making = $value,)?
            )]
            pub struct Account {
                owner: String,
                balance: u64,
                // Of which the one has an order as little as the other.
                words: HashSet<String>,
                lengths: HashMap<String, usize>,
            }

            #[derive(Event, Serialize, Deserialize)]
            #[event(name = "Opened", version = 2, from(OpenedV1))]
            pub struct Opened { pub owner: String }

            #[derive(Event, Serialize, Deserialize)]
            #[event(name = "Opened")]
            pub struct OpenedV1 { pub name: String }

            impl Upcast<OpenedV1> for Opened {
                fn upcast(old: OpenedV1, _: &EventContext<'_>) -> Self {
                    Self { owner: old.name }
                }
            }

            #[derive(Event, Serialize, Deserialize)]
            #[event(name = "Deposited")]
            pub struct Deposited { pub amount: u64 }

            #[derive(Event, Serialize, Deserialize)]
            #[event(name = "Closed")]
            pub struct Closed {}

            impl Create<Opened> for Account {
                fn create(event: Opened) -> Self {
                    let words = event.owner.split(' ').map(str::to_owned);
                    Self {
                        words: words.clone().collect(),
                        lengths: words.map(|word| (word.clone(), word.len())).collect(),
                        owner: event.owner,
                        balance: 10,
                    }
                }
            }

            impl Apply<Deposited> for Account {
                fn apply(&mut self, event: Deposited) {
                    self.balance = DEPOSITED(self.balance, event.amount);
                }
            }

            /// Of the owner and the balance, by the day that the account is called by.
            #[derive(Clone, Serialize, Deserialize, Projection)]
            #[projection(
                name = "Balances",
                key(day),
                events(Opened: insert, Deposited: update),
                $($making = $value,)?
            )]
            pub struct Balance { day: super::Day, owner: String, balance: u64 }

            impl Insert<Opened> for Balance {
                fn insert(day: super::Day, event: Opened, _: &EventContext<'_>) -> Self {
                    Self { day, owner: event.owner, balance: 10 }
                }
            }

            impl Project<Deposited> for Balance {
                fn project(&mut self, event: Deposited, cx: &EventContext<'_>) {
                    assert_eq!(cx.version().get(), 2, "it stands behind the other");
                    self.balance = DEPOSITED(self.balance, event.amount);
                }
            }
        }
    };
}

release!(first, [], |balance, amount| balance + amount);
release!(same, [], |balance, amount| amount + balance);
release!(careless, [], |balance, amount| balance + 2 * amount);
release!(careful, [revision = 2], |balance, amount| balance
    + 2 * amount);
release!(generated, [rules = "5f3c"], |balance, amount| balance
    * amount);
release!(strict, [], |_, _| panic!("so much"));
release!(restless, [], |_, _| {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::SeqCst)
});

const SAMPLES: &[(&str, &str)] = &[
    (
        "account.opened.v1.json",
        r#"{"aggregate":"account","event":"Opened","version":1,"reads_as":1,"body":{"name":"Ada"}}"#,
    ),
    (
        "account.opened.v2.json",
        r#"{"aggregate":"account","event":"Opened","version":2,"reads_as":2,"body":{"owner":"Ada L"}}"#,
    ),
    (
        "account.deposited.v1.json",
        r#"{"aggregate":"account","event":"Deposited","version":1,"reads_as":1,"body":{"amount":32}}"#,
    ),
    (
        "account.closed.v1.json",
        r#"{"aggregate":"account","event":"Closed","version":1,"reads_as":1,"body":{}}"#,
    ),
];

fn samples() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in SAMPLES {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What a test says; nothing where it passes.
fn told(test: impl FnOnce() + UnwindSafe) -> Option<String> {
    let panic = catch_unwind(test).err()?;
    Some(*panic.downcast::<String>().unwrap())
}

fn states<A: DescribeAggregate>(folder: &TempDir) -> Option<String> {
    let folder = folder.path();
    told(|| A::DESCRIPTION.hold(folder))
}

fn rows<P: Projection>(folder: &TempDir) -> Option<String> {
    let folder = folder.path();
    told(|| P::description().hold(folder))
}

fn kept(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// A folder in which the first release has kept what it makes.
fn published() -> TempDir {
    let folder = samples();
    states::<first::Account>(&folder).unwrap();
    rows::<first::Balance>(&folder).unwrap();
    folder
}

/// The hash of each sample, by its name.
fn hashes(text: &str, things: &str) -> Vec<(String, String)> {
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let things = json[things].as_object().unwrap().iter();
    things
        .map(|(name, hash)| (name.clone(), hash.as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn what_is_made_for_the_first_time_is_written_down_and_then_holds() {
    let folder = samples();
    let states_told = states::<first::Account>(&folder).unwrap();
    assert!(
        states_told.contains("`account` make was kept nowhere"),
        "{states_told}"
    );
    let rows_told = rows::<first::Balance>(&folder).unwrap();
    assert!(
        rows_told.contains("`Balances` make was kept nowhere"),
        "{rows_told}"
    );
    // Maps and sets have another order each time.
    for _ in 0..8 {
        assert_eq!(states::<same::Account>(&folder), None);
        assert_eq!(rows::<same::Balance>(&folder), None);
    }
    let path = folder.path();
    read_samples::<first::Account>(path);
    read_rows::<first::Balance>(path);

    let states = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = states
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".states.") || name.contains(".rows."))
        .collect();
    names.sort();
    assert_eq!(names.len(), 2);
    assert_eq!(names[1], "balances.rows.json");
    let states = kept(&folder, &names[0]);
    assert!(
        states.starts_with("{\n  \"revision\": 1,\n  \"rules\": \"\",\n  \"states\": {\n"),
        "{states}"
    );
    let states = hashes(&states, "states");
    let names: Vec<_> = states.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "account.closed.v1",
        "account.deposited.v1",
        "account.opened.v1",
        "account.opened.v2",
    ];
    assert_eq!(names, expected);
    // All of them begin with the account of the newest shape, which was closed without doing anything to it.
    assert_eq!(states[0].1, states[3].1);
    assert_ne!(states[2].1, states[3].1);
    let rows = hashes(&kept(&folder, "balances.rows.json"), "rows");
    let names: Vec<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, expected[1..]);
}

#[test]
fn a_rule_that_is_changed_without_a_revision_fails_and_keeps_failing() {
    let folder = published();
    for _ in 0..2 {
        for told in [
            states::<careless::Account>(&folder).unwrap(),
            rows::<careless::Balance>(&folder).unwrap(),
        ] {
            assert!(told.contains("under the same revision and rules"), "{told}");
            assert!(told.contains("\n  account.deposited.v1: "), "{told}");
            assert!(!told.contains("account.opened"), "{told}");
            assert!(told.contains("another `revision`"), "{told}");
        }
    }
    assert_eq!(states::<first::Account>(&folder), None);
    assert_eq!(rows::<first::Balance>(&folder), None);
}

#[test]
fn under_another_revision_or_other_rules_it_is_kept_anew_and_fails_once() {
    let folder = published();
    let told = states::<careful::Account>(&folder).unwrap();
    assert!(
        told.contains("has another revision or other rules"),
        "{told}"
    );
    let told = rows::<careful::Balance>(&folder).unwrap();
    assert!(
        told.contains("has another revision or other rules"),
        "{told}"
    );
    assert_eq!(states::<careful::Account>(&folder), None);
    assert_eq!(rows::<careful::Balance>(&folder), None);
    let folder = published();
    assert!(states::<generated::Account>(&folder).is_some());
    assert!(rows::<generated::Balance>(&folder).is_some());
    assert_eq!(states::<generated::Account>(&folder), None);
    assert_eq!(rows::<generated::Balance>(&folder), None);
}

#[test]
fn a_sample_that_is_new_is_kept_and_one_that_is_gone_is_told() {
    let folder = published();
    let path = folder.path().join("account.deposited.v2.json");
    fs::write(&path, SAMPLES[2].1.replace("32", "33")).unwrap();
    states::<first::Account>(&folder).unwrap();
    let told = rows::<first::Balance>(&folder).unwrap();
    assert!(told.contains("there is something new"), "{told}");
    assert_eq!(states::<first::Account>(&folder), None);
    assert_eq!(rows::<first::Balance>(&folder), None);
    fs::remove_file(&path).unwrap();
    for told in [
        states::<first::Account>(&folder).unwrap(),
        rows::<first::Balance>(&folder).unwrap(),
    ] {
        assert!(told.contains(" before, nothing now"), "{told}");
    }
}

#[test]
fn a_rule_that_panics_is_told_with_the_sample_and_nothing_is_kept() {
    let folder = samples();
    states::<strict::Account>(&folder).unwrap();
    let told = states::<strict::Account>(&folder).unwrap();
    assert!(
        told.contains("\n  account.deposited.v1: folding it panicked: so much\n"),
        "{told}"
    );
    let told = rows::<strict::Balance>(&folder).unwrap();
    assert!(
        told.contains("\n  account.deposited.v1: a rule panicked: so much\n"),
        "{told}"
    );
    let files = fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 2 * SAMPLES.len());
}

#[test]
fn a_rule_that_looks_at_something_besides_the_event_is_told() {
    let folder = samples();
    states::<restless::Account>(&folder).unwrap();
    for told in [
        states::<restless::Account>(&folder).unwrap(),
        rows::<restless::Balance>(&folder).unwrap(),
    ] {
        assert!(
            told.contains("\n  account.deposited.v1: it is another each time"),
            "{told}"
        );
    }
}

#[allow(dead_code, reason = "nobody asks the account for anything")]
mod unwritten {
    use std::convert::Infallible;

    use es_runtime::prelude::*;
    use serde::{Deserialize, Serialize};

    /// That cannot be serialized.
    #[derive(Aggregate)]
    #[aggregate(name = "account", id = u32, events(Opened: create, Deposited, Closed), commands(), error = Infallible)]
    pub struct Account;

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "Opened", version = 2, from(OpenedV1))]
    pub struct Opened {
        pub owner: String,
    }

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "Opened")]
    pub struct OpenedV1 {
        pub name: String,
    }

    impl Upcast<OpenedV1> for Opened {
        fn upcast(old: OpenedV1, _: &EventContext<'_>) -> Self {
            Self { owner: old.name }
        }
    }

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "Deposited")]
    pub struct Deposited {
        pub amount: u64,
    }

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "Closed")]
    pub struct Closed {}

    impl Create<Opened> for Account {
        fn create(_: Opened) -> Self {
            panic!("nobody asks for a state")
        }
    }

    impl Apply<Deposited> for Account {
        fn apply(&mut self, _: Deposited) {}
    }

    impl Apply<Closed> for Account {
        fn apply(&mut self, _: Closed) {}
    }
}

#[test]
fn states_that_cannot_be_written_down_are_left_alone() {
    let folder = samples();
    states::<unwritten::Account>(&folder).unwrap();
    assert_eq!(states::<unwritten::Account>(&folder), None);
    let files = fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 2 * SAMPLES.len());
}

fn put(folder: &Path, event: &str, version: u16, body: &str) {
    let text = format!(
        r#"{{"aggregate":"order","event":"{event}","version":{version},"reads_as":{version},"body":{body}}}"#
    );
    fs::write(folder.join(format!("{event}.v{version}.json")), text).unwrap();
}

#[test]
fn events_that_are_read_as_others_make_what_those_make() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    put(path, "OrderMade", 1, r#"{"item":"lamp"}"#);
    put(path, "OrderPlaced", 2, r#"{"items":["lamp"]}"#);
    put(path, "OrderPlaced", 3, r#"{"items":[],"placed_by":"ada"}"#);
    put(path, "OrderShipped", 1, r#"{"carrier":"DHL","paid":5}"#);
    put(path, "OrderShipped", 2, r#"{"carrier":"DHL"}"#);
    put(path, "OrderPaid", 1, r#"{"amount":5}"#);
    put(path, "ItemCounted", 1, "{}");
    put(path, "ItemCounted", 2, r#"{"count":1}"#);
    states::<Order>(&folder).unwrap();
    rows::<Summary>(&folder).unwrap();
    rows::<Payments>(&folder).unwrap();
    assert_eq!(states::<Order>(&folder), None);
    assert_eq!(rows::<Summary>(&folder), None);
    assert_eq!(rows::<Payments>(&folder), None);

    let find = |all: &[(String, String)], name: &str| {
        let found = all.iter().find(|(sample, _)| sample == name);
        found.map(|(_, hash)| hash.clone()).unwrap()
    };
    let states = kept_in(path, ".states.json", "states");
    assert_eq!(
        find(&states, "OrderMade.v1"),
        find(&states, "OrderPlaced.v2")
    );
    assert_eq!(
        find(&states, "ItemCounted.v1"),
        find(&states, "ItemCounted.v2")
    );
    assert_ne!(
        find(&states, "OrderShipped.v1"),
        find(&states, "OrderShipped.v2")
    );
    assert_ne!(
        find(&states, "OrderShipped.v1"),
        find(&states, "OrderPaid.v1")
    );
    let summary = kept_in(path, "summary.rows.json", "rows");
    assert_eq!(
        find(&summary, "OrderMade.v1"),
        find(&summary, "OrderPlaced.v2")
    );
    assert_ne!(
        find(&summary, "OrderShipped.v1"),
        find(&summary, "OrderShipped.v2")
    );
    // Of the one event that is split and the one that it is split into.
    let payments = kept_in(path, "payments.rows.json", "rows");
    let names: Vec<_> = payments.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["OrderPaid.v1", "OrderShipped.v1"]);
    assert_eq!(payments[0].1, payments[1].1);
}

fn kept_in(folder: &Path, ending: &str, things: &str) -> Vec<(String, String)> {
    let mut files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let file = files.find(|path| path.to_string_lossy().ends_with(ending));
    hashes(&fs::read_to_string(file.unwrap()).unwrap(), things)
}

#[test]
fn a_row_that_an_event_needs_and_none_makes_is_kept_as_the_reason() {
    let folder = samples();
    for name in ["account.opened.v1.json", "account.opened.v2.json"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    rows::<first::Balance>(&folder).unwrap();
    assert_eq!(rows::<first::Balance>(&folder), None);
    let rows = hashes(&kept(&folder, "balances.rows.json"), "rows");
    let [(_, reason)] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert!(reason.starts_with("there is no row of key"), "{reason}");
}

#[test]
fn rows_without_samples_are_told_with_a_way_to_get_some() {
    let folder = tempfile::tempdir().unwrap();
    let none = rows::<first::Balance>(&folder).unwrap();
    assert!(
        none.contains("no sample of an event that `Balances` is folded from")
            && none.contains("es-codegen lock"),
        "{none}"
    );
    fs::write(folder.path().join("a.json"), "{").unwrap();
    let damaged = rows::<first::Balance>(&folder).unwrap();
    assert!(damaged.contains("it is no sample"), "{damaged}");
}

#[test]
fn a_description_that_was_put_together_by_hand_says_how_it_is_held() {
    let folder = samples();
    let path = folder.path();
    let by_hand = first::Account::DESCRIPTION.held_by(None);
    let told = told(|| by_hand.hold(path)).unwrap();
    assert!(told.contains("say so by `held_by`"), "{told}");
}

#[test]
fn a_projection_is_described_as_json() {
    insta::assert_snapshot!(first::Balance::description().to_json());
}
