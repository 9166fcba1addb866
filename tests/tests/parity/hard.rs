//! The domain of `tests/parity/names.yaml`, written with derives by hand: names that are hard on generated code.

#![allow(
    dead_code,
    clippy::box_collection,
    reason = "boxes and the enum of all commands are there for their names"
)]

use std::collections::BTreeMap;

use es_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// Hands every keyword to a macro: what it is called as a type and as a field, and how it is stored.
macro_rules! keywords {
    ($then:ident) => {
        $then! {
            As r#as "as",
            Break r#break "break",
            Const r#const "const",
            Continue r#continue "continue",
            Dyn r#dyn "dyn",
            Else r#else "else",
            Enum r#enum "enum",
            Extern r#extern "extern",
            False r#false "false",
            Fn r#fn "fn",
            For r#for "for",
            If r#if "if",
            Impl r#impl "impl",
            In r#in "in",
            Let r#let "let",
            Loop r#loop "loop",
            Match r#match "match",
            Mod r#mod "mod",
            Move r#move "move",
            Mut r#mut "mut",
            Pub r#pub "pub",
            Ref r#ref "ref",
            Return r#return "return",
            Static r#static "static",
            Struct r#struct "struct",
            Trait r#trait "trait",
            True r#true "true",
            Type r#type "type",
            Unsafe r#unsafe "unsafe",
            Use r#use "use",
            Where r#where "where",
            While r#while "while",
            Abstract r#abstract "abstract",
            Become r#become "become",
            Boxed r#box "box",
            Do r#do "do",
            Final r#final "final",
            Macro r#macro "macro",
            Override r#override "override",
            Priv r#priv "priv",
            Try r#try "try",
            Typeof r#typeof "typeof",
            Unsized r#unsized "unsized",
            Virtual r#virtual "virtual",
            Yield r#yield "yield",
            Await r#await "await",
            Async r#async "async",
            Gen r#gen "gen",
            Union union "union",
            Itself self_ "self",
            Self_ self_ "Self",
            Super super_ "super",
            Crate crate_ "crate",
        }
    };
}
pub(crate) use keywords;

#[derive(Id)]
pub struct Key(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Value)]
pub enum Symbol {
    #[serde(rename = "1st")]
    First,
    #[serde(rename = "a-b")]
    Dash,
    #[serde(rename = "no")]
    No,
    #[serde(rename = "null")]
    Null,
    #[serde(rename = "true")]
    True,
    #[serde(rename = "~")]
    Tilde,
    #[serde(rename = "1.10")]
    Version,
    #[serde(rename = "014")]
    Octal,
    #[serde(rename = "self")]
    Itself,
    #[serde(rename = "Self")]
    Self_,
    #[serde(rename = "two words")]
    TwoWords,
    #[serde(rename = "c: d")]
    Colon,
    #[serde(rename = "@home")]
    Home,
    #[serde(rename = "it's \"quoted\"")]
    Quoted,
    #[serde(rename = "")]
    Empty,
    #[serde(rename = "🎉")]
    Party,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
pub enum Shape {
    None {},
    #[serde(rename = "Or else: @")]
    OrElse {
        r#fn: u8,
        #[serde(rename = "two words")]
        two_words: String,
    },
    #[serde(rename = "self")]
    Itself {
        #[serde(rename = "Self")]
        itself: u8,
    },
}

macro_rules! domain {
    ($($name:ident $field:ident $stored:literal,)*) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Aggregate)]
        #[aggregate(
            name = "hard: names @ \"home\" 🎉",
            id = Key,
            events(
                events::Started: create,
                $(events::$name,)*
                events::Option,
                events::Result,
                events::Vec,
                events::Box,
                events::Some,
                events::None,
                events::Ok,
                events::Err,
                events::Event,
                events::Command,
                events::State,
                events::String,
                events::Sent,
                events::Long,
            ),
            commands(commands::Start: new, $(commands::$name,)* commands::Speak),
            error = std::convert::Infallible,
        )]
        pub struct Hard {
            pub count: u32,
        }

        $(
            impl Handle<commands::$name> for Hard {
                fn handle(
                    &self,
                    command: commands::$name,
                    _: &Context<Self>,
                ) -> Result<Emit<commands::$name>, Self::Error> {
                    Ok(emit(events::$name { $field: command.$field }))
                }
            }

            impl Apply<events::$name> for Hard {
                fn apply(&mut self, _: events::$name) {
                    self.count += 1;
                }
            }
        )*
    };
}
keywords!(domain);

pub mod events {
    use super::{BTreeMap, Deserialize, Serialize, Shape, Symbol};

