//! Code of the user's that panics wherever it is called: a typed error that names the place, nothing half-stored, the
//! writer alive, and every aggregate goes on.

use std::fmt;
use std::panic::panic_any;
use std::time::Duration;

use es_runtime::prelude::*;
use es_runtime::{
    Commit, Describe, EventName, Expected, MemoryStore, NewEvent, Slice, StoreError, StreamWrite,
    Transaction, describe::Shape,
};
use es_sqlite::SqliteStore;
use es_tests::stores::Watched;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that panics in one of the places where a value is used.
#[derive(Debug, PartialEq)]
struct Mine(String);

impl Mine {
    fn step_on(&self, place: &str) {
        if self.0 == place && !std::thread::panicking() {
            panic!("a mine in {place}");
        }
    }
}

impl Clone for Mine {
    fn clone(&self) -> Self {
        self.step_on("Clone");
        Self(self.0.clone())
    }
}

impl Serialize for Mine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.step_on("Serialize");
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Mine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mine = Self(String::deserialize(deserializer)?);
        mine.step_on("Deserialize");
        Ok(mine)
    }
}

impl fmt::Display for Mine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.step_on("Display");
        self.0.fmt(f)
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        self.step_on("Drop");
    }
}

impl Describe for Mine {
    const SHAPE: Shape = String::SHAPE;
}

#[derive(Id)]
struct FieldId(String);

#[derive(Debug, Clone, PartialEq, Aggregate)]
#[aggregate(
    name = "field",
    id = FieldId,
    events(Laid: create, Walked),
    commands(Lay: new, Walk),
    error = std::convert::Infallible,
)]
struct Field {
    steps: usize,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "laid")]
struct Laid {}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "walked", tags(mine))]
struct Walked {
    mine: Mine,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Laid))]
struct Lay {}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Walked))]
struct Walk {
    mine: Mine,
}

impl Create<Laid> for Field {
    fn create(_: Laid) -> Self {
        Self { steps: 0 }
    }
}

impl Apply<Walked> for Field {
    fn apply(&mut self, event: Walked) {
        event.mine.step_on("Apply");
        self.steps += 1;
    }
}

type Answer<C> = Result<Emit<C>, std::convert::Infallible>;

impl HandleNew<Lay> for Field {
    fn handle_new(_: Lay, _: &Context<Self>) -> Answer<Lay> {
        Ok(emit(Laid {}))
    }
}

impl Handle<Walk> for Field {
    fn handle(&self, command: Walk, _: &Context<Self>) -> Answer<Walk> {
        command.mine.step_on("Handle");
        if command.mine.0 == "Payload" {
            panic_any(7_u32);
        }
        Ok(emit(Walked { mine: command.mine }))
    }
}

fn id() -> FieldId {
    FieldId::from("one")
}

fn walk(place: &str) -> Walk {
    Walk {
        mine: Mine(place.to_owned()),
    }
}

async fn laid<S: EventStore>(store: S) -> App<S> {
    let app = App::new(store);
    app.execute(&id(), Lay {}).await.unwrap();
    app
}

/// How far an aggregate has come that is read anew from its store.
async fn steps<S: EventStore + Clone>(app: &App<S>) -> usize {
    let cold = App::new(app.store().clone());
    cold.load::<Field>(&id())
        .await
        .unwrap()
        .state
        .unwrap()
        .steps
}

/// In which place code panics, and what the caller is told.
const TOLD: [(&str, &str); 7] = [
    (
        "Handle",
        "a rule of `Walk` panicked on field/one at version 1: a mine in Handle",
    ),
    (
        "Payload",
        "a rule of `Walk` panicked on field/one at version 1: no message",
    ),
    (
        "Clone",
        "a rule of `Walk` panicked on field/one at version 1: a mine in Clone",
    ),
    (
        "Serialize",
        "a rule of `Walk` panicked on field/one at version 1: a mine in Serialize",
    ),
    (
        "Display",
        "a rule of `Walk` panicked on field/one at version 1: a mine in Display",
    ),
    (
        "Deserialize",
        "event `walked` (schema version 1) at version 2 of field/one: its rule panicked: a mine in Deserialize",
    ),
    (
        "Apply",
        "event `walked` (schema version 1) at version 2 of field/one: its rule panicked: a mine in Apply",
    ),
];

/// A panic is told, nothing of it is stored, this aggregate and another go on.
async fn check<S: EventStore + Clone>(store: S) {
    let app = laid(store).await;
    let other = FieldId::from("other");
    app.execute(&other, Lay {}).await.unwrap();
    let head = app.store().head().await.unwrap();
    for (place, told) in TOLD {
        let error = app.execute(&id(), walk(place)).await.unwrap_err();
        assert_eq!(error.to_string(), told);
    }
    assert_eq!(app.store().head().await.unwrap(), head);
    app.execute(&id(), walk("grass")).await.unwrap();
    app.execute(&other, walk("grass")).await.unwrap();
    assert_eq!(steps(&app).await, 1);
}

#[tokio::test]
async fn a_panic_in_code_of_the_users_is_told_and_everybody_goes_on_in_memory() {
    check(MemoryStore::new()).await;
}

#[tokio::test]
async fn a_panic_in_code_of_the_users_is_told_and_everybody_goes_on_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    check(SqliteStore::open(folder.path().join("mines.db")).unwrap()).await;
}

