//! The command as a child process that is held to its limits by the operating system.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// In a build without optimization everything takes about ten times as long.
const PROCESSOR_SECONDS: u64 = if cfg!(debug_assertions) { 20 } else { 2 };

/// All that it may map, and so more than what it takes up.
const KILOBYTES: u64 = 200 * 1024;

/// A child that waits for something takes no time of the processor. Generous, since other tests run beside it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a run said.
pub(crate) struct Answer {
    pub(crate) status: i32,
    pub(crate) stderr: String,
    pub(crate) stdout: String,
}

/// Runs the command in a folder.
#[track_caller]
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Answer {
    let limits =
        format!("ulimit -v {KILOBYTES} && ulimit -t {PROCESSOR_SECONDS} && exec \"$0\" \"$@\"");
    let outputs = tempfile::tempdir().unwrap();
    let output = |name: &str| fs::File::create(outputs.path().join(name)).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", &limits, env!("CARGO_BIN_EXE_es-codegen")])
        .args(arguments)
        .current_dir(folder)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(output("stdout"))
        .stderr(output("stderr"))
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                child.kill().unwrap();
                panic!("{arguments:?} waits for something");
            }
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    let text = |name: &str| fs::read_to_string(outputs.path().join(name)).unwrap();
    let stderr = text("stderr");
    let status = status.code().unwrap_or_else(|| {
        panic!(
            "{arguments:?} was ended by signal {:?}: {stderr}",
            status.signal()
        )
    });
    Answer {
        status,
        stderr,
        stdout: text("stdout"),
    }
}

/// Runs `generate`, which is to refuse its schema with nothing written, and gives what it says.
#[track_caller]
pub(crate) fn refused(folder: &Path, schema: &str) -> String {
    refused_with(folder, &["generate", schema, "--out", "out/generated"])
}

#[track_caller]
pub(crate) fn refused_with(folder: &Path, arguments: &[&str]) -> String {
    let before = everything_in(folder);
    let answer = run(folder, arguments);
    assert!(
        matches!(answer.status, 1 | 2),
        "{arguments:?} ended with {}: {}",
        answer.status,
        answer.stderr
    );
    assert_eq!(answer.stdout, "");
    assert_eq!(everything_in(folder), before, "something was written");
    assert!(
        answer.stderr.len() < 40_000,
        "{} bytes",
        answer.stderr.len()
    );
    format!(
        "{}\nexit status {}",
        answer.stderr.trim_end(),
        answer.status
    )
}

fn everything_in(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            paths.extend(everything_in(&path));
        }
        paths.push(path);
    }
    paths.sort();
    paths
}
