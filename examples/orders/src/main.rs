//! A day in a shop: orders are placed, filled, refused, shipped, and looked at again, on a database in one file.

mod by_hand;
mod generated;
mod iban;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use es_runtime::prelude::*;
use es_runtime::{Query, Slice, Tag, Version};
use es_sqlite::SqliteStore;
use generated::order::commands::{AddItem, CancelOrder, PayOrder, PlaceOrder, ShipOrder};
use generated::{
    Money, Order, OrderCommand, OrderError, OrderEvent, OrderId, OrderItem, OrderSummary, Payment,
    SalesByDay,
};
pub use iban::Iban;
use tokio::task::JoinSet;

/// Plays a day in a shop.
#[derive(Parser)]
struct Arguments {
    /// The database; made where there is none. Every run adds another day.
    #[arg(default_value = "orders.db")]
    database: PathBuf,
}

type Shop = App<SqliteStore>;

#[tokio::main]
async fn main() -> ExitCode {
    match play(&Arguments::parse().database).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn play(database: &Path) -> Result<(), Box<dyn Error>> {
    let shop = App::new(SqliteStore::open(database)?);

    println!("Ada places an order");
    let order = OrderId::generate();
    let customer = "ada".into();
    ask(&shop, &order, PlaceOrder { customer }).await?;
    let carrier = "DHL".to_owned();
    ask(&shop, &order, ShipOrder { carrier }).await?;
    let items = [
        ("pen", 3, "0.10"),
        ("ink", 0, "4.95"),
        ("ink", 1, "4.949"),
        ("ink", 1, "4.95"),
    ];
    for (sku, quantity, price) in items {
        let item = item(sku, quantity, price)?;
        ask(&shop, &order, AddItem { item }).await?;
    }
    let payment = Payment::Transfer {
        from: "GB33 BUKB 2020 1555 5555 55".parse()?,
    };
    ask(&shop, &order, PayOrder { payment }).await?;
    let carrier = "DHL".to_owned();
    ask(&shop, &order, ShipOrder { carrier }).await?;
    let item = item("nib", 1, "1.20")?;
    ask(&shop, &order, AddItem { item }).await?;
    let reason = "changed my mind".to_owned();
    ask(&shop, &order, CancelOrder { reason }).await?;

    println!("\nBob wants 105 things at once");
    let bulk = OrderId::generate();
    let customer = "bob".into();
    ask(&shop, &bulk, PlaceOrder { customer }).await?;
    fill(&shop, &bulk, 105).await?;

    println!("\nWhat has happened to the order of Ada");
    let trail = shop
        .history::<Order>(&order, Slice::after(None, 100))
        .await?;
    for recorded in &trail {
        let (version, at) = (recorded.version, recorded.recorded_at);
        println!("  {version}  {at}  {}", tell(&recorded.event));
    }

    println!("\nHow it looked after each of these events");
    for recorded in &trail {
        println!("  {}", look(&shop, &order, recorded.version).await?);
    }

    let with_dhl = Query::tags([Tag::new("carrier", "DHL")]);
    let parcels = shop
        .store()
        .read_log(with_dhl, Slice::after(None, 1000))
        .await?;
    println!(
        "\nParcels with DHL in this database: {}",
        parcels.events.len()
    );
    report(shop.store(), &[order, bulk]).await
}

/// What the read models say, folded from everything that was ever stored.
async fn report(store: &SqliteStore, today: &[OrderId]) -> Result<(), Box<dyn Error>> {
    let mut summaries = MemoryRows::<OrderSummary>::new();
    summaries.catch_up(store).await?;
    println!("\nThe orders of today, in one row each");
    for order in today.iter().filter_map(|id| summaries.get(id)) {
        let OrderSummary {
            customer,
            items,
            total,
            status,
            ..
        } = order;
        println!("  {customer}  {status:<9} {items} things, {total}");
    }

    let mut sales = MemoryRows::<SalesByDay>::new();
    sales.catch_up(store).await?;
    let orders: u64 = sales.iter().map(|day| day.orders).sum();
    let revenue: Money = sales.iter().map(|day| day.revenue).sum();
    println!("\nShipped in this database: {orders}, for {revenue}");
    Ok(())
}

/// Asks an order for a command, and says what it answers.
async fn ask(
    shop: &Shop,
    id: &OrderId,
    command: impl Into<OrderCommand>,
) -> Result<(), Box<dyn Error>> {
    let command = command.into();
    let name = command.name();
    match shop.execute(id, command).await {
        Ok(executed) => {
            let events: Vec<_> = executed.events.iter().map(EventSet::name).collect();
            println!("  {name:<12} {}", events.join(", "));
        }
        Err(ExecuteError::Rejected(reason)) => {
            println!("  {name:<12} refused: {reason}; {}", way_out(&reason));
        }
        // No rule of an order's: the schema says which amounts of money there are.
        Err(ExecuteError::Invalid(invalid)) => println!("  {name:<12} refused: {invalid}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// What a customer can do about a refusal. Refusals are values: a new one in the schema does not compile until it is here.
fn way_out(reason: &OrderError) -> &'static str {
    match reason {
        OrderError::EmptyItem => "ask for one at least",
        OrderError::TooMany { .. } => "place another order",
        OrderError::NothingToShip => "add something first",
        OrderError::TooLate => "send the parcel back",
        OrderError::WrongStatus { .. } => "place another order",
    }
}

/// Adds many items at once. They are decided one after the other, and stored together.
async fn fill(shop: &Shop, id: &OrderId, count: usize) -> Result<(), Box<dyn Error>> {
    let mut wishes = JoinSet::new();
    for _ in 0..count {
        let item = item("pen", 1, "0.10")?;
        wishes.spawn(shop.execute(id, AddItem { item }));
    }
    let (mut granted, mut refused) = (0, None);
    while let Some(answer) = wishes.join_next().await {
        match answer? {
            Ok(_) => granted += 1,
            Err(ExecuteError::Rejected(reason)) => refused = Some(reason),
            Err(error) => return Err(error.into()),
        }
    }
    println!("  AddItem      granted {granted} times");
    if let Some(reason) = refused {
        let rest = count - granted;
        println!(
            "  AddItem      refused {rest} times: {reason}; {}",
            way_out(&reason)
        );
    }
    Ok(())
}

fn item(sku: &str, quantity: u32, price: &str) -> Result<OrderItem, Box<dyn Error>> {
    Ok(OrderItem {
        sku: sku.to_owned(),
        quantity,
        price: price.parse()?,
    })
}

/// An event in the words of the shop.
fn tell(event: &OrderEvent) -> String {
    match event {
        OrderEvent::OrderPlaced(placed) => format!("placed by {}", placed.customer),
        OrderEvent::ItemAdded(added) => {
            let OrderItem {
                sku,
                quantity,
                price,
            } = &added.item;
            format!("{quantity} × {sku} at {price}")
        }
        OrderEvent::OrderPaid(paid) => match &paid.payment {
            Payment::Cash {} => format!("{} paid in cash", paid.total),
            Payment::Card { last4 } => format!("{} paid by card …{last4}", paid.total),
            Payment::Transfer { from } => format!("{} paid from {from}", paid.total),
        },
        OrderEvent::OrderShipped(shipped) => format!("shipped with {}", shipped.carrier),
        OrderEvent::OrderCancelled(cancelled) => format!("cancelled: {}", cancelled.reason),
    }
}

/// An order as it stood at a version.
async fn look(shop: &Shop, id: &OrderId, version: Version) -> Result<String, Box<dyn Error>> {
    let then = shop.load_at::<Order>(id, version).await?;
    Ok(match then.state {
        Some(order) => {
            let Order {
                items,
                total,
                status,
                ..
            } = order;
            format!(
                "{version}  {status:<9} items: {}, total: {total}",
                items.len()
            )
        }
        None => format!("{version}  not there"),
    })
}
