//! Random sequences of what can be asked of a store, held against a plain list of events.
//!
//! `ES_SEQUENCES=5000 cargo test --release -p es-tests --test model` for more of them.

mod reference;
mod wishes;

use es_runtime::{
    AnyStore, Commit, EventStore, Guard, MemoryStore, Page, Position, Receipt, StoreError,
    StreamId, StreamWrite, Version,
};
use es_sqlite::{Durability, SqliteStore};
use es_tests::steps::block_on;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use reference::{Answers, Model, Stored, is_meant};
use tempfile::TempDir;
use wishes::*;

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn memory_answers_as_the_model_does(sequential 1..40 => Checked<Memory>);

    #[test]
    fn sqlite_answers_as_the_model_does(sequential 1..40 => Checked<Sqlite>);
}

/// As many sequences as the environment variable `ES_SEQUENCES` says, always the same ones.
fn config() -> Config {
    let asked = std::env::var("ES_SEQUENCES").ok();
    Config {
        cases: asked.and_then(|asked| asked.parse().ok()).unwrap_or(200),
        rng_seed: RngSeed::Fixed(20_261_125),
        failure_persistence: None,
        max_shrink_iters: 5_000,
        ..Config::default()
    }
}

impl ReferenceStateMachine for Model {
    /// The model before the last transition, and behind it.
    type State = (Model, Model);
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self::State> {
        Just(Default::default()).boxed()
    }

    fn transitions(_: &Self::State) -> BoxedStrategy<Transition> {
        wishes::transitions()
    }

    fn apply((_, before): Self::State, transition: &Transition) -> Self::State {
        let mut after = before.clone();
        if let Transition::Append(chain) = transition {
            after.append(chain);
        }
        (before, after)
    }
}

/// A way to open a store again.
trait Open: 'static {
    fn new() -> Self;
    fn open(&self) -> AnyStore;
}

struct Memory(MemoryStore);

impl Open for Memory {
    fn new() -> Self {
        Self(MemoryStore::new())
    }

    fn open(&self) -> AnyStore {
        AnyStore::new(self.0.clone())
    }
}

struct Sqlite(TempDir);

impl Open for Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> AnyStore {
        let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
        AnyStore::new(options.open(self.0.path().join("app.db")).unwrap())
    }
}

struct Checked<O> {
    /// Nothing while it is closed.
    store: Option<AnyStore>,
    open: O,
}

impl<O: Open> StateMachineTest for Checked<O> {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &(Model, Model)) -> Self {
        let open = O::new();
        let store = Some(open.open());
        Self { store, open }
    }

    fn apply(mut checked: Self, (before, after): &(Model, Model), transition: Transition) -> Self {
        if let Transition::Restart = transition {
            checked.store = None;
            checked.store = Some(checked.open.open());
        } else if let Some(store) = &checked.store {
            block_on(ask(store, before, after, transition));
        }
        checked
    }

    /// Everything that is stored, once more.
    fn teardown(checked: Self, (_, model): (Model, Model)) {
        let window = Window {
            after: 0,
            until: 0,
            is_backwards: false,
            limit: usize::MAX,
        };
        let everything = vec![Item {
            types: Vec::new(),
            tags: Vec::new(),
        }];
        if let Some(store) = &checked.store {
            block_on(async {
                read_log(store, &model, &everything, window).await;
                for stream in 0..3 {
                    read_stream(store, &model, stream, window).await;
                }
            });
        }
    }
}

/// Asks a store and holds its answer against the model's.
async fn ask(store: &AnyStore, before: &Model, after: &Model, transition: Transition) {
    match transition {
        Transition::Append(chain) => {
            let commits = chain.iter().map(|draft| commit(draft, before)).collect();
            let expected = before.clone().append(&chain);
            let answers = store.append_chain(commits).await;
            assert_eq!(answers.len(), expected.len());
            for (answer, expected) in answers.iter().zip(&expected) {
                check_answer(answer, expected);
            }
        }
        Transition::ReadStream(stream, window) => read_stream(store, after, stream, window).await,
        Transition::ReadLog(items, window) => read_log(store, after, &items, window).await,
        Transition::Receipt(command) => {
            let (id, body) = (command_id(command.id), fingerprint(command.body));
            let receipt = store.receipt(id, body).await;
            let shown = |receipt: Result<Option<Receipt>, StoreError>| match receipt.transpose() {
                Some(answer) => show(&answer),
                None => "nothing".to_owned(),
            };
            assert_eq!(shown(receipt), shown(after.receipt(command)));
        }
        Transition::Head => {
            let head = store.head().await.unwrap();
            assert_eq!(head, Position::new(after.log.len() as u64));
        }
        Transition::Restart => {}
    }
}

