//! Whole packages, built by cargo as a user builds theirs: the build script, the new package of `init`, and stubs.
//!
//! They lie outside the workspace and share its target folder, so that only what is theirs is compiled.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use es_codegen::source::Source;
use es_codegen::{Crates, Scaffold, compile};
use tempfile::TempDir;

const SCHEMA: &str = "
domain: counting
types: { CounterId: Uuid }
aggregates:
  Counter:
    id: CounterId
    state: { count: u32 }
    commands:
      Start: { for: new, emit: Started }
      Stop: { handle: by hand, emits: [Stopped] }
    events:
      Started: { create: { count: 0 } }
      Stopped: { apply: by hand }
    scenarios:
      it starts at zero:
        when: { Start: {} }
        then: [ { Started: {} } ]
        state: { count: 0 }
";

const BY_HAND: &str = "
use super::generated::Counter;
use super::generated::counter::{commands, events};
use es_runtime::{Apply, Context, Emit, Handle, emit};

impl Handle<commands::Stop> for Counter {
    fn handle(
        &self,
        _: commands::Stop,
        _: &Context<Self>,
    ) -> Result<Emit<commands::Stop>, super::generated::CounterError> {
        Ok(emit(events::Stopped {}))
    }
}

impl Apply<events::Stopped> for Counter {
    fn apply(&mut self, _: events::Stopped) {}
}
";

/// A package that is built by the cargo of this test.
struct Package {
    folder: TempDir,
    name: String,
}

