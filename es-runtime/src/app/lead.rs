//! Carrying out the commands that wait for one aggregate: decided one on top of the other, stored as one chain.

use std::sync::Arc;

use super::decide::{ask, encode, take_in_new};
use super::error::{ExecuteError, LoadError};
use super::history::history;
use super::load::{self, Folded, Until};
use super::warm::{Answer, Job, Shared, Waiting};
use super::{Core, backoff, snapshots};
use crate::aggregate::Aggregate;
use crate::commit::{Commit, Expected, Receipt, StreamWrite};
use crate::context::Context;
use crate::id::StreamId;
use crate::store::{EventStore, Slice, StoreError};
use crate::sync::Instant;

/// How many commands are decided on one running state before it is stored.
const CHAIN: usize = 1_024;

/// Carries out whatever waits for the aggregate `id`, until nothing does.
pub(super) async fn lead<A: Aggregate, S: EventStore>(
    core: Arc<Core<S>>,
    id: A::Id,
    shared: Arc<Shared<A>>,
) {
    let stream = A::stream(&id);
    let state = shared.take_state();
    let mut leader = Leader {
        core: &core,
        id,
        stream,
        state,
        is_fresh: false,
        unserved: 0,
    };
    let mut waiting = Vec::new();
    while !waiting.is_empty() || shared.has_waiting() {
        shared.before_round().await;
        shared.gather().await;
        let new = shared.take_waiting(CHAIN);
        match waiting.is_empty() {
            true => waiting = new,
            false => waiting.extend(new),
        }
        let begun = Instant::now();
        waiting = leader.round(waiting).await;
        shared.end_round(begun);
    }
    shared.keep_state(leader.state);
}

struct Leader<'a, A: Aggregate, S> {
    core: &'a Core<S>,
    id: A::Id,
    stream: StreamId,
    /// The state that the next command is decided on; nothing where it has to be read.
    state: Option<Folded<A>>,
    /// Whether the state was read, or caught up, in this round. What a chain stores is checked by the store itself, but a
    /// refusal that rests on no commit of the chain has to be made sure of.
    is_fresh: bool,
    /// Rounds in a row that served nobody.
    unserved: u32,
}

/// What a round is about to do.
struct Plan<A: Aggregate> {
    decided: Vec<(Waiting<A>, Outcome<A>)>,
    /// One for each that was granted, in the same order.
    chain: Vec<Commit>,
    /// Those that were not decided, since a rule failed and took the running state with it.
    left_over: Vec<Waiting<A>>,
}

enum Outcome<A: Aggregate> {
    /// These events, in the next commit of the chain.
    Granted(Vec<A::Event>),
    /// Nothing to store. The answer rests on the commits before it in the chain.
    Refused(ExecuteError<A::Error>),
}

/// One decision, with the state after it.
enum Verdict<A: Aggregate> {
    Granted(Folded<A>, Vec<A::Event>, Commit),
    Refused(Folded<A>, ExecuteError<A::Error>),
    /// The rule that takes an event in failed, and the state is lost.
    Failed(ExecuteError<A::Error>),
}

