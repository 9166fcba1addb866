//! Every kind of value in every position of a schema, through applications over stores.

use std::cell::Cell;

use es_kinds::generated::thing::{Thing, ThingEvent, commands, events};
use es_kinds::generated::{Anything, ThingId, Tree};
use es_runtime::{
    App, Command, CommandId, EventSet, EventStore, ExecuteOptions, MemoryStore, Slice, decode_json,
    encode_json,
};
use es_sqlite::SqliteStore;
use es_tests::draw::{Draw, Source, arbitrary_bytes, wide_body};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{cases, check, check_event, decode};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn every_kind_in_every_position_reads_back(
        bytes in prop::collection::vec(any::<u8>(), 0..1_500),
    ) {
        let source = &mut Source::new(&bytes);
        check_event::<ThingEvent>(&events::Held::draw(source).into());
        check_event::<ThingEvent>(&events::Said::draw(source).into());
    }

    #[test]
    fn a_tree_reads_back_or_is_refused_for_its_depth(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let tree = Tree::draw(&mut Source::new(&bytes));
        let event: ThingEvent = events::Grown { tree }.into();
        match event.encode() {
            Ok(_) => _ = check_event(&event),
            Err(error) => {
                prop_assert!(error.to_string().contains("nested deeper"), "{error}");
                prop_assert!(error.path().is_some());
            }
        }
    }

    #[test]
    fn an_event_of_300_fields_reads_back(bytes in prop::collection::vec(any::<u8>(), 0..1_500)) {
        let body = wide_body(&mut Source::new(&bytes));
        let event: ThingEvent = decode("Widened", &body).unwrap();
        prop_assert_eq!(String::from_utf8(check_event(&event).body), String::from_utf8(body));
    }
}

#[test]
fn an_event_of_no_field_reads_back() {
    let encoded = check_event::<ThingEvent>(&events::Begun {}.into());
    assert_eq!(encoded.body, b"{}");
}

/// The command that asks for an event of the same fields.
fn command_of<C: DeserializeOwned>(event: &impl Serialize) -> C {
    decode_json(&encode_json(event).unwrap()).unwrap()
}

/// A command that is stored beside its events could be read back from there.
fn check_command<C: Command + Serialize + DeserializeOwned>(command: &C) {
    let body = command.encode().unwrap();
    let read: C = decode_json(&body).unwrap();
    assert_eq!(read.encode().unwrap(), body);
}

/// Carries out commands full of values, and finds them again in the answers, in the history and in the state.
async fn find_again<S: EventStore + Clone>(
    store: S,
    id: &ThingId,
    whats: &[Anything],
    said: &events::Said,
    wide: &[u8],
) {
    let app = App::new(store.clone());
    let named = |name: &str| {
        ExecuteOptions::new().command_id(CommandId::from_name(&format!("{id} {name}")))
    };
    let mut stored: Vec<ThingEvent> = Vec::new();
    app.execute(id, commands::Begin {}).await.unwrap();
    stored.push(events::Begun {}.into());
    for (number, what) in whats.iter().enumerate() {
        let command = commands::Hold { what: what.clone() };
        check_command(&command);
        let options = named(&number.to_string());
        let executed = app.execute_with(id, command, options).await.unwrap();
        stored.extend(executed.events);
    }
    let say: commands::Say = command_of(said);
    check_command(&say);
    app.execute_with(id, say, named("say")).await.unwrap();
    stored.push(said.clone().into());
    let widen: commands::Widen = decode_json(wide).unwrap();
    check_command(&widen);
    let executed = app.execute_with(id, widen, named("widen")).await.unwrap();
    assert_eq!(executed.events[0].encode().unwrap().body, wide);
    stored.extend(executed.events);

    // Cold, so that everything comes from the store.
    let app = App::new(store);
    let trail = app.history::<Thing>(id, Slice::after(None, 100)).await;
    let found: Vec<ThingEvent> = trail.unwrap().into_iter().map(|at| at.event).collect();
    assert_eq!(found, stored);
    assert_eq!(format!("{found:?}"), format!("{stored:?}"));
    let state = app.load::<Thing>(id).await.unwrap().state.unwrap();
    assert_eq!(state.held, whats);
    assert_eq!((state.said, state.wide), (1, 1));
    check(&state);
}

/// Runs `test` on values drawn from random bytes.
fn drawn(count: u32, test: impl Fn(&[Anything], &events::Said, &[u8])) {
    let bytes = prop::collection::vec(any::<u8>(), 0..6_000);
    proptest!(cases(count), |(bytes in bytes)| {
        let source = &mut Source::new(&bytes);
        let wide = wide_body(source);
        let said = events::Said::draw(source);
        let whats = [(); 8].map(|()| Anything::draw(source));
        test(&whats, &said, &wide);
    });
}

#[test]
fn values_are_found_again_in_memory() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    drawn(40, |whats, said, wide| {
        let store = MemoryStore::new();
        runtime.block_on(find_again(store, &ThingId::from("one"), whats, said, wide));
    });
}

#[test]
fn values_are_found_again_in_a_file_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("values.db")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let number = Cell::new(0);
    drawn(20, |whats, said, wide| {
        number.set(number.get() + 1);
        let id = ThingId::new(format!("thing {}", number.get()));
        runtime.block_on(find_again(store.clone(), &id, whats, said, wide));
    });
}

#[test]
fn values_are_found_again_after_the_file_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let id = ThingId::from("\0 é e\u{301} 🎉");
    let bytes = arbitrary_bytes(40_000);
    let source = &mut Source::new(&bytes);
    let whats: Vec<Anything> = (0..40).map(|_| Anything::draw(source)).collect();
    runtime.block_on(async {
        let app = App::new(SqliteStore::open(&path).unwrap());
        app.execute(&id, commands::Begin {}).await.unwrap();
        for what in whats.clone() {
            app.execute(&id, commands::Hold { what }).await.unwrap();
        }
    });
    let app = App::new(SqliteStore::open(&path).unwrap());
    let state = runtime
        .block_on(app.load::<Thing>(&id))
        .unwrap()
        .state
        .unwrap();
    assert_eq!(format!("{:?}", state.held), format!("{whats:?}"));
}
