//! What a process has asked of its disk, recorded by `strace` as a list of operations.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;

use crate::child::command_for;
use crate::work::Task;

/// The system calls that change files, or make a change durable, or say something to the parent.
const CALLS: &str = "open,openat,openat2,creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,\
    ftruncate,truncate,fallocate,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,\
    copy_file_range,sendfile,splice";

/// One thing that happened, in the order in which it was done. Files are named without their folder.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Create(String),
    Unlink(String),
    Write {
        name: String,
        offset: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        name: String,
        len: usize,
    },
    Sync(String),
    SyncFolder,
    /// A line to the parent.
    Say(String),
}

/// Runs a task, and gives what it did in the folder of its file.
pub(crate) fn record(task: &Task) -> Vec<Op> {
    let folder = task.file.parent().unwrap();
    let trace = folder.parent().unwrap().join("trace");
    let calls = format!("--trace={CALLS}");
    let words: [&OsStr; 8] = [
        "strace".as_ref(),
        "--follow-forks".as_ref(),
        "--seccomp-bpf".as_ref(),
        "--decode-fds=path".as_ref(),
        "--strings-in-hex=all".as_ref(),
        "--string-limit=100000000".as_ref(),
        calls.as_ref(),
        "--output".as_ref(),
    ];
    let mut words = words.to_vec();
    words.push(trace.as_os_str());
    let output = command_for(task, &words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap_or_else(|error| panic!("{NO_STRACE}: {error}"));
    assert!(
        output.status.success(),
        "{NO_STRACE}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Recorder::new(folder).read(&std::fs::read_to_string(&trace).unwrap())
}

pub(crate) const NO_STRACE: &str = "this is tested with `strace`, which has to be installed (Debian: `strace`) and allowed \
    to trace (in a container: `--cap-add=SYS_PTRACE`)";

struct Recorder<'a> {
    folder: &'a Path,
    /// Which files there are.
    names: Vec<String>,
    /// By thread, the begin of a call that was interrupted by one of another thread.
    unfinished: HashMap<&'a str, &'a str>,
    /// What was said behind the last end of a line.
    said: Vec<u8>,
    ops: Vec<Op>,
}

impl<'a> Recorder<'a> {
    fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            names: Vec::new(),
            unfinished: HashMap::new(),
            said: Vec::new(),
            ops: Vec::new(),
        }
    }

    fn read(mut self, trace: &'a str) -> Vec<Op> {
        for line in trace.lines() {
            let (thread, event) = line.split_once(' ').unwrap();
            let event = event.trim_start();
            if let Some(begin) = event.strip_suffix(" <unfinished ...>") {
                self.unfinished.insert(thread, begin);
            } else if let Some(resumed) = event.strip_prefix("<... ") {
                let begin = self.unfinished.remove(thread).unwrap();
                let (_, end) = resumed.split_once(" resumed>").unwrap();
                self.call(&format!("{begin}{end}"));
            } else if !event.starts_with("+++") && !event.starts_with("---") {
                self.call(event);
            }
        }
        self.ops
    }

    /// `name(arguments) = result`
    fn call(&mut self, event: &str) {
        let (name, rest) = event.split_once('(').unwrap();
        let Some((arguments, result)) = rest.rsplit_once(" = ") else {
            return;
        };
        if result.starts_with('-') || result.starts_with('?') {
            return;
        }
        let arguments = arguments.trim_end().strip_suffix(')').unwrap();
        let arguments: Vec<_> = arguments.split(", ").collect();
        if name == "write" && arguments[0].starts_with("1<") {
            return self.say(&unhex(arguments[1]));
        }
        match name {
            "openat" => self.open(&arguments),
            "pwrite64" => {
                if let Some(name) = self.file(arguments[0]) {
                    self.ops.push(Op::Write {
                        name,
                        offset: arguments[3].parse().unwrap(),
                        bytes: unhex(arguments[1]),
                    });
                }
            }
            "ftruncate" => {
                if let Some(name) = self.file(arguments[0]) {
                    let len = arguments[1].parse().unwrap();
                    self.ops.push(Op::Truncate { name, len });
                }
            }
            "fsync" | "fdatasync" => {
                if path_of(arguments[0]).as_deref() == self.folder.to_str() {
                    self.ops.push(Op::SyncFolder);
                } else if let Some(name) = self.file(arguments[0]) {
                    self.ops.push(Op::Sync(name));
                }
            }
            "unlink" => {
                let path = String::from_utf8(unhex(arguments[0])).unwrap();
                if let Some(name) = self.name_of(&path) {
                    self.names.retain(|known| *known != name);
                    self.ops.push(Op::Unlink(name));
                }
            }
            // Whatever else touches our files would have to be understood before anything can be said about them.
            _ => {
                let is_ours = arguments
                    .iter()
                    .any(|argument| self.file(argument).is_some());
                assert!(!is_ours, "a recording does not know this call: {event}");
            }
        }
    }

    fn open(&mut self, arguments: &[&str]) {
        let path = String::from_utf8(unhex(arguments[1])).unwrap();
        let Some(name) = self.name_of(&path) else {
            return;
        };
        let flags = arguments[2];
        assert!(!flags.contains("O_TRUNC"), "{flags}");
        if flags.contains("O_CREAT") && !self.names.contains(&name) {
            self.names.push(name.clone());
            self.ops.push(Op::Create(name));
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        self.said.extend_from_slice(bytes);
        while let Some(end) = self.said.iter().position(|byte| *byte == b'\n') {
            let line: Vec<_> = self.said.drain(..=end).collect();
            let line = String::from_utf8(line).unwrap();
            self.ops.push(Op::Say(line.trim_end().to_owned()));
        }
    }

    /// The file that an argument such as `3<path>` stands for, where it is one of ours.
    fn file(&self, argument: &str) -> Option<String> {
        self.name_of(&path_of(argument)?)
    }

    fn name_of(&self, path: &str) -> Option<String> {
        let name = path
            .strip_prefix(self.folder.to_str()?)?
            .strip_prefix('/')?;
        // What processes share in memory is made anew from the log.
        (!name.ends_with("-shm")).then(|| name.to_owned())
    }
}

fn path_of(argument: &str) -> Option<String> {
    let (_, path) = argument.split_once('<')?;
    String::from_utf8(unhex(path)).ok()
}

/// The bytes of `"\x61\x62"`; whatever stands around them is left out.
fn unhex(text: &str) -> Vec<u8> {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    let bytes = text.split("\\x").skip(1).map(str::as_bytes);
    bytes
        .map(|pair| digit(pair[0]) * 16 + digit(pair[1]))
        .collect()
}
