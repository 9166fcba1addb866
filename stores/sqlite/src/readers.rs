//! The threads that read, so that no query holds up a thread of an executor.

use std::future::{Future as _, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use es_runtime::{
    CommandId, Fingerprint, LogPage, Page, Position, Query, Receipt, Slice, Snapshot, StoreError,
    StreamId, Version,
};
use rusqlite::Connection;

use crate::error::{Place, Trouble};
use crate::read::Reader;
use crate::reply::{Replier, reply};
use crate::sync::mpsc::{Receiver, Sender, channel};
use crate::sync::thread::JoinHandle;
use crate::sync::{Instant, Mutex, lock};
use crate::traffic::{Took, Traffic, Watch};
use crate::worker::{self, Ready};

const READ_STREAM: &str = "read_stream";
const READ_LOG: &str = "read_log";
const HEAD: &str = "head";
const RECEIPT: &str = "receipt";
const SNAPSHOT: &str = "snapshot";

/// A question, with whom to answer.
enum Question {
    Stream(StreamId, Slice<Version>, Answer<Page>),
    Log(Query, Slice<Position>, Answer<LogPage>),
    Head(Answer<Option<Position>>),
    Receipt(CommandId, Fingerprint, Answer<Option<Receipt>>),
    Snapshot(StreamId, Fingerprint, Answer<Option<Snapshot>>),
    Rows(Look),
}

/// A question about rows, which answers itself.
type Look = Box<dyn FnOnce(&Place, &mut Reader<'_>) + Send>;

type Answer<T> = Replier<Result<T, StoreError>>;

/// How long questions took of late, by what they read.
#[derive(Default)]
struct Times {
    stream: Took,
    log: Took,
    rows: Took,
    /// A row, or none.
    other: Took,
}

impl Question {
    /// Whether anybody is left to answer. A question about rows finds out itself.
    fn is_heard(&self) -> bool {
        match self {
            Self::Stream(.., answer) => answer.is_heard(),
            Self::Log(.., answer) => answer.is_heard(),
            Self::Head(answer) => answer.is_heard(),
            Self::Receipt(.., answer) => answer.is_heard(),
            Self::Snapshot(.., answer) => answer.is_heard(),
            Self::Rows(_) => true,
        }
    }
}

impl Times {
    fn of(&self, question: &Question) -> &Took {
        match question {
            Question::Stream(..) => &self.stream,
            Question::Log(..) => &self.log,
            Question::Rows(_) => &self.rows,
            Question::Head(_) | Question::Receipt(..) | Question::Snapshot(..) => &self.other,
        }
    }
}

/// The readers of one store; whoever is free takes the next question.
pub(crate) struct Readers {
    questions: Option<Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
    traffic: Traffic,
    times: Arc<Times>,
}

impl Readers {
    pub(crate) fn start(
        place: &Arc<Place>,
        connections: Vec<Connection>,
    ) -> Result<Self, StoreError> {
        let (questions, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let times = Arc::new(Times::default());
        let mut threads = Vec::with_capacity(connections.len());
        for connection in connections {
            let (place, waiting, times) = (place.clone(), waiting.clone(), times.clone());
            threads.push(worker::start("es-sqlite-reader", move |ready| {
                answer_all(&place, &connection, &waiting, &times, ready);
            })?);
        }
        Ok(Self {
            questions: Some(questions),
            threads,
            traffic: Traffic::default(),
            times,
        })
    }

    pub(crate) async fn stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        self.ask(READ_STREAM, |answer| {
            Question::Stream(stream, slice, answer)
        })
        .await
    }

    pub(crate) async fn log(
        &self,
        query: Query,
        slice: Slice<Position>,
    ) -> Result<LogPage, StoreError> {
        self.ask(READ_LOG, |answer| Question::Log(query, slice, answer))
            .await
    }

    pub(crate) async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.ask(HEAD, Question::Head).await
    }

    pub(crate) async fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        self.ask(RECEIPT, |answer| Question::Receipt(id, fingerprint, answer))
            .await
    }

    pub(crate) async fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.ask(SNAPSHOT, |answer| {
            Question::Snapshot(stream, fingerprint, answer)
        })
        .await
    }

    /// Asks something about rows of projections, all of it of one snapshot.
    pub(crate) async fn rows<T: Send + 'static>(
        &self,
        operation: &'static str,
        look: impl FnOnce(&Reader<'_>) -> Result<Result<T, StoreError>, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(operation, move |answer| {
            Question::Rows(Box::new(move |place, reader| {
                if !answer.is_heard() {
                    return;
                }
                let found = reader.snapshot(|reader| look(reader));
                let found =
                    found.map_err(|trouble| place.failure(trouble).nothing_stored(operation));
                answer.send(found.and_then(|found| found));
            }))
        })
        .await
    }

    async fn ask<T>(
        &self,
        operation: &'static str,
        question: impl FnOnce(Answer<T>) -> Question,
    ) -> Result<T, StoreError> {
        let (replier, mut reply) = reply();
        let caller = self.traffic.join();
        let question = question(replier);
        let took = self.times.of(&question);
        // Where nobody listens any more the replier is dropped, and the reply says so.
        if let Some(questions) = &self.questions {
            drop(questions.send(question));
        }
        let mut has_looked_out = false;
        let answer = poll_fn(|cx| {
            // Whoever is not to be woken has only begun to ask, and has other things to do.
            if !has_looked_out && !is_noop(cx.waker()) {
                has_looked_out = true;
                reply.look_out(caller.look_out(took));
            }
            Pin::new(&mut reply).poll(cx)
        });
        answer.await.unwrap_or_else(|| {
            Err(StoreError::permanent(
                operation,
                "the readers of the store have ended",
            ))
        })
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.questions = None;
        for thread in self.threads.drain(..) {
            worker::join(thread);
        }
    }
}

