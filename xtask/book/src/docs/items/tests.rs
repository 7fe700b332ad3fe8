//! The items of a source, found by their names.

use super::*;

/// A source with an item of every kind.
const SOURCE: &str = "//! Docs.
#![forbid(unsafe_code)]

use std::io;

use std::fmt;

thread_local! {
    static CURRENT: u8 = const { 1 };
}

/// A type.
pub struct One<T>(T);

impl<T> One<T> {
    /// Makes one.
    fn new() -> Self {
        todo!()
    }
}

impl<T> From<io::Error> for One<T> {
    fn from(_: io::Error) -> Self {
        todo!()
    }
}

impl From<u8> for One<u8> {
    fn from(_: u8) -> Self {
        todo!()
    }
}

enum Two {
    /// A variant.
    A,
    B,
}

const LIMIT: usize = 1;

mod tests {
    #[test]
    fn it_works() {}
}
";

/// The lines of the item of that name, counted from 1, both ends included.
fn lines(name: &str) -> Result<(usize, usize), String> {
    let items = parse(SOURCE).unwrap();
    let found = find(&items, name).map_err(|error| error.to_string())?;
    Ok((found.lines.start + 1, found.lines.end))
}

#[test]
fn items_are_found_by_their_names() {
    for (name, expected) in [
        ("attributes", (2, 2)),
        ("use", (4, 6)),
        ("CURRENT", (8, 10)),
        ("thread_local!", (8, 10)),
        ("One", (12, 13)),
        ("struct One", (12, 13)),
        ("impl One", (15, 20)),
        ("One::new", (16, 19)),
        ("fn One::new", (16, 19)),
        ("From<io::Error> for One", (22, 26)),
        ("From<u8> for One::from", (29, 31)),
        ("Two::A", (35, 36)),
        ("LIMIT", (40, 40)),
        ("mod tests", (42, 45)),
        ("tests::it_works", (43, 44)),
    ] {
        assert_eq!(lines(name), Ok(expected), "{name}");
    }
}

#[test]
fn a_name_that_matches_nothing_or_two_things_is_an_error() {
    assert!(lines("One::old").unwrap_err().contains("no item `One::old`: name it as"));
    assert!(lines("two::a").unwrap_err().contains("do you mean `Two::A`?"));
    let twice = lines("One::from").unwrap_err();
    let both = "lines 23 and 29: write `From<io::Error> for One::from` or `From<u8> for One::from`";
    assert!(twice.contains(both), "{twice}");
    assert!(lines("From for One").unwrap_err().contains("is two items"));
}

#[test]
fn the_item_around_a_line_is_the_smallest() {
    let items = parse(SOURCE).unwrap();
    let name = |line: usize| around(&items, line - 1).map(Item::name);
    assert_eq!(name(18), Some("One::new"));
    assert_eq!(name(15), Some("impl One"));
    assert_eq!(name(11), None);
}
