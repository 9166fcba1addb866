//! A bank account with derives only: one aggregate, three commands, three events, on SQLite.

use es_runtime::prelude::*;
use es_sqlite::SqliteStore;
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

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = App::new(SqliteStore::open("bank.db")?);
    let (id, owner) = (AccountId::generate(), "Ada".to_owned());
    app.execute(&id, OpenAccount { owner }).await?;
    let amount = Decimal::from(100);
    app.execute(&id, DepositMoney { amount }).await?;
    app.execute(&id, WithdrawMoney { amount }).await?;
    if let Err(refusal) = app.execute(&id, WithdrawMoney { amount }).await {
        println!("refused: {refusal}");
    }
    println!("{:?}", app.load::<Account>(&id).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use es_runtime::DescribeAggregate;

    #[test]
    fn what_was_stored_is_still_read() {
        es_codegen::lock!("es.lock", [Account::DESCRIPTION]);
    }
}
