//! Bodies as the descriptions of events say, and what may have happened to them.

use es_runtime::describe::{Content, FieldDescription, Shape, TypeKind};
use es_runtime::{Bytes, Date, Decimal, Duration, Timestamp, Uuid, encode_json};
use es_tests::draw::{Draw, Source};
use serde::Serialize;

/// How deep values are drawn in which nothing is wrong; further down there are the simplest ones.
const WHOLE: usize = 8;

/// Deeper than can be read.
const DEEPEST: usize = 200;

/// A body with mistakes in it: in the values, in the fields, in the bytes.
pub(crate) fn draw(source: &mut Source<'_>, fields: &[FieldDescription]) -> Vec<u8> {
    let mistakes = source.one_of(&[0, 2, 8, 40]);
    let deepest = source.one_of(&[WHOLE, DEEPEST]);
    let mut bytes = Writer::new(source, mistakes, deepest).body(fields);
    for _ in 0..source.below(3) {
        spoil(source, &mut bytes);
    }
    bytes
}

/// A body without a mistake in it.
pub(crate) fn draw_whole(source: &mut Source<'_>, fields: &[FieldDescription]) -> Vec<u8> {
    Writer::new(source, 0, WHOLE).body(fields)
}

/// Metadata with mistakes in it.
pub(crate) fn draw_metadata(source: &mut Source<'_>) -> Vec<u8> {
    const TEXT: Shape = Shape::Leaf("String");
    const FIELDS: [FieldDescription; 4] = [
        FieldDescription::new("actor", || Shape::Optional(|| TEXT)),
        FieldDescription::new("correlation", || Shape::Optional(|| TEXT)),
        FieldDescription::new("causation", || Shape::Optional(|| TEXT)),
        FieldDescription::new("headers", || Shape::Map(|| TEXT, || TEXT)),
    ];
    draw(source, &FIELDS)
}

/// Bodies of about so many bytes, in which a value is very large, very long or very deep: that of each known field, or
/// that of one nobody knows.
pub(crate) fn large(fields: &[FieldDescription], bytes: usize) -> Vec<Vec<u8>> {
    let body = |large: &str| {
        let mut parts = Vec::new();
        for field in fields {
            parts.push(format!("{}:{large}", text(field.name)));
        }
        let unknown = format!("\"unknown\":{large}");
        [parts.join(","), unknown].map(|part| format!("{{{part}}}").into_bytes())
    };
    let repeated = |part: &str| part.repeat(bytes / (fields.len() + 1) / part.len());
    [
        format!("\"{}\"", repeated("a")),
        format!("\"{}\"", repeated("\\u0000")),
        repeated("9"),
        format!("0.{}", repeated("0")),
        format!("1e{}", repeated("9")),
        format!("[{}0]", repeated("0,")),
        format!("[{}[]]", repeated("[],")),
        format!("[{}{{}}]", repeated("{},")),
        format!("{{{}\"\":0}}", repeated("\"\":0,")),
        repeated("["),
        repeated("{\"a\":"),
        repeated(" "),
    ]
    .iter()
    .flat_map(|large| body(large))
    .collect()
}

/// Texts that stand where a value of any type belongs.
const STRANGE: [&str; 34] = [
    "null",
    "true",
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1e400",
    "-1e400",
    "1e-400",
    "1e999999999999999999999",
    "9007199254740993",
    "18446744073709551616",
    "-9223372036854775809",
    "340282366920938463463374607431768211456",
    "-170141183460469231731687303715884105729",
    "\"\"",
    "\"NaN\"",
    "\"-0.00\"",
    "\"1e5\"",
    "\"0.12345678901234567890123456789012345\"",
    "\"79228162514264337593543950336\"",
    "\"10000-01-01T00:00:00Z\"",
    "\"0001-01-01T00:00:00+01:00\"",
    "\"2026-02-30\"",
    "\"PT170141183460469231731687303715884105728S\"",
    "\"P99999999999999999999999999999999999999D\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\u0000\"",
    "\"AQ=\"",
    "[]",
    "{}",
    "{\"a\":1,\"a\":2}",
    "[[],{},null,1,\"\"]",
];

/// Writes a body down, with so many mistakes in 256 places.
struct Writer<'s, 'b> {
    source: &'s mut Source<'b>,
    mistakes: u8,
    deepest: usize,
    out: Vec<u8>,
}

impl<'s, 'b> Writer<'s, 'b> {
    fn new(source: &'s mut Source<'b>, mistakes: u8, deepest: usize) -> Self {
        Self {
            source,
            mistakes,
            deepest,
            out: Vec::new(),
        }
    }

    fn body(mut self, fields: &[FieldDescription]) -> Vec<u8> {
        self.fields(fields, 1);
        self.out
    }

    fn errs(&mut self) -> bool {
        self.mistakes > 0 && self.source.byte() > 255 - self.mistakes
    }

    /// How many there are of what may be there or not; none where it is deep already.
    fn count(&mut self, below: usize, depth: usize) -> usize {
        match depth < self.deepest {
            true => self.source.below(below),
            false => 0,
        }
    }

    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value<T: Draw + Serialize>(&mut self) {
        let value = T::draw(self.source);
        self.out
            .extend(encode_json(&value).expect("a value that can be stored"));
    }

    /// So many parts, with commas in between.
    fn parts(&mut self, count: usize, mut part: impl FnMut(&mut Self, usize)) {
        for number in 0..count {
            if number > 0 {
                self.write(",");
            }
            part(self, number);
        }
    }