    macro_rules! events {
        ($($name:ident $field:ident $stored:literal,)*) => {$(
            #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
            #[event(name = $stored)]
            pub struct $name {
                #[serde(rename = $stored)]
                pub $field: u8,
            }
        )*};
    }
    super::keywords!(events);

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Started")]
    pub struct Started {}

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Option")]
    pub struct Option {
        #[serde(skip_serializing_if = "std::option::Option::is_none")]
        pub option: std::option::Option<std::string::String>,
        #[serde(default, skip_serializing_if = "std::option::Option::is_none")]
        #[serde(with = "es_runtime::double_option")]
        pub more: std::option::Option<std::option::Option<u8>>,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Result")]
    pub struct Result {
        pub ok: std::vec::Vec<std::option::Option<u8>>,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Vec")]
    pub struct Vec {
        pub vec: std::vec::Vec<std::string::String>,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Box")]
    pub struct Box {
        pub boxed: std::boxed::Box<std::string::String>,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Some")]
    pub struct Some {
        pub symbols: std::vec::Vec<Symbol>,
        pub by: BTreeMap<Symbol, u8>,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "None")]
    pub struct None {
        pub shapes: std::vec::Vec<Shape>,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Ok")]
    pub struct Ok {}

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Err")]
    pub struct Err {}

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Event")]
    pub struct Event {
        pub event: u8,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Command")]
    pub struct Command {
        pub command: u8,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "State")]
    pub struct State {
        pub state: u8,
        pub cx: u8,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "String", tags(first))]
    pub struct String {
        #[serde(rename = "a:b")]
        pub first: std::string::String,
        #[serde(rename = "what it says, \"exactly\"")]
        pub text: std::string::String,
    }

    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(name = "Sent: @home #1 \"now\" 🎉", tags(r#fn, "to: @" = event.r#fn.len()))]
    pub struct Sent {
        pub r#fn: std::string::String,
    }

    /// Its name, and that of its field, are as long as a name may be: 255 bytes.
    #[derive(Debug, PartialEq, es_runtime::Event, Serialize, Deserialize)]
    #[event(
        name = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee🎉"
    )]
    pub struct Long {
        #[serde(
            rename = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee🎉"
        )]
        pub long: u8,
    }
}

pub mod commands {
    use super::{BTreeMap, Deserialize, Serialize, Shape, Symbol, events};

    macro_rules! commands {
        ($($name:ident $field:ident $stored:literal,)*) => {$(
            #[derive(Debug, Clone, es_runtime::Command, Serialize, Deserialize)]
            #[command(name = $stored, emits(events::$name))]
            pub struct $name {
                #[serde(rename = $stored)]
                pub $field: u8,
            }
        )*};
    }
    super::keywords!(commands);

    #[derive(Debug, Clone, es_runtime::Command, Serialize, Deserialize)]
    #[command(emits(events::Started))]
    pub struct Start {}

    #[derive(Debug, Clone, es_runtime::Command, Serialize, Deserialize)]
    #[command(emits(
        events::Option,
        events::Result,
        events::Vec,
        events::Box,
        events::Some,
        events::None,
        events::Ok,
        events::Err,
        events::Event,
        events::Command,
        events::State,
        events::String,
        events::Sent,
        events::Long,
    ))]
    pub struct Speak {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub option: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(with = "es_runtime::double_option")]
        pub more: Option<Option<u8>>,
        pub ok: Vec<Option<u8>>,
        pub vec: Vec<String>,
        pub boxed: std::boxed::Box<String>,
        pub symbols: Vec<Symbol>,
        pub by: BTreeMap<Symbol, u8>,
        pub shapes: Vec<Shape>,
        pub event: u8,
        pub command: u8,
        pub state: u8,
        pub cx: u8,
        #[serde(rename = "a:b")]
        pub first: String,
        #[serde(rename = "what it says, \"exactly\"")]
        pub text: String,
        pub r#fn: String,
        #[serde(
            rename = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee🎉"
        )]
        pub long: u8,
    }
}

impl Create<events::Started> for Hard {
    fn create(_: events::Started) -> Self {
        Self { count: 0 }
    }
}

impl HandleNew<commands::Start> for Hard {
    fn handle_new(
        _: commands::Start,
        _: &Context<Self>,
    ) -> Result<Emit<commands::Start>, Self::Error> {
        Ok(emit(events::Started {}))
    }
}

impl Handle<commands::Speak> for Hard {
    fn handle(
        &self,
        command: commands::Speak,
        _: &Context<Self>,
    ) -> Result<Emit<commands::Speak>, Self::Error> {
        let commands::Speak {
            option,
            more,
            ok,
            vec,
            boxed,
            symbols,
            by,
            shapes,
            event,
            ..
        } = command;
        let commands::Speak {
            command,
            state,
            cx,
            first,
            text,
            r#fn,
            long,
            ..
        } = command;
        Ok(emit(events::Option { option, more })
            .and(events::Result { ok })
            .and(events::Vec { vec })
            .and(events::Box { boxed })
            .and(events::Some { symbols, by })
            .and(events::None { shapes })
            .and(events::Ok {})
            .and(events::Err {})
            .and(events::Event { event })
            .and(events::Command { command })
            .and(events::State { state, cx })
            .and(events::String { first, text })
            .and(events::Sent { r#fn })
            .and(events::Long { long }))
    }
}

/// Events that change nothing.
macro_rules! change_nothing {
    ($($name:ident)*) => {$(
        impl Apply<events::$name> for Hard {
            fn apply(&mut self, _: events::$name) {}
        }
    )*};
}
change_nothing!(Option Result Vec Box Some None Ok Err Event Command State String Sent Long);
