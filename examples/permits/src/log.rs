//! The log as it stands in the file: cases, each with its steps in order.

use std::path::{Path, PathBuf};

use es_runtime::Timestamp;
use serde::Deserialize;

use crate::error::PermitsError;
use crate::generated::{Application, CaseId, Channel, Department, Resource, Step, TaskId};

/// A log that was read from its first line to its last.
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    /// In the order of their first events.
    pub(crate) cases: Vec<Case>,
}

/// What happened to one application.
pub(crate) struct Case {
    pub(crate) id: CaseId,
    pub(crate) application: Application,
    /// Oldest first; the first one opens the case.
    pub(crate) entries: Vec<Entry>,
}

/// One line of the log.
pub(crate) struct Entry {
    pub(crate) line: usize,
    pub(crate) activity: String,
    pub(crate) at: Timestamp,
    pub(crate) step: Step,
}

/// A line as it is written.
#[derive(Deserialize)]
struct Line {
    case: CaseId,
    seq: usize,
    activity: String,
    at: Timestamp,
    resource: Resource,
    group: String,
    task: TaskId,
    case_attributes: Option<Attributes>,
}

#[derive(Deserialize)]
struct Attributes {
    channel: Channel,
    department: Department,
    responsible: Option<Resource>,
    group: Option<String>,
    startdate: Timestamp,
    deadline: Timestamp,
    enddate_planned: Timestamp,
    enddate: Option<Timestamp>,
}

impl Log {
    /// Reads a log; the first line that is not one is an error.
    pub(crate) fn read(path: &Path) -> Result<Self, PermitsError> {
        let text = std::fs::read_to_string(path).map_err(|cause| PermitsError::Read {
            path: path.to_owned(),
            cause,
        })?;
        let mut cases: Vec<Case> = Vec::new();
        for (index, text) in text.lines().enumerate() {
            let number = index + 1;
            let wrong = |reason: String| PermitsError::Log {
                path: path.to_owned(),
                line: number,
                reason,
            };
            let line: Line =
                serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            let entry = Entry {
                line: number,
                activity: line.activity,
                at: line.at,
                step: Step {
                    task: line.task,
                    resource: line.resource,
                    group: line.group,
                },
            };
            match (
                cases.last_mut().filter(|case| case.id == line.case),
                line.case_attributes,
            ) {
                (None, Some(attributes)) if line.seq == 1 => {
                    let application = attributes.into();
                    cases.push(Case {
                        id: line.case,
                        application,
                        entries: vec![entry],
                    });
                }
                (Some(case), None) if line.seq == case.entries.len() + 1 => {
                    case.entries.push(entry)
                }
                _ => {
                    let reason = format!(
                        "event {} of {} does not follow the line before it",
                        line.seq, line.case
                    );
                    return Err(wrong(reason));
                }
            }
        }
        if cases.is_empty() {
            let reason = "there is no event in it".to_owned();
            return Err(PermitsError::Log {
                path: path.to_owned(),
                line: 1,
                reason,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            cases,
        })
    }

    /// How many events there are in all cases.
    pub(crate) fn len(&self) -> usize {
        self.cases.iter().map(|case| case.entries.len()).sum()
    }
}

impl From<Attributes> for Application {
    fn from(attributes: Attributes) -> Self {
        Self {
            channel: attributes.channel,
            department: attributes.department,
            responsible: attributes.responsible,
            group: attributes.group,
            started: attributes.startdate,
            deadline: attributes.deadline,
            planned_end: attributes.enddate_planned,
            ended: attributes.enddate,
        }
    }
}
