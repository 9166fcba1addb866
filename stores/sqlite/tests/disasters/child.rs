//! Other processes, seen from the parent: this test binary, started again with a task, and what they have said so far.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use es_runtime::contract::history::{Append, History, Outcome, Seen};
use es_runtime::{CommandId, EventStore};
use es_sqlite::SqliteStore;

use crate::common::*;
use crate::work::{Failure, MARK, Said, TASK, Task, now};

/// What all processes have said.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) appends: Vec<Append>,
    /// The appends that can be repeated.
    commands: HashMap<usize, CommandId>,
    /// Which append a process means by a number, as long as it is not answered.
    open: HashMap<(usize, u64), usize>,
    /// How many answers each process was given.
    answers: HashMap<usize, usize>,
    pub(crate) readers: HashMap<usize, Vec<Seen>>,
    pub(crate) failures: Vec<(Option<usize>, Failure, String)>,
    /// The appends that were answered by the receipt of an earlier try.
    pub(crate) repeated: Vec<usize>,
    pub(crate) is_done: bool,
}

impl Collected {
    /// Takes a line of a process; what is not said to the parent is left out.
    pub(crate) fn hear(&mut self, process: usize, line: &str) {
        let Some(said) = line.strip_prefix(MARK) else {
            return;
        };
        match serde_json::from_str(said).unwrap() {
            Said::Begun {
                number,
                append,
                command,
            } => {
                let index = self.appends.len();
                self.appends.push(append);
                self.open.insert((process, number), index);
                self.commands.extend(command.map(|id| (index, id)));
            }
            Said::Answered {
                number,
                end,
                outcome,
                is_repeated,
            } => {
                let index = self.open.remove(&(process, number)).unwrap();
                self.appends[index].end = Some(end);
                self.appends[index].outcome = outcome;
                *self.answers.entry(process).or_default() += 1;
                if is_repeated {
                    self.repeated.push(index);
                }
            }
            Said::Failed {
                number,
                failure,
                text,
            } => {
                let index = number.map(|number| self.open[&(process, number)]);
                self.failures.push((index, failure, text));
            }
            Said::Saw(seen) => self.readers.entry(process).or_default().extend(seen),
            Said::Done => self.is_done = true,
        }
    }

    pub(crate) fn answers(&self, process: usize) -> usize {
        self.answers.get(&process).copied().unwrap_or_default()
    }

    /// Gives up on what a process that has ended was not answered.
    fn close(&mut self, process: usize) -> Vec<usize> {
        let is_of_it = |(of, _): &(usize, u64)| *of == process;
        let open = self.open.extract_if(|key, _| is_of_it(key));
        open.map(|(_, index)| index).collect()
    }

    /// The history as far as it is told, with a log that was read after that.
    pub(crate) fn history(&self, log: Vec<Seen>) -> History {
        History {
            appends: self.appends.clone(),
            readers: self.readers.values().cloned().collect(),
            log,
        }
    }
}

/// What several processes say, taken down as they say it.
#[derive(Clone, Default)]
pub(crate) struct Minutes(Arc<Mutex<Collected>>);

impl Minutes {
    pub(crate) fn look(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap()
    }

    /// Waits for something that is said soon, if all goes well.
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&Collected) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_so(&self.look()) {
            assert!(
                Instant::now() < deadline,
                "for a minute nobody said: {what}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Repeats what a process that has ended was not answered, where there is a command id to repeat it under.
    pub(crate) async fn resolve(&self, process: usize, store: &SqliteStore) {
        let unanswered = self.look().close(process);
        for index in unanswered {
            let (append, command) = {
                let collected = self.look();
                (
                    collected.appends[index].clone(),
                    collected.commands.get(&index).copied(),
                )
            };
            let Some(id) = command else { continue };
            let receipt = store.append(again(&append, id)).await;
            let mut collected = self.look();
            collected.appends[index].end = Some(now());
            collected.appends[index].outcome = Outcome::of(&receipt);
        }
    }
}

/// The commit of an append, as it can be asked for again.
fn again(append: &Append, id: CommandId) -> es_runtime::Commit {
    let writes = append.asked.iter().map(|asked| {
        let events = asked.events.iter().map(|id| es_runtime::NewEvent {
            id: *id,
            ..event("deposited")
        });
        write(
            asked.stream.key(),
            es_runtime::Expected::Any,
            events.collect(),
        )
    });
    let mut commit = commit(writes.collect());
    commit.command = Some(es_runtime::CommandRecord {
        id,
        ..command("", "x")
    });
    commit
}

pub(crate) struct Child {
    pub(crate) number: usize,
    process: std::process::Child,
    listener: Option<JoinHandle<()>>,
}

impl Child {
    pub(crate) fn start(number: usize, task: &Task, minutes: &Minutes) -> Self {
        Self::listen(number, &mut command_for(task, &[]), minutes)
    }

    /// The process under another program, such as `strace`.
    pub(crate) fn start_under(
        number: usize,
        program: &[&OsStr],
        task: &Task,
        minutes: &Minutes,
    ) -> Self {
        Self::listen(number, &mut command_for(task, program), minutes)
    }

    fn listen(number: usize, command: &mut Command, minutes: &Minutes) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let minutes = minutes.clone();
        let listener = std::thread::spawn(move || {
            let mut line = String::new();
            // The last line of a killed process may be torn; then it has no end.
            while lines.read_line(&mut line).is_ok() && line.ends_with('\n') {
                minutes.look().hear(number, line.trim_end());
                line.clear();
            }
        });
        Self {
            number,
            process,
            listener: Some(listener),
        }
    }

    /// `kill -9`. What it has said before is heard when this returns.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.listener.take().unwrap().join().unwrap();
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        let status = self.process.wait().unwrap();
        self.listener.take().unwrap().join().unwrap();
        status
    }
}

impl Drop for Child {
    /// A test that fails leaves nobody behind.
    fn drop(&mut self) {
        if self.listener.is_some() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

/// The command that starts this binary with a task, itself started by `program` where there is one.
pub(crate) fn command_for(task: &Task, program: &[&OsStr]) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut words = program.to_vec();
    words.push(this.as_os_str());
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .args(["--exact", "work::the_other_process", "--nocapture"])
        .env(TASK, serde_json::to_string(task).unwrap());
    command
}

/// The whole log of a store.
pub(crate) async fn seen(store: &SqliteStore) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    loop {
        let after = seen.last().map(|seen| seen.position);
        let slice = es_runtime::Slice::after(after, 10_000);
        let page = store
            .read_log(es_runtime::Query::all(), slice)
            .await
            .unwrap();
        if page.events.is_empty() {
            return seen;
        }
        seen.extend(page.events.iter().map(Seen::from));
    }
}

pub(crate) fn assert_sound(file: &Path) {
    let database = rusqlite::Connection::open(file).unwrap();
    let sound: String = database
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}
