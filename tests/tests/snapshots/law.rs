//! The law: with snapshots, at every version, what is loaded is what all events give.

use es_runtime::prelude::*;
use es_runtime::{AnyStore, SnapshotPoint};
use es_tests::ledger::first::{Begin, Ledger};
use es_tests::ledger::thrice_and;
use proptest::prelude::*;

use super::{enter, id, kept_version, stores, unchecked, version};

/// When snapshots are taken.
#[derive(Clone, Debug)]
enum Policy {
    Off,
    Every(u64),
    /// At these versions, if a commit ends there.
    At(Vec<u64>),
}

impl Policy {
    fn options(&self) -> AppOptions {
        match self.clone() {
            Self::Off => unchecked().without_snapshots(),
            Self::Every(every) => {
                unchecked().snapshots(move |at: &SnapshotPoint<'_>| at.events_since() >= every)
            }
            Self::At(versions) => unchecked()
                .snapshots(move |at: &SnapshotPoint<'_>| versions.contains(&at.version.get())),
        }
    }
}

fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![
        Just(Policy::Off),
        Just(Policy::Every(1)),
        Just(Policy::Every(10)),
        (2..30_u64).prop_map(Policy::Every),
        proptest::collection::vec(1..60_u64, 1..5).prop_map(Policy::At),
    ]
}

/// Commands, and what stands between them.
#[derive(Clone, Debug)]
enum Step {
    Enter(Vec<i64>),
    /// The program starts again, and may take snapshots otherwise from then on.
    Restart(Policy),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => proptest::collection::vec(any::<i64>(), 1..12).prop_map(Step::Enter),
        1 => policy().prop_map(Step::Restart),
    ]
}

async fn hold(store: AnyStore, first: &Policy, steps: &[Step]) {
    let mut app = App::with_options(store.clone(), first.options());
    app.execute(&id(), Begin {}).await.unwrap();
    // The states by version, from 1 on, worked out without any of it.
    let mut states = vec![(1, 0)];
    for step in steps {
        match step {
            Step::Enter(amounts) => {
                for amount in amounts {
                    let (balance, entries) = states[states.len() - 1];
                    states.push((thrice_and(balance, *amount), entries + 1));
                }
                enter(&app, amounts).await.unwrap();
            }
            Step::Restart(policy) => app = App::with_options(store.clone(), policy.options()),
        }
        kept_version(&store).await;
        let loaded = app.load::<Ledger>(&id()).await.unwrap();
        assert_eq!(loaded.version, Some(version(states.len() as u64)));
        assert_eq!(shown(loaded.state), states.last().copied());
    }
    for (before, state) in states.iter().enumerate() {
        let at = version(before as u64 + 1);
        let loaded = app.load_at::<Ledger>(&id(), at).await.unwrap();
        assert_eq!(
            (loaded.version, shown(loaded.state)),
            (Some(at), Some(*state))
        );
    }
}

fn shown(state: Option<Ledger>) -> Option<(u64, u64)> {
    state.map(|ledger| (ledger.balance, ledger.entries))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_loaded_is_what_all_events_give(
        first in policy(),
        steps in proptest::collection::vec(step(), 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        for store in stores(folder.path()) {
            runtime.block_on(hold(store, &first, &steps));
        }
    }
}

#[tokio::test]
async fn four_deposits_of_100_are_400_at_every_boundary() {
    for every in [1, 2, 3, 10] {
        let folder = tempfile::tempdir().unwrap();
        for store in stores(folder.path()) {
            let policy = Policy::Every(every);
            let steps: Vec<Step> = (0..25).map(|_| Step::Enter(vec![100])).collect();
            hold(store.clone(), &policy, &steps).await;
            assert_eq!(kept_version(&store).await, Some(26 / every * every));
        }
    }
}
