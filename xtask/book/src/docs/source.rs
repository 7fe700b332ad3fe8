//! Source files: their items, and the lines that fences quote of them.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use kit::code;
use proc_macro2::{TokenStream, TokenTree};
use syn::{ImplItem, Item as Syntax, spanned::Spanned};

#[derive(Debug)]
pub struct Source {
    pub path: String,
    pub lines: Vec<String>,
    /// For each line whether it is documentation.
    documentation: Vec<bool>,
    /// Its items, if it is Rust. Those of a block come after the block.
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its names. Captions use the first.
    pub names: Vec<String>,
    /// Its lines with its documentation, counted from 0.
    pub lines: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, counted from 0. A line that separates two items has none.
    pub number: Option<usize>,
    pub text: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Result<Self> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let (mut documentation, mut items) = (vec![false; lines.len()], vec![]);
        if path.ends_with(".rs") {
            documentation = code::lines_of_documentation(text);
            items =
                parse(text).with_context(|| format!("cannot parse {path}. Does it compile?"))?;
        }
        Ok(Source { path: path.to_owned(), lines, documentation, items })
    }

    /// The language of a fence that quotes it.
    pub fn language(&self) -> &'static str {
        match self.path.rsplit_once('.') {
            Some((_, "rs")) => "rust",
            Some((_, "toml")) => "toml",
            _ => "text",
        }
    }

    pub fn item(&self, name: &str) -> Result<&Item> {
        find(&self.items, name).with_context(|| format!("in {}", self.path))
    }

    /// Whether it has an item of that name.
    pub fn has(&self, name: &str) -> bool {
        self.items.iter().any(|item| item.names.iter().any(|other| other == name))
    }

    /// The smallest item that has a line.
    pub fn item_around(&self, line: usize) -> Option<&Item> {
        let around = self.items.iter().filter(|item| item.lines.contains(&line));
        around.min_by_key(|item| item.lines.len())
    }

    /// Some of its lines, without documentation unless `docs` is set.
    pub fn quote(&self, range: Range<usize>, docs: bool) -> Vec<Line> {
        let shown = range.filter(|&number| docs || !self.documentation[number]);
        let line = |number: usize| {
            let text = self.lines[number].trim_end().to_owned();
            Line { number: Some(number), text }
        };
        let mut lines: Vec<Line> = shown.map(line).collect();
        // Where documentation was, two blank lines may meet.
        lines.dedup_by(|next, last| next.text.is_empty() && last.text.is_empty());
        let first = lines.iter().position(|line| !line.text.is_empty()).unwrap_or(lines.len());
        lines.drain(..first);
        while lines.last().is_some_and(|line| line.text.is_empty()) {
            lines.pop();
        }
        lines
    }

    /// The lines of an item, with the comments right above it.
    pub fn lines_of(&self, item: &Item) -> Range<usize> {
        let is_comment = |line: usize| {
            self.lines[line].trim_start().starts_with("//") && !self.documentation[line]
        };
        let above = (0..item.lines.start).rev().take_while(|line| is_comment(*line));
        above.last().unwrap_or(item.lines.start)..item.lines.end
    }

    /// Several items, with a blank line between two that do not follow each other in the file.
    pub fn quote_items(&self, names: &[&str]) -> Result<Vec<Line>> {
        let mut lines: Vec<Line> = Vec::new();
        for name in names {
            let mut quoted = self.quote(self.lines_of(self.item(name)?), false);
            dedent(&mut quoted);
            if let (Some(last), Some(next)) = (lines.last(), quoted.first())
                && last.number.map(|number| number + 1) != next.number
            {
                lines.push(Line { number: None, text: String::new() });
            }
            lines.append(&mut quoted);
        }
        Ok(lines)
    }
}

/// Removes the indentation that all lines have.
pub fn dedent(lines: &mut [Line]) {
    let filled = lines.iter().filter(|line| !line.text.is_empty());
    let common = filled.map(|line| indent(&line.text)).min().unwrap_or(0);
    for line in lines {
        line.text = line.text.get(common..).unwrap_or_default().to_owned();
    }
}

pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The lines from the one that contains `from` to the one that contains `to`, with the block that the last one opens.
///
/// Without `to`, `from` is the last line too. Without `from`, all lines up to the last are chosen.
pub fn cut(lines: &[&str], from: Option<&str>, to: Option<&str>) -> Result<Range<usize>> {
    let first = from.map_or(Ok(0), |text| only(lines, "from", text))?;
    let last = match (from, to) {
        (None, None) => return Ok(0..lines.len()),
        (_, Some(text)) => only(lines, "to", text)?,
        (Some(_), None) => first,
    };
    if last < first {
        bail!("the line of `to` comes before the line of `from`. Exchange them");
    }
    Ok(first..end_of(lines, last))
}

/// The one line that contains a text. A line that is the text and nothing else comes first.
fn only(lines: &[&str], option: &str, text: &str) -> Result<usize> {
    let all = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..lines.len()).filter(|&at| is(lines[at])).collect()
    };
    if let [line] = all(&|line| line.trim() == text.trim())[..] {
        return Ok(line);
    }
    match all(&|line| line.contains(text))[..] {
        [line] => Ok(line),
        [] => bail!("no line contains `{option} {text:?}`. Copy a part of one line"),
        [first, second, ..] => bail!(
            "several lines contain `{option} {text:?}`, such as {:?} and {:?}. Copy more of one line",
            lines[first].trim(),
            lines[second].trim()
        ),
    }
}

/// Where the statement that begins on a line ends, by the indentation that rustfmt gave it.
fn end_of(lines: &[&str], first: usize) -> usize {
    let depth = indent(lines[first]);
    let mut end = first + 1;
    if lines[first].trim_start().starts_with("//") {
        return end;
    }
    for (at, line) in lines.iter().enumerate().skip(first + 1) {
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        let closes = text.starts_with(['}', ')', ']']);
        let goes_on = !lines[end - 1].ends_with([';', '}'])
            && (text == "{" || text.starts_with("where") || text.starts_with("else"));
        if indent(line) < depth || (indent(line) == depth && !closes && !goes_on) {
            break;
        }
        end = at + 1;
    }
    end
}

/// The one item of that name.
fn find<'a>(items: &'a [Item], name: &str) -> Result<&'a Item> {
    let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let matching: Vec<&Item> = items.iter().filter(|item| item.names.contains(&wanted)).collect();
    match matching[..] {
        [item] => Ok(item),
        [] => {
            bail!(
                "there is no item `{wanted}`. Names are `function`, `Type::method`, `Trait for Type`"
            )
        }
        [first, second, ..] => {
            let line = |item: &Item| item.lines.start + 1;
            let names = [first, second].map(|item| item.names.join("`, `"));
            bail!(
                "`{wanted}` is two items. Line {} has the names `{}`, and line {} has `{}`",
                line(first),
                names[0],
                line(second),
                names[1]
            )
        }
    }
}

fn parse(source: &str) -> syn::Result<Vec<Item>> {
    let file = syn::parse_file(source)?;
    let mut found = Found::default();
    found.items_of("", &file.items);
    Ok(found.0)
}

#[derive(Debug, Default)]
struct Found(Vec<Item>);

impl Found {
    fn add(&mut self, item: &impl Spanned, names: Vec<String>) {
        let span = item.span();
        let lines = span.start().line - 1..span.end().line;
        // `use` items that stand together count as one.
        match self.0.last_mut().filter(|last| last.names == names) {
            Some(last) if names[0].ends_with("use") => last.lines.end = lines.end,
            _ => self.0.push(Item { names, lines }),
        }
    }

    /// Adds an item that has a kind and a name.
    fn named(&mut self, item: &impl Spanned, path: &str, kind: &str, name: &syn::Ident) {
        let name = format!("{path}{name}");
        self.add(item, vec![name.clone(), format!("{kind} {name}")]);
    }

