//! `es_codegen::lock!`: domains without a schema are held against what was published of them as well.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use es_codegen::evolution::hold;
use es_runtime::DescribeAggregate;
use tempfile::TempDir;

/// A release of the same account: its events, and what they carry.
macro_rules! release {
    ($name:ident, ($($event:tt)*), $($item:item)*) => {
        #[allow(dead_code)]
        mod $name {
            use es_runtime::prelude::*;
            #[allow(unused_imports)]
            use es_runtime::{EventContext, Upcast};
            use serde::{Deserialize, Serialize};

            #[derive(Debug, Aggregate)]
            #[aggregate(name = "account", id = u32, error = std::convert::Infallible)]
            #[aggregate(events($($event)*), commands(Open: new))]
            pub struct Account;

            #[derive(Debug, Clone, Serialize, Deserialize, Command)]
            #[command(emits(Opened))]
            pub struct Open {}

            impl Create<Opened> for Account {
                fn create(_: Opened) -> Self {
                    Self
                }
            }

            impl HandleNew<Open> for Account {
                fn handle_new(_: Open, _: &Context<Self>) -> Result<Emit<Open>, Self::Error> {
                    Ok(Emit::nothing())
                }
            }

            $(
                #[derive(Debug, Clone, Serialize, Deserialize)]
                $item
            )*
        }
    };
}

release! {
    first, (Opened: create, Closed: retired),

    #[derive(Value)]
    pub struct Owner { pub name: String }

    #[derive(Value)]
    pub struct Pair(pub u8, pub Option<i64>);

    #[derive(Value)]
    pub enum Kind { Plain, Savings(u8, String), Shared { with: Vec<Owner> }, Other(String) }

    #[derive(Event)]
    #[event(name = "Opened")]
    pub struct Opened { pub owner: Owner, pub kind: Kind, pub pair: Pair }

    #[derive(Event)]
    #[event(name = "Closed")]
    pub struct Closed {}
}

// An owner has an address, and what was is kept beside it.
release! {
    second, (Opened: create, Closed: retired),

    #[derive(Value)]
    pub struct OwnerV1 { pub name: String }

    #[derive(Value)]
    pub struct Owner { pub name: String, pub address: Option<String> }

    #[derive(Value)]
    pub struct Pair(pub u8, pub Option<i64>);

    #[derive(Value)]
    pub enum KindV1 { Plain, Savings(u8, String), Shared { with: Vec<OwnerV1> }, Other(String) }

    #[derive(Value)]
    pub enum Kind { Plain, Other(String) }

    #[derive(Event)]
    #[event(name = "Opened")]
    pub struct OpenedV1 { pub owner: OwnerV1, pub kind: KindV1, pub pair: Pair }

    #[derive(Event)]
    #[event(name = "Opened", version = 2, from(OpenedV1))]
    pub struct Opened { pub owner: Owner, pub kind: Kind, pub pair: Pair }

    #[derive(Event)]
    #[event(name = "Closed")]
    pub struct Closed {}
}

impl es_runtime::Upcast<second::OpenedV1> for second::Opened {
    fn upcast(old: second::OpenedV1, _: &es_runtime::EventContext<'_>) -> Self {
        Self {
            owner: second::Owner {
                name: old.owner.name,
                address: None,
            },
            kind: second::Kind::Plain,
            pair: old.pair,
        }
    }
}

// The same, but nobody has said that it is another version; and an event is gone.
release! {
    careless, (Opened: create),

    #[derive(Value)]
    pub struct Owner { pub name: String, pub address: String }

    #[derive(Value)]
    pub struct Pair(pub u8, pub Option<i64>);

    #[derive(Value)]
    pub enum Kind { Plain, Savings(u8, String), Shared { with: Vec<Owner> }, Other(u64) }

    #[derive(Event)]
    #[event(name = "Opened")]
    pub struct Opened { pub owner: Owner, pub kind: Kind, pub pair: Pair }
}

/// A package with a lock, or none yet.
struct Package {
    folder: TempDir,
}