fn commit(draft: &Draft, model: &Model) -> Commit {
    let write = |write: &Write| StreamWrite {
        stream: stream_id(write.stream),
        expected: model.expected(write),
        events: write.events.iter().map(new_event).collect(),
    };
    let mut writes: Vec<StreamWrite> = draft.writes.iter().map(write).collect();
    if draft.is_over_limit {
        writes.push(StreamWrite {
            stream: StreamId::new(stream_id(0).category().clone(), "x".repeat(256)),
            expected: es_runtime::Expected::Any,
            events: Vec::new(),
        });
    }
    Commit {
        writes,
        guard: draft.guard.as_ref().map(|(items, seen)| Guard {
            query: query(items),
            after: Position::new(model.position(*seen)),
        }),
        command: draft.command.map(record),
        ..Commit::default()
    }
}

fn check_answer(answer: &Result<Receipt, StoreError>, expected: &Answers) {
    let expected: Vec<String> = expected.iter().map(show).collect();
    let answer = show(answer);
    assert!(
        expected.contains(&answer),
        "{answer}\nis none of {expected:#?}"
    );
}

/// All of an answer but the time, and the words for what is over a limit.
fn show(answer: &Result<Receipt, StoreError>) -> String {
    match answer {
        Ok(receipt) => {
            let Receipt {
                commit,
                streams,
                positions,
                repeated,
                ..
            } = receipt;
            format!("{commit:?} {streams:?} {positions:?} repeated: {repeated}")
        }
        Err(StoreError::Refused { .. }) => "refused".to_owned(),
        Err(error) => error.to_string(),
    }
}

async fn read_stream(store: &AnyStore, model: &Model, stream: u8, window: Window) {
    let page = store
        .read_stream(stream_id(stream), window.slice(Version::new))
        .await
        .unwrap();
    let mut expected = model.window(window, |_, stored| stored.version);
    expected.retain(|(_, stored)| stored.stream == stream);
    expected.truncate(window.limit);
    assert_eq!(
        shown(&page),
        expected.into_iter().map(show_event).collect::<Vec<_>>()
    );
}

async fn read_log(store: &AnyStore, model: &Model, items: &[Item], window: Window) {
    let page = store
        .read_log(query(items), window.slice(Position::new))
        .await
        .unwrap();
    let looked_at = model.window(window, |position, _| position);
    let reached = page.reached.map(Position::get);
    let end = looked_at
        .iter()
        .position(|(position, _)| Some(*position) == reached);
    assert_eq!(
        reached.is_some(),
        end.is_some(),
        "reached {reached:?}, which is no place of the slice"
    );
    // Every event up to there was looked at; and that is all, unless there are as many as may be.
    let seen = &looked_at[..end.map_or(0, |end| end + 1)];
    if page.events.len() < window.limit {
        assert_eq!(seen.len(), looked_at.len(), "reached {reached:?} too early");
    }
    let expected = seen.iter().filter(|(_, stored)| is_meant(items, stored));
    assert_eq!(
        shown(&page.events),
        expected.copied().map(show_event).collect::<Vec<_>>()
    );
    assert!(page.events.len() <= window.limit);
}

fn shown(page: &Page) -> Vec<String> {
    let show = |event: es_runtime::RawEvent<'_>| {
        let (position, stream, version) = (event.position(), event.stream(), event.version());
        let (name, commit, id) = (event.name(), event.commit().get(), event.id());
        let body = String::from_utf8_lossy(event.body());
        format!("{position}: {stream} {version} {name} in {commit}, {id:?} {body}")
    };
    page.iter().map(show).collect()
}

fn show_event((position, stored): (u64, &Stored)) -> String {
    let Stored {
        stream,
        version,
        commit,
        event,
    } = stored;
    let (stream, name, id) = (
        stream_id(*stream),
        event_name(event.kind),
        event_id(event.id),
    );
    format!(
        "{position}: {stream} {version} {name} in {commit}, {id:?} {}",
        event.id
    )
}
