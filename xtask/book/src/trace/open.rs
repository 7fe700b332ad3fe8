//! A recording as a page of its own, in a browser.

use std::fs;

use anyhow::{Context, Result};
use kit::{cargo, outln, steps::Workspace, tree};

use super::recording::Recording;

/// Writes the page below the target folder, and opens it.
pub fn open(workspace: &Workspace, recording: &Recording) -> Result<()> {
    let folder = cargo::target(&workspace.root)?.join("trace");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("{}.html", recording.name.replace('/', "-")));
    let theme = |name: &str| tree::read(&workspace.root.join("docs/theme").join(name));
    let page = page(recording, &theme("player.css")?, &theme("player.js")?)?;
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    outln!("wrote {}", path.display());
    crate::book::open(&path.display().to_string())
}

fn page(recording: &Recording, style: &str, script: &str) -> Result<String> {
    // The page needs no log. A script ends at the first `</script`, so the text has no `<`.
    let recording = Recording { log: Vec::new(), ..recording.clone() };
    let (json, name) = (recording.text()?.replace('<', "\\u003c"), &recording.name);
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>A run of {name}</title>\n\
         <style>\nbody {{ max-width: 60rem; margin: 0 auto; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; }}\n\
         @media (prefers-color-scheme: dark) {{ body {{ background: #0d1117; color: #e8edf3; }} }}\n\
         {style}</style>\n</head>\n<body>\n<h1>A run of {name}</h1>\n\
         <div class=\"player\">\n\
         <script type=\"application/json\" class=\"recording\">\n{json}</script>\n</div>\n\
         <script>\n{script}</script>\n</body>\n</html>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_contains_all_that_it_needs_and_strings_cannot_end_its_script() {
        let text = r#"{"step":3,"name":"my/step03","window":[0,1],"lanes":[],"code":{"a.rs":
            {"1":{"first":1,"lines":["\"</script>\""]}}},"events":[]}"#;
        let page = page(&serde_json::from_str(text).unwrap(), "p {}", "run();").unwrap();
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(page.contains("p {}") && page.contains("run();"));
        assert!(!page.contains("src=") && !page.contains("href="));
    }
}
