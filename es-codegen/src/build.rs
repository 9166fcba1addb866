//! The front end for build scripts.

use crate::{
    Compiled, compile_at, default_folder, describe,
    diagnostic::{Report, Severity, Style},
    evolution::lock_path,
    write::write,
};
use std::{
    env,
    fs::File,
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime},
};

/// Generates the code of a schema from a build script: `src/generated` beside it is brought up to date.
///
/// ```no_run
/// es_codegen::build("shop.yaml");
/// ```
///
/// The schema is a file, or a folder whose files are one schema together; its path is taken from the folder of `Cargo.toml`. Mistakes in the schema end the build script, and with it the build;
/// they are shown as the command shows them.
pub fn build(schema: impl AsRef<Path>) {
    Build::new(schema).run();
}

/// The same with another output folder.
///
/// ```no_run
/// es_codegen::Build::new("shop.yaml").out("src/domain").run();
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is generated until `run` is called"]
pub struct Build {
    schema: PathBuf,
    out: Option<PathBuf>,
}

impl Build {
    /// Will generate the code of a schema.
    pub fn new(schema: impl AsRef<Path>) -> Self {
        Self {
            schema: schema.as_ref().to_owned(),
            out: None,
        }
    }

    /// Generates into this folder.
    pub fn out(mut self, folder: impl AsRef<Path>) -> Self {
        self.out = Some(folder.as_ref().to_owned());
        self
    }

    /// Generates. Where that fails, says why and ends the build script.
    pub fn run(self) {
        let root = env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
        let schema = root.join(&self.schema);
        let out = match &self.out {
            Some(out) => root.join(out),
            None => default_folder(&schema),
        };
        match self.generate(&schema, &out) {
            Ok(compiled) => {
                warn(&compiled.warnings);
                // Also the files themselves: an edit by hand shows at once, and a deleted one comes back.
                for (name, _) in compiled.generated.files() {
                    println!("cargo::rerun-if-changed={}", out.join(name).display());
                }
            }
            Err(message) => {
                eprintln!("\n{message}\n");
                process::exit(1);
            }
        }
    }

    fn generate(&self, schema: &Path, out: &Path) -> Result<Compiled, String> {
        println!("cargo::rerun-if-changed={}", schema.display());
        let (source, compiled) =
            compile_at(schema, out).map_err(|error| format!("error: {}", describe(&error)))?;
        let lock = lock_path(schema);
        if lock.exists() {
            println!("cargo::rerun-if-changed={}", lock.display());
        }
        // Of a folder, each file; a file alone is told already.
        let files = source.files().iter().map(|file| Path::new(file.name()));
        for file in files.filter(|file| *file != schema) {
            println!("cargo::rerun-if-changed={}", file.display());
        }
        let compiled = compiled.map_err(|report| report.render(&source, Style::Plain))?;
        let written = write(&compiled.generated, out)
            .map_err(|error| format!("error: {}", describe(&error)))?;
        written.files.iter().for_each(|path| backdate(path));
        Ok(compiled)
    }
}

/// Makes a file that this run has written look older than the run.
///
/// Cargo runs a build script again where a file it watches is newer than the script's last run, and would do so once for
/// nothing. The crate itself is compiled anyway after its build script.
fn backdate(path: &Path) {
    let before = SystemTime::now() - Duration::from_secs(2);
    let file = File::options().write(true).open(path);
    // Where that fails, the script runs once more.
    let _ = file.and_then(|file| file.set_modified(before));
}

fn warn(warnings: &Report) {
    let warnings = warnings.diagnostics().iter();
    for warning in warnings.filter(|found| found.severity <= Severity::Warning) {
        println!("cargo::warning={}", warning.message.replace('\n', " "));
    }
}
