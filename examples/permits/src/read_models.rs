//! The read models of the schema, folded from what is stored, as tables.

use std::collections::BTreeMap;

use es_runtime::admin::Shown;
use es_runtime::prelude::*;
use es_sqlite::SqliteStore;

use crate::error::PermitsError;
use crate::generated::{CasesByOrigin, LeadTime, WorkByResource};

/// How many members of staff are shown.
const BUSIEST: usize = 5;

const NANOS_PER_DAY: f64 = 86_400.0 * 1e9;

/// The read models of the schema, in the store that the events are in.
pub(crate) fn projections(store: &SqliteStore) -> Projections<SqliteStore> {
    Projections::new(store.clone())
        .with::<CasesByOrigin>()
        .with::<LeadTime>()
        .with::<WorkByResource>()
}

/// Builds all of them anew, while whoever wants appends.
pub(crate) async fn rebuild(projections: &Projections<SqliteStore>) -> Result<(), PermitsError> {
    for projection in projections.names() {
        let mut shown = Shown::new();
        projections
            .rebuild(projection, |progress| shown.show(progress))
            .await?;
        shown.end();
        projections.drop_retired(projection).await?;
    }
    Ok(())
}

/// Prints them as they are.
pub(crate) async fn print(projections: &Projections<SqliteStore>) -> Result<(), PermitsError> {
    let open = Find::<CasesByOrigin>::all().filter(|row| row.open.more_than(0));
    let open = open
        .order_by(|row| row.open.descending())
        .order_by(|row| row.channel.ascending());
    let origins = projections.read::<CasesByOrigin>().find(open).await?;
    print_origins(&origins.rows);
    let times = projections.read::<LeadTime>().find(Find::all()).await?;
    print_lead_times(&times.rows);
    let work = projections.read::<WorkByResource>();
    let busiest = Find::<WorkByResource>::all().order_by(|row| row.steps.descending());
    let busiest = work.find(busiest.limit(BUSIEST)).await?;
    print_work(&busiest.rows, work.count(Find::all()).await?);
    Ok(())
}

fn print_origins(origins: &[CasesByOrigin]) {
    println!("open cases by channel and department");
    for row in origins {
        let (open, cases) = (row.open, row.cases);
        println!(
            "{open:>7} of {cases:>4}  {}, {}",
            row.channel, row.department
        );
    }
}

fn print_lead_times(times: &[LeadTime]) {
    println!("\ndays from the first to the last event, by the month of the first");
    let mut months: BTreeMap<&str, (u32, i128)> = BTreeMap::new();
    for case in times {
        let (cases, nanos) = months.entry(&case.month).or_default();
        *cases += 1;
        *nanos += case.last.nanos() - case.first.nanos();
    }
    for (month, (cases, nanos)) in months {
        let days = nanos as f64 / f64::from(cases) / NANOS_PER_DAY;
        println!("{days:>7.2}  {month}, {cases} cases");
    }
}

fn print_work(busiest: &[WorkByResource], staff: u64) {
    println!("\nsteps by those who have done most, of {staff} who have worked");
    for row in busiest {
        println!("{:>7}  {}", row.steps, row.resource);
    }
    println!();
}
