//! Players: a comment such as `<!-- player: 3 -->` becomes an element with the recording of that step. With a second
//! number the player can compare the run with that of another step.
//!
//! The script and the style are loaded only by pages that have a player.

use std::{fs, io, path::Path, sync::LazyLock};

use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde_json::{Map, Value, json};

/// The recordings in the workspace.
const RECORDINGS: &str = "docs/recordings";

/// The script and the style, in the workspace below `docs` and on the site.
const FILES: [&str; 2] = ["theme/player.js", "theme/player.css"];

/// What the head of a page with a player has.
const HEAD: &str = "<link rel=\"stylesheet\" href=\"theme/player.css\">\n\
                    <script defer src=\"theme/player.js\"></script>\n</head>";

const WITHOUT_SCRIPT: &str = "<noscript><p>Stepping through a recording needs JavaScript. \
                              The text and the pictures do not.</p></noscript>";

static COMMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<!--\s*player:([^>]*?)-->").expect("the pattern is valid")
});

/// Copies the script and the style to where the site has them.
pub fn copy(root: &Path, site: &Path) -> Result<()> {
    for file in FILES {
        let (from, to) = (root.join("docs").join(file), site.join(file));
        fs::copy(from, to).with_context(|| format!("cannot copy docs/{file}"))?;
    }
    Ok(())
}

/// Puts players in the place of their comments.
pub fn with_players(root: &Path, name: &str, text: &str) -> Result<String> {
    expanded(text, &|file| fs::read_to_string(root.join(file)))
        .with_context(|| name.replace(".html", ".md"))
}

fn expanded(text: &str, read: &dyn Fn(&str) -> io::Result<String>) -> Result<String> {
    let (mut out, mut last) = (String::with_capacity(text.len()), 0);
    for found in COMMENT.captures_iter(text) {
        let (comment, steps) = (found.get(0).context("no match")?, found[1].trim());
        out += &text[last..comment.start()];
        out += &player(steps, read)
            .with_context(|| format!("the comment `player: {steps}`"))?;
        last = comment.end();
    }
    out += &text[last..];
    // A page without a player stays as it is.
    Ok(if last > 0 { out.replacen("</head>", HEAD, 1) } else { out })
}

/// The element with the recording of a step, and that of the step to compare it with.
fn player(steps: &str, read: &dyn Fn(&str) -> io::Result<String>) -> Result<String> {
    let numbers: Vec<&str> = steps.split_whitespace().collect();
    ensure!(
        [1, 2].contains(&numbers.len()),
        "write the number of a step, or two of them"
    );
    let mut recordings = String::new();
    for (place, number) in numbers.into_iter().enumerate() {
        let number: u8 =
            number.parse().with_context(|| format!("`{number}` is no number"))?;
        let file = format!("{RECORDINGS}/step{number:02}.json");
        let text = read(&file).with_context(|| {
            format!("there is no {file}. `cargo xtask trace {number} --json {file}` records it")
        })?;
        let mut recording: Map<String, Value> = serde_json::from_str(&text)
            .with_context(|| format!("{file} is no recording"))?;
        // Only the checks need it.
        recording.remove("log");
        // A run to compare with is only a picture.
        if place > 0 {
            recording.remove("code");
            recording.insert("events".to_owned(), json!([]));
        }
        // A script ends at the first `</script`, so the text has no `<`.
        let text = serde_json::to_string(&recording)?.replace('<', "\\u003c");
        recordings += &format!(
            "<script type=\"application/json\" class=\"recording\">{text}</script>"
        );
    }
    Ok(format!("<div class=\"player\">{recordings}{WITHOUT_SCRIPT}</div>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_becomes_a_player_and_a_step_without_a_recording_is_an_error() {
        let read = |file: &str| match file {
            "docs/recordings/step03.json" => {
                Ok(r#"{ "log": [], "said": "</script>" }"#.to_owned())
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        };
        let expand = |text: &str| expanded(text, &read);
        let page =
            expand("<head></head>a<!-- player: 3 -->b<!-- player: 3 3 -->c").unwrap();
        assert_eq!(page.matches("theme/player.js").count(), 1);
        assert_eq!(page.matches(r#"{"said":"\u003c/script>"}</script>"#).count(), 2);
        assert_eq!(
            page.matches(r#"{"events":[],"said":"\u003c/script>"}</script>"#).count(),
            1
        );
        assert_eq!(page.matches("<div class=\"player\">").count(), 2);
        assert_eq!(
            expand("<head></head><!-- run: x -->").unwrap(),
            "<head></head><!-- run: x -->"
        );
        for (steps, why) in
            [("4", "step04.json"), ("x", "is no number"), ("", "write the number")]
        {
            let error = expand(&format!("<!-- player: {steps} -->")).unwrap_err();
            assert!(format!("{error:#}").contains(why), "{error:#}");
        }
    }
}
