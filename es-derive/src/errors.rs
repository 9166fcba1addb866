//! The sink into which every mistake goes, so that all of them are told at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, Type};

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<Error>,
    placed: Vec<Error>,
}

/// All mistakes, as code that makes the compiler tell them.
pub(crate) struct Mistakes {
    /// Those to tell beside the fallback.
    pub(crate) found: TokenStream,
    /// Those that the fallback holds already, where a type is missing.
    pub(crate) placed: TokenStream,
}

impl Errors {
    /// A mistake, and the way out of it.
    pub(crate) fn error(&mut self, span: Span, mistake: impl Display, hint: impl Display) {
        self.push(error(span, mistake, hint));
    }

    /// A mistake that was found while parsing.
    pub(crate) fn push(&mut self, error: Error) {
        self.found.push(error);
    }

    /// A type that is missing: the mistake is told inside of a type, which makes it an error type to the compiler, so
    /// that nothing else follows from it. (Told in the place of a type it would make that type `()`.)
    pub(crate) fn missing_type(&mut self, error: Error) -> Type {
        let told = error.to_compile_error();
        let placed = Type::Verbatim(quote!([(); { #told }]));
        self.placed.push(error);
        placed
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len() + self.placed.len()
    }

    /// What to tell, if there is anything.
    pub(crate) fn finish(self) -> Result<(), Mistakes> {
        if self.found.is_empty() && self.placed.is_empty() {
            return Ok(());
        }
        Err(Mistakes {
            found: self.found.iter().map(Error::to_compile_error).collect(),
            placed: self.placed.iter().map(Error::to_compile_error).collect(),
        })
    }
}

/// A mistake, and the way out of it on a line of its own.
pub(crate) fn error(span: Span, mistake: impl Display, hint: impl Display) -> Error {
    Error::new(span, format!("{mistake}\nhint: {hint}"))
}
