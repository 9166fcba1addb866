//! What a package holds already: the rules that it implements, and the modules that it declares.
//!
//! This is read from the text, without expanding or resolving anything. Where it errs, rustc tells: of a stub too many
//! as of a conflicting implementation, of one too few as of a missing one.

use super::ScaffoldError;
use crate::file_error::FileError;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};
use syn::{
    ItemImpl, ItemMacro, ItemMod, ItemType, UseRename,
    ext::IdentExt,
    visit::{self, Visit},
};

/// What the Rust files of a package say, names without `r#`.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Trait, its argument, and the type it is implemented for.
    impls: BTreeSet<[String; 3]>,
    /// Trait and type where the argument is a parameter: implemented for whatever it is.
    for_all: BTreeSet<[String; 2]>,
    /// Names inside macros that stand where items stand: what such a macro names is taken to be written by it.
    in_macros: BTreeSet<String>,
    /// The modules that have files of their own, with the file that declares each.
    modules: BTreeMap<String, PathBuf>,
}

impl Written {
    /// Reads every Rust file below a folder, but for those in `except`.
    pub(super) fn find(folder: &Path, except: &Path) -> Result<Self, ScaffoldError> {
        let mut written = Self::default();
        // A folder that is not there yet cannot be come upon.
        let except = fs::canonicalize(except).ok();
        written.read_folder(folder, except.as_deref())?;
        Ok(written)
    }

    /// Whether the package has `impl role<subject> for this`.
    pub(super) fn has(&self, role: &str, subject: &str, this: &str) -> bool {
        self.impls
            .contains(&[role, subject, this].map(str::to_owned))
            || self.for_all.contains(&[role, this].map(str::to_owned))
            || self.in_macros.contains(subject)
    }

    /// Whether some file has `mod name;`.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.modules.contains_key(name)
    }

    /// The file that has `mod name;`.
    pub(super) fn declared_in(&self, name: &str) -> Option<&Path> {
        self.modules.get(name).map(PathBuf::as_path)
    }

    fn read_folder(&mut self, folder: &Path, except: Option<&Path>) -> Result<(), ScaffoldError> {
        let failed = || FileError::of("read", folder);
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed())?,
        };
        let entries = entries.map(|entry| {
            let entry = entry?;
            Ok((entry.path(), entry.file_type()?))
        });
        let mut entries: Vec<_> = entries.collect::<io::Result<_>>().map_err(failed())?;
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, kind) in entries {
            // Not through links: they may lead in a circle.
            if kind.is_dir() {
                if except.is_none() || fs::canonicalize(&path).ok().as_deref() != except {
                    self.read_folder(&path, except)?;
                }
            } else if path.extension() == Some(OsStr::new("rs")) {
                self.read_file(&path)?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path) -> Result<(), ScaffoldError> {
        let text = fs::read_to_string(path).map_err(FileError::of("read", path))?;
        let file = syn::parse_file(&text).map_err(|source| ScaffoldError::Syntax {
            path: path.to_owned(),
            line: source.span().start().line,
            source,
        })?;
        let mut names = Names::default();
        names.visit_file(&file);
        let mut items = Items {
            written: self,
            path,
            names,
        };
        items.visit_file(&file);
        Ok(())
    }
}

/// The other names that a file gives to things, by `use .. as` and by `type`.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// What a path means: the last part of it, or what that is another name of.
    fn meaning(&self, path: &syn::Path) -> Option<String> {
        let mut name = last(path)?;
        // Each step uses up one name, so that a circle ends.
        for _ in 0..self.0.len() {
            match self.0.get(&name) {
                Some(meaning) => name = meaning.clone(),
                None => break,
            }
        }
        Some(name)
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_use_rename(&mut self, rename: &'ast UseRename) {
        let (name, meaning) = (rename.rename.unraw(), rename.ident.unraw());
        self.0.insert(name.to_string(), meaning.to_string());
    }

    fn visit_item_type(&mut self, alias: &'ast ItemType) {
        if let Some(meaning) = path_of(&alias.ty).and_then(last) {
            self.0.insert(alias.ident.unraw().to_string(), meaning);
        }
    }
}

/// Looks through a file for what [`Written`] holds.
struct Items<'w> {
    written: &'w mut Written,
    path: &'w Path,
    names: Names,
}

impl<'ast> Visit<'ast> for Items<'_> {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Some([role, subject, this]) = self.implemented(item) {
            let is_parameter = item
                .generics
                .type_params()
                .any(|parameter| parameter.ident == subject);
            if is_parameter {
                self.written.for_all.insert([role, this]);
            } else {
                self.written.impls.insert([role, subject, this]);
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        // `macro_rules! name` defines; only a call writes something.
        if item.ident.is_none() {
            collect_names(item.mac.tokens.clone(), &mut self.written.in_macros);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_none() {
            let name = item.ident.unraw().to_string();
            let modules = &mut self.written.modules;
            modules.entry(name).or_insert_with(|| self.path.to_owned());
        }
        visit::visit_item_mod(self, item);
    }
}

impl Items<'_> {
    /// Trait, argument and type of `impl Trait<Argument> for Type`.
    fn implemented(&self, item: &ItemImpl) -> Option<[String; 3]> {
        let (role, _) = item.trait_.as_ref()?;
        let syn::PathArguments::AngleBracketed(arguments) = &role.segments.last()?.arguments else {
            return None;
        };
        let subject = arguments.args.iter().find_map(|argument| match argument {
            syn::GenericArgument::Type(ty) => path_of(ty),
            _ => None,
        })?;
        Some([
            self.names.meaning(role)?,
            self.names.meaning(subject)?,
            self.names.meaning(path_of(&item.self_ty)?)?,
        ])
    }
}

fn path_of(ty: &syn::Type) -> Option<&syn::Path> {
    match ty {
        syn::Type::Path(path) => Some(&path.path),
        _ => None,
    }
}

fn last(path: &syn::Path) -> Option<String> {
    let last = path.segments.last()?;
    Some(last.ident.unraw().to_string())
}

fn collect_names(tokens: proc_macro2::TokenStream, names: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(name) => {
                names.insert(name.unraw().to_string());
            }
            proc_macro2::TokenTree::Group(group) => collect_names(group.stream(), names),
            _ => {}
        }
    }
}
