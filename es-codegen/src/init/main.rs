//! A day in a library: a book is bought, lent, asked for again and returned, on a database in one file.

mod generated;

use es_runtime::Slice;
use es_runtime::prelude::*;
use es_sqlite::SqliteStore;
use generated::book::commands::{Buy, Lend, Return};
use generated::{Book, BookId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let library = App::new(SqliteStore::open("library.db")?);
    let book = BookId::generate();

    let title = "Dune".to_owned();
    library.execute(&book, Buy { title }).await?;
    let reader = "ada".into();
    library.execute(&book, Lend { reader }).await?;

    // The schema says in which status a book is lent; what it refuses is a typed error.
    let reader = "bob".into();
    match library.execute(&book, Lend { reader }).await {
        Err(ExecuteError::Rejected(reason)) => println!("Bob has to wait: {reason}."),
        Err(error) => return Err(error.into()),
        Ok(_) => println!("Bob has the book."),
    }
    library.execute(&book, Return {}).await?;

    println!("What has happened to the book:");
    let page = Slice::after(None, 100);
    for recorded in library.history::<Book>(&book, page).await? {
        println!("  {}  {:?}", recorded.version, recorded.event);
    }
    println!("What that has made of it:");
    println!("  {:?}", library.load::<Book>(&book).await?.state);
    Ok(())
}
