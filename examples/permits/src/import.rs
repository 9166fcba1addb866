//! The import: one command for each line of the log, carried out under the id of its task at the time of the log.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use es_runtime::{App, CommandId, EventStore, ExecuteOptions, Metadata};
use tokio::task::JoinSet;

use crate::error::PermitsError;
use crate::generated::permit::commands;
use crate::generated::{Application, CaseId, PermitCommand, Step};
use crate::log::{Case, Log};
use crate::progress::Progress;

/// How many cases are imported at the same time. Their commits share the disk's work.
const CASES_AT_ONCE: usize = 64;

/// What an import has done.
pub(crate) struct Imported {
    new: usize,
    known: usize,
    took: Duration,
}

/// A case as the commands that make it.
struct Plan {
    id: CaseId,
    wishes: Vec<Wish>,
}

/// A line of the log as a command, with what is said about it.
struct Wish {
    line: usize,
    command: PermitCommand,
    options: ExecuteOptions,
}

/// All of the log as commands, understood before the first of them is carried out.
pub(crate) struct Plans {
    path: Arc<Path>,
    cases: Vec<Plan>,
}

impl Plans {
    pub(crate) fn of(log: &Log) -> Result<Self, PermitsError> {
        let cases = log.cases.iter().map(|case| plan(case, &log.path));
        Ok(Self {
            path: log.path.as_path().into(),
            cases: cases.collect::<Result<_, _>>()?,
        })
    }

    /// Takes the last cases out, one of so many.
    pub(crate) fn split_off_one_of(&mut self, parts: usize) -> Self {
        let kept = self.cases.len() - self.cases.len() / parts;
        Self {
            path: self.path.clone(),
            cases: self.cases.split_off(kept),
        }
    }
}

/// Carries the commands out. What was imported before is left as it is.
pub(crate) async fn import<S: EventStore>(
    app: &App<S>,
    plans: Plans,
) -> Result<Imported, PermitsError> {
    let started = Instant::now();
    let events = plans.cases.iter().map(|plan| plan.wishes.len()).sum();
    let progress = Progress::start("importing", events);
    let path = plans.path;
    let mut imported = Imported {
        new: 0,
        known: 0,
        took: Duration::ZERO,
    };
    let mut running = JoinSet::new();
    let mut plans = plans.cases.into_iter();
    loop {
        while running.len() < CASES_AT_ONCE
            && let Some(plan) = plans.next()
        {
            running.spawn(carry_out(app.clone(), plan, path.clone()));
        }
        let Some(done) = running.join_next().await else {
            break;
        };
        let (new, known) = done??;
        imported.new += new;
        imported.known += known;
        progress.advance(new + known);
    }
    imported.took = started.elapsed();
    Ok(imported)
}

impl Imported {
    /// This, and then that.
    pub(crate) fn and(self, then: Self) -> Self {
        Self {
            new: self.new + then.new,
            known: self.known + then.known,
            took: self.took + then.took,
        }
    }
}

fn plan(case: &Case, path: &Path) -> Result<Plan, PermitsError> {
    let mut wishes = Vec::with_capacity(case.entries.len());
    for entry in &case.entries {
        let options = ExecuteOptions::new()
            .command_id(CommandId::from_name(entry.step.task.get()))
            .occurred_at(entry.at)
            .metadata(Metadata::new().actor(entry.step.resource.get()));
        let Some(command) = command(&entry.activity, &case.application, entry.step.clone()) else {
            let reason = format!("no activity is called `{}`", entry.activity);
            return Err(PermitsError::Log {
                path: path.to_owned(),
                line: entry.line,
                reason,
            });
        };
        wishes.push(Wish {
            line: entry.line,
            command,
            options,
        });
    }
    Ok(Plan {
        id: case.id.clone(),
        wishes,
    })
}

/// Imports one case, event by event in its order; answers how many were new, and how many known already.
async fn carry_out<S: EventStore>(
    app: App<S>,
    plan: Plan,
    path: Arc<Path>,
) -> Result<(usize, usize), PermitsError> {
    let (mut new, mut known) = (0, 0);
    for Wish {
        line,
        command,
        options,
    } in plan.wishes
    {
        let executed = app
            .execute_with(&plan.id, command, options)
            .await
            .map_err(|cause| PermitsError::Refused {
                path: path.to_path_buf(),
                line,
                cause: Box::new(cause),
            })?;
        match executed.receipt.repeated {
            true => known += 1,
            false => new += 1,
        }
    }
    Ok((new, known))
}

/// The command that an activity of the log is the answer to.
fn command(activity: &str, application: &Application, step: Step) -> Option<PermitCommand> {
    let command = match activity {
        "Confirmation of receipt" => commands::ConfirmReceipt {
            application: application.clone(),
            step,
        }
        .into(),
        "T02 Check confirmation of receipt" => commands::CheckReceipt { step }.into(),
        "T03 Adjust confirmation of receipt" => commands::AdjustReceipt { step }.into(),
        "T04 Determine confirmation of receipt" => commands::DetermineReceipt { step }.into(),
        "T05 Print and send confirmation of receipt" => commands::SendReceipt { step }.into(),
        "T06 Determine necessity of stop advice" => commands::DetermineStopAdvice { step }.into(),
        "T07-1 Draft intern advice aspect 1" => commands::DraftAdvice1 { step }.into(),
        "T07-2 Draft intern advice aspect 2" => commands::DraftAdvice2 { step }.into(),
        "T07-3 Draft intern advice hold for aspect 3" => commands::DraftAdvice3 { step }.into(),
        "T07-4 Draft internal advice to hold for type 4" => commands::DraftAdvice4 { step }.into(),
        "T07-5 Draft intern advice aspect 5" => commands::DraftAdvice5 { step }.into(),
        "T08 Draft and send request for advice" => commands::RequestAdvice { step }.into(),
        "T09-1 Process or receive external advice from party 1" => {
            commands::ReceiveAdvice1 { step }.into()
        }
        "T09-2 Process or receive external advice from party 2" => {
            commands::ReceiveAdvice2 { step }.into()
        }
        "T09-3 Process or receive external advice from party 3" => {
            commands::ReceiveAdvice3 { step }.into()
        }
        "T09-4 Process or receive external advice from party 4" => {
            commands::ReceiveAdvice4 { step }.into()
        }
        "T10 Determine necessity to stop indication" => {
            commands::DetermineStopIndication { step }.into()
        }
        "T11 Create document X request unlicensed" => commands::CreateDocument { step }.into(),
        "T12 Check document X request unlicensed" => commands::CheckDocument { step }.into(),
        "T13 Adjust document X request unlicensed" => commands::AdjustDocument { step }.into(),
        "T14 Determine document X request unlicensed" => {
            commands::DetermineDocument { step }.into()
        }
        "T15 Print document X request unlicensed" => commands::PrintDocument { step }.into(),
        "T16 Report reasons to hold request" => commands::ReportHold { step }.into(),
        "T17 Check report Y to stop indication" => commands::CheckReport { step }.into(),
        "T18 Adjust report Y to stop indicition" => commands::AdjustReport { step }.into(),
        "T19 Determine report Y to stop indication" => commands::DetermineReport { step }.into(),
        "T20 Print report Y to stop indication" => commands::PrintReport { step }.into(),
        _ => return None,
    };
    Some(command)
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, known, took } = self;
        let rate = (new + known) as f64 / took.as_secs_f64().max(f64::EPSILON);
        write!(
            f,
            "imported {new} events in {:.1} s, {rate:.0} a second; {known} were known already",
            took.as_secs_f64()
        )
    }
}
