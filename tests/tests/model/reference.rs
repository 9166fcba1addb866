//! A store as a plain list of events: everything is found by looking at all of them.

use es_runtime::{
    CommitNumber, Conflict, Expected, Position, Positions, Receipt, StoreError, StreamReceipt,
    Timestamp, Version,
};

use crate::wishes::*;

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub log: Vec<Stored>,
    pub commands: Vec<(Command, Receipt)>,
}

#[derive(Clone, Debug)]
pub struct Stored {
    pub stream: u8,
    pub version: u64,
    pub commit: u64,
    pub event: Event,
}

/// What a store may answer to a commit: a receipt, or any of the refusals that are true.
pub type Answers = Vec<Result<Receipt, StoreError>>;

impl Model {
    /// The chain with its expectations and positions told, and what a store may answer to each commit of it.
    pub fn append(&mut self, chain: &[Draft]) -> Vec<Answers> {
        let before = self.clone();
        let mut answers: Vec<Answers> = Vec::new();
        for draft in chain {
            let is_void =
                |answers: &Answers| !matches!(&answers[..], [Ok(receipt)] if !receipt.repeated);
            let is_broken = answers.last().is_some_and(is_void);
            answers.push(match is_broken {
                true => vec![Err(StoreError::Behind)],
                false => self.append_one(draft, &before),
            });
        }
        answers
    }

    fn append_one(&mut self, draft: &Draft, before: &Self) -> Answers {
        let mut streams: Vec<u8> = draft.writes.iter().map(|write| write.stream).collect();
        streams.sort_unstable();
        streams.dedup();
        if draft.is_over_limit || streams.len() < draft.writes.len() {
            let reason = String::new();
            return vec![Err(StoreError::Refused { reason })];
        }
        if let Some(command) = draft.command {
            match self.receipt(command) {
                Ok(None) => {}
                Ok(Some(receipt)) => return vec![Ok(receipt)],
                Err(error) => return vec![Err(error)],
            }
        }
        let refusals = self.refusals(draft, before);
        if refusals.is_empty() {
            vec![Ok(self.store(draft))]
        } else {
            refusals.into_iter().map(Err).collect()
        }
    }

    pub fn receipt(&self, command: Command) -> Result<Option<Receipt>, StoreError> {
        match self
            .commands
            .iter()
            .find(|(known, _)| known.id == command.id)
        {
            Some((known, receipt)) if *known == command => Ok(Some(receipt.clone().again())),
            Some(_) => Err(StoreError::CommandReused {
                id: command_id(command.id),
            }),
            None => Ok(None),
        }
    }

    fn refusals(&self, draft: &Draft, before: &Self) -> Vec<StoreError> {
        let mut refusals = Vec::new();
        let mut new = Vec::new();
        for write in &draft.writes {
            let (expected, actual) = (before.expected(write), self.version(write.stream));
            let holds = match expected {
                Expected::Any => true,
                Expected::Missing => actual.is_none(),
                Expected::Exists => actual.is_some(),
                Expected::At(version) => actual == Some(version),
            };
            if !holds {
                refusals.push(StoreError::Conflict(Conflict {
                    stream: stream_id(write.stream),
                    expected,
                    actual,
                }));
            }
            for event in &write.events {
                if self.log.iter().any(|stored| stored.event.id == event.id)
                    || new.contains(&event.id)
                {
                    refusals.push(StoreError::DuplicateEvent {
                        id: event_id(event.id),
                    });
                }
                new.push(event.id);
            }
        }
        if let Some((items, seen)) = &draft.guard {
            let after = before.position(*seen);
            let forbidden = (1..)
                .zip(&self.log)
                .find(|(position, stored)| *position > after && is_meant(items, stored));
            if let Some((position, _)) = forbidden {
                refusals.push(StoreError::Guarded {
                    position: Position::new(position).unwrap(),
                    after: Position::new(after),
                });
            }
        }
        refusals
    }

    fn store(&mut self, draft: &Draft) -> Receipt {
        let has_events = draft.writes.iter().any(|write| !write.events.is_empty());
        let commit = self.log.last().map_or(0, |last| last.commit) + 1;
        let first = self.log.len() as u64 + 1;
        let mut streams = Vec::new();
        for write in &draft.writes {
            let before = self.version(write.stream);
            for event in &write.events {
                let version = self.version(write.stream).map_or(0, Version::get) + 1;
                self.log.push(Stored {
                    stream: write.stream,
                    version,
                    commit,
                    event: event.clone(),
                });
            }
            streams.push(StreamReceipt {
                stream: stream_id(write.stream),
                before,
                after: self.version(write.stream),
            });
        }
        let positions = has_events.then(|| Positions {
            first: Position::new(first).unwrap(),
            last: Position::new(self.log.len() as u64).unwrap(),
        });
        let receipt = Receipt {
            commit: CommitNumber::new(commit).filter(|_| has_events),
            streams,
            positions,
            recorded_at: Timestamp::EPOCH,
            repeated: false,
        };
        if let Some(command) = draft.command {
            self.commands.push((command, receipt.clone()));
        }
        receipt
    }

    pub fn version(&self, stream: u8) -> Option<Version> {
        let events = self.log.iter().filter(|stored| stored.stream == stream);
        Version::new(events.count() as u64)
    }

    /// What a write expects that was decided on this.
    pub fn expected(&self, write: &Write) -> Expected {
        match write.expect {
            Expect::Any => Expected::Any,
            Expect::Missing => Expected::Missing,
            Expect::Exists => Expected::Exists,
            Expect::At(version) => Expected::At(Version::new(version).unwrap()),
            Expect::Now(ahead) => {
                let now = self.version(write.stream).map_or(0, Version::get);
                Version::new(now + ahead).map_or(Expected::Missing, Expected::At)
            }
        }
    }

    /// The position up to which a guard has read that was decided on this.
    pub fn position(&self, seen: Seen) -> u64 {
        match seen {
            Seen::At(position) => position,
            Seen::Before(events) => (self.log.len() as u64).saturating_sub(events),
        }
    }

    /// The events within a window, in its order, with their positions; without its limit.
    pub fn window(&self, window: Window, number: fn(u64, &Stored) -> u64) -> Vec<(u64, &Stored)> {
        let is_in =
            |number: u64| number > window.after && (window.until == 0 || number <= window.until);
        let all = (1..).zip(&self.log);
        let mut found: Vec<_> = all
            .filter(|(position, stored)| is_in(number(*position, stored)))
            .collect();
        if window.is_backwards {
            found.reverse();
        }
        found
    }
}

pub fn is_meant(items: &[Item], stored: &Stored) -> bool {
    items.iter().any(|item| {
        let is_of = |(stream, kind): &(u8, u8)| {
            category(*stream) == category(stored.stream) && *kind == stored.event.kind
        };
        let has_type = item.types.is_empty() || item.types.iter().any(is_of);
        has_type && item.tags.iter().all(|tag| stored.event.tags.contains(tag))
    })
}
