//! The commands of `cargo xtask`, run on small workspaces of their own.

mod along;
mod along_check;
mod bugs;
mod carry;
mod diff;
mod docs;
mod docs_rules;
mod docs_runs;
mod docs_tasks;
mod fixture;
mod layout;
mod layout_text;
mod series;
mod test_all;
