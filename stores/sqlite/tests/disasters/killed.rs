//! One of four processes that write to a file is killed, at any moment, over and over.

use std::time::Duration;

use es_runtime::contract::history::{Append, Outcome, check};

use es_sqlite::SqliteStore;

use crate::child::{Child, Minutes, assert_sound, seen};
use crate::number;
use crate::random::Random;
use crate::work::{Role, Task};

/// How many are killed on one file, before all are and a new one is begun.
const ROUNDS_OF_A_FILE: usize = 5;

#[tokio::test]
async fn a_process_that_is_killed_takes_nothing_with_it_and_holds_nobody_up() {
    let mut random = Random::fresh();
    let mut rounds = number("ES_KILL_ROUNDS", 25);
    let mut events = 0;
    while rounds > 0 {
        let of_this_file = rounds.min(ROUNDS_OF_A_FILE);
        events += kill_on_one_file(of_this_file, &mut random).await;
        rounds -= of_this_file;
        println!("{events} events, {rounds} rounds to go");
    }
}

async fn kill_on_one_file(rounds: usize, random: &mut Random) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let minutes = Minutes::default();
    let mut numbers = 0..;
    let mut start = |role, seed| {
        let file = file.clone();
        let task = Task { role, file, seed };
        Child::start(numbers.next().unwrap(), &task, &minutes)
    };
    let reader = start(Role::Follow, 0);
    let mut writers: Vec<_> = (0..4)
        .map(|_| start(Role::Write, random.next() >> 8))
        .collect();
    for _ in 0..rounds {
        wait_for_answers(&minutes, &writers, 1);
        std::thread::sleep(Duration::from_micros(random.next() % 60_000));
        let killed = writers.swap_remove(random.below(4));
        let number = killed.number;
        killed.kill();
        wait_for_answers(&minutes, &writers, 3);

        let store = SqliteStore::open(&file).unwrap();
        minutes.resolve(number, &store).await;
        judge(&minutes, &store, reader.number).await;
        writers.push(start(Role::Write, random.next() >> 8));
    }
    // Nobody is left to tell the next one what stands in the log beside the file.
    let numbers: Vec<_> = writers.iter().map(|writer| writer.number).collect();
    writers.into_iter().for_each(Child::kill);
    reader.kill();
    let store = SqliteStore::open(&file).unwrap();
    for number in numbers {
        minutes.resolve(number, &store).await;
    }
    let log = seen(&store).await;
    assert_eq!(check(&minutes.look().history(log.clone())), []);
    drop(store);
    assert_sound(&file);
    log.len()
}

/// Waits until each has been answered so many times more.
fn wait_for_answers(minutes: &Minutes, writers: &[Child], many: usize) {
    let answers = |writer: &Child| minutes.look().answers(writer.number);
    let before: Vec<_> = writers.iter().map(answers).collect();
    minutes.wait_until("answers to each of the writers", |collected| {
        let now = writers
            .iter()
            .map(|writer| collected.answers(writer.number));
        now.zip(&before).all(|(now, before)| now >= before + many)
    });
}

/// Judges what is told so far, while the others go on.
async fn judge(minutes: &Minutes, store: &SqliteStore, reader: usize) {
    let told = minutes.look().history(Vec::new());
    let log = seen(store).await;
    // What was begun meanwhile may be in the log as well; how it ended, nobody knew when the log was read.
    minutes.wait_until("all that the log holds has begun", |collected| {
        let asked = collected.appends.iter().flat_map(|append| &append.asked);
        let asked: std::collections::HashSet<_> = asked.flat_map(|asked| &asked.events).collect();
        log.iter().all(|seen| asked.contains(&seen.event))
    });
    minutes.wait_until("the reader has seen all that the log holds", |collected| {
        collected
            .readers
            .get(&reader)
            .is_some_and(|seen| seen.len() >= log.len())
    });
    let mut history = told;
    let begun = minutes.look().appends[history.appends.len()..].to_vec();
    history
        .appends
        .extend(begun.into_iter().map(|append| Append {
            end: None,
            outcome: Outcome::Unknown,
            ..append
        }));
    history.log = log;
    assert_eq!(check(&history), []);
}
