//! A bank account with derives only: one aggregate, three commands, three events.

use es_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub(crate) struct AccountId(Uuid);

#[derive(Debug, Clone, PartialEq, Serialize, Aggregate)]
#[aggregate(name = "account", id = AccountId, error = AccountError)]
#[aggregate(events(AccountOpened: create, MoneyDeposited, MoneyWithdrawn))]
#[aggregate(commands(OpenAccount: new, DepositMoney, WithdrawMoney))]
pub(crate) struct Account {
    pub(crate) owner: String,
    pub(crate) balance: Decimal,
}

#[derive(Debug, Event, Serialize, Deserialize)]
#[event(name = "AccountOpened")]
pub(crate) struct AccountOpened {
    pub(crate) owner: String,
}
#[derive(Debug, Event, Serialize, Deserialize)]
#[event(name = "MoneyDeposited")]
pub(crate) struct MoneyDeposited {
    pub(crate) amount: Decimal,
}
#[derive(Debug, Event, Serialize, Deserialize)]
#[event(name = "MoneyWithdrawn")]
pub(crate) struct MoneyWithdrawn {
    pub(crate) amount: Decimal,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(AccountOpened))]
pub(crate) struct OpenAccount {
    pub(crate) owner: String,
}
#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(MoneyDeposited))]
pub(crate) struct DepositMoney {
    pub(crate) amount: Decimal,
}
#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(MoneyWithdrawn))]
pub(crate) struct WithdrawMoney {
    pub(crate) amount: Decimal,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("the balance is {0}")]
    InsufficientFunds(Decimal),
}

impl Create<AccountOpened> for Account {
    fn create(AccountOpened { owner }: AccountOpened) -> Self {
        let balance = Decimal::ZERO;
        Self { owner, balance }
    }
}
impl Apply<MoneyDeposited> for Account {
    fn apply(&mut self, event: MoneyDeposited) {
        self.balance += event.amount;
    }
}
impl Apply<MoneyWithdrawn> for Account {
    fn apply(&mut self, event: MoneyWithdrawn) {
        self.balance -= event.amount;
    }
}

type Answer<C> = Result<Emit<C>, AccountError>;

impl HandleNew<OpenAccount> for Account {
    fn handle_new(OpenAccount { owner }: OpenAccount, _: &Context<Self>) -> Answer<OpenAccount> {
        Ok(emit(AccountOpened { owner }))
    }
}
impl Handle<DepositMoney> for Account {
    fn handle(&self, command: DepositMoney, _: &Context<Self>) -> Answer<DepositMoney> {
        let amount = command.amount;
        Ok(emit(MoneyDeposited { amount }))
    }
}
impl Handle<WithdrawMoney> for Account {
    fn handle(&self, command: WithdrawMoney, _: &Context<Self>) -> Answer<WithdrawMoney> {
        let amount = command.amount;
        if amount > self.balance {
            return Err(AccountError::InsufficientFunds(self.balance));
        }
        Ok(emit(MoneyWithdrawn { amount }))
    }
}
