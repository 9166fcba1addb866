//! Commands carried out: decided on the right state, stored once, answered truly, whoever else writes or stops waiting.

use std::future::Future;
use std::time::Duration;

use es_runtime::prelude::*;
use es_runtime::{CommandId, MemoryStore, Slice, StoreError};
use es_tests::account::*;
use es_tests::stores::Watched;

fn ada() -> AccountId {
    AccountId::new("ada")
}

async fn opened<S: EventStore>(app: &App<S>) {
    app.execute(
        &ada(),
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
}

async fn balance<S: EventStore>(store: S) -> i64 {
    App::new(store)
        .load::<Account>(&ada())
        .await
        .unwrap()
        .state
        .unwrap()
        .balance
}

#[tokio::test]
async fn a_command_is_decided_stored_and_answered_with_its_events() {
    let app = App::new(MemoryStore::new());
    opened(&app).await;
    let executed = app.execute(&ada(), Deposit { amount: 100 }).await.unwrap();
    assert_eq!(executed.events, [Deposited { amount: 100 }.into()]);
    assert_eq!(executed.attempts, 1);
    assert_eq!(executed.receipt.last_position().unwrap().get(), 2);
    assert_eq!(executed.receipt.streams[0].after.unwrap().get(), 2);
    assert_eq!(balance(app.store().clone()).await, 100);
}

#[tokio::test]
async fn what_exists_is_not_made_again_and_what_does_not_exist_takes_no_command() {
    let app = App::new(MemoryStore::new());
    let error = app
        .execute(&ada(), Deposit { amount: 1 })
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Deposit` needs account/ada, which does not exist"
    );
    opened(&app).await;
    let error = app
        .execute(
            &ada(),
            Open {
                owner: "Eve".into(),
            },
        )
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Open` makes account/ada, which exists already"
    );
    // The same from a cold start, where the creating command is first decided as if nothing were there.
    let error = App::new(app.store().clone())
        .execute(
            &ada(),
            Open {
                owner: "Eve".into(),
            },
        )
        .await
        .unwrap_err();
    assert!(matches!(error, ExecuteError::Exists { .. }), "{error}");
}

#[tokio::test]
async fn a_refusal_is_typed_and_stores_nothing() {
    let app = App::new(MemoryStore::new());
    opened(&app).await;
    let error = app
        .execute(&ada(), Withdraw { amount: 1 })
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            ExecuteError::Rejected(AccountError::Insufficient { balance: 0 })
        ),
        "{error}"
    );
    assert_eq!(app.store().head().await.unwrap().unwrap().get(), 1);
}

#[tokio::test]
async fn a_command_for_either_is_decided_on_what_is_there() {
    let app = App::new(MemoryStore::new());
    let first = app.execute(&ada(), Touch {}).await.unwrap();
    assert_eq!(
        first.events,
        [Opened {
            owner: "ada".into()
        }
        .into()]
    );
    let second = app.execute(&ada(), Touch {}).await.unwrap();
    assert_eq!(second.events, [Deposited { amount: 1 }.into()]);
}

#[tokio::test]
async fn granting_with_nothing_stores_nothing_and_says_where_the_aggregate_stands() {
    let app = App::new(MemoryStore::new());
    opened(&app).await;
    let executed = app.execute(&ada(), Close {}).await.unwrap();
    assert!(executed.events.is_empty());
    assert_eq!(executed.receipt.positions, None);
    assert_eq!(executed.receipt.streams[0].after.unwrap().get(), 1);
}

#[tokio::test]
async fn the_enum_of_all_commands_is_a_command() {
    let app = App::new(MemoryStore::new());
    let commands: [AccountCommand; 2] = [
        Open {
            owner: "Ada".into(),
        }
        .into(),
        Deposit { amount: 5 }.into(),
    ];
    for command in commands {
        app.execute(&ada(), command).await.unwrap();
    }
    assert_eq!(balance(app.store().clone()).await, 5);
}

#[tokio::test]
async fn a_command_on_a_warm_aggregate_reads_nothing() {
    let store = Watched::new(MemoryStore::new());
    let app = App::new(store.clone());
    opened(&app).await;
    for _ in 0..10 {
        app.execute(&ada(), Deposit { amount: 1 }).await.unwrap();
    }
    assert_eq!((store.reads(), store.commits()), (0, 11));
}

