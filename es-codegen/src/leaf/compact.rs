//! A leaf as one line of text: the same for every way in which it can be laid out.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The tokens as a person would write them on one line. Comments and line ends are no tokens.
pub(crate) fn compact(tokens: &TokenStream) -> String {
    let mut text = String::new();
    write(tokens.clone(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut before = Before::Opening;
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                let is_block = group.delimiter() == Delimiter::Brace;
                // What is called or indexed stands right before its brackets.
                if before == Before::Operator || is_block && before == Before::Operand {
                    text.push(' ');
                }
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                before = Before::Operand;
            }
            TokenTree::Punct(punct) => {
                let mut operator = String::from(punct.as_char());
                let mut is_joint = punct.spacing() == Spacing::Joint;
                // What is only written without a space in between is no operator together: `*-`.
                let first = punct.as_char();
                while let Some(TokenTree::Punct(next)) = trees.peek()
                    && is_joint
                    && "=&|<>:.".contains(next.as_char())
                    && (!matches!(first, ':' | '.') || matches!(next.as_char(), ':' | '.' | '='))
                {
                    operator.push(next.as_char());
                    is_joint = next.spacing() == Spacing::Joint;
                    trees.next();
                }
                let hugs_left = matches!(operator.as_str(), "." | "," | ";" | "?" | ":" | "::");
                let is_macro = operator == "!" && before == Before::Operand;
                if before == Before::Operator
                    || before == Before::Operand && !hugs_left && !is_macro
                {
                    text.push(' ');
                }
                text.push_str(&operator);
                before = match operator.as_str() {
                    "." | "::" | "'" | "#" => Before::Opening,
                    "?" => Before::Operand,
                    _ if is_macro => Before::Opening,
                    "&" | "&&" | "!" | "-" | "*" if before != Before::Operand => Before::Opening,
                    _ => Before::Operator,
                };
            }
            TokenTree::Ident(word) => {
                spaced(text, before);
                text.push_str(&word.to_string());
                before = Before::Operand;
            }
            TokenTree::Literal(literal) => {
                spaced(text, before);
                text.push_str(&literal.to_string());
                before = Before::Operand;
            }
        }
    }
}

fn spaced(text: &mut String, before: Before) {
    if before != Before::Opening {
        text.push(' ');
    }
}

/// What a token stands behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The beginning, or something that hugs what follows.
    Opening,
    /// A name, a literal, or something in brackets.
    Operand,
    /// An operator with a space behind it.
    Operator,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let compacted = |text: &str| compact(&text.parse().unwrap());
        assert_eq!(compacted(text), expected);
        assert_eq!(compacted(expected), expected, "it is what it is");
        let spaced = text.parse::<TokenStream>().unwrap().to_string();
        assert_eq!(compacted(&spaced), expected, "{spaced}");
    }

    #[test]
    fn a_leaf_is_one_line_whatever_its_layout() {
        check("cx . recorded_at ( )", "cx.recorded_at()");
        check("Money :: ZERO", "Money::ZERO");
        check("value.scale()<=2", "value.scale() <= 2");
        check("a+b*-c", "a + b * -c");
        check("Some( & event . name )", "Some(&event.name)");
        check("vec ! [1,2]", "vec![1, 2]");
        check("!a&&b||c", "!a && b || c");
        check("Place{ x : 1,y:2 }", "Place { x: 1, y: 2 }");
        check("f::<T>( a )?", "f::< T > (a)?");
        check("format!(\"{} . {}\",a,b)", "format!(\"{} . {}\", a, b)");
        check("if a{b}else{c}", "if a { b } else { c }");
        check("0..=3", "0 ..= 3");
    }
}
