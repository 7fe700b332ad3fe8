//! `Lines` returns the same lines in whatever pieces the bytes arrive, and no line that
//! is too long.

use std::ops::ControlFlow::{self, Break, Continue};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
    prop_assert_eq,
};
use step::game::{Lines, MAX_LINE};

/// The model: splits all of the text at once. `None` is a line that is too long.
fn model(text: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    // After the last `\n`, a line begins only if more bytes follow.
    lines.pop_if(|last| last.is_empty());
    let bounded = |line: &[u8]| (line.len() <= MAX_LINE).then(|| line.to_vec());
    lines.into_iter().map(bounded).collect()
}

/// Feeds the pieces one after the other, and returns all lines.
fn lines<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Option<Vec<u8>>> {
    let (mut lines, mut seen) = (Lines::new(), Vec::new());
    for piece in pieces {
        let _: ControlFlow<()> = lines.feed(piece, |line| {
            seen.push(line.map(<[u8]>::to_vec));
            Continue(())
        });
    }
    seen.extend(lines.finish().map(Some));
    seen
}

/// Lines of all lengths that matter, with arbitrary bytes.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![0..4usize, MAX_LINE - 1..MAX_LINE + 2, Just(3 * MAX_LINE)];
    let line = (length, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]);
    (vec(line, 0..8), any::<bool>()).prop_map(|(lines, ended)| {
        let mut text = lines.join(&b'\n');
        text.extend(ended.then_some(b'\n'));
        text
    })
}

proptest! {
    #[test]
    fn any_pieces_give_the_lines_of_the_whole(
        text in text(),
        cuts in vec(any::<u16>(), 0..12),
    ) {
        let mut cuts: Vec<usize> =
            cuts.iter().map(|&cut| usize::from(cut) % (text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]);
        prop_assert_eq!(lines(pieces), model(&text));
    }

    #[test]
    fn single_bytes_give_the_lines_of_the_whole(text in text()) {
        prop_assert_eq!(lines(text.chunks(1)), model(&text));
    }
}

#[test]
fn the_longest_line_has_1024_bytes() {
    let longest = [b'7'; 1024];
    let text = [&longest[..], b"\n", &longest, b"7\n", &longest].concat();
    let expected = [Some(longest.to_vec()), None, Some(longest.to_vec())];
    assert_eq!(lines([&text[..]]), expected);
    assert_eq!(lines(text.chunks(1024)), expected);
    assert_eq!(lines(text.chunks(1)), expected);
}

#[test]
fn a_line_that_is_too_long_is_reported_once_and_at_once() {
    let (mut lines, mut reports) = (Lines::new(), 0);
    let mut feed = |piece: &[u8]| {
        let _: ControlFlow<()> = lines.feed(piece, |line| {
            assert_eq!(line, None);
            reports += 1;
            Continue(())
        });
        reports
    };
    assert_eq!(feed(&[b'x'; MAX_LINE]), 0);
    assert_eq!(feed(b"x"), 1);
    for _ in 0..1000 {
        assert_eq!(feed(&[b'x'; MAX_LINE]), 1);
    }
    assert_eq!(feed(b"x\n"), 1);
    assert_eq!(lines.finish(), None);
}

#[test]
fn an_empty_line_is_a_line() {
    let empty = || Some(Vec::new());
    assert_eq!(lines([&b"\n\n"[..], b"\n"]), [empty(), empty(), empty()]);
}

#[test]
fn a_carriage_return_stays_in_the_line() {
    assert_eq!(lines([&b"5\r\n"[..]]), [Some(b"5\r".to_vec())]);
}

#[test]
fn the_last_line_is_returned_once() {
    let mut lines = Lines::new();
    assert!(lines.feed(b"1\n2", |_| Continue::<()>(())).is_continue());
    assert_eq!(lines.finish(), Some(b"2".to_vec()));
    assert_eq!(lines.finish(), None);
}

#[test]
fn a_break_ends_the_feed_at_that_line() {
    let mut seen = Vec::new();
    let stopped = Lines::new().feed(b"1\n2\n3\n", |line| {
        seen.extend(line.map(<[u8]>::to_vec));
        if line == Some(b"2") { Break("enough") } else { Continue(()) }
    });
    assert_eq!(stopped, Break("enough"));
    assert_eq!(seen, [b"1", b"2"]);
}
