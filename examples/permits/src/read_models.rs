//! The read models of the schema, folded from what is stored, as tables.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use es_runtime::prelude::*;

use crate::error::PermitsError;
use crate::generated::{CasesByOrigin, LeadTime, WorkByResource};

/// How many members of staff are shown.
const BUSIEST: usize = 5;

const NANOS_PER_DAY: f64 = 86_400.0 * 1e9;

/// Folds all read models and prints them.
pub(crate) async fn print<S: EventStore>(store: &S) -> Result<(), PermitsError> {
    let mut origins = MemoryRows::<CasesByOrigin>::new();
    origins.catch_up(store).await?;
    print_origins(&origins);
    let mut times = MemoryRows::<LeadTime>::new();
    times.catch_up(store).await?;
    print_lead_times(&times);
    let mut work = MemoryRows::<WorkByResource>::new();
    work.catch_up(store).await?;
    print_work(&work);
    Ok(())
}

fn print_origins(origins: &MemoryRows<CasesByOrigin>) {
    println!("open cases by channel and department");
    let mut rows: Vec<_> = origins.iter().filter(|row| row.open > 0).collect();
    rows.sort_by_key(|row| (Reverse(row.open), row.channel.to_string()));
    for row in rows {
        let (open, cases) = (row.open, row.cases);
        println!(
            "{open:>7} of {cases:>4}  {}, {}",
            row.channel, row.department
        );
    }
}

fn print_lead_times(times: &MemoryRows<LeadTime>) {
    println!("\ndays from the first to the last event, by the month of the first");
    let mut months: BTreeMap<&str, (u32, i128)> = BTreeMap::new();
    for case in times.iter() {
        let (cases, nanos) = months.entry(&case.month).or_default();
        *cases += 1;
        *nanos += case.last.nanos() - case.first.nanos();
    }
    for (month, (cases, nanos)) in months {
        let days = nanos as f64 / f64::from(cases) / NANOS_PER_DAY;
        println!("{days:>7.2}  {month}, {cases} cases");
    }
}

fn print_work(work: &MemoryRows<WorkByResource>) {
    println!(
        "\nsteps by those who have done most, of {} who have worked",
        work.len()
    );
    let mut rows: Vec<_> = work.iter().collect();
    rows.sort_by_key(|row| (Reverse(row.steps), row.resource.to_string()));
    for row in rows.iter().take(BUSIEST) {
        println!("{:>7}  {}", row.steps, row.resource);
    }
    println!();
}
