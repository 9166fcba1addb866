//! The floor of what compiling costs: the structs and enums of generated code, with serde's derives alone.

use quote::quote;
use syn::{Attribute, Item, ItemMod};

/// The derives that tell the types of a domain from others that stand beside them.
const OF_A_DOMAIN: [&str; 5] = ["Aggregate", "Event", "Command", "Id", "Value"];

/// A generated file without its rules, and without what our derives write.
pub fn plain(text: &str) -> String {
    let mut file = syn::parse_file(text).expect("generated code");
    items(&mut file.items);
    prettyplease::unparse(&file)
}

fn items(items: &mut Vec<Item>) {
    items.retain_mut(|item| match item {
        Item::Struct(item) => attributes(&mut item.attrs),
        Item::Enum(item) => {
            item.variants
                .iter_mut()
                .flat_map(|variant| &mut variant.fields)
                .for_each(|field| serde_alone(&mut field.attrs));
            attributes(&mut item.attrs)
        }
        Item::Mod(module) => inside(module),
        // Names for the users of the crate, some of which our derives would write.
        Item::Use(item) => !quote!(#item).to_string().contains("self ::"),
        _ => false,
    });
    for item in items {
        if let Item::Struct(item) = item {
            item.fields
                .iter_mut()
                .for_each(|field| serde_alone(&mut field.attrs));
        }
        if let Item::Use(item) = item {
            item.attrs.push(syn::parse_quote!(#[allow(unused_imports)]));
        }
    }
}

fn inside(module: &mut ItemMod) -> bool {
    let is_test = module
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"));
    if let Some((_, content)) = &mut module.content {
        items(content);
    }
    !is_test
}

/// Whether it is a type of the domain; then serde's derives are all that stay on it.
fn attributes(attributes: &mut Vec<Attribute>) -> bool {
    let derives = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("derive"));
    let derives = derives
        .map(|derive| quote!(#derive).to_string())
        .unwrap_or_default();
    let words: Vec<&str> = derives
        .split(|sign: char| !sign.is_alphanumeric())
        .collect();
    let is_id = words.contains(&"Id");
    serde_alone(attributes);
    attributes.push(syn::parse_quote!(#[derive(serde::Serialize, serde::Deserialize)]));
    if is_id {
        attributes.push(syn::parse_quote!(#[serde(transparent)]));
    }
    words.iter().any(|word| OF_A_DOMAIN.contains(word))
}

fn serde_alone(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| {
        ["doc", "serde"]
            .iter()
            .any(|kept| attribute.path().is_ident(kept))
    });
}
