//! The text of a Rust file or module: items one after another, each formatted on its own, a blank line between them.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{File, Item, ItemMod, Visibility};

/// A file, or a module within one, in the making.
#[derive(Debug)]
pub(super) struct Module {
    text: String,
    depth: usize,
}

impl Module {
    /// A file with what its `//!` lines say.
    pub(super) fn file(about: &[String]) -> Self {
        let mut text = String::new();
        for line in about {
            push_line(
                &mut text,
                &["//!", if line.is_empty() { "" } else { " " }, line],
            );
        }
        Self { text, depth: 0 }
    }

    /// A module that stands in this one.
    pub(super) fn child(&self) -> Self {
        Self {
            text: String::new(),
            depth: self.depth + 1,
        }
    }

    /// Puts an item behind the others.
    pub(super) fn item(&mut self, tokens: TokenStream) {
        let text = format(tokens, self.depth);
        self.text(&text);
    }

    /// Puts an item behind the others in which the line `place` stands for an attribute that is laid out by hand.
    pub(super) fn item_with(&mut self, tokens: TokenStream, place: &str, attribute: &str) {
        let text = format(tokens, self.depth);
        let lines = text.split_inclusive('\n');
        let lines = lines.map(|line| if line == place { attribute } else { line });
        self.text(&lines.collect::<String>());
    }

    /// Puts items behind the others without blank lines between them.
    pub(super) fn items(&mut self, group: impl IntoIterator<Item = TokenStream>) {
        let text: String = group
            .into_iter()
            .map(|tokens| format(tokens, self.depth))
            .collect();
        if !text.is_empty() {
            self.text(&text);
        }
    }

    /// Puts text that is formatted already behind the items.
    pub(super) fn text(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    /// Puts a module behind the items; `head` is what stands above its body, attributes and all, up to its name.
    pub(super) fn module(&mut self, head: &[&str], body: &Self) {
        let indent = "    ".repeat(self.depth);
        let mut text = String::new();
        let Some((name, above)) = head.split_last() else {
            return;
        };
        for line in above {
            push_line(&mut text, &[&indent, line]);
        }
        push_line(&mut text, &[&indent, name, " {"]);
        text.push_str(&body.text);
        push_line(&mut text, &[&indent, "}"]);
        self.text(&text);
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

fn push_line(text: &mut String, parts: &[&str]) {
    text.extend(parts.iter().copied());
    text.push('\n');
}

/// One item as text.
///
/// It is formatted inside as many modules as it will stand in, whose lines are then taken away: so its width is right,
/// and the lines of a text literal are not moved.
fn format(tokens: TokenStream, depth: usize) -> String {
    let fallback = tokens.clone();
    let Ok(item) = syn::parse2::<Item>(tokens) else {
        // A leaf that is Rust on its own but not in its place; rustc says so better than we could.
        return format!("{fallback}\n");
    };
    let item = (0..depth).fold(item, |item, _| in_module(item));
    let text = prettyplease::unparse(&File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    });
    if depth == 0 {
        return text;
    }
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
