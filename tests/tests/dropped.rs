//! Callers that are dropped at each of their awaits: nobody else is stranded, and what they wished for happens at most once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use es_runtime::prelude::*;
use es_runtime::{AnyStore, CommandId, MemoryStore, Receipt, Slice, TransactOptions, Transaction};
use es_sqlite::{Durability, SqliteStore};
use es_tests::account::*;
use es_tests::steps::{Steps, block_on};

type Failure = ExecuteError<AccountError>;
type Task<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// A way to pay 7 in.
#[derive(Clone, Copy)]
struct Wish {
    ask: fn(&App<Steps<AnyStore>>) -> Task<Receipt>,
    has_id: bool,
}

const EXECUTE: Wish = Wish {
    ask: execute,
    has_id: false,
};
const EXECUTE_WITH: Wish = Wish {
    ask: execute_with,
    has_id: true,
};
const TRANSACT: Wish = Wish {
    ask: transact,
    has_id: true,
};

const WISHED: i64 = 7;
const OTHERS: [i64; 2] = [100, 1_000];
const LAST: i64 = 10_000;

#[test]
fn a_caller_of_execute_in_memory() {
    drop_at_each_await(in_memory, EXECUTE);
}

#[test]
fn a_caller_of_execute_on_sqlite() {
    drop_at_each_await(on_sqlite, EXECUTE);
}

#[test]
fn a_caller_of_execute_with_a_command_id_in_memory() {
    drop_at_each_await(in_memory, EXECUTE_WITH);
}

#[test]
fn a_caller_of_execute_with_a_command_id_on_sqlite() {
    drop_at_each_await(on_sqlite, EXECUTE_WITH);
}

#[test]
fn a_caller_of_transact_in_memory() {
    drop_at_each_await(in_memory, TRANSACT);
}

#[test]
fn a_caller_of_transact_on_sqlite() {
    drop_at_each_await(on_sqlite, TRANSACT);
}

fn in_memory(_: &std::path::Path) -> AnyStore {
    AnyStore::new(MemoryStore::new())
}

fn on_sqlite(folder: &std::path::Path) -> AnyStore {
    let options = SqliteStore::options().durability(Durability::LosesLastCommitsOnPowerCut);
    AnyStore::new(options.open(folder.join("app.db")).unwrap())
}

fn ada() -> AccountId {
    AccountId::new("ada")
}

fn id() -> CommandId {
    CommandId::from_name("wish")
}

fn deposit(app: &App<Steps<AnyStore>>, amount: i64, options: ExecuteOptions) -> Task<Receipt> {
    let executing = app.execute_with(&ada(), Deposit { amount }, options);
    Box::pin(async move { Ok(executing.await?.receipt) })
}

fn execute(app: &App<Steps<AnyStore>>) -> Task<Receipt> {
    deposit(app, WISHED, ExecuteOptions::new())
}

fn execute_with(app: &App<Steps<AnyStore>>) -> Task<Receipt> {
    deposit(app, WISHED, ExecuteOptions::new().command_id(id()))
}

fn transact(app: &App<Steps<AnyStore>>) -> Task<Receipt> {
    let app = app.clone();
    Box::pin(async move {
        let options = TransactOptions::new()
            .command(id(), "Wish", &WISHED)
            .unwrap();
        let decide = |mut transaction: Transaction<Steps<AnyStore>>| async move {
            transaction.load::<Account>(&ada()).await?;
            transaction
                .execute::<_, AccountError>(&ada(), Deposit { amount: WISHED })
                .await
        };
        Ok(app.transact_with(options, decide).await?.receipt)
    })
}

/// Drops the caller behind the first, second, … step of the store, until it comes to its end by itself, ahead of the others
/// and behind them.
fn drop_at_each_await(open: fn(&std::path::Path) -> AnyStore, wish: Wish) {
    for is_ahead in [true, false] {
        let mut steps = 0;
        loop {
            let folder = tempfile::tempdir().unwrap();
            if has_ended(open(folder.path()), wish, is_ahead, steps) {
                break;
            }
            steps += 1;
        }
        // A call of the store alone has as many.
        assert!(steps >= 3, "only {steps} steps");
    }
}

