//! The program of the README.

mod generated;
use generated::parcel::commands::{Deliver, Post};
use generated::{Parcel, ParcelId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = es_runtime::App::new(es_sqlite::SqliteStore::open("parcels.db")?);
    let id = ParcelId::new("p-1");
    app.execute(&id, Post { to: "Ada".into() }).await?;
    app.execute(&id, Deliver {}).await?;
    println!("{:?}", app.load::<Parcel>(&id).await?.state);
    Ok(())
}
