//! The floor of many tasks: one thread that commits whatever waits as one transaction, and checks nothing.

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use crate::floor::{Floor, Lean, Same, lean_table, same_tables};

/// The writer thread, which ends with the last sender.
pub struct GroupWriter {
    requests: Option<Sender<oneshot::Sender<()>>>,
    thread: Option<JoinHandle<()>>,
}

/// Which tables it writes to.
#[derive(Clone, Copy)]
pub enum Tables {
    Same,
    Lean,
}

impl GroupWriter {
    pub fn start(file: PathBuf, tables: Tables) -> Self {
        let (requests, waiting) = channel::<oneshot::Sender<()>>();
        let next_group = move || {
            let mut group = vec![waiting.recv().ok()?];
            group.extend(waiting.try_iter().take(511));
            Some(group)
        };
        let thread = thread::spawn(move || match tables {
            Tables::Same => write_all(Same::new(&same_tables(&file)), next_group),
            Tables::Lean => write_all(Lean::new(&lean_table(&file)), next_group),
        });
        Self {
            requests: Some(requests),
            thread: Some(thread),
        }
    }

    /// Stores an event of a new stream.
    pub fn insert(&self) -> impl Future<Output = ()> + use<> {
        let (done, is_done) = oneshot::channel();
        if let Some(requests) = &self.requests {
            requests.send(done).expect("a writer");
        }
        async { is_done.await.expect("an answer") }
    }
}

impl Drop for GroupWriter {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a writer that did not panic");
        }
    }
}

fn write_all(
    mut floor: impl Floor,
    mut next_group: impl FnMut() -> Option<Vec<oneshot::Sender<()>>>,
) {
    while let Some(group) = next_group() {
        floor.begin();
        group.iter().for_each(|_| floor.insert_new());
        floor.commit();
        for done in group {
            // Whoever asked may be gone.
            _ = done.send(());
        }
    }
}
