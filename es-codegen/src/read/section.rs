//! How a mapping with fixed keys is declared: its struct, its keys and how it is read, in one place.

/// Declares a section of the language: a struct whose fields are the keys, all optional, and how it is read.
///
/// `required` are the keys without which it says too little; `later` are keys of the language that this version does
/// not read, and therefore refuses rather than ignores.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        $section:ident $what:literal {
            $($(#[doc = $key_doc:literal])* $key:literal $field:ident: $ty:ty,)*
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
        }

        impl crate::read::Read for $section {
            fn read(reader: &mut crate::read::Reader<'_>, owner: crate::source::Span, node: &crate::yaml::Node) -> Option<Self> {
                let entries = reader.mapping(node, $what)?;
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
        }
    };
}

pub(crate) use section;
