//! An account, with rules that can be made to fail.

use es_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub struct AccountId(String);

#[derive(Debug, Clone, PartialEq, Aggregate)]
#[aggregate(
    name = "account",
    id = AccountId,
    events(Opened: create, Deposited, Withdrawn, Weighed),
    commands(Open: new, Deposit, Withdraw, Close, Touch: any, Explode, Weigh),
    error = AccountError,
)]
pub struct Account {
    pub owner: String,
    pub balance: i64,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "opened", tags(owner))]
pub struct Opened {
    pub owner: String,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "deposited")]
pub struct Deposited {
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "withdrawn")]
pub struct Withdrawn {
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "weighed")]
pub struct Weighed {
    pub grams: f64,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Opened))]
pub struct Open {
    pub owner: String,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Deposited))]
pub struct Deposit {
    pub amount: i64,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Withdrawn))]
pub struct Withdraw {
    pub amount: i64,
}

/// Withdraws everything; nothing happens where there is nothing.
#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Withdrawn))]
pub struct Close {}

/// Opens the account where there is none, else pays one in.
#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Opened, Deposited))]
pub struct Touch {}

/// Its handler panics.
#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Deposited))]
pub struct Explode {}

/// Emits a float, which may be one that cannot be stored.
#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Weighed))]
pub struct Weigh {
    pub grams: f64,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AccountError {
    #[error("the balance is {balance}")]
    Insufficient { balance: i64 },
}

impl Create<Opened> for Account {
    fn create(event: Opened) -> Self {
        Self {
            owner: event.owner,
            balance: 0,
        }
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.balance = self
            .balance
            .checked_add(event.amount)
            .expect("a balance within its range");
    }
}

impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: Withdrawn) {
        self.balance -= event.amount;
    }
}

impl Apply<Weighed> for Account {
    fn apply(&mut self, _: Weighed) {}
}

type Answer<C> = Result<Emit<C>, AccountError>;

impl HandleNew<Open> for Account {
    fn handle_new(command: Open, _: &Context<Self>) -> Answer<Open> {
        Ok(emit(Opened {
            owner: command.owner,
        }))
    }
}

impl Handle<Deposit> for Account {
    fn handle(&self, command: Deposit, _: &Context<Self>) -> Answer<Deposit> {
        Ok(emit(Deposited {
            amount: command.amount,
        }))
    }
}

impl Handle<Withdraw> for Account {
    fn handle(&self, command: Withdraw, _: &Context<Self>) -> Answer<Withdraw> {
        if command.amount > self.balance {
            return Err(AccountError::Insufficient {
                balance: self.balance,
            });
        }
        Ok(emit(Withdrawn {
            amount: command.amount,
        }))
    }
}

impl Handle<Close> for Account {
    fn handle(&self, _: Close, _: &Context<Self>) -> Answer<Close> {
        Ok(if self.balance == 0 {
            Emit::nothing()
        } else {
            emit(Withdrawn {
                amount: self.balance,
            })
        })
    }
}

impl HandleAny<Touch> for Account {
    fn handle_any(state: Option<&Self>, _: Touch, cx: &Context<Self>) -> Answer<Touch> {
        Ok(match state {
            None => emit(Opened {
                owner: cx.id().to_string(),
            }),
            Some(_) => emit(Deposited { amount: 1 }),
        })
    }
}

impl Handle<Explode> for Account {
    fn handle(&self, _: Explode, _: &Context<Self>) -> Answer<Explode> {
        panic!("a mine in the handler")
    }
}

impl Handle<Weigh> for Account {
    fn handle(&self, command: Weigh, _: &Context<Self>) -> Answer<Weigh> {
        Ok(emit(Weighed {
            grams: command.grams,
        }))
    }
}