/// Whether the caller came to its end within so many steps.
fn has_ended(store: AnyStore, wish: Wish, is_ahead: bool, steps: usize) -> bool {
    let app = App::new(Steps::new(store.clone()));
    let owner = || "Ada".to_owned();
    block_on(app.execute(&ada(), Open { owner: owner() })).unwrap();

    app.store().close();
    let mut caller = Polled::new((wish.ask)(&app));
    let mut others = OTHERS.map(|amount| Polled::new(deposit(&app, amount, ExecuteOptions::new())));
    if is_ahead {
        caller.poll();
    }
    others.iter_mut().for_each(Polled::poll);
    if !is_ahead {
        caller.poll();
    }
    for _ in 0..steps {
        app.store().step();
        let all = std::iter::once(&mut caller).chain(&mut others);
        all.filter(|caller| caller.is_woken())
            .for_each(Polled::poll);
    }
    let answer = caller.answer.take();
    let has_ended = answer.is_some();
    drop(caller);

    app.store().open();
    run(&mut others);
    // The dropped caller's commit may still wait in the store; commits are taken in order, so an answered one ends the wait.
    let bob = AccountId::new("bob");
    block_on(app.execute(&bob, Open { owner: owner() })).unwrap();
    let times = amounts(&store)
        .iter()
        .filter(|amount| **amount == WISHED)
        .count();
    match answer {
        Some(answer) => assert!(answer.is_ok() && times == 1),
        None => assert!(times <= 1),
    }
    if wish.has_id {
        repeat(&app, &store, wish, times == 1);
    }
    // The warm state is the stored one.
    block_on(app.execute(&ada(), Deposit { amount: LAST })).unwrap();
    let closed = block_on(app.execute(&ada(), Close {})).unwrap();
    let amount = amounts(&store).iter().sum();
    assert_eq!(closed.events, [Withdrawn { amount }.into()]);
    has_ended
}

/// Under its command id, the same wish gives the one receipt, as often as it is repeated.
fn repeat(app: &App<Steps<AnyStore>>, store: &AnyStore, wish: Wish, was_stored: bool) {
    let first = block_on((wish.ask)(app)).unwrap();
    assert_eq!(first.repeated, was_stored);
    let second = block_on((wish.ask)(app)).unwrap();
    assert_eq!(second, first.again());
    let stored = amounts(store);
    assert_eq!(stored.iter().filter(|amount| **amount == WISHED).count(), 1);
    for amount in OTHERS {
        assert!(stored.contains(&amount));
    }
}

/// What was paid in, in order.
fn amounts(store: &AnyStore) -> Vec<i64> {
    let history = App::new(store.clone());
    let history = block_on(history.history::<Account>(&ada(), Slice::after(None, 100))).unwrap();
    let amount = |event: &AccountEvent| match event {
        AccountEvent::Deposited(deposited) => Some(deposited.amount),
        _ => None,
    };
    history
        .iter()
        .filter_map(|recorded| amount(&recorded.event))
        .collect()
}

/// A caller that is polled by hand.
struct Polled {
    task: Task<Receipt>,
    answer: Option<Result<Receipt, Failure>>,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Polled {
    fn new(task: Task<Receipt>) -> Self {
        Self {
            task,
            answer: None,
            woken: Arc::default(),
        }
    }

    fn is_woken(&self) -> bool {
        self.answer.is_none() && self.woken.0.load(Ordering::SeqCst)
    }

    fn poll(&mut self) {
        self.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(self.woken.clone());
        if let Poll::Ready(answer) = self.task.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.answer = Some(answer);
        }
    }
}

/// Polls whoever was woken until all are answered.
fn run(callers: &mut [Polled]) {
    while callers.iter().any(|caller| caller.answer.is_none()) {
        let next = callers.iter_mut().find(|caller| caller.is_woken());
        next.expect("somebody is stranded").poll();
    }
    for caller in callers {
        assert!(matches!(caller.answer, Some(Ok(_))));
    }
}
