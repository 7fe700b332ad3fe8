//! A difference as a table of line counts.

use comfy_table::{Cell, CellAlignment, Table, presets};

use crate::diff::FileDiff;

/// The table of files and how many lines of each change.
pub fn table(files: &[FileDiff]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["file", "+", "−", "total"]);
    for file in files {
        let note = match (&file.old, &file.new) {
            (None, _) => " (new)",
            (_, None) => " (gone)",
            _ => "",
        };
        let name = format!("{}{note}", file.path);
        table.add_row(row(&name, file.added, file.removed));
    }
    let added = files.iter().map(|file| file.added).sum();
    let removed = files.iter().map(|file| file.removed).sum();
    let count = match files.len() {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    table.add_row(row(&count, added, removed));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", table.trim_fmt())
}

/// A row of the table.
fn row(name: &str, added: usize, removed: usize) -> Vec<Cell> {
    vec![Cell::new(name), Cell::new(added), Cell::new(removed), Cell::new(added + removed)]
}