    fn fields(&mut self, fields: &[FieldDescription], depth: usize) {
        self.write("{");
        let mut is_first = true;
        for field in fields {
            let shape = (field.shape)();
            let is_left_out = matches!(shape, Shape::Optional(_)) && self.count(2, depth) == 0;
            let is_left_out = is_left_out || self.errs();
            let times = if is_left_out {
                0
            } else {
                1 + usize::from(self.errs())
            };
            for _ in 0..times {
                if !std::mem::take(&mut is_first) {
                    self.write(",");
                }
                let name = if self.errs() { "unknown" } else { field.name };
                self.write(&text(name));
                self.write(":");
                self.shape(shape, depth + 1);
            }
        }
        self.write("}");
    }

    fn shape(&mut self, shape: Shape, depth: usize) {
        if self.errs() {
            return self.strange();
        }
        if depth > 2 * DEEPEST {
            return self.write("null");
        }
        match shape {
            Shape::Leaf(name) => self.leaf(name),
            Shape::Optional(inner) => match self.count(2, depth) {
                0 => self.write("null"),
                _ => self.shape(inner(), depth),
            },
            Shape::Boxed(inner) => self.shape(inner(), depth),
            Shape::List(inner) | Shape::Set(inner) => {
                self.write("[");
                let count = self.count(4, depth);
                self.parts(count, |writer, _| writer.shape(inner(), depth + 1));
                self.write("]");
            }
            Shape::Map(key, value) => {
                self.write("{");
                let count = self.count(4, depth);
                self.parts(count, |writer, _| {
                    writer.key(key(), depth);
                    writer.write(":");
                    writer.shape(value(), depth + 1);
                });
                self.write("}");
            }
            Shape::Type(ty) => match ty.kind {
                TypeKind::Struct(content) => self.content(content, depth),
                TypeKind::Symbols(symbols) => {
                    let symbol = self.source.one_of(symbols);
                    self.write(&text(symbol.name));
                }
                TypeKind::Union(variants) => {
                    let variant = variants[self.count(variants.len(), depth)];
                    if let Content::Unit = variant.content {
                        return self.write(&text(variant.name));
                    }
                    self.write(&format!("{{{}:", text(variant.name)));
                    self.content(variant.content, depth + 1);
                    self.write("}");
                }
                kind => panic!("{kind:?} is new"),
            },
            shape => panic!("{shape:?} is new"),
        }
    }

    fn content(&mut self, content: Content, depth: usize) {
        match content {
            Content::Unit => self.write("null"),
            Content::Value(inner) => self.shape(inner(), depth),
            Content::Items(items) => {
                self.write("[");
                self.parts(items.len(), |writer, number| {
                    writer.shape(items[number](), depth + 1);
                });
                self.write("]");
            }
            Content::Fields(fields) => self.fields(fields, depth),
            content => panic!("{content:?} is new"),
        }
    }

    /// A value as the key of an object: what is no text is put into quotes.
    fn key(&mut self, shape: Shape, depth: usize) {
        let start = self.out.len();
        self.shape(shape, depth);
        if self.out[start] != b'"' {
            self.out.insert(start, b'"');
            self.write("\"");
        }
    }

    fn leaf(&mut self, name: &str) {
        match name {
            "bool" => self.value::<bool>(),
            "i8" => self.value::<i8>(),
            "i16" => self.value::<i16>(),
            "i32" => self.value::<i32>(),
            "i64" => self.value::<i64>(),
            "i128" => self.value::<i128>(),
            "u8" => self.value::<u8>(),
            "u16" => self.value::<u16>(),
            "u32" => self.value::<u32>(),
            "u64" => self.value::<u64>(),
            "u128" => self.value::<u128>(),
            "f64" => self.value::<f64>(),
            "String" => self.value::<String>(),
            "Decimal" => self.value::<Decimal>(),
            "Uuid" => self.value::<Uuid>(),
            "Timestamp" => self.value::<Timestamp>(),
            "Date" => self.value::<Date>(),
            "Duration" => self.value::<Duration>(),
            "Bytes" => self.value::<Bytes>(),
            name => panic!("{name} is new"),
        }
    }

    fn strange(&mut self) {
        match self.source.below(8) {
            0 => {
                let open = self.source.one_of(&["[", "{\"a\":", "[{\"b\":"]);
                let depth = self
                    .source
                    .one_of(&[2, 60, 125, 126, 127, 128, 1_000, 100_000]);
                self.write(&open.repeat(depth));
            }
            1 => {
                let digits = self.source.one_of(&["9", "0", "1e", "-", "1.", "0.0"]);
                let count = self.source.one_of(&[1, 20, 40, 400, 10_000]);
                self.write(&digits.repeat(count));
            }
            2 => {
                let count = self.source.below(8);
                let bytes: Vec<u8> = (0..count).map(|_| self.source.byte()).collect();
                self.out.push(b'"');
                self.out.extend(bytes);
                self.out.push(b'"');
            }
            _ => {
                let strange = self.source.one_of(&STRANGE);
                self.write(strange);
            }
        }
    }
}

/// Does something to the bytes, whatever they mean.
fn spoil(source: &mut Source<'_>, bytes: &mut Vec<u8>) {
    let place = source.below(bytes.len() + 1).min(bytes.len());
    match source.below(6) {
        0 => bytes.truncate(place),
        1 => bytes.insert(place, source.byte()),
        2 if place < bytes.len() => bytes[place] ^= 1 << source.below(8),
        3 if place < bytes.len() => _ = bytes.remove(place),
        4 => bytes.extend_from_slice(source.one_of(&[&b" "[..], b"{}", b"\0", b"\n\n", b"null"])),
        _ => {
            let copy = bytes[place..].to_vec();
            bytes.splice(place..place, copy);
        }
    }
}

/// Text as JSON.
fn text(text: &str) -> String {
    serde_json::to_string(text).expect("text")
}