#[tokio::test]
async fn commands_that_wait_for_one_aggregate_are_stored_as_one_chain() {
    let store = Watched::closed(MemoryStore::new());
    let app = App::new(store.clone());
    store.let_through(1);
    opened(&app).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let app = app.clone();
        tasks.spawn(async move {
            app.execute(&ada(), Deposit { amount: 1 })
                .await
                .unwrap()
                .attempts
        });
    }
    while store.chains() < 2 {
        tokio::task::yield_now().await;
    }
    // Everybody waits in line by now, or is part of the chain that the gate holds.
    tokio::time::sleep(Duration::from_millis(20)).await;
    store.let_through(64);
    let attempts: Vec<u32> = tasks.join_all().await;
    assert!(
        attempts.iter().all(|attempts| *attempts == 1),
        "{attempts:?}"
    );
    assert!(
        store.chains() <= 4,
        "{} chains for 65 commands",
        store.chains()
    );
    assert_eq!(balance(store).await, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_who_do_not_know_each_other_lose_and_double_nothing() {
    let store = MemoryStore::new();
    opened(&App::new(store.clone())).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let app = App::new(store.clone());
        for _ in 0..8 {
            let app = app.clone();
            tasks.spawn(async move {
                for _ in 0..25 {
                    app.execute(&ada(), Deposit { amount: 1 }).await.unwrap();
                }
            });
        }
    }
    tasks.join_all().await;
    assert_eq!(balance(store).await, 4 * 8 * 25);
}

#[tokio::test]
async fn a_refusal_on_a_state_that_is_not_the_newest_is_decided_again() {
    let store = MemoryStore::new();
    let (here, elsewhere) = (App::new(store.clone()), App::new(store));
    opened(&here).await;
    elsewhere
        .execute(&ada(), Deposit { amount: 10 })
        .await
        .unwrap();
    let executed = here.execute(&ada(), Withdraw { amount: 10 }).await.unwrap();
    assert_eq!(executed.events, [Withdrawn { amount: 10 }.into()]);
}

#[tokio::test]
async fn a_caller_that_stops_waiting_strands_nobody() {
    let store = Watched::closed(MemoryStore::new());
    let app = App::new(store.clone());
    store.let_through(1);
    opened(&app).await;
    // The first caller leads until its chain is held at the gate, and is dropped there.
    let mut leader = Box::pin(app.execute(&ada(), Deposit { amount: 1 }));
    assert!(poll_once(&mut leader).await.is_none());
    assert_eq!(store.chains(), 2);
    let follower = tokio::spawn({
        let app = app.clone();
        async move { app.execute(&ada(), Deposit { amount: 10 }).await }
    });
    tokio::task::yield_now().await;
    drop(leader);
    store.let_through(2);
    follower.await.unwrap().unwrap();
    assert_eq!(balance(store).await, 11);
}

#[tokio::test]
async fn a_caller_that_nobody_polls_holds_nobody_up() {
    let store = Watched::closed(MemoryStore::new());
    let app = App::new(store.clone());
    store.let_through(1);
    opened(&app).await;
    let mut leader = Box::pin(app.execute(&ada(), Deposit { amount: 1 }));
    assert!(poll_once(&mut leader).await.is_none());
    store.let_through(2);
    app.execute(&ada(), Deposit { amount: 10 }).await.unwrap();
    leader.await.unwrap();
    assert_eq!(balance(store).await, 11);
}

