//! Lines: cuts what arrives, in whatever pieces, into lines of bounded length.

use std::{mem, ops::ControlFlow};

/// The longest line that is a line, in bytes, without its end.
pub const MAX_LINE: usize = 1024;

/// Cuts a stream of bytes into lines.
///
/// It owns no buffer but for a line of which only a part has arrived, so that a player who thinks costs nothing.
///
/// # Examples
///
/// ```
/// # use step02_executor as step;
/// use std::ops::ControlFlow::{self, Continue};
/// use step::lines::Lines;
///
/// let mut lines = Lines::new();
/// let mut seen = Vec::new();
/// for piece in ["4", "2\n7\n", "8"] {
///     let _: ControlFlow<()> = lines.feed(piece.as_bytes(), |line| {
///         seen.push(line.map(<[u8]>::to_vec));
///         Continue(())
///     });
/// }
/// assert_eq!(seen, [Some(b"42".to_vec()), Some(b"7".to_vec())]);
/// assert_eq!(lines.finish(), Some(b"8".to_vec()));
/// ```
#[derive(Debug, Default)]
pub struct Lines {
    /// The beginning of a line whose end has not arrived.
    partial: Vec<u8>,
    /// Whether the line that is arriving was too long and has been reported.
    skipping: bool,
}

impl Lines {
    /// Starts at the beginning of a line.
    pub const fn new() -> Self {
        Lines { partial: Vec::new(), skipping: false }
    }

    /// Takes what has arrived, and passes on every line that it completes, without its `\n`; `None` stands for a line
    /// of more than [`MAX_LINE`] bytes, as soon as it is known to be one. Stops when `each` says so; what came after
    /// that line is lost then.
    pub fn feed<B>(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(Option<&[u8]>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        for piece in chunk.split_inclusive(|&byte| byte == b'\n') {
            let (piece, ended) = match piece.strip_suffix(b"\n") {
                Some(piece) => (piece, true),
                None => (piece, false),
            };
            if self.skipping {
                self.skipping = !ended;
            } else if self.partial.len() + piece.len() > MAX_LINE {
                self.partial = Vec::new();
                self.skipping = !ended;
                each(None)?;
            } else if !ended {
                self.partial.extend_from_slice(piece);
            } else if self.partial.is_empty() {
                each(Some(piece))?;
            } else {
                self.partial.extend_from_slice(piece);
                each(Some(&mem::take(&mut self.partial)))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Gives the last line, if the stream ended without a `\n` behind it.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        Some(mem::take(&mut self.partial)).filter(|line| !line.is_empty())
    }
}
