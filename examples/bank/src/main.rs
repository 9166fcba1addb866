//! A bank account with derives only, on SQLite.

mod account;

use account::{Account, AccountId, DepositMoney, OpenAccount, WithdrawMoney};
use es_runtime::prelude::*;
use es_sqlite::SqliteStore;

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
