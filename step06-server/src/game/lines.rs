//! Lines: cuts the bytes that arrive into lines of bounded length.

use std::{mem, ops::ControlFlow};

/// The maximum length of a line in bytes, not counting the `\n`.
pub const MAX_LINE: usize = 1024;

/// Cuts a stream of bytes into lines, in whatever pieces the bytes arrive.
///
/// Stores only the beginning of a line whose end has not arrived. A connection whose
/// client is idle therefore owns no buffer.
///
/// # Examples
///
/// ```
/// # use step06_server as step;
/// use std::ops::ControlFlow::{self, Continue};
/// use step::game::Lines;
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
#[derive(Debug)]
pub struct Lines {
    /// The start of a line whose end has not arrived yet. `None` while the rest of an
    /// overlong line is being skipped.
    partial: Option<Vec<u8>>,
}

impl Lines {
    /// Makes a `Lines` that has received no bytes yet.
    pub const fn new() -> Self {
        Lines { partial: Some(Vec::new()) }
    }

    /// Takes the bytes that have arrived, and calls `each` for every line that they
    /// complete, without its `\n`.
    ///
    /// A line of more than [`MAX_LINE`] bytes is reported once, as `None`, as soon as it
    /// is known to be too long. If `each` breaks, the rest of `chunk` is lost.
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
            let Some(partial) = &mut self.partial else {
                self.partial = ended.then(Vec::new);
                continue;
            };
            if partial.len() + piece.len() > MAX_LINE {
                self.partial = ended.then(Vec::new);
                each(None)?;
            } else if !ended {
                partial.extend_from_slice(piece);
            } else if partial.is_empty() {
                // The usual case: the line is passed on without a copy.
                each(Some(piece))?;
            } else {
                partial.extend_from_slice(piece);
                each(Some(&mem::take(partial)))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Returns the last line if the stream ended without a `\n` after it.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        self.partial.as_mut().map(mem::take).filter(|line| !line.is_empty())
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self::new()
    }
}