impl<A: Aggregate, S: EventStore> Leader<'_, A, S> {
    /// Decides what waits, stores it, answers, and returns those who must be decided again.
    async fn round(&mut self, waiting: Vec<Waiting<A>>) -> Vec<Waiting<A>> {
        let Plan {
            decided,
            chain,
            left_over,
        } = self.plan(waiting).await;
        let results = match chain.is_empty() {
            true => Vec::new(),
            false => self.core.store.append_chain(chain).await,
        };

        let mut results = results.into_iter();
        // Why what follows in the chain is void, once it is.
        let mut broken: Option<StoreError> = None;
        let mut served = false;
        let mut again = Vec::new();
        for (waiting, outcome) in decided {
            match outcome {
                Outcome::Granted(events) => match results.next().unwrap_or_else(no_answer) {
                    Ok(receipt) if receipt.repeated => {
                        // Carried out before: the state that the rest was decided on never was.
                        broken.get_or_insert(StoreError::Behind);
                        let answer = Box::pin(self.repeated(&waiting, receipt)).await;
                        waiting.answer(answer);
                        served = true;
                    }
                    Ok(receipt) => {
                        let answer = waiting.executed(events, receipt);
                        waiting.answer(Ok(answer));
                        served = true;
                    }
                    Err(error) if broken.is_some() || error.is_conflict() => {
                        broken.get_or_insert(error);
                        again.push(waiting);
                    }
                    Err(error) => {
                        broken = Some(StoreError::Behind);
                        waiting.answer(Err(ExecuteError::Store(error)));
                        served = true;
                    }
                },
                Outcome::Refused(_) if broken.is_some() => again.push(waiting),
                Outcome::Refused(error) => {
                    let answer = Box::pin(self.refused(&waiting, error)).await;
                    waiting.answer(answer);
                    served = true;
                }
            }
        }
        again.extend(left_over);
        match broken {
            None => {
                self.unserved = 0;
                self.take_snapshot();
            }
            Some(error) => {
                self.state = None;
                self.unserved = if served { 0 } else { self.unserved + 1 };
                if self.unserved > 0 {
                    again = Box::pin(self.hold_back(error, again)).await;
                }
            }
        }
        again
    }

    /// Takes a snapshot of the state, which is stored by now and whose callers are answered, where one is due.
    fn take_snapshot(&mut self) {
        if let Some(state) = &mut self.state
            && let Some(snapshot) = snapshots::due(&self.core.options, &self.stream, state)
        {
            snapshots::keep(&self.core.store, snapshot);
        }
    }

    /// Nobody was served: those who wait are decided again after a pause, but not for ever.
    async fn hold_back(&mut self, error: StoreError, waiting: Vec<Waiting<A>>) -> Vec<Waiting<A>> {
        tracing::debug!(stream = %self.stream, commands = waiting.len(), attempt = self.unserved, %error, "overtaken");
        if self.unserved < self.core.options.attempts {
            // The first time it is most likely a state that was not the newest, and reading it again is all it takes.
            if self.unserved > 1 {
                backoff::pause(self.unserved).await;
            }
            return waiting;
        }
        let attempts = std::mem::take(&mut self.unserved);
        for waiting in waiting {
            waiting.answer(Err(ExecuteError::Conflict {
                attempts,
                last: error.clone(),
            }));
        }
        Vec::new()
    }

    /// Decides commands one on top of the other.
    async fn plan(&mut self, waiting: Vec<Waiting<A>>) -> Plan<A> {
        self.is_fresh = false;
        let mut plan = Plan {
            decided: Vec::with_capacity(waiting.len()),
            chain: Vec::new(),
            left_over: Vec::new(),
        };
        let mut rest = waiting.into_iter();
        while let Some(mut waiting) = rest.next() {
            waiting.attempts += 1;
            let verdict = match self.decide(&waiting, plan.chain.is_empty()).await {
                Ok(verdict) => verdict,
                // Nobody else will be able to read it now either.
                Err(error) => {
                    let refused = |waiting| (waiting, Outcome::Refused(error.clone().into()));
                    plan.decided
                        .extend(std::iter::once(waiting).chain(rest).map(refused));
                    return plan;
                }
            };
            match verdict {
                Verdict::Granted(state, events, commit) => {
                    self.state = Some(state);
                    plan.chain.push(commit);
                    plan.decided.push((waiting, Outcome::Granted(events)));
                }
                Verdict::Refused(state, error) => {
                    self.state = Some(state);
                    plan.decided.push((waiting, Outcome::Refused(error)));
                }
                Verdict::Failed(error) => {
                    plan.decided.push((waiting, Outcome::Refused(error)));
                    plan.left_over = rest.collect();
                    return plan;
                }
            }
        }
        plan
    }

    /// Decides one command on the running state, on the newest one where it would be refused.
    async fn decide(
        &mut self,
        waiting: &Waiting<A>,
        is_first_of_chain: bool,
    ) -> Result<Verdict<A>, LoadError> {
        let job = &waiting.job;
        let state = match self.state.take() {
            Some(state) => state,
            // Most likely nothing is there, and then this costs no reading; the store refuses it where something is.
            None if job.creates && waiting.attempts == 1 => Folded::MISSING,
            None => Box::pin(self.load()).await?,
        };
        match self.judge(job, state) {
            Verdict::Refused(state, error) if is_first_of_chain && !self.is_fresh => {
                Box::pin(self.judge_again(job, state, error)).await
            }
            verdict => Ok(verdict),
        }
    }

    /// Makes sure that a refusal rests on the newest state.
    async fn judge_again(
        &mut self,
        job: &Job<A>,
        state: Folded<A>,
        error: ExecuteError<A::Error>,
    ) -> Result<Verdict<A>, LoadError> {
        self.is_fresh = true;
        let version = state.version;
        let state = load::catch_up(self.core, &self.stream, state, Until::Now).await?;
        match state.version == version {
            true => Ok(Verdict::Refused(state, error)),
            false => Ok(self.judge(job, state)),
        }
    }

    /// The state as it is stored.
    async fn load(&mut self) -> Result<Folded<A>, LoadError> {
        self.is_fresh = true;
        load::load(self.core, &self.stream, Until::Now).await
    }

    fn judge(&self, job: &Job<A>, state: Folded<A>) -> Verdict<A> {
        let surroundings = &self.core.surroundings;
        let (version, metadata) = (state.version, job.metadata.clone());
        let cx = Context::new(
            self.id.clone(),
            version,
            job.occurred_at,
            metadata,
            surroundings,
        );
        let asked = ask(&self.stream, job.name, &cx, |cx| {
            (job.decide)(state.state.as_ref(), cx)
        });
        let events = match asked {
            Ok(events) => events,
            Err(error) => return Verdict::Refused(state, error),
        };
        let new = match encode(&self.stream, job.name, &cx, &events, surroundings) {
            Ok(new) => new,
            Err(error) => return Verdict::Refused(state, error),
        };
        match take_in_new(&self.stream, state, &new) {
            Ok(state) => {
                let expected = Expected::as_loaded(version);
                let write = StreamWrite {
                    stream: self.stream.clone(),
                    expected,
                    events: new,
                };
                let (command, metadata) = (job.record.clone(), (*job.metadata).clone());
                let commit = Commit {
                    writes: vec![write],
                    guard: None,
                    command,
                    metadata,
                };
                Verdict::Granted(state, events, commit)
            }
            Err(error) => Verdict::Failed(ExecuteError::Read(error)),
        }
    }

    /// The answer to a command that had been carried out before.
    async fn repeated(&self, waiting: &Waiting<A>, receipt: Receipt) -> Answer<A> {
        let events = self.events_of(&receipt).await?;
        Ok(waiting.executed(events, receipt))
    }

    /// The answer to a command that is refused now. Its first try may have been stored and the answer lost: then what it
    /// did itself is the reason for the refusal, and the receipt is the answer.
    async fn refused(&self, waiting: &Waiting<A>, error: ExecuteError<A::Error>) -> Answer<A> {
        let Some(record) = &waiting.job.record else {
            return Err(error);
        };
        if matches!(error, ExecuteError::Store(_)) {
            return Err(error);
        }
        match self
            .core
            .store
            .receipt(record.id, record.fingerprint)
            .await?
        {
            Some(receipt) => self.repeated(waiting, receipt).await,
            None => Err(error),
        }
    }

    /// The events that a receipt of an earlier time speaks of.
    async fn events_of(&self, receipt: &Receipt) -> Result<Vec<A::Event>, LoadError> {
        let mut events = Vec::new();
        let written = receipt
            .streams
            .iter()
            .find(|written| written.stream == self.stream);
        let Some((written, last)) = written.and_then(|written| Some((written, written.after?)))
        else {
            return Ok(events);
        };
        let mut after = written.before;
        while after < Some(last) {
            let slice = Slice::after(after, CHAIN).until(last);
            let trail = history::<A, S>(&self.core.store, self.stream.clone(), slice).await?;
            let Some(reached) = trail.last().map(|recorded| recorded.version) else {
                break;
            };
            after = Some(reached);
            events.extend(trail.into_iter().map(|recorded| recorded.event));
        }
        Ok(events)
    }
}

fn no_answer() -> Result<Receipt, StoreError> {
    Err(StoreError::outcome_unknown(
        "append",
        "the store gave no answer",
    ))
}
