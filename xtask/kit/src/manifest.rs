//! A step's `Cargo.toml`: its sections, the part that differs in every step, and the tests it names. And the list of
//! modules in a test.

use anyhow::{Context, Result};
use serde::Deserialize;

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
    let is_package = |section: &&str| {
        !section.starts_with('[') || section.trim_start_matches('[').starts_with("package")
    };
    let package = sections(text).into_iter().take_while(is_package);
    let (package, rest) = text.split_at(package.map(str::len).sum());
    Parts { package, rest }
}

/// The sections of a manifest as text, each from its header to the next one.
pub fn sections(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text.match_indices("\n[").map(|(at, _)| at + 1).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

/// The files that have a test binary of their own, as `tests/all.rs`; none if cargo makes one of every file in `tests/`.
pub fn test_files(manifest: &str) -> Result<Option<Vec<String>>> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
        #[serde(default)]
        test: Vec<Test>,
    }
    #[derive(Deserialize)]
    struct Package {
        autotests: Option<bool>,
    }
    #[derive(Deserialize)]
    struct Test {
        name: String,
        path: Option<String>,
    }
    let manifest: Manifest =
        toml::from_str(manifest).context("Cargo.toml cannot be parsed. Fix its syntax")?;
    if manifest.package.autotests != Some(false) {
        return Ok(None);
    }
    let file = |test: Test| test.path.unwrap_or_else(|| format!("tests/{}.rs", test.name));
    Ok(Some(manifest.test.into_iter().map(file).collect()))
}

/// A list of modules with only some of them, and without the attributes and comments above the others.
pub fn only_modules(list: &str, is_kept: impl Fn(&str) -> bool) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in list.lines() {
        let module = line.trim().strip_prefix("mod ").and_then(|line| line.strip_suffix(';'));
        if module.is_none_or(&is_kept) {
            kept.push(line);
            continue;
        }
        while kept.pop_if(|line| line.starts_with("#[") || line.starts_with("// ")).is_some() {}
    }
    kept.into_iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_entry_names_its_file_or_gives_it_its_own_name() {
        let tests = "[[test]]\nname = 'all'\n[[test]]\nname = 'b'\npath = 'tests/c/main.rs'\n";
        let manifest = format!("[package]\nname = 'a'\n{tests}");
        assert_eq!(test_files(&manifest).unwrap(), None);
        let manifest = format!("[package]\nname = 'a'\nautotests = false\n{tests}");
        let files = ["tests/all.rs", "tests/c/main.rs"].map(str::to_owned).to_vec();
        assert_eq!(test_files(&manifest).unwrap(), Some(files));
    }

    #[test]
    fn what_a_step_says_of_itself_is_one_part_and_the_rest_the_other() {
        let package = "[package]\nname = \"a\"\n\n[package.metadata.step]\nadds = [\n    \"src/a.rs\",\n]\n\n\
                       [[package.metadata.step.unshown]]\nfile = \"src/a.rs\"\n\n";
        let rest = "[dependencies]\nb = \"1\"\n\n[lints]\nworkspace = true\n";
        let text = format!("{package}{rest}");
        assert_eq!(split(&text), Parts { package, rest });
    }
}