#[tokio::test]
async fn a_command_whose_caller_left_before_it_was_decided_is_not_carried_out() {
    let store = Watched::closed(MemoryStore::new());
    let app = App::new(store.clone());
    store.let_through(1);
    opened(&app).await;
    let mut leader = Box::pin(app.execute(&ada(), Deposit { amount: 1 }));
    assert!(poll_once(&mut leader).await.is_none());
    let mut late = Box::pin(app.execute(&ada(), Deposit { amount: 100 }));
    assert!(poll_once(&mut late).await.is_none());
    drop(late);
    store.let_through(2);
    leader.await.unwrap();
    app.execute(&ada(), Close {}).await.unwrap();
    assert_eq!(
        app.history::<Account>(&ada(), Slice::after(None, 10))
            .await
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_repeated_command_is_carried_out_once_and_answered_as_the_first_time() {
    let app = App::new(MemoryStore::new());
    opened(&app).await;
    app.execute(&ada(), Deposit { amount: 10 }).await.unwrap();
    let again = || ExecuteOptions::new().command_id(CommandId::from_name("wish"));
    let first = app
        .execute_with(&ada(), Withdraw { amount: 10 }, again())
        .await
        .unwrap();
    // The state would refuse it now, for what it did itself; also after a restart.
    for app in [app.clone(), App::new(app.store().clone())] {
        let second = app
            .execute_with(&ada(), Withdraw { amount: 10 }, again())
            .await
            .unwrap();
        assert!(second.receipt.repeated && !first.receipt.repeated);
        assert_eq!(second.events, first.events);
        assert_eq!(second.receipt.positions, first.receipt.positions);
    }
    assert_eq!(balance(app.store().clone()).await, 0);
}

#[tokio::test]
async fn a_repeated_command_is_found_out_at_the_commit_too() {
    let app = App::new(MemoryStore::new());
    opened(&app).await;
    let again = || ExecuteOptions::new().command_id(CommandId::from_name("wish"));
    for _ in 0..3 {
        app.execute_with(&ada(), Deposit { amount: 7 }, again())
            .await
            .unwrap();
        app.execute(&ada(), Deposit { amount: 1 }).await.unwrap();
    }
    assert_eq!(balance(app.store().clone()).await, 7 + 3);
}

#[tokio::test]
async fn a_command_id_stands_for_one_command() {
    let app = App::new(MemoryStore::new());
    opened(&app).await;
    let id = CommandId::from_name("wish");
    let options = || ExecuteOptions::new().command_id(id);
    app.execute_with(&ada(), Deposit { amount: 1 }, options())
        .await
        .unwrap();
    let error = app
        .execute_with(&ada(), Deposit { amount: 2 }, options())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ExecuteError::Store(StoreError::CommandReused { id: reused }) if reused == id),
        "{error}"
    );
    // And the aggregate goes on.
    app.execute(&ada(), Deposit { amount: 3 }).await.unwrap();
    assert_eq!(balance(app.store().clone()).await, 4);
}

#[tokio::test]
async fn a_lost_answer_is_found_again_under_the_command_id() {
    let store = Watched::new(MemoryStore::new());
    let app = App::new(store.clone());
    opened(&app).await;
    store.lose_answers(1);
    let options = || ExecuteOptions::new().command_id(CommandId::from_name("wish"));
    let error = app
        .execute_with(&ada(), Deposit { amount: 5 }, options())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            ExecuteError::Store(StoreError::OutcomeUnknown { .. })
        ),
        "{error}"
    );
    assert!(
        app.execute_with(&ada(), Deposit { amount: 5 }, options())
            .await
            .unwrap()
            .receipt
            .repeated
    );
    assert_eq!(balance(store).await, 5);
}

