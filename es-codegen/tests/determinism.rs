//! The same schema gives the same bytes, whatever the place, the language, the time zone and the machine.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What differs between two runs that must not matter.
struct Run {
    language: &'static str,
    zone: &'static str,
    home: &'static str,
    umask: &'static str,
    /// The processors that it may use.
    processors: &'static str,
    /// Where it is started; the schema is reached from there.
    cwd: &'static str,
    /// Whether the schema is named by an absolute path.
    is_absolute: bool,
    /// Whether the files of the folder were made from the last to the first.
    is_backwards: bool,
}

const PLAIN: Run = Run {
    language: "C",
    zone: "UTC",
    home: "/nonexistent",
    umask: "022",
    processors: "0",
    cwd: "",
    is_absolute: false,
    is_backwards: false,
};

const RUNS: [Run; 10] = [
    PLAIN,
    Run {
        language: "tr_TR.UTF-8",
        ..PLAIN
    },
    Run {
        language: "de_DE.ISO-8859-1",
        zone: "Pacific/Kiritimati",
        ..PLAIN
    },
    Run {
        language: "ja_JP.eucJP",
        zone: "America/St_Johns",
        home: "/",
        ..PLAIN
    },
    Run {
        umask: "077",
        cwd: "other",
        ..PLAIN
    },
    Run {
        umask: "000",
        cwd: "other/deeper",
        language: "ar_EG.UTF-8",
        ..PLAIN
    },
    Run {
        is_absolute: true,
        ..PLAIN
    },
    Run {
        is_absolute: true,
        cwd: "schema",
        zone: "Asia/Kathmandu",
        ..PLAIN
    },
    Run {
        is_backwards: true,
        processors: "0-255",
        ..PLAIN
    },
    Run {
        is_backwards: true,
        is_absolute: true,
        cwd: "other/deeper",
        language: "tr_TR",
        zone: ":/dev/null",
        home: "",
        umask: "027",
        processors: "0-255",
    },
];

#[test]
fn ten_runs_in_different_surroundings_give_the_same_bytes() {
    let first = outputs(&RUNS[0]);
    assert!(first.len() > 12, "{:?}", first.keys());
    for (number, run) in RUNS.iter().enumerate().skip(1) {
        for (name, bytes) in outputs(run) {
            let same = first.get(&name).is_some_and(|first| *first == bytes);
            assert!(
                same,
                "run {number}: {name}\n{}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}

/// Everything that is written and printed, by name.
fn outputs(run: &Run) -> BTreeMap<String, Vec<u8>> {
    let temp = tempfile::tempdir().unwrap();
    // The canonical path, since that is what a shell would say.
    let root = temp.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("other/deeper")).unwrap();
    fs::create_dir(root.join("schema")).unwrap();
    fs::create_dir(root.join("broken")).unwrap();
    let mut files = files();
    if run.is_backwards {
        files.reverse();
    }
    for (name, text) in files {
        fs::write(root.join("schema").join(name), &text).unwrap();
        fs::write(
            root.join("broken").join(name),
            text.replace("Uuid", "Uuuid"),
        )
        .unwrap();
    }
    let mut outputs = BTreeMap::new();
    let path = |name: &str| path_from(run, &root, name);
    let (schema, broken, out) = (path("schema"), path("broken"), path("out"));
    for (name, arguments) in [
        ("generate", vec!["generate", &schema, "--out", &out]),
        (
            "generate-again",
            vec!["generate", &schema, "--out", &out, "--check"],
        ),
        ("model", vec!["model", "--json", &schema]),
        ("schema", vec!["schema"]),
        ("explain", vec!["explain"]),
        ("check", vec!["check", &broken]),
        ("check-json", vec!["check", "--format", "json", &broken]),
        ("fmt", vec!["fmt", &schema]),
    ] {
        let printed = execute(run, &root, &arguments);
        // A message shows paths as they were given.
        let shown = [(&schema, "schema"), (&broken, "broken"), (&out, "out")];
        let printed = shown
            .iter()
            .fold(printed, |text, (given, name)| text.replace(*given, name));
        outputs.insert(name.to_owned(), printed.into_bytes());
    }
    for folder in ["out", "schema"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            outputs.insert(name, fs::read(&path).unwrap());
        }
    }
    outputs
}

/// A schema in three files, one of them larger than a page.
fn files() -> Vec<(&'static str, String)> {
    let whole = include_str!("schemas/order.yaml");
    let (types, aggregates) = whole.split_once("\naggregates:").unwrap();
    let more: String = (0..300)
        .map(|n| {
            format!(
                "  Type{n}: {{ a: u8, b: Vec<Type{}>,   c: String }}\n",
                (n * 7) % 300
            )
        })
        .collect();
    vec![
        ("a.yaml", format!("{types}\n")),
        ("b.yaml", format!("aggregates:{aggregates}")),
        ("z.yml", format!("types:\n{more}")),
    ]
}

fn path_from(run: &Run, root: &Path, name: &str) -> String {
    if run.is_absolute {
        return root.join(name).display().to_string();
    }
    let ups = Path::new(run.cwd).components().map(|_| "..");
    let path: PathBuf = ups.chain([name]).collect();
    path.display().to_string()
}

/// Runs the command, and gives what it prints.
fn execute(run: &Run, root: &Path, arguments: &[&str]) -> String {
    let command = "umask \"$1\" && shift && exec taskset -c \"$@\"";
    let output = Command::new("sh")
        .args([
            "-c",
            command,
            "sh",
            run.umask,
            run.processors,
            env!("CARGO_BIN_EXE_es-codegen"),
        ])
        .args(arguments)
        .current_dir(root.join(run.cwd))
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("LANG", run.language)
        .env("LC_ALL", run.language)
        .env("TZ", run.zone)
        .env("HOME", run.home)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    format!(
        "{}{}{:?}",
        text(output.stdout),
        text(output.stderr),
        output.status.code()
    )
}