#[tokio::test]
async fn a_command_that_panics_when_it_is_written_down_is_told_before_it_is_decided() {
    let app = laid(MemoryStore::new()).await;
    let options = ExecuteOptions::new().command_id(CommandId::from_name("walk"));
    let error = app
        .execute_with(&id(), walk("Serialize"), options.clone())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a rule of `Walk` panicked on field/one at no version: a mine in Serialize"
    );
    app.execute_with(&id(), walk("grass"), options)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_panic_in_a_transaction_is_told_and_nothing_is_stored() {
    let app = laid(MemoryStore::new()).await;
    for (place, told) in TOLD {
        let decide = |mut tx: Transaction<MemoryStore>| async move {
            tx.execute::<_, std::convert::Infallible>(&id(), walk("grass"))
                .await?;
            tx.execute(&id(), walk(place)).await
        };
        let result = app.transact(decide).await;
        // The command is not copied here, so that there is nothing to step on.
        match place {
            "Clone" => _ = result.unwrap(),
            _ => {
                let error = result.unwrap_err().to_string();
                assert_eq!(error.rsplit(": ").next(), told.rsplit(": ").next());
            }
        }
    }
    assert_eq!(steps(&app).await, 2);
}

/// Stores an event as an earlier release did, in whose code there was no mine.
async fn store(app: &App<MemoryStore>, place: &str) {
    let event = NewEvent {
        id: Uuid::now_v7().into(),
        name: EventName::from_static(Walked::NAME),
        schema: Walked::VERSION,
        reads_as: Walked::READS_AS,
        codec: es_runtime::Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: vec![],
        body: format!("{{\"mine\":\"{place}\"}}").into_bytes(),
    };
    let write = StreamWrite {
        stream: Field::stream(&id()),
        expected: Expected::Exists,
        events: vec![event],
    };
    let commit = Commit {
        writes: vec![write],
        ..Commit::default()
    };
    app.store().append(commit).await.unwrap();
}

#[tokio::test]
async fn a_stored_event_whose_code_panics_is_told_with_its_place_and_other_aggregates_go_on() {
    for place in ["Apply", "Deserialize"] {
        let app = laid(MemoryStore::new()).await;
        store(&app, "grass").await;
        store(&app, place).await;
        let told = format!(
            "event `walked` (schema version 1) at version 3 of field/one: its rule panicked: a mine in {place}"
        );
        let error = app.load::<Field>(&id()).await.unwrap_err();
        assert_eq!(error.to_string(), told);
        // Warm, cold, and by commands in one line.
        for app in [app.clone(), App::new(app.store().clone())] {
            let (first, second) = tokio::join!(
                app.execute(&id(), walk("grass")),
                app.execute(&id(), walk("grass")),
            );
            assert_eq!(first.unwrap_err().to_string(), told);
            assert_eq!(second.unwrap_err().to_string(), told);
        }
        let other = FieldId::from("other");
        app.execute(&other, Lay {}).await.unwrap();
        app.execute(&other, walk("grass")).await.unwrap();
        // Time travel to where it was well.
        let version = es_runtime::Version::new(2).unwrap();
        let state = app.load_at::<Field>(&id(), version).await.unwrap().state;
        assert_eq!(state.unwrap().steps, 1);
    }
}

#[tokio::test]
async fn the_audit_trail_tells_an_event_that_panics_when_it_is_read_and_shows_what_only_cannot_be_applied()
 {
    let app = laid(MemoryStore::new()).await;
    store(&app, "Apply").await;
    let whole = Slice::after(None, 10);
    assert_eq!(app.history::<Field>(&id(), whole).await.unwrap().len(), 2);
    store(&app, "Deserialize").await;
    let error = app.history::<Field>(&id(), whole).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "event `walked` (schema version 1) at version 3 of field/one: its rule panicked: a mine in Deserialize"
    );
}

/// Has commands wait in one line, and gives their answers, which all come.
async fn in_one_line(
    app: &App<Watched<MemoryStore>>,
    places: &[&str],
) -> Vec<Result<Executed<Field>, ExecuteError<std::convert::Infallible>>> {
    let gate = app.store().close();
    let mut tasks = vec![tokio::spawn(app.execute(&id(), walk("grass")))];
    while app.store().chains() == gate {
        tokio::task::yield_now().await;
    }
    for place in places {
        tasks.push(tokio::spawn(app.execute(&id(), walk(place))));
        tokio::task::yield_now().await;
    }
    app.store().open();
    let mut answers = Vec::new();
    for task in tasks {
        let answer = tokio::time::timeout(Duration::from_secs(10), task).await;
        answers.push(answer.expect("nobody is forgotten in the line").unwrap());
    }
    answers
}

#[tokio::test]
async fn those_who_wait_in_line_with_a_panic_are_carried_out() {
    for (place, _) in TOLD {
        let app = laid(Watched::new(MemoryStore::new())).await;
        let answers = in_one_line(&app, &["grass", place, "grass"]).await;
        let are_errors: Vec<bool> = answers.iter().map(Result::is_err).collect();
        assert_eq!(are_errors, [false, false, true, false], "{place}");
        assert_eq!(steps(&app).await, 3);
    }
}

/// Dropped in many places, also in between of all rules. Who waited in the same line may not learn what came of it, but is
/// told so.
#[tokio::test]
async fn a_panic_between_the_rules_is_an_unknown_outcome_and_the_aggregate_goes_on() {
    let app = laid(Watched::new(MemoryStore::new())).await;
    let answers = in_one_line(&app, &["Drop", "grass"]).await;
    let mut granted = 0;
    for answer in &answers {
        match answer {
            Ok(_) => granted += 1,
            Err(ExecuteError::Store(StoreError::OutcomeUnknown { .. }) | ExecuteError::Read(_)) => {
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(granted < answers.len());
    app.execute(&id(), walk("grass")).await.unwrap();
    let steps = steps(&app).await;
    assert!(
        (granted..=answers.len()).contains(&(steps - 1)),
        "{granted} of {steps}"
    );
}
