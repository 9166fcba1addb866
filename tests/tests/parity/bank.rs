//! The bank in YAML does what the bank with derives does.

use es_parity::bank as yaml;
use es_runtime::{App, CommandId, Decimal, EventStore, MemoryStore, Uuid};
use es_sqlite::SqliteStore;
use proptest::prelude::*;

use super::bank_by_hand as hand;
use super::{Told, read_again, stored, told};

/// What a customer asks of one of a few accounts.
#[derive(Clone, Debug)]
struct Wish {
    account: u8,
    what: What,
    /// A few ids, so that some are repeated, with the same command and with another.
    command_id: Option<u8>,
}

#[derive(Clone, Debug)]
enum What {
    Open(String),
    Deposit(Decimal),
    Withdraw(Decimal),
}

impl Wish {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(self.account.into())
    }

    fn command_id(&self) -> Option<CommandId> {
        let id = self.command_id?;
        Some(CommandId::from_name(&id.to_string()))
    }

    async fn asked_by_hand<S: EventStore>(&self, bank: &App<S>) -> Told {
        let (id, command_id) = (hand::AccountId::from(self.uuid()), self.command_id());
        match self.what.clone() {
            What::Open(owner) => told(bank, &id, hand::OpenAccount { owner }, command_id).await,
            What::Deposit(amount) => {
                told(bank, &id, hand::DepositMoney { amount }, command_id).await
            }
            What::Withdraw(amount) => {
                told(bank, &id, hand::WithdrawMoney { amount }, command_id).await
            }
        }
    }

    async fn asked_in_yaml<S: EventStore>(&self, bank: &App<S>) -> Told {
        use yaml::account::commands;
        let (id, command_id) = (yaml::AccountId::from(self.uuid()), self.command_id());
        match self.what.clone() {
            What::Open(owner) => told(bank, &id, commands::OpenAccount { owner }, command_id).await,
            What::Deposit(amount) => {
                told(bank, &id, commands::DepositMoney { amount }, command_id).await
            }
            What::Withdraw(amount) => {
                told(bank, &id, commands::WithdrawMoney { amount }, command_id).await
            }
        }
    }
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    // Few amounts, so that a balance is often just enough.
    let amount = (-1_i64..4, 0_u32..2).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    let what = prop_oneof![
        1 => ".{0,6}".prop_map(What::Open),
        3 => amount.clone().prop_map(What::Deposit),
        3 => amount.prop_map(What::Withdraw),
    ];
    let command_id = proptest::option::weighted(0.3, 0_u8..4);
    let wish = (0_u8..3, what, command_id).prop_map(|(account, what, command_id)| Wish {
        account,
        what,
        command_id,
    });
    proptest::collection::vec(wish, 1..24)
}

/// The states of the accounts, as JSON, read by each side.
async fn states<S: EventStore>(hand: &App<S>, yaml: &App<S>) -> Vec<[String; 2]> {
    let mut states = Vec::new();
    for account in 0..3 {
        let uuid = Uuid::from_u128(account);
        let by_hand = hand.load::<hand::Account>(&uuid.into()).await.unwrap();
        let in_yaml = yaml.load::<yaml::Account>(&uuid.into()).await.unwrap();
        assert_eq!(by_hand.version, in_yaml.version);
        states.push([
            serde_json::to_string(&by_hand.state).unwrap(),
            serde_json::to_string(&in_yaml.state).unwrap(),
        ]);
    }
    states
}

/// Both banks are asked the same, each on its own store; then each reads what the other has written.
async fn same_behaviour<S: EventStore + Clone>(wishes: &[Wish], hand_store: S, yaml_store: S) {
    let (by_hand, in_yaml) = (App::new(hand_store.clone()), App::new(yaml_store.clone()));
    for wish in wishes {
        let [hand, yaml] = [
            wish.asked_by_hand(&by_hand).await,
            wish.asked_in_yaml(&in_yaml).await,
        ];
        assert_eq!(hand, yaml, "{wish:?}");
    }
    let written = stored(&hand_store).await;
    assert_eq!(written, stored(&yaml_store).await);

    // What each has written, read by both, from the bytes and not from warm states.
    let own = states(&App::new(hand_store.clone()), &App::new(yaml_store.clone())).await;
    let other = states(&App::new(yaml_store.clone()), &App::new(hand_store.clone())).await;
    assert_eq!(own, other);
    for [by_hand, in_yaml] in own {
        assert_eq!(by_hand, in_yaml);
    }
    for account in 0..3 {
        let uuid = Uuid::from_u128(account);
        assert_eq!(
            read_again::<hand::Account, S>(&yaml_store, &uuid.into()).await,
            read_again::<yaml::Account, S>(&hand_store, &uuid.into()).await,
        );
    }
}

/// Both banks work on one store, taking turns: every answer is the one of a bank that is alone.
async fn same_store<S: EventStore + Clone>(wishes: &[(Wish, bool)], shared: S, alone: S) {
    let (by_hand, in_yaml) = (App::new(shared.clone()), App::new(shared.clone()));
    let lonely = App::new(alone.clone());
    for (wish, turn) in wishes {
        let answer = match turn {
            true => wish.asked_by_hand(&by_hand).await,
            false => wish.asked_in_yaml(&in_yaml).await,
        };
        let expected = wish.asked_in_yaml(&lonely).await;
        // How often it is decided depends on who was there before, and on nothing else.
        let without_attempts = |told: Told| told.map(|(events, receipt, _)| (events, receipt));
        assert_eq!(
            without_attempts(answer),
            without_attempts(expected),
            "{wish:?}"
        );
    }
    assert_eq!(stored(&shared).await, stored(&alone).await);
}

fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn both_answer_and_store_the_same(wishes in wishes()) {
        block_on(same_behaviour(&wishes, MemoryStore::new(), MemoryStore::new()));
    }

    #[test]
    fn both_can_work_on_one_store(wishes in wishes(), turns: [bool; 24]) {
        let wishes: Vec<_> = wishes.into_iter().zip(turns).collect();
        block_on(same_store(&wishes, MemoryStore::new(), MemoryStore::new()));
    }
}

proptest! {
    // Fewer: each commit is made durable.
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..Default::default() })]

    #[test]
    fn both_answer_and_store_the_same_in_sqlite(wishes in wishes(), turns: [bool; 24]) {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| SqliteStore::open(folder.path().join(name)).unwrap();
        block_on(same_behaviour(&wishes, open("hand.db"), open("yaml.db")));
        let wishes: Vec<_> = wishes.into_iter().zip(turns).collect();
        block_on(same_store(&wishes, open("shared.db"), open("alone.db")));
    }
}
