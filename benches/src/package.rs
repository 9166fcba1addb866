//! Packages of a few files in a folder of their own, built by cargo as a user's are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cpu;

/// A package, and the folder it stands in.
pub struct Package {
    folder: tempfile::TempDir,
    target: PathBuf,
}

impl Package {
    /// Writes a package with these dependencies, and these files in `src`. The versions are those of the workspace. What
    /// cargo builds goes into `target`.
    pub fn new(target: &Path, dependencies: &str, files: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = format!(
            "[package]\nname = \"measured\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
        );
        fs::create_dir(folder.path().join("src")).expect("a folder");
        fs::write(folder.path().join("Cargo.toml"), manifest).expect("a file");
        fs::copy(
            workspace().join("Cargo.lock"),
            folder.path().join("Cargo.lock"),
        )
        .expect("a file");
        for (name, text) in files {
            fs::write(folder.path().join("src").join(name), text).expect("a file");
        }
        Self {
            folder,
            target: target.to_path_buf(),
        }
    }

    /// The seconds of CPU that a debug build of everything takes.
    pub fn build_all(&self) -> f64 {
        if self.target.exists() {
            fs::remove_dir_all(&self.target).expect("a folder");
        }
        cpu::seconds(self.cargo("build").arg("-j2"))
    }

    /// The seconds of CPU that a debug build of the package alone takes, all its dependencies being built.
    pub fn build_alone(&self) -> f64 {
        cpu::seconds(self.cargo("build").arg("-j2"));
        cpu::seconds(self.cargo("clean").args(["--package", "measured"]));
        cpu::seconds(&mut self.cargo("build"))
    }

    /// How many packages it is built of.
    pub fn crates(&self) -> usize {
        let mut tree = self.cargo("tree");
        tree.args(["--edges", "normal,build", "--prefix", "none", "--no-dedupe"]);
        let output = tree.output().expect("cargo");
        assert!(output.status.success(), "{tree:?}");
        let text = String::from_utf8_lossy(&output.stdout);
        let packages: std::collections::BTreeSet<&str> =
            text.lines().filter(|line| !line.is_empty()).collect();
        packages.len()
    }

    fn cargo(&self, what: &str) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command
            .arg(what)
            .arg("--offline")
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }
}

/// A dependency on a crate of the workspace.
pub fn ours(name: &str, folder: &str) -> String {
    format!("{name} = {{ path = {:?} }}\n", workspace().join(folder))
}

fn workspace() -> PathBuf {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    benches.parent().expect("a workspace").to_path_buf()
}
