//! Which types stand beside ones that are checked.
//!
//! A map is looked into as a whole: where its keys can be invalid, its values are asked as well, and have to answer.

use super::{Model, Type, TypeId, TypeKind};
use std::collections::BTreeSet;

impl Model {
    /// The types in which nothing is checked, and which are asked all the same because they stand beside ones that are.
    #[must_use]
    pub fn beside_checked(&self) -> BTreeSet<TypeId> {
        let mut asked = BTreeSet::new();
        for command in self.aggregates.iter().flat_map(|a| &a.commands) {
            for field in command.fields.iter().filter(|f| self.is_checked(&f.ty)) {
                self.ask(&field.ty, &mut asked);
            }
        }
        asked.retain(|id| !self.is_checked(&Type::Declared(*id)));
        asked
    }

    /// Adds all types that are asked where a value of `ty` is.
    fn ask(&self, ty: &Type, asked: &mut BTreeSet<TypeId>) {
        match ty {
            Type::Option(inner) | Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => {
                self.ask(inner, asked);
            }
            Type::Map(key, value) => {
                self.ask(key, asked);
                self.ask(value, asked);
            }
            Type::Declared(id) if asked.insert(*id) => match &self.type_def(*id).kind {
                TypeKind::Newtype(inner) => self.ask(inner, asked),
                TypeKind::Object(fields) => {
                    for field in fields.iter().filter(|f| self.is_checked(&f.ty)) {
                        self.ask(&field.ty, asked);
                    }
                }
                TypeKind::Union(variants) => {
                    let fields = variants.iter().flat_map(|variant| &variant.fields);
                    for field in fields.filter(|f| self.is_checked(&f.ty)) {
                        self.ask(&field.ty, asked);
                    }
                }
                TypeKind::Enum(_) | TypeKind::Own { .. } | TypeKind::Mistaken => {}
            },
            _ => {}
        }
    }
}
