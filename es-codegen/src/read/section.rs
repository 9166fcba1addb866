//! How a mapping with fixed keys is declared: its struct, its keys and how it is read, in one place.

/// Declares a section of the language: a struct whose fields are the keys, all optional, and how it is read.
///
/// What follows a `=` are the words of which a text is one. `required` are the keys without which it says too little; `later` are keys of the language that this version does
/// not read, and therefore refuses rather than ignores.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        $section:ident $what:literal {
            $($(#[doc = $key_doc:literal])* $key:literal $field:ident: $ty:ty $(= $words:tt)?,)*
        }
        required $required:tt
        later $later:tt
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Default)]
        pub struct $section {
            $($(#[doc = $key_doc])* pub $field: Option<$ty>,)*
            /// The keys that are there, also those under which there is a mistake and those that are misspelt.
            pub(crate) present: Vec<&'static str>,
        }

        impl $section {
            const KEYS: &'static [&'static str] = &[$($key),*];

            /// The section as data.
            pub(crate) fn section() -> crate::language::Section {
                crate::language::Section {
                    name: stringify!($section),
                    what: $what,
                    doc: crate::read::section::sentences(&[$($doc),*]),
                    keys: vec![$(crate::language::Key {
                        name: $key,
                        doc: crate::read::section::sentences(&[$($key_doc),*]),
                        shape: crate::read::section::shape!($ty $(= $words)?),
                    }),*],
                    required: &$required,
                    later: &$later,
                }
            }
        }

        impl crate::read::Read for $section {
            fn read(reader: &mut crate::read::Reader<'_>, owner: crate::source::Span, node: &crate::yaml::Node) -> Option<Self> {
                let entries = reader.section(node, $what, Self::KEYS)?;
                let mut section = Self::default();
                for entry in entries {
                    match entry.key.as_str() {
                        $($key => {
                            section.present.push($key);
                            section.$field = crate::read::Read::read(reader, entry.key_span, &entry.value);
                        })*
                        // What was meant by a misspelt key is not missing as well.
                        _ => section.present.extend(reader.unknown_key(entry, $what, Self::KEYS, &$later)),
                    }
                }
                reader.require(owner, $what, &$required, &section.present);
                Some(section)
            }

            fn shape() -> crate::language::Shape {
                crate::language::Shape::Section(Self::section)
            }
        }
    };
}

/// The shape of what stands under a key.
macro_rules! shape {
    ($ty:ty) => {
        <$ty as crate::read::Read>::shape()
    };
    ($ty:ty = $words:tt) => {
        crate::language::Shape::Words(&$words)
    };
}

pub(crate) use {section, shape};

/// The lines of a doc comment as one text.
pub(super) fn sentences(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}
