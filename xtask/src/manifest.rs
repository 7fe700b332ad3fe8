//! A step's `Cargo.toml`, as far as differences and merges care.

/// A manifest in two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// `[package]` and what belongs to it: what the step says of itself, different in every step.
    pub package: &'a str,
    /// Everything after it: dependencies, lints, benches.
    pub rest: &'a str,
}

/// Splits a manifest at the first section that is not about the package itself.
pub fn split(text: &str) -> Parts<'_> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let section = line.strip_prefix('[');
        if section.is_some_and(|section| !is_package(section.trim_start_matches('['))) {
            break;
        }
        at += line.len();
    }
    let (package, rest) = text.split_at(at);
    Parts { package, rest }
}

/// Whether a section's header, without its first brackets, is `[package]` or below it.
fn is_package(header: &str) -> bool {
    header.starts_with("package]") || header.starts_with("package.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_step_says_of_itself_is_one_part_and_the_rest_the_other() {
        let package = "[package]\nname = \"a\"\n\n[package.metadata.step]\nadds = [\n    \"src/a.rs\",\n]\n\n\
                       [[package.metadata.step.unshown]]\nfile = \"src/a.rs\"\n\n";
        let rest = "[dependencies]\nb = \"1\"\n\n[lints]\nworkspace = true\n";
        let text = format!("{package}{rest}");
        assert_eq!(split(&text), Parts { package, rest });
    }
}
