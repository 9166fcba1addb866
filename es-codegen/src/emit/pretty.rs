//! Items whose layout depends on what is in them, laid out by prettyplease.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{File, Item, ItemMod, Visibility};

/// An item as text.
///
/// It is laid out inside as many modules as it will stand in, whose lines are then taken away: so its width is right,
/// and the lines of a text literal are not moved.
pub(super) fn item(tokens: TokenStream, depth: usize) -> String {
    let fallback = tokens.to_string();
    let Ok(item) = syn::parse2::<Item>(tokens) else {
        // Not Rust, then; rustc says why better than we could.
        return format!("{fallback}\n");
    };
    let item = (0..depth).fold(item, |item, _| in_module(item));
    let text = prettyplease::unparse(&File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    });
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let inner = lines.get(depth..lines.len().saturating_sub(depth));
    inner.map(<[&str]>::concat).unwrap_or_default()
}

fn in_module(item: Item) -> Item {
    Item::Mod(ItemMod {
        attrs: Vec::new(),
        vis: Visibility::Inherited,
        unsafety: None,
        mod_token: Default::default(),
        ident: Ident::new("m", Span::call_site()),
        content: Some((Default::default(), vec![item])),
        semi: None,
    })
}
