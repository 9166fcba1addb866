//! Callers of one aggregate among each other: nobody works for all, and nobody who has left is kept.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use es_runtime::prelude::*;
use es_runtime::{Commit, MemoryStore, Receipt, StoreError};
use es_tests::account::*;

type Caller = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A store in memory, with what happens when somebody appends.
#[derive(Clone)]
struct Eventful {
    inner: MemoryStore,
    on_append: Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>,
}

impl EventStore for Eventful {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        (self.on_append)().await;
        self.inner.append_chain(commits).await
    }

    es_tests::pass_on!(receipt read_stream read_log head changed snapshots);
}

fn caller(app: &App<Eventful>) -> Caller {
    let opening = app.execute(
        &AccountId::new("ada"),
        Open {
            owner: "Ada".into(),
        },
    );
    // Only the first one opens it; the others are answered that it is there.
    Box::pin(async move { drop(opening.await) })
}

fn poll(caller: &mut Caller) -> Poll<()> {
    caller
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

/// While somebody appends, another one comes, and the store never waits: whoever drives would never be done.
#[test]
fn whoever_has_his_answer_does_not_work_for_those_who_come_behind_him() {
    const COMERS: usize = 50;
    let others: Arc<Mutex<Vec<Caller>>> = Arc::default();
    let app: Arc<Mutex<Option<App<Eventful>>>> = Arc::default();
    let on_append = {
        let (others, app) = (others.clone(), app.clone());
        move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let app = app.lock().unwrap().clone().unwrap();
            if others.lock().unwrap().len() < COMERS {
                let mut another = deposit(&app);
                assert!(poll(&mut another).is_pending());
                others.lock().unwrap().push(another);
            }
            Box::pin(async {})
        }
    };
    let store = Eventful {
        inner: MemoryStore::new(),
        on_append: Arc::new(on_append),
    };
    *app.lock().unwrap() = Some(App::new(store));
    let first = app.lock().unwrap().clone().unwrap();

    assert!(poll(&mut caller(&first)).is_ready());
    assert_eq!(
        others.lock().unwrap().len(),
        1,
        "came while the first one drove"
    );
    // Nobody is stranded.
    for place in 0..COMERS {
        let mut another =
            std::mem::replace(&mut others.lock().unwrap()[place], Box::pin(pending()));
        // A round may wait a moment for those who were answered together, and may come again.
        let is_served = (0..1_000_000).any(|_| poll(&mut another).is_ready());
        assert!(is_served, "the one at {place}");
    }
}

fn deposit(app: &App<Eventful>) -> Caller {
    let depositing = app.execute(&AccountId::new("ada"), Deposit { amount: 1 });
    Box::pin(async move { drop(depositing.await.unwrap()) })
}

/// One more call of the store under way, until it is dropped.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn new(calls: &Arc<AtomicUsize>) -> Self {
        calls.fetch_add(1, Ordering::SeqCst);
        Self(calls.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn what_callers_have_left_behind_is_let_go_though_the_store_never_answers() {
    let calls = Arc::<AtomicUsize>::default();
    let on_append = {
        let calls = calls.clone();
        move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let under_way = UnderWay::new(&calls);
            Box::pin(async move {
                pending::<()>().await;
                drop(under_way);
            })
        }
    };
    let store = Eventful {
        inner: MemoryStore::new(),
        on_append: Arc::new(on_append),
    };
    let app = App::with_options(store, AppOptions::default().warm_aggregates(1));
    for number in 0..100 {
        let owner = "Ada".to_owned();
        let opening = app.execute(&AccountId::new(format!("{number}")), Open { owner });
        let mut leaving: Caller = Box::pin(async move { drop(opening.await) });
        assert!(poll(&mut leaving).is_pending());
        let under_way = calls.load(Ordering::SeqCst);
        assert!((1..=2).contains(&under_way), "{under_way} behind {number}");
    }
}

/// Without waiting for each other, the first one to come takes a chain for himself, and the others share the next.
#[tokio::test]
async fn who_was_answered_together_is_carried_out_together_the_next_time() {
    const CALLERS: usize = 4;
    const COMMANDS: usize = 10;
    let chains = Arc::<AtomicUsize>::default();
    let on_append = {
        let chains = chains.clone();
        move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
            chains.fetch_add(1, Ordering::SeqCst);
            Box::pin(async {
                // What a disk takes, while the others come.
                tokio::task::yield_now().await;
                std::thread::sleep(Duration::from_millis(8));
            })
        }
    };
    let app = App::new(Eventful {
        inner: MemoryStore::new(),
        on_append: Arc::new(on_append),
    });
    caller(&app).await;
    let busy: Vec<_> = (0..CALLERS)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move {
                for _ in 0..COMMANDS {
                    deposit(&app).await;
                }
            })
        })
        .collect();
    for caller in busy {
        caller.await.unwrap();
    }
    let chains = chains.load(Ordering::SeqCst);
    assert!(
        chains < COMMANDS * 3 / 2,
        "{chains} chains of at most {CALLERS} commands"
    );
}