#[tokio::test]
async fn one_who_is_overtaken_again_and_again_is_told_so() {
    let store = Watched::new(MemoryStore::new());
    let app = App::with_options(store.clone(), AppOptions::default().attempts(3));
    opened(&app).await;
    store.overtake(2);
    assert_eq!(
        app.execute(&ada(), Deposit { amount: 1 })
            .await
            .unwrap()
            .attempts,
        3
    );
    store.overtake(3);
    let error = app
        .execute(&ada(), Deposit { amount: 1 })
        .await
        .unwrap_err();
    assert!(
        matches!(error, ExecuteError::Conflict { attempts: 3, .. }),
        "{error}"
    );
    assert_eq!(
        app.execute(&ada(), Deposit { amount: 1 })
            .await
            .unwrap()
            .attempts,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_aggregates_than_stay_warm_are_all_right() {
    let store = MemoryStore::new();
    let app = App::with_options(store.clone(), AppOptions::default().warm_aggregates(2));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40 {
        let app = app.clone();
        tasks.spawn(async move {
            let id = AccountId::new(format!("account-{}", number % 20));
            for _ in 0..10 {
                app.execute(&id, Touch {}).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    for number in 0..20 {
        let id = AccountId::new(format!("account-{number}"));
        assert_eq!(
            app.load::<Account>(&id)
                .await
                .unwrap()
                .state
                .unwrap()
                .balance,
            19
        );
    }
}

#[tokio::test]
async fn business_time_and_metadata_stand_beside_the_event() {
    let app = App::new(MemoryStore::new());
    let options = ExecuteOptions::new()
        .occurred_at("2011-10-11T13:45:40.2761239+02:00".parse().unwrap())
        .metadata(
            Metadata::new()
                .actor("Resource21")
                .header("channel", "Desk"),
        );
    app.execute_with(
        &ada(),
        Open {
            owner: "Ada".into(),
        },
        options,
    )
    .await
    .unwrap();
    let trail = app
        .history::<Account>(&ada(), Slice::after(None, 10))
        .await
        .unwrap();
    assert_eq!(
        trail[0].occurred_at.to_string(),
        "2011-10-11T11:45:40.276123Z"
    );
    assert_eq!(trail[0].metadata.actor.as_deref(), Some("Resource21"));
    assert!(trail[0].recorded_at > trail[0].occurred_at);
}

#[tokio::test]
async fn the_application_is_released_though_a_caller_was_dropped_in_the_middle() {
    let store = Watched::closed(MemoryStore::new());
    let app = App::new(store.clone());
    let mut leader = Box::pin(app.execute(
        &ada(),
        Open {
            owner: "Ada".into(),
        },
    ));
    assert!(poll_once(&mut leader).await.is_none());
    drop((leader, app));
    assert_eq!(store.holders(), 1);
}

/// Polls once, as a busy executor would, and says what came of it.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

/// Has the commands wait in one line, so that they are decided one on top of the other, and gives their answers.
async fn in_one_chain<const N: usize>(
    app: &App<Watched<MemoryStore>>,
    commands: [(AccountCommand, ExecuteOptions); N],
) -> [Result<Executed<Account>, ExecuteError<AccountError>>; N] {
    let store = app.store();
    // The gate is closed while a command that changes nothing holds the line up.
    let gate = store.close();
    let holder = tokio::spawn(app.execute(&ada(), Weigh { grams: 0.0 }));
    while store.chains() == gate {
        tokio::task::yield_now().await;
    }
    let mut waiting = Vec::new();
    for (command, options) in commands {
        let mut future = Box::pin(app.execute_with(&ada(), command, options));
        assert!(poll_once(&mut future).await.is_none());
        waiting.push(future);
    }
    store.open();
    holder.await.unwrap().unwrap();
    let mut answers = Vec::new();
    for future in waiting {
        let in_time = tokio::time::timeout(Duration::from_secs(10), future).await;
        answers.push(in_time.expect("nobody is forgotten in the line"));
    }
    answers.try_into().unwrap()
}

async fn rich(amount: i64) -> App<Watched<MemoryStore>> {
    let app = App::new(Watched::new(MemoryStore::new()));
    opened(&app).await;
    app.execute(&ada(), Deposit { amount }).await.unwrap();
    app
}

fn plain(command: impl Into<AccountCommand>) -> (AccountCommand, ExecuteOptions) {
    (command.into(), ExecuteOptions::new())
}

#[tokio::test]
async fn a_refusal_that_rests_on_an_overtaken_command_is_decided_again() {
    let app = rich(10).await;
    App::new(app.store().clone())
        .execute(&ada(), Deposit { amount: 100 })
        .await
        .unwrap();
    // Decided on a balance of 10, the second would be refused; the first is overtaken, and there are 110.
    let answers = in_one_chain(
        &app,
        [
            plain(Withdraw { amount: 10 }),
            plain(Withdraw { amount: 5 }),
        ],
    )
    .await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(balance(app.store().clone()).await, 95);
}

#[tokio::test]
async fn a_refusal_that_rests_on_a_repeated_command_is_decided_again() {
    let app = rich(20).await;
    let wish = || ExecuteOptions::new().command_id(CommandId::from_name("wish"));
    app.execute_with(&ada(), Withdraw { amount: 10 }, wish())
        .await
        .unwrap();
    // Decided behind a second withdrawal of 10 that never was, the last would be refused.
    let again = (Withdraw { amount: 10 }.into(), wish());
    let [repeated, last] = in_one_chain(&app, [again, plain(Withdraw { amount: 5 })]).await;
    assert!(repeated.unwrap().receipt.repeated);
    assert_eq!(last.unwrap().attempts, 2);
    assert_eq!(balance(app.store().clone()).await, 5);
}

#[tokio::test]
async fn those_behind_a_rule_that_fails_are_decided_without_it() {
    let app = rich(1).await;
    let commands = [
        plain(Deposit { amount: i64::MAX }),
        plain(Explode {}),
        plain(Deposit { amount: 1 }),
    ];
    let [overflow, panicked, last] = in_one_chain(&app, commands).await;
    assert!(matches!(overflow, Err(ExecuteError::Read(_))));
    assert!(matches!(panicked, Err(ExecuteError::Panicked(_))));
    last.unwrap();
    assert_eq!(balance(app.store().clone()).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_forgotten_when_many_come_and_go() {
    let app = App::new(MemoryStore::new());
    opened(&app).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let app = app.clone();
        tasks.spawn(async move {
            for _ in 0..5_000 {
                app.execute(&ada(), Deposit { amount: 1 }).await.unwrap();
            }
        });
    }
    let all = tokio::time::timeout(Duration::from_secs(60), tasks.join_all()).await;
    all.expect("nobody is forgotten in the line");
    assert_eq!(balance(app.store().clone()).await, 20_000);
}
