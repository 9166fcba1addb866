//! Columns of what may be nothing, left out, or both.

use es_runtime::prelude::*;
use es_tests::account::{AccountId, Deposited, Opened};
use serde::{Deserialize, Serialize};

use super::{deposit, id, open, stores};

/// As generated code writes options; each stands before another column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Projection)]
#[projection(name = "Notes", key(account), events(Opened: insert, Deposited))]
struct Notes {
    account: AccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "es_runtime::double_option"
    )]
    limit: Option<Option<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<String>>,
    kept: Option<u64>,
    changes: u32,
}

impl Insert<Opened> for Notes {
    fn insert(account: AccountId, _: Opened, _: &EventContext<'_>) -> Self {
        Self {
            account,
            number: None,
            limit: None,
            lines: None,
            kept: None,
            changes: 0,
        }
    }
}

impl Project<Deposited> for Notes {
    fn project(&mut self, event: Deposited, _: &EventContext<'_>) {
        self.changes += 1;
        (self.number, self.limit, self.lines) = match event.amount {
            1 => (Some(1), Some(None), Some(Vec::new())),
            2 => (Some(2), Some(Some(2)), Some(vec![String::new()])),
            _ => (None, None, None),
        };
    }
}

#[tokio::test]
async fn what_is_nothing_is_told_from_what_is_left_out_and_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(folder.path()) {
        let app = App::new(store.clone());
        let projections = Projections::new(store.clone()).with::<Notes>();
        open(&app, "ada").await;
        let mut in_memory = MemoryRows::<Notes>::new();
        for amount in [3, 1, 2, 1, 3] {
            deposit(&app, "ada", amount).await;
            projections.catch_up().await.unwrap();
            in_memory.catch_up(&store).await.unwrap();
            let rows = projections.read::<Notes>();
            let row = rows.get(&id("ada")).await.unwrap().unwrap();
            assert_eq!(Some(&row), in_memory.get(&id("ada")));
            let told = match amount {
                1 => (Some(1), Some(None), Some(vec![])),
                2 => (Some(2), Some(Some(2)), Some(vec![String::new()])),
                _ => (None, None, None),
            };
            assert_eq!((row.number, row.limit, row.lines), told);
            let none = Find::<Notes>::all().filter(|row| row.number.is(None));
            assert_eq!(rows.count(none).await.unwrap(), u64::from(amount == 3));
        }
        // Rows that others fold anew, from what is stored and not from what is at hand.
        let anew = Projections::new(store.clone()).with::<Notes>();
        deposit(&app, "ada", 3).await;
        anew.catch_up().await.unwrap();
        anew.rebuild("Notes", |_| {}).await.unwrap();
        let row = anew.read::<Notes>().get(&id("ada")).await.unwrap().unwrap();
        assert_eq!((row.limit, row.changes), (None, 6));
    }
}
