//! Each derive from its input to its expansion: read, check, and expand, or tell all mistakes beside a fallback.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::model::{Aggregate, Command, Event, Id, Projection, Value};
use crate::{
    expand_aggregate, expand_command, expand_event, expand_newtype, expand_projection,
    expand_value, fallback, valid,
};

pub(crate) fn aggregate(input: &DeriveInput) -> TokenStream {
    let mut cx = Errors::default();
    let aggregate = Aggregate::read(&mut cx, input);
    valid::aggregate(&mut cx, &aggregate);
    match cx.finish() {
        Ok(()) => expand_aggregate::expand(&aggregate),
        Err(mistakes) => fallback::aggregate(aggregate, mistakes),
    }
}

pub(crate) fn event(input: &DeriveInput) -> TokenStream {
    let mut cx = Errors::default();
    let event = Event::read(&mut cx, input);
    valid::event(&mut cx, &event);
    match cx.finish() {
        Ok(()) => expand_event::expand(&event),
        Err(mistakes) => fallback::event(&event, mistakes),
    }
}

pub(crate) fn command(input: &DeriveInput) -> TokenStream {
    let mut cx = Errors::default();
    let command = Command::read(&mut cx, input);
    valid::command(&mut cx, &command);
    match cx.finish() {
        Ok(()) => expand_command::expand(&command),
        Err(mistakes) => fallback::command(&command, mistakes),
    }
}

pub(crate) fn projection(input: &DeriveInput) -> TokenStream {
    let mut cx = Errors::default();
    let projection = Projection::read(&mut cx, input);
    valid::projection(&mut cx, &projection);
    match cx.finish() {
        Ok(()) => expand_projection::expand(&projection),
        Err(mistakes) => fallback::projection(&projection, mistakes),
    }
}

pub(crate) fn id(input: &DeriveInput) -> TokenStream {
    let mut cx = Errors::default();
    let id = Id::read(&mut cx, input);
    valid::id(&mut cx, &id);
    match (cx.finish(), id.item.inner()) {
        (Ok(()), Some(inner)) => expand_newtype::id(&id, inner),
        (Ok(()), None) => TokenStream::new(),
        (Err(mistakes), _) => fallback::id(&id, mistakes),
    }
}

pub(crate) fn value(input: &DeriveInput) -> TokenStream {
    let mut cx = Errors::default();
    let value = Value::read(&mut cx, input);
    valid::value(&mut cx, &value);
    match cx.finish() {
        Ok(()) => expand_value::expand(&value),
        Err(mistakes) => fallback::value(&value, mistakes),
    }
}
