//! Decisions over several aggregates and queries: one commit, or none, and never on what no longer holds.

use es_runtime::prelude::*;
use es_runtime::{CommandId, MemoryStore, Query, StoreError, Tag, TransactOptions, Transaction};
use es_tests::account::*;

type Failure = ExecuteError<AccountError>;

fn id(name: &str) -> AccountId {
    AccountId::new(name)
}

async fn with_accounts(accounts: &[(&str, i64)]) -> App<MemoryStore> {
    let app = App::new(MemoryStore::new());
    for (name, balance) in accounts {
        app.execute(
            &id(name),
            Open {
                owner: (*name).into(),
            },
        )
        .await
        .unwrap();
        app.execute(&id(name), Deposit { amount: *balance })
            .await
            .unwrap();
    }
    app
}

async fn balance(app: &App<MemoryStore>, name: &str) -> i64 {
    app.load::<Account>(&id(name))
        .await
        .unwrap()
        .state
        .unwrap()
        .balance
}

async fn transfer(
    mut tx: Transaction<MemoryStore>,
    from: &str,
    to: &str,
    amount: i64,
) -> Result<(), Failure> {
    tx.execute(&id(from), Withdraw { amount }).await?;
    tx.execute(&id(to), Deposit { amount }).await
}

#[tokio::test]
async fn several_aggregates_change_in_one_commit() {
    let app = with_accounts(&[("ada", 100), ("bob", 0)]).await;
    let done = app
        .transact(|tx| transfer(tx, "ada", "bob", 30))
        .await
        .unwrap();
    assert_eq!(
        (balance(&app, "ada").await, balance(&app, "bob").await),
        (70, 30)
    );
    assert_eq!(done.receipt.streams.len(), 2);
    assert_eq!(done.attempts, 1);
}

#[tokio::test]
async fn a_refusal_of_one_stores_nothing_of_the_other() {
    let app = with_accounts(&[("ada", 10), ("bob", 0)]).await;
    let refused = app
        .transact(|mut tx| async move {
            tx.execute(&id("bob"), Deposit { amount: 30 }).await?;
            tx.execute::<_, AccountError>(&id("ada"), Withdraw { amount: 30 })
                .await
        })
        .await;
    assert!(matches!(
        refused,
        Err(ExecuteError::Rejected(AccountError::Insufficient {
            balance: 10
        }))
    ));
    assert_eq!(balance(&app, "bob").await, 0);
}

#[tokio::test]
async fn a_transaction_sees_what_it_has_decided_itself() {
    let app = with_accounts(&[("ada", 10)]).await;
    let seen = app
        .transact(|mut tx| async move {
            tx.execute(&id("ada"), Deposit { amount: 5 }).await?;
            tx.execute(&id("ada"), Withdraw { amount: 15 }).await?;
            Ok::<_, Failure>(tx.load::<Account>(&id("ada")).await?.unwrap().balance)
        })
        .await
        .unwrap();
    assert_eq!(seen.value, Some(0));
    assert_eq!(balance(&app, "ada").await, 0);
}

#[tokio::test]
async fn what_was_only_loaded_must_still_stand() {
    let app = with_accounts(&[("ada", 10), ("bob", 0)]).await;
    let foreign = app.clone();
    let done = app
        .transact(|mut tx| {
            let foreign = foreign.clone();
            async move {
                let ada = tx.load::<Account>(&id("ada")).await?.unwrap().balance;
                if ada == 10 {
                    foreign.execute(&id("ada"), Deposit { amount: 1 }).await?;
                }
                tx.execute(&id("bob"), Deposit { amount: ada }).await?;
                Ok::<_, Failure>(ada)
            }
        })
        .await
        .unwrap();
    assert_eq!((done.value, done.attempts), (Some(11), 2));
    assert_eq!(balance(&app, "bob").await, 11);
}

#[tokio::test]
async fn a_query_that_was_read_guards_the_commit() {
    let app = with_accounts(&[]).await;
    let foreign = app.clone();
    // One account per owner, though no aggregate knows the others.
    let open = |mut tx: Transaction<MemoryStore>, interfere: bool| {
        let foreign = foreign.clone();
        async move {
            let same_owner = tx.read(Query::tags([Tag::new("owner", "Ada")])).await?;
            if interfere && same_owner.is_empty() {
                foreign
                    .execute(
                        &id("elsewhere"),
                        Open {
                            owner: "Ada".into(),
                        },
                    )
                    .await?;
            }
            if same_owner.is_empty() {
                tx.execute(
                    &id("here"),
                    Open {
                        owner: "Ada".into(),
                    },
                )
                .await?;
            }
            Ok::<_, Failure>(same_owner.len())
        }
    };
    let done = app.transact(|tx| open(tx, true)).await.unwrap();
    assert_eq!((done.value, done.attempts), (Some(1), 2));
    assert!(
        app.load::<Account>(&id("here"))
            .await
            .unwrap()
            .state
            .is_none()
    );
}

#[tokio::test]
async fn a_refusal_on_what_no_longer_holds_is_decided_again() {
    let app = with_accounts(&[("ada", 0), ("bob", 0)]).await;
    let foreign = app.clone();
    let done = app
        .transact(|mut tx| {
            let foreign = foreign.clone();
            async move {
                let refused = tx
                    .execute::<_, AccountError>(&id("ada"), Withdraw { amount: 5 })
                    .await;
                if refused.is_err() {
                    foreign.execute(&id("ada"), Deposit { amount: 5 }).await?;
                }
                refused
            }
        })
        .await
        .unwrap();
    assert_eq!(done.attempts, 2);
    assert_eq!(balance(&app, "ada").await, 0);
}

#[tokio::test]
async fn a_repeated_transaction_is_carried_out_once() {
    let app = with_accounts(&[("ada", 100), ("bob", 0)]).await;
    let wish = CommandId::from_name("transfer 1");
    let options = |amount: i64| {
        TransactOptions::new()
            .command(wish, "Transfer", &("ada", "bob", amount))
            .unwrap()
    };
    let first = app
        .transact_with(options(30), |tx| transfer(tx, "ada", "bob", 30))
        .await
        .unwrap();
    let second = app
        .transact_with(options(30), |tx| transfer(tx, "ada", "bob", 30))
        .await
        .unwrap();
    assert_eq!((first.value, second.value), (Some(()), None));
    assert_eq!(second.receipt.positions, first.receipt.positions);
    assert_eq!(balance(&app, "bob").await, 30);
    let other = app
        .transact_with(options(31), |tx| transfer(tx, "ada", "bob", 31))
        .await;
    assert!(matches!(
        other,
        Err(ExecuteError::Store(StoreError::CommandReused { .. }))
    ));
}

#[tokio::test]
async fn an_event_that_cannot_be_taken_in_spoils_the_whole_transaction_even_if_its_error_is_ignored()
 {
    let app = with_accounts(&[("ada", i64::MAX), ("bob", 0)]).await;
    let spoiled = app
        .transact(|mut tx| async move {
            tx.execute(&id("bob"), Deposit { amount: 1 }).await?;
            let _ignored = tx
                .execute::<_, AccountError>(&id("ada"), Deposit { amount: 1 })
                .await;
            Ok::<_, Failure>(())
        })
        .await;
    assert!(matches!(spoiled, Err(ExecuteError::Read(_))));
    assert_eq!(balance(&app, "bob").await, 0);
}
