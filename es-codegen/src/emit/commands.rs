//! `mod commands`: a plain struct for each command.

use super::{
    docs,
    fields::{self, Marks},
    scope::{Domain, Scope},
    text::{Text, quoted},
};
use crate::model::{Aggregate, Command};

/// Puts the commands of an aggregate into its file.
pub(super) fn commands(text: &mut Text, domain: &Domain<'_>, aggregate: &Aggregate) {
    if aggregate.commands.is_empty() {
        return;
    }
    let names = aggregate
        .commands
        .iter()
        .map(|command| command.name.rust.as_str().to_owned());
    let scope = Scope::new(domain, 2, names);
    let mut body = Text::new(text.depth() + 1);
    for command in &aggregate.commands {
        body.item();
        item(&mut body, &scope, aggregate, command);
    }
    text.item();
    text.doc(&format!(
        "What can be asked of {}.",
        docs::code(aggregate.name.rust.plain())
    ));
    text.open("pub mod commands {");
    scope.write_imports(text);
    text.item();
    text.append(&body.finish());
    text.close("}");
}

fn item(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate, command: &Command) {
    let otherwise = docs::named(&command.name);
    text.doc(command.doc.as_ref().unwrap_or(&otherwise));
    fields::derive(text, scope, "Command");
    let mut emits: Vec<String> = Vec::new();
    for event in command.emits() {
        let event = format!("super::events::{}", aggregate.event(event.value).name.rust);
        if !emits.contains(&event) {
            emits.push(event);
        }
    }
    let name = format!("name = {}", quoted(&command.name.stored));
    text.column(
        "#[command(",
        &[name, format!("emits({})", emits.join(", "))],
        ")]",
    );
    fields::structure(
        text,
        scope,
        &format!("pub struct {}", command.name.rust),
        &command.fields,
        Marks::Command,
    );
}
