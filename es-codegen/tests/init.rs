//! `init`: a new package, or none at all. That it runs and passes its tests is shown in `tests/tests/packages.rs`.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{Crates, InitError, fmt::fmt, init, model_of, source::Source};
use std::{fs, path::Path, process::Command};

const FILES: [&str; 6] = [
    "library.yaml",
    "Cargo.toml",
    "build.rs",
    "src/main.rs",
    "README.md",
    ".gitignore",
];

fn files(folder: &Path) -> Vec<&'static str> {
    let is_there = |file: &&str| folder.join(file).exists();
    FILES.into_iter().filter(is_there).collect()
}

#[test]
fn a_package_is_called_like_its_folder() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("My Books");
    assert_eq!(init(&folder, &Crates::Registry).unwrap(), "my-books");
    assert_eq!(files(&folder), FILES);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"my-books\"\n"), "{manifest}");
    let version = format!("es-runtime = \"{}\"\n", env!("CARGO_PKG_VERSION"));
    assert!(manifest.contains(&version), "{manifest}");
    for file in FILES {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(!text.contains("{{name}}") && !text.contains("{{version}}"));
    }
}

#[test]
fn a_package_takes_the_crates_from_where_it_is_told() {
    let temp = tempfile::tempdir().unwrap();
    init(temp.path(), &Crates::Clone("/clones/es".into())).unwrap();
    let manifest = fs::read_to_string(temp.path().join("Cargo.toml")).unwrap();
    for line in [
        "es-runtime = { path = \"/clones/es/es-runtime\" }\n",
        "es-sqlite = { path = \"/clones/es/stores/sqlite\" }\n",
        "es-codegen = { path = \"/clones/es/es-codegen\" }\n",
        "es-runtime = { path = \"/clones/es/es-runtime\", features = [\"testing\"] }\n",
    ] {
        assert!(manifest.contains(line), "{line}{manifest}");
    }
    // The tests are run in a clone.
    assert!(matches!(Crates::nearest(), Crates::Clone(_)));
}

#[test]
fn its_schema_has_no_mistakes_and_is_laid_out() {
    let temp = tempfile::tempdir().unwrap();
    init(temp.path(), &Crates::Registry).unwrap();
    let source = Source::load(&temp.path().join("library.yaml")).unwrap();
    let (_, warnings) = model_of(&source).unwrap();
    assert!(warnings.is_empty());
    for file in source.files() {
        assert_eq!(fmt(file).unwrap(), file.text());
    }
}

#[test]
fn a_folder_that_has_one_of_the_files_is_left_as_it_is() {
    for taken in FILES {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(taken);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        let error = init(temp.path(), &Crates::Registry).unwrap_err();
        assert!(
            matches!(&error, InitError::Exists(paths) if *paths == [path.clone()]),
            "{error}"
        );
        assert_eq!(files(temp.path()), [taken]);
        assert_eq!(fs::read_to_string(path).unwrap(), "mine");
    }
}

#[test]
fn a_package_that_cannot_be_written_whole_is_not_begun() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("src"), "a file where a folder belongs").unwrap();
    let error = init(temp.path(), &Crates::Registry).unwrap_err();
    assert!(matches!(error, InitError::Io { .. }), "{error}");
    assert!(files(temp.path()).is_empty());
}

#[test]
fn the_command_says_what_to_do_next_and_refuses_a_second_time() {
    let temp = tempfile::tempdir().unwrap();
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_es-codegen"));
        let output = command.args(["init", "books"]).current_dir(temp.path());
        let output = output.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (stderr, output.status.code())
    };
    let (said, status) = run();
    let clone = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let expected = format!(
        "books: the package `books`, a small library\n\
         it takes the crates of es from {}\n\
         hint: `cargo run` and `cargo test` in it; then read README.md, and change library.yaml\n",
        clone.display()
    );
    assert_eq!(said, expected);
    assert_eq!(status, Some(0));
    let (said, status) = run();
    assert!(
        said.starts_with("error: `books/library.yaml`, `books/Cargo.toml`"),
        "{said}"
    );
    assert_eq!(status, Some(2));
}
