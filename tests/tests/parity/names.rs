//! Hard names are stored alike, whether they were written in YAML or with derives.

use es_parity::names as yaml;
use es_runtime::{Aggregate, App, Dispatch, EventSet, EventStore, MemoryStore};
use es_sqlite::SqliteStore;
use serde::de::DeserializeOwned;

use super::hard::{self, keywords};
use super::{read_again, stored, told};

/// Both applications, each on a store of its own.
struct Both<S> {
    hand: App<S>,
    yaml: App<S>,
}

impl<S: EventStore + Clone> Both<S> {
    /// Asks both for a command, given as JSON; their bodies, names, answers are the same.
    async fn ask<H, Y>(&self, json: &str)
    where
        H: Dispatch<Aggregate = hard::Hard> + DeserializeOwned,
        Y: Dispatch<Aggregate = yaml::Hard> + DeserializeOwned,
    {
        let by_hand: H = serde_json::from_str(json).unwrap();
        let in_yaml: Y = serde_json::from_str(json).unwrap();
        assert_eq!(by_hand.name(), in_yaml.name());
        for body in [by_hand.encode().unwrap(), in_yaml.encode().unwrap()] {
            assert_eq!(String::from_utf8(body).unwrap(), json);
        }
        let (id, key) = (hard::Key::from(KEY), yaml::Key::from(KEY));
        let answer = told(&self.hand, &id, by_hand, None).await;
        assert!(answer.is_ok(), "{answer:?}");
        assert_eq!(answer, told(&self.yaml, &key, in_yaml, None).await);
    }
}

/// Keys of streams are text, too.
const KEY: &str = "it's: \"me\" @ 🎉";

fn long() -> String {
    format!("{}🎉", "e".repeat(251))
}

/// Has everything happen that can, on both sides.
async fn everything<S: EventStore + Clone>(hand: S, yaml: S) {
    let both = Both {
        hand: App::new(hand.clone()),
        yaml: App::new(yaml.clone()),
    };
    both.ask::<hard::commands::Start, yaml::hard::commands::Start>("{}")
        .await;
    macro_rules! ask {
        ($($name:ident $field:ident $stored:literal,)*) => {$(
            both.ask::<hard::commands::$name, yaml::hard::commands::$name>(
                concat!("{\"", $stored, "\":7}"),
            )
            .await;
        )*};
    }
    keywords!(ask);
    for more in ["", r#""more":null,"#, r#""more":3,"#] {
        let json = SPEAK.replace("MORE", more).replace("LONG", &long());
        both.ask::<hard::commands::Speak, yaml::hard::commands::Speak>(&json)
            .await;
    }

    let written = stored(&hand).await;
    assert_eq!(written, stored(&yaml).await);
    let (id, key) = (hard::Key::from(KEY), yaml::Key::from(KEY));
    let again = read_again::<hard::Hard, S>(&yaml, &id).await;
    assert_eq!(again, read_again::<yaml::Hard, S>(&hand, &key).await);
    assert_eq!(again.len(), written.len());

    // Nothing was left out.
    for name in hard::HardEvent::NAMES {
        assert!(
            again
                .iter()
                .any(|event| event.starts_with(&format!("{name:?} "))),
            "{name}"
        );
    }
    let state = both.hand.load::<hard::Hard>(&id).await.unwrap().state;
    let in_yaml = both.yaml.load::<yaml::Hard>(&key).await.unwrap().state;
    assert_eq!(
        serde_json::to_string(&state).unwrap(),
        serde_json::to_string(&in_yaml).unwrap()
    );
}

const SPEAK: &str = concat!(
    r#"{"option":"~",MORE"ok":[null,0],"vec":["no",""],"boxed":"b","#,
    r#""symbols":["1st","a-b","no","null","true","~","1.10","014","self","Self","two words","c: d","@home","it's \"quoted\"","","🎉"],"#,
    r#""by":{"no":1,"":2},"#,
    r#""shapes":[{"None":{}},{"Or else: @":{"fn":1,"two words":"x"}},{"self":{"Self":2}}],"#,
    r#""event":1,"command":2,"state":3,"cx":4,"a:b":"x y","what it says, \"exactly\"":"a:b","fn":"🎉","LONG":255}"#,
);

#[tokio::test]
async fn every_event_is_stored_and_read_alike() {
    everything(MemoryStore::new(), MemoryStore::new()).await;
}

#[tokio::test]
async fn every_event_is_stored_and_read_alike_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| SqliteStore::open(folder.path().join(name)).unwrap();
    everything(open("hand.db"), open("yaml.db")).await;
}

#[test]
fn aggregates_events_and_symbols_have_the_same_stored_names() {
    assert_eq!(hard::Hard::NAME, yaml::Hard::NAME);
    assert_eq!(hard::HardEvent::NAMES, yaml::HardEvent::NAMES);
    let by_hand: Vec<_> = hard::Symbol::ALL
        .iter()
        .map(|symbol| symbol.as_str())
        .collect();
    let in_yaml: Vec<_> = yaml::Symbol::ALL
        .iter()
        .map(|symbol| symbol.as_str())
        .collect();
    assert_eq!(by_hand, in_yaml);
}