    fn items_of(&mut self, path: &str, items: &[Syntax]) {
        for item in items {
            match item {
                Syntax::Const(it) => self.named(it, path, "const", &it.ident),
                Syntax::Fn(it) => self.named(it, path, "fn", &it.sig.ident),
                Syntax::Static(it) => self.named(it, path, "static", &it.ident),
                Syntax::Struct(it) => self.named(it, path, "struct", &it.ident),
                Syntax::Type(it) => self.named(it, path, "type", &it.ident),
                Syntax::Use(it) => self.add(it, vec![format!("{path}use")]),
                Syntax::Enum(it) => {
                    self.named(it, path, "enum", &it.ident);
                    let path = format!("{path}{}::", it.ident);
                    for variant in &it.variants {
                        self.named(variant, &path, "variant", &variant.ident);
                    }
                }
                Syntax::Trait(it) => self.named(it, path, "trait", &it.ident),
                Syntax::Impl(it) => self.members(path, it),
                Syntax::Mod(it) => {
                    let name = format!("{path}{}", it.ident);
                    self.add(it, vec![format!("mod {name}")]);
                    if let Some((_, items)) = &it.content {
                        self.items_of(&format!("{name}::"), items);
                    }
                }
                Syntax::Macro(it) => {
                    let mut names = statics(it.mac.tokens.clone());
                    names.extend(it.ident.as_ref().map(|name| format!("{name}!")));
                    names
                        .extend(it.mac.path.segments.last().map(|last| format!("{}!", last.ident)));
                    let names = names.iter().map(|name| format!("{path}{name}")).collect();
                    self.add(it, names);
                }
                _ => {}
            }
        }
    }

    /// Adds an `impl` block and its members.
    fn members(&mut self, path: &str, block: &syn::ItemImpl) {
        let of = format!("{path}{}", type_name(&block.self_ty));
        // `From for Error`
        let outer = block.trait_.as_ref().and_then(|(name, _)| name.segments.last());
        let outer = outer.map(|last| format!("{} for {of}", last.ident));
        let whole = format!("impl {}", outer.as_ref().unwrap_or(&of));
        self.add(block, outer.iter().cloned().chain([whole]).collect());
        for item in &block.items {
            let (kind, name) = match item {
                ImplItem::Fn(it) => ("fn", &it.sig.ident),
                ImplItem::Const(it) => ("const", &it.ident),
                ImplItem::Type(it) => ("type", &it.ident),
                _ => continue,
            };
            let mut names = vec![format!("{of}::{name}"), format!("{kind} {of}::{name}")];
            names.extend(outer.iter().map(|outer| format!("{outer}::{name}")));
            self.add(item, names);
        }
    }
}

/// The name of a type without its generic arguments.
fn type_name(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) => {
            path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
        }
        syn::Type::Reference(reference) => type_name(&reference.elem),
        other => squeezed(other),
    }
}

/// A piece of syntax as the source has it, without blanks.
fn squeezed(piece: &impl Spanned) -> String {
    piece.span().source_text().unwrap_or_default().split_whitespace().collect()
}

/// The names after `static` among the tokens of a macro such as `thread_local!`.
fn statics(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let pairs = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "static" => {
            Some(name.to_string())
        }
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn run(&self) -> u8
where
    Self: Sized,
{
    // Because.
    if self.a == 1
        && true
    {
        return 1;
    }

    let b = self
        .a
        .pow(2);
    b
}
const A: u8 = 1;
const B: u8 = 2;
";

    #[test]
    fn a_piece_ends_where_the_block_of_its_last_line_ends() {
        let lines: Vec<&str> = SOURCE.lines().collect();
        let piece = |from, to| cut(&lines, from, to).map_err(|error| error.to_string());
        assert_eq!(piece(Some("if self.a"), None), Ok(5..10));
        assert_eq!(piece(Some("let b"), None), Ok(11..14));
        assert_eq!(piece(Some("let b"), Some("const A")), Ok(11..17));
        assert_eq!(piece(Some("fn run"), None), Ok(0..16));
        assert_eq!(piece(Some("// Because"), None), Ok(4..5));
        assert_eq!(piece(Some("let b"), Some("b")), Ok(11..15));
        assert_eq!(piece(None, Some("Self: Sized")), Ok(0..3));
        assert!(piece(Some("let c"), None).unwrap_err().contains("no line contains"));
        assert!(piece(None, Some("const")).unwrap_err().contains("several lines contain"));
        assert!(piece(Some("const B"), Some("const A")).unwrap_err().contains("Exchange them"));
    }
}
