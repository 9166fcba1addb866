//! The floors of what compiling costs: the structs and enums of generated code, with serde's derives alone.

use quote::{format_ident, quote};
use syn::{Attribute, Item, ItemMod, ItemStruct};

/// The derives that tell the types of a domain from others that stand beside them.
const OF_A_DOMAIN: [&str; 5] = ["Aggregate", "Event", "Command", "Id", "Value"];

/// A generated file without its rules, and without what our derives write. Nobody calls what serde derives, so that the
/// compiler makes no code of it.
pub fn plain(text: &str) -> String {
    stripped(text, |_| Vec::new())
}

/// The same, with what every program has to do that stores its events as JSON: a function that writes it for each event
/// and each command, and one that reads it for each event.
pub fn called(text: &str) -> String {
    stripped(text, calls)
}

/// Has `beside` put items beside each struct.
fn stripped(text: &str, beside: fn(&ItemStruct) -> Vec<Item>) -> String {
    let mut file = syn::parse_file(text).expect("generated code");
    items(&mut file.items, beside);
    prettyplease::unparse(&file)
}

fn calls(item: &ItemStruct) -> Vec<Item> {
    let (words, ident) = (derives(&item.attrs), &item.ident);
    let has = |derive: &str| words.iter().any(|word| word == derive);
    let (read, write) = (
        format_ident!("read_{ident}"),
        format_ident!("write_{ident}"),
    );
    let mut calls: Vec<Item> = Vec::new();
    if has("Event") {
        calls.push(syn::parse_quote! {
            #[allow(non_snake_case)]
            pub fn #read(json: &[u8]) -> serde_json::Result<#ident> {
                serde_json::from_slice(json)
            }
        });
    }
    if has("Event") || has("Command") {
        calls.push(syn::parse_quote! {
            #[allow(non_snake_case)]
            pub fn #write(value: &#ident) -> serde_json::Result<Vec<u8>> {
                serde_json::to_vec(value)
            }
        });
    }
    calls
}

fn items(items: &mut Vec<Item>, beside: fn(&ItemStruct) -> Vec<Item>) {
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    let put: Vec<Item> = structs.flat_map(beside).collect();
    items.retain_mut(|item| match item {
        Item::Struct(item) => attributes(&mut item.attrs),
        Item::Enum(item) => {
            item.variants
                .iter_mut()
                .flat_map(|variant| &mut variant.fields)
                .for_each(|field| serde_alone(&mut field.attrs));
            attributes(&mut item.attrs)
        }
        Item::Mod(module) => inside(module, beside),
        // Names for the users of the crate, some of which our derives would write.
        Item::Use(item) => !quote!(#item).to_string().contains("self ::"),
        _ => false,
    });
    for item in items.iter_mut() {
        if let Item::Struct(item) = item {
            item.fields
                .iter_mut()
                .for_each(|field| serde_alone(&mut field.attrs));
        }
        if let Item::Use(item) = item {
            item.attrs.push(syn::parse_quote!(#[allow(unused_imports)]));
        }
    }
    items.extend(put);
}

fn inside(module: &mut ItemMod, beside: fn(&ItemStruct) -> Vec<Item>) -> bool {
    let is_test = module
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"));
    if let Some((_, content)) = &mut module.content {
        items(content, beside);
    }
    !is_test
}

/// Whether it is a type of the domain; then serde's derives are all that stay on it.
fn attributes(attributes: &mut Vec<Attribute>) -> bool {
    let words = derives(attributes);
    let is_id = words.iter().any(|word| word == "Id");
    serde_alone(attributes);
    // Before serde's own attributes, which are an error where no derive has introduced them.
    let derives = syn::parse_quote!(#[derive(serde::Serialize, serde::Deserialize)]);
    attributes.insert(0, derives);
    if is_id {
        attributes.push(syn::parse_quote!(#[serde(transparent)]));
    }
    words
        .iter()
        .any(|word| OF_A_DOMAIN.contains(&word.as_str()))
}

/// The words in what is derived.
fn derives(attributes: &[Attribute]) -> Vec<String> {
    let mut derives = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"));
    let first = derives.next().map(|derive| quote!(#derive).to_string());
    let text = first.unwrap_or_default();
    text.split(|sign: char| !sign.is_alphanumeric())
        .map(str::to_owned)
        .collect()
}

fn serde_alone(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| {
        ["doc", "serde"]
            .iter()
            .any(|kept| attribute.path().is_ident(kept))
    });
}