/// Whether it is [`Waker::noop`], as far as can be told: those of different crates need not be the same.
fn is_noop(waker: &Waker) -> bool {
    waker.data().is_null()
}

fn answer_all(
    place: &Place,
    connection: &Connection,
    waiting: &Mutex<Receiver<Question>>,
    times: &Times,
    ready: Ready,
) {
    let mut reader = match Reader::prepare(connection) {
        Ok(reader) => reader,
        Err(error) => {
            return ready.say(Err(place
                .failure(error)
                .nothing_stored("opening the store")));
        }
    };
    ready.say(Ok(()));
    let mut watch = Watch::default();
    loop {
        let question = watch.next(&lock(waiting));
        let Some(question) = question else { return };
        // Whoever has asked may have given up long ago, and others wait.
        if !question.is_heard() {
            continue;
        }
        let (begun, took) = (Instant::now(), times.of(&question));
        // A waker is code of the executor. Whatever it does, the next question is answered.
        if catch_unwind(AssertUnwindSafe(|| answer(place, &mut reader, question))).is_err() {
            tracing::error!("a panic while reading was caught");
        }
        took.publish(begun.elapsed());
    }
}

fn answer(place: &Place, reader: &mut Reader<'_>, question: Question) {
    let failed =
        |operation| move |trouble: Trouble| place.failure(trouble).nothing_stored(operation);
    match question {
        Question::Stream(stream, slice, answer) => {
            answer.send(
                reader
                    .stream_page(&stream, slice)
                    .map_err(failed(READ_STREAM)),
            );
        }
        Question::Log(query, slice, answer) => {
            answer.send(reader.log_page(&query, slice).map_err(failed(READ_LOG)));
        }
        Question::Head(answer) => answer.send(reader.head().map_err(failed(HEAD))),
        Question::Snapshot(stream, fingerprint, answer) => {
            let snapshot = reader.kept(stream, fingerprint);
            answer.send(snapshot.map_err(failed(SNAPSHOT)));
        }
        Question::Rows(look) => look(place, reader),
        Question::Receipt(id, fingerprint, answer) => {
            let receipt = reader.receipt(id, fingerprint).map_err(failed(RECEIPT));
            answer.send(receipt.and_then(|receipt| receipt));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Context;
    use std::time::Duration;

    use super::*;
    use crate::open;
    use crate::options::SqliteOptions;

    /// One reader, kept busy until the sender is dropped.
    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::default().readers(1);
        let (place, connections) = open::open(&folder.path().join("app.db"), &options).unwrap();
        let readers = Readers::start(&Arc::new(place), connections.readers).unwrap();
        let (busy, waits) = std::sync::mpsc::channel::<()>();
        let busy_with = readers.rows("busy", move |_| {
            waits.recv().unwrap_err();
            Ok(Ok(()))
        });
        let is_read = Arc::new(AtomicBool::new(false));
        let seen = is_read.clone();
        let given_up = readers.rows("given up", move |_| {
            seen.store(true, Ordering::SeqCst);
            Ok(Ok(()))
        });
        let mut busy_with = Box::pin(busy_with);
        let mut given_up = Box::pin(given_up);
        let mut none = Context::from_waker(Waker::noop());
        assert!(busy_with.as_mut().poll(&mut none).is_pending());
        assert!(given_up.as_mut().poll(&mut none).is_pending());
        drop(given_up);
        std::thread::sleep(Duration::from_millis(10));
        drop(busy);
        busy_with.await.unwrap();
        assert_eq!(readers.head().await.unwrap(), None);
        assert!(!is_read.load(Ordering::SeqCst));
    }
}
