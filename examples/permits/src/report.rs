//! What is stored, counted by loading every case, and held against what the log is known to hold.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use es_runtime::{App, EventSet, EventStore, Slice};
use serde::Deserialize;

use crate::error::PermitsError;
use crate::generated::{CaseId, Permit};
use crate::log::Log;
use crate::progress::Progress;

/// Cases and events, counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    cases: u64,
    channels: BTreeMap<String, u64>,
    departments: BTreeMap<String, u64>,
    activities: BTreeMap<String, u64>,
    events: u64,
    steps: u64,
}

/// What is known about the log, from an independent count.
#[derive(Deserialize)]
pub(crate) struct Facts {
    pub(crate) cases: u64,
    pub(crate) events: u64,
    channels: BTreeMap<String, u64>,
    departments: BTreeMap<String, u64>,
    activities: BTreeMap<String, u64>,
}

impl Facts {
    /// Reads what is known.
    pub(crate) fn read(path: &Path) -> Result<Self, PermitsError> {
        let text = std::fs::read_to_string(path).map_err(|cause| PermitsError::Read {
            path: path.to_owned(),
            cause,
        })?;
        serde_json::from_str(&text).map_err(|cause| PermitsError::Facts {
            path: path.to_owned(),
            cause,
        })
    }
}

/// Loads every case of the log and counts what it finds.
pub(crate) async fn count<S: EventStore>(app: &App<S>, log: &Log) -> Result<Report, PermitsError> {
    let progress = Progress::start("loading", log.len());
    let mut report = Report::default();
    for case in &log.cases {
        progress.advance(report.count_case(app, &case.id).await?);
    }
    Ok(report)
}

impl Report {
    async fn count_case<S: EventStore>(
        &mut self,
        app: &App<S>,
        id: &CaseId,
    ) -> Result<usize, PermitsError> {
        let Some(permit) = app.load::<Permit>(id).await?.state else {
            return Ok(0);
        };
        self.cases += 1;
        self.steps += u64::from(permit.steps);
        *self
            .channels
            .entry(permit.application.channel.to_string())
            .or_default() += 1;
        *self
            .departments
            .entry(permit.application.department.to_string())
            .or_default() += 1;

        let mut counted = 0;
        let mut slice = Slice::after(None, 100);
        loop {
            let trail = app.history::<Permit>(id, slice).await?;
            let Some(last) = trail.last() else { break };
            slice.after = Some(last.version);
            counted += trail.len();
            for recorded in &trail {
                self.events += 1;
                *self
                    .activities
                    .entry(recorded.event.name().to_owned())
                    .or_default() += 1;
            }
        }
        Ok(counted)
    }

    /// Holds the report against what is known.
    pub(crate) fn check(&self, facts: &Facts) -> Result<(), PermitsError> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, stored: u64, known: u64| {
            if stored != known {
                differences.push(format!("  {what}: {stored} stored, {known} known"));
            }
        };
        compare("cases", self.cases, facts.cases);
        compare("events", self.events, facts.events);
        compare("steps in the states", self.steps, facts.events);
        for (stored, known) in [
            (&self.channels, &facts.channels),
            (&self.departments, &facts.departments),
            (&self.activities, &facts.activities),
        ] {
            for name in stored
                .keys()
                .chain(known.keys().filter(|name| !stored.contains_key(*name)))
            {
                let count = |counts: &BTreeMap<String, u64>| counts.get(name).copied().unwrap_or(0);
                compare(name, count(stored), count(known));
            }
        }
        match differences.is_empty() {
            true => Ok(()),
            false => Err(PermitsError::Differs(differences.join("\n"))),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = [
            ("cases by channel", &self.channels),
            ("cases by department", &self.departments),
            ("events by activity", &self.activities),
        ];
        for (title, counts) in tables {
            writeln!(f, "\n{title}")?;
            let mut rows: Vec<_> = counts.iter().collect();
            rows.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
            for (name, count) in rows {
                writeln!(f, "{count:>7}  {name}")?;
            }
        }
        Ok(())
    }
}
