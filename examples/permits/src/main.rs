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

use clap::{Parser, Subcommand};
use es_runtime::App;
use es_runtime::admin::ProjectionsArgs;
use es_sqlite::SqliteStore;

use error::PermitsError;
use import::Plans;
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
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// What is done with a database in place of an import.
#[derive(Subcommand)]
enum Instead {
    /// The read models: where they stand, and to rebuild them.
    Projections(ProjectionsArgs),
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
    if let Some(Instead::Projections(task)) = &arguments.instead {
        let projections = read_models::projections(&SqliteStore::open(&arguments.database)?);
        return Ok(task.run(&projections, &mut std::io::stdout()).await?);
    }
    // The whole log is read before the first command, so that a damaged one changes nothing.
    let log = Log::read(&arguments.log)?;
    let facts = Facts::read(&arguments.facts)?;

    let app = App::new(SqliteStore::open(&arguments.database)?);
    let projections = read_models::projections(app.store());
    let mut most = Plans::of(&log)?;
    let rest = most.split_off_one_of(5);
    let imported = import::import(&app, most).await?;
    projections.catch_up().await?;
    // Built anew while the rest comes in, which whoever reads does not notice.
    let (rebuilt, then) = tokio::join!(
        read_models::rebuild(&projections),
        import::import(&app, rest)
    );
    rebuilt?;
    println!("{}", imported.and(then?));
    drop((projections, app));

    // A restart: nothing is known but the file.
    let app = App::new(SqliteStore::open(&arguments.database)?);
    let report = report::count(&app, &log).await?;
    println!("{report}");
    let projections = read_models::projections(app.store());
    projections.catch_up().await?;
    read_models::print(&projections).await?;
    report.check(&facts)?;
    println!(
        "everything is as the log is known to be: {} cases, {} events",
        facts.cases, facts.events
    );
    Ok(())
}
