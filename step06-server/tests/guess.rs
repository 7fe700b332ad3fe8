//! Which lines are guesses. A model reads each line again, by other means.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
    prop_assert_eq,
};
use step::game::guess;

use crate::common::config;

/// Reads a guess by hand: no `trim`, no `parse`.
fn reference(line: &[u8]) -> Option<usize> {
    let line = match line {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\n'] | [line @ .., b'\r'] => line,
        line => line,
    };
    let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t');
    let before = line.iter().take_while(is_blank).count();
    let after = line[before..].iter().rev().take_while(is_blank).count();
    let digits = &line[before..line.len() - after];
    let mut number: u128 = 0;
    for byte in digits {
        let digit = (b'0'..=b'9').position(|digit| digit == *byte)?;
        // A number of more than 30 digits that are not zeros stays too large.
        number = (number * 10 + digit as u128).min(10_u128.pow(30));
    }
    if digits.is_empty() { None } else { number.try_into().ok() }
}

/// Numbers around the limit, with signs and blanks of all kinds around them, and with
/// every line ending.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        (0..9u8).prop_map(|digit| format!("1844674407370955161{digit}")),
        (0..200u32, 0..30usize)
            .prop_map(|(number, zeros)| "0".repeat(zeros) + &number.to_string()),
        Just(String::new()),
    ];
    let blanks = "[ \t\r\u{b}\u{a0}\u{3000}]{0,2}";
    let dressed = ("[+-]{0,1}", number, blanks, blanks, "(\r?\n)?").prop_map(
        |(sign, number, before, after, end)| {
            [before, sign, number, after, end].concat().into_bytes()
        },
    );
    prop_oneof![4 => dressed, 1 => vec(any::<u8>(), 0..6)]
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn any_line_is_read_as_the_model_reads_it(line in line()) {
        prop_assert_eq!(guess(&line), reference(&line));
    }
}

#[test]
fn blanks_and_the_line_ending_are_ignored() {
    for line in ["7", "7\n", "7\r\n", " 7\n", "\t7 \t\r\n", "007\n", "7\r"] {
        assert_eq!(guess(line.as_bytes()), Some(7), "{line:?}");
    }
    assert_eq!(guess(format!("{}\n", usize::MAX).as_bytes()), Some(usize::MAX));
}

#[test]
fn anything_else_is_not_a_guess() {
    let too_large = format!("{}0", usize::MAX);
    for line in [
        "",
        "\n",
        "\r\n",
        " \n",
        "words",
        "-3",
        "+7",
        "1.5",
        "5 5",
        "0x10",
        "7\0",
        "\u{660}",
        "\u{a0}7",
        "7\u{3000}",
        "7\u{b}",
        "7\n\n",
        &too_large,
    ] {
        assert_eq!(guess(line.as_bytes()), None, "{line:?}");
    }
    assert_eq!(guess(b"7\xff\n"), None);
}