impl Package {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn lock(&self) -> PathBuf {
        self.folder.path().join("es.lock")
    }

    /// What the test of a release says that holds its samples as well; nothing where it passes.
    fn run_all<A: DescribeAggregate>(&self) -> Option<String> {
        let lock = self.lock();
        let held = catch_unwind(AssertUnwindSafe(|| {
            es_codegen::lock!(lock, [A::DESCRIPTION]);
        }));
        Some(*held.err()?.downcast::<String>().unwrap())
    }

    /// What the test of a release says; nothing where it passes.
    fn run<A: DescribeAggregate>(&self, levels: &[(&str, &str)]) -> Option<String> {
        let lock = self.lock();
        let held = catch_unwind(AssertUnwindSafe(|| {
            hold(&lock, &[A::DESCRIPTION.to_json()], levels, &[]);
        }));
        let said = *held.err()?.downcast::<String>().unwrap();
        // Folders differ from run to run.
        let folder = format!("{}/", self.folder.path().display());
        Some(said.replace(&folder, ""))
    }

    /// Every file with its text.
    fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).unwrap();
                    let text = fs::read_to_string(&path).unwrap();
                    files.push((name.display().to_string(), text));
                }
            }
        }
        files.sort();
        files
    }
}

#[test]
fn what_is_new_is_written_down_and_fails_once() {
    let package = Package::new();
    insta::assert_snapshot!("first_run", package.run::<first::Account>(&[]).unwrap());
    assert_eq!(package.run::<first::Account>(&[]), None);
    let files = package.files();
    let text: String = files
        .iter()
        .map(|(name, text)| format!("== {name}\n{text}"))
        .collect();
    insta::assert_snapshot!("first_files", text);

    // The next release adds to it, and takes nothing away.
    insta::assert_snapshot!("second_run", package.run::<second::Account>(&[]).unwrap());
    assert_eq!(package.run::<second::Account>(&[]), None);
    let second = package.files();
    for (name, text) in files.iter().filter(|(name, _)| name != "es.lock") {
        assert!(second.contains(&(name.clone(), text.clone())), "{name}");
    }
    insta::assert_snapshot!("second_lock", fs::read_to_string(package.lock()).unwrap());
}

#[test]
fn what_was_published_and_is_another_now_fails_and_writes_nothing() {
    let package = Package::new();
    package.run::<first::Account>(&[]);
    let before = package.files();
    insta::assert_snapshot!(
        "careless_run",
        package.run::<careless::Account>(&[]).unwrap()
    );
    assert_eq!(package.files(), before);
    // A release that knows less than was published is told as well.
    package.run::<second::Account>(&[]);
    let said = package.run::<first::Account>(&[]).unwrap();
    assert!(said.contains("error[version-decreased]"), "{said}");
}

#[test]
fn what_samples_are_read_as_is_kept_when_they_are_published() {
    let package = Package::new();
    let told = package.run_all::<first::Account>().unwrap();
    assert!(told.contains("wrote the sample"), "{told}");
    assert!(
        told.contains("what it is read as was kept nowhere"),
        "{told}"
    );
    assert_eq!(package.run_all::<first::Account>(), None);
}

#[test]
fn levels_are_those_of_the_test() {
    let package = Package::new();
    package.run::<first::Account>(&[]);
    let said = package.run::<careless::Account>(&[("event-removed", "off")]);
    assert!(!said.unwrap().contains("event-removed"));
    let said = package.run::<first::Account>(&[("no-such-rule", "off")]);
    assert!(said.unwrap().contains("no-such-rule"));
}

#[test]
fn a_lock_that_was_edited_is_told() {
    let package = Package::new();
    package.run::<first::Account>(&[]);
    let text = fs::read_to_string(package.lock()).unwrap();
    fs::write(package.lock(), text.replace("name: String", "name: u8")).unwrap();
    let said = package.run::<first::Account>(&[]).unwrap();
    assert!(said.contains("error[history-rewritten]"), "{said}");
    assert!(said.contains("es.lock:"), "{said}");
}