impl Package {
    /// A package that generates from [`SCHEMA`] in its build script.
    fn counting(name: &str) -> Self {
        let package = Self::empty(name);
        let root = workspace();
        package.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = {name:?}\nedition = \"2024\"\n\n\
                 [dependencies]\nes-runtime = {{ path = {:?}, features = [\"testing\"] }}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n\n\
                 [build-dependencies]\nes-codegen = {{ path = {:?} }}\n\n[workspace]\n",
                root.join("es-runtime"),
                root.join("es-codegen"),
            ),
        );
        package.write(
            "build.rs",
            "fn main() { es_codegen::build(\"counting.yaml\"); }\n",
        );
        package.write("counting.yaml", SCHEMA);
        package.write("src/counter_by_hand.rs", BY_HAND);
        package.write(
            "src/main.rs",
            "#![deny(warnings)]\nmod counter_by_hand;\nmod generated;\nfn main() {}\n",
        );
        package
    }

    fn empty(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        // The versions of the workspace, so that nothing is looked for elsewhere, and nothing compiled twice.
        fs::copy(
            workspace().join("Cargo.lock"),
            folder.path().join("Cargo.lock"),
        )
        .unwrap();
        let name = name.to_owned();
        Self { folder, name }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .unwrap()
    }

    /// What a command that succeeds prints, on both ways.
    #[track_caller]
    fn succeeds(&self, arguments: &[&str]) -> (String, String) {
        let output = self.cargo(arguments);
        let (stdout, stderr) = texts(&output);
        assert!(output.status.success(), "{stdout}\n{stderr}");
        (stdout, stderr)
    }

    #[track_caller]
    fn is_built_anew(&self) {
        let (_, stderr) = self.succeeds(&["build"]);
        let line = format!("Compiling {} v", self.name);
        assert!(stderr.contains(&line), "{stderr}");
    }

    #[track_caller]
    fn is_fresh(&self) {
        let (_, stderr) = self.succeeds(&["build", "--verbose"]);
        let line = format!("Fresh {} v", self.name);
        assert!(stderr.contains(&line), "{stderr}");
    }

    /// What the build says, which fails by a message and not by a panic.
    #[track_caller]
    fn fails(&self) -> String {
        let output = self.cargo(&["build"]);
        let (_, stderr) = texts(&output);
        assert!(!output.status.success(), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        stderr
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap().to_owned()
}

/// The target folder of the workspace, in which its dependencies are compiled already.
fn target() -> PathBuf {
    let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tests.parent().unwrap().to_owned()
}

#[test]
fn a_build_generates_once_and_then_only_when_something_changes() {
    let package = Package::counting("es-test-rebuilt");
    package.is_built_anew();
    assert!(
        package
            .read("src/generated/counter.rs")
            .contains("count: u32")
    );
    package.is_fresh();

    package.write("counting.yaml", &SCHEMA.replace("u32", "u64"));
    package.is_built_anew();
    assert!(
        package
            .read("src/generated/counter.rs")
            .contains("count: u64")
    );
    package.is_fresh();

    fs::remove_file(package.path("src/generated/counter.rs")).unwrap();
    package.is_built_anew();
    assert!(package.path("src/generated/counter.rs").exists());
    package.is_fresh();
}

#[test]
fn a_mistake_in_the_schema_fails_the_build_until_it_is_repaired() {
    let package = Package::counting("es-test-mistaken");
    package.write(
        "counting.yaml",
        &SCHEMA.replace("emit: Started", "emit: Startet"),
    );
    let said = package.fails();
    assert!(
        said.contains("error[unknown-event]: `Counter` has no event `Startet`"),
        "{said}"
    );
    assert!(said.contains("counting.yaml:9:32"), "{said}");
    assert!(said.contains("hint: did you mean `Started`?"), "{said}");
    assert!(!package.path("src/generated").exists());

    package.write("counting.yaml", SCHEMA);
    package.is_built_anew();
    package.is_fresh();
}

#[test]
fn a_generated_file_that_is_edited_fails_the_build_and_keeps_its_edit() {
    let package = Package::counting("es-test-edited");
    package.is_built_anew();
    let edited = package.read("src/generated/counter.rs") + "// mine\n";
    package.write("src/generated/counter.rs", &edited);
    let said = package.fails();
    assert!(
        said.contains("src/generated/counter.rs` was edited by hand, and the edit would be lost"),
        "{said}"
    );
    assert_eq!(package.read("src/generated/counter.rs"), edited);
    fs::remove_file(package.path("src/generated/counter.rs")).unwrap();
    package.is_built_anew();
}

#[cfg(unix)]
#[test]
fn a_package_that_cannot_be_written_to_is_built_while_nothing_changes() {
    use std::os::unix::fs::PermissionsExt;

    let package = Package::counting("es-test-read-only");
    package.is_built_anew();
    let folders = ["src/generated", "src", "."].map(|folder| package.path(folder));
    let modes = |mode| {
        for folder in &folders {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    // A newer schema has the build script run again, and find that there is nothing to do.
    let schema = File::options()
        .write(true)
        .open(package.path("counting.yaml"));
    schema.unwrap().set_modified(SystemTime::now()).unwrap();
    let before = fs::metadata(package.path("src/generated")).unwrap();
    modes(0o555);
    let output = package.cargo(&["build", "--verbose"]);
    modes(0o755);
    let (_, stderr) = texts(&output);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("build-script-build`"), "{stderr}");
    // Whoever is above permissions would have been let in: no file has come or gone all the same.
    let after = fs::metadata(package.path("src/generated")).unwrap();
    assert_eq!(after.modified().unwrap(), before.modified().unwrap());
}

#[test]
fn stubs_compile_without_a_warning_and_tell_what_is_to_be_written() {
    let package = Package::counting("es-test-stubs");
    let scenario = "      it stops:\n        given: [ { Started: {} } ]\n        when: { Stop: {} }\n        then: [ { Stopped: {} } ]\n";
    let schema = format!("{SCHEMA}{scenario}");
    package.write("counting.yaml", &schema);
    fs::remove_file(package.path("src/counter_by_hand.rs")).unwrap();
    let source = Source::from_text("counting.yaml", schema).unwrap();
    let Ok(compiled) = compile(&source) else {
        panic!("a schema without mistakes")
    };
    let folder = package.path("src/generated");
    Scaffold::of(&compiled.model, &folder)
        .unwrap()
        .write()
        .unwrap();
    let output = package.cargo(&["test"]);
    let (stdout, stderr) = texts(&output);
    assert!(
        stdout.contains("it_starts_at_zero ... ok"),
        "{stdout}\n{stderr}"
    );
    assert!(stdout.contains("it_stops ... FAILED"), "{stdout}\n{stderr}");
    assert!(
        stdout.contains("not yet implemented: decide what `Stop` leads to"),
        "{stdout}"
    );

    // The same, put behind what stands in a file already.
    package.write("src/counter_by_hand.rs", "//! Rules of mine.\n");
    let missing = Scaffold::of(&compiled.model, &folder).unwrap();
    let text = package.read("src/counter_by_hand.rs") + &missing.files[0].text;
    package.write("src/counter_by_hand.rs", &text);
    package.succeeds(&["build"]);
}

#[test]
fn a_new_package_runs_and_passes_its_tests_at_once() {
    let package = Package::empty("es-test-library");
    let name = es_codegen::init(package.folder.path(), &Crates::nearest()).unwrap();
    // Among the many packages in one target folder it needs a name of its own.
    let manifest = package.read("Cargo.toml").replace(&name, &package.name);
    package.write("Cargo.toml", &format!("{manifest}\n[workspace]\n"));
    assert!(manifest.contains("overflow-checks = true\npanic = \"unwind\"\n"));

    let (stdout, _) = package.succeeds(&["run"]);
    assert!(
        stdout.starts_with("Bob has to wait: `Lend` is not allowed while the book is lent.\n"),
        "{stdout}"
    );
    assert!(stdout.contains("  3  Returned\n"), "{stdout}");
    let (stdout, _) = package.succeeds(&["test"]);
    assert!(stdout.contains("2 passed; 0 failed"), "{stdout}");
    package.succeeds(&["fmt", "--check"]);
}
