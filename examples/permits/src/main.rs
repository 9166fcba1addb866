//! Imports the real permit log into an event store, loads every case back, and counts what the log is known to hold.

mod error;
mod generated;
mod import;
mod log;
mod progress;
mod read_models;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use es_runtime::App;
use es_sqlite::SqliteStore;

use error::PermitsError;
use log::Log;
use report::Facts;

/// Imports a permit log through commands, restarts, and checks what is stored against what the log is known to hold.
#[derive(Parser)]
struct Arguments {
    /// The database; made where there is none. A second run on it does no harm.
    #[arg(default_value = "permits.db")]
    database: PathBuf,
    /// The log, one event a line.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/receipt.events.jsonl"))]
    log: PathBuf,
    /// What is known about the log.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/facts.json"))]
    facts: PathBuf,
}

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the asynchronous runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(&Arguments::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), PermitsError> {
    // The whole log is read before the first command, so that a damaged one changes nothing.
    let log = Log::read(&arguments.log)?;
    let facts = Facts::read(&arguments.facts)?;

    let app = App::new(SqliteStore::open(&arguments.database)?);
    let imported = import::import(&app, &log).await?;
    println!("{imported}");
    drop(app);

    // A restart: nothing is known but the file.
    let app = App::new(SqliteStore::open(&arguments.database)?);
    let report = report::count(&app, &log).await?;
    println!("{report}");
    read_models::print(app.store()).await?;
    report.check(&facts)?;
    println!(
        "everything is as the log is known to be: {} cases, {} events",
        facts.cases, facts.events
    );
    Ok(())
}
