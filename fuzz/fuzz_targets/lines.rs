//! `Lines` against a reader that takes one byte after the other: any bytes, in any pieces,
//! give the same lines, and no more than one line is stored.
#![no_main]

use std::ops::ControlFlow::{self, Continue};

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use step06_server::game::{Lines, MAX_LINE};

/// The bytes that arrive.
#[derive(Debug)]
struct Arrival {
    text: Vec<u8>,
    /// The lengths of the pieces. The rest is one more piece.
    pieces: Vec<usize>,
}

impl<'a> Arbitrary<'a> for Arrival {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut pieces = Vec::new();
        for _ in 0..u.int_in_range(0..=12)? {
            pieces.push(usize::from(u16::arbitrary(u)?) % (2 * MAX_LINE));
        }
        let mut text = Vec::new();
        while !u.is_empty() {
            // Two bytes stand for many, so that a short input can make long lines.
            match u8::arbitrary(u)? {
                0xFF => {
                    let length = usize::from(u16::arbitrary(u)?) % (2 * MAX_LINE);
                    text.resize(text.len() + length, b'7');
                }
                0xFE => {
                    text.resize(text.len() / MAX_LINE * (MAX_LINE + 1) + MAX_LINE, b'8')
                }
                byte => text.push(byte),
            }
            if text.len() > 1 << 16 {
                break;
            }
        }
        Ok(Arrival { text, pieces })
    }
}

/// Reads byte by byte.
fn reference(text: &[u8]) -> Vec<Option<Vec<u8>>> {
    let (mut lines, mut line, mut reported) = (Vec::new(), Vec::new(), false);
    for &byte in text {
        match byte {
            b'\n' if reported => reported = false,
            b'\n' => lines.push(Some(std::mem::take(&mut line))),
            _ if reported => {}
            _ if line.len() == MAX_LINE => {
                lines.push(None);
                line.clear();
                reported = true;
            }
            byte => line.push(byte),
        }
    }
    if !line.is_empty() {
        lines.push(Some(line));
    }
    lines
}

fuzz_target!(|arrival: Arrival| {
    let (mut lines, mut seen, mut rest) = (Lines::new(), Vec::new(), &arrival.text[..]);
    for &length in arrival.pieces.iter().chain([&usize::MAX]) {
        let piece = rest.split_off(..length.min(rest.len())).expect("it is no longer");
        let fed: ControlFlow<()> = lines.feed(piece, |line| {
            seen.push(line.map(<[u8]>::to_vec));
            Continue(())
        });
        assert!(fed.is_continue());
    }
    if let Some(line) = lines.finish() {
        assert!(
            line.capacity() <= 2 * MAX_LINE,
            "{} bytes for one line",
            line.capacity()
        );
        seen.push(Some(line));
    }
    assert_eq!(seen, reference(&arrival.text));
    assert_eq!(lines.finish(), None);
});
