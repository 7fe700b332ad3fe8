//! The items of a Rust source, by the names that a directive calls them.

use std::ops::Range;

use anyhow::{Result, bail};
use proc_macro2::{TokenStream, TokenTree};
use syn::{ImplItem, Item as Syntax, TraitItem, spanned::Spanned};

/// An item of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it may be called. The first is what a caption calls it.
    pub names: Vec<String>,
    /// Its lines, its documentation included, counted from 0.
    pub lines: Range<usize>,
}

impl Item {
    /// What a caption calls it.
    pub fn name(&self) -> &str {
        &self.names[0]
    }

    /// Whether it is there for the items in it: an `impl` block, or a module.
    pub fn is_block(&self) -> bool {
        self.names.iter().any(|name| name.starts_with("impl ") || name.starts_with("mod "))
    }
}

/// Finds the items of a source: those of a block come after the block.
pub fn parse(source: &str) -> syn::Result<Vec<Item>> {
    let file = syn::parse_file(source)?;
    let mut found = Found::default();
    for attribute in &file.attrs {
        if !attribute.path().is_ident("doc") {
            found.add(attribute, &["attributes".to_owned()]);
        }
    }
    found.items_of("", &file.items);
    Ok(found.0)
}

/// The one item of that name. Several `use` items that stand together count as one.
pub fn find<'a>(items: &'a [Item], name: &str) -> Result<&'a Item> {
    let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut matching = items.iter().filter(|item| item.names.contains(&wanted));
    let Some(item) = matching.next() else {
        let alike = items.iter().map(Item::name).filter(|name| is_alike(name, &wanted));
        let alike: Vec<String> = alike.take(5).map(|name| format!("`{name}`")).collect();
        match alike.is_empty() {
            true => bail!(
                "there is no item `{wanted}`: name it as `Type::method`, `Trait for Type`, `function`"
            ),
            false => bail!("there is no item `{wanted}`: do you mean {}?", alike.join(", ")),
        }
    };
    if let Some(second) = matching.next() {
        let own = |item: &Item, other: &Item| {
            let name = item.names.iter().find(|name| !other.names.contains(name));
            name.map_or("less, and `from` and `to`".to_owned(), |name| format!("`{name}`"))
        };
        bail!(
            "`{wanted}` is two items, in lines {} and {}: write {} or {}",
            item.lines.start + 1,
            second.lines.start + 1,
            own(item, second),
            own(second, item)
        );
    }
    Ok(item)
}

/// Whether any item has that name.
pub fn has(items: &[Item], name: &str) -> bool {
    items.iter().any(|item| item.names.iter().any(|other| other == name))
}

/// Whether two names of items end alike.
fn is_alike(one: &str, other: &str) -> bool {
    let last = |name: &str| name.rsplit([':', ' ']).next().unwrap_or_default().to_lowercase();
    last(one) == last(other)
}

/// The smallest item that has a line.
pub fn around(items: &[Item], line: usize) -> Option<&Item> {
    items.iter().filter(|item| item.lines.contains(&line)).min_by_key(|item| item.lines.len())
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found(Vec<Item>);

impl Found {
    /// Adds an item.
    fn add(&mut self, item: &impl Spanned, names: &[String]) {
        let span = item.span();
        let lines = span.start().line - 1..span.end().line;
        // `use` items that stand together, and the attributes of a file, are looked at together.
        if let Some(last) = self.0.last_mut()
            && last.names[..] == *names
            && ["use", "attributes"].iter().any(|word| last.name().ends_with(word))
        {
            last.lines.end = lines.end;
            return;
        }
        self.0.push(Item { names: names.to_vec(), lines });
    }

    /// Adds an item that has a kind and a name.
    fn named(&mut self, item: &impl Spanned, path: &str, kind: &str, name: impl ToString) {
        let name = format!("{path}{}", name.to_string());
        self.add(item, &[name.clone(), format!("{kind} {name}")]);
    }

    /// Adds the items of a module.
    fn items_of(&mut self, path: &str, items: &[Syntax]) {
        for item in items {
            match item {
                Syntax::Const(it) => self.named(it, path, "const", &it.ident),
                Syntax::Fn(it) => self.named(it, path, "fn", &it.sig.ident),
                Syntax::Static(it) => self.named(it, path, "static", &it.ident),
                Syntax::Struct(it) => self.named(it, path, "struct", &it.ident),
                Syntax::Type(it) => self.named(it, path, "type", &it.ident),
                Syntax::Union(it) => self.named(it, path, "union", &it.ident),
                Syntax::Use(it) => self.add(it, &[format!("{path}use")]),
                Syntax::Enum(it) => {
                    self.named(it, path, "enum", &it.ident);
                    let path = format!("{path}{}::", it.ident);
                    for variant in &it.variants {
                        self.named(variant, &path, "variant", &variant.ident);
                    }
                }
                Syntax::Trait(it) => {
                    self.named(it, path, "trait", &it.ident);
                    let path = format!("{path}{}::", it.ident);
                    for item in &it.items {
                        match item {
                            TraitItem::Fn(it) => self.named(it, &path, "fn", &it.sig.ident),
                            TraitItem::Const(it) => self.named(it, &path, "const", &it.ident),
                            TraitItem::Type(it) => self.named(it, &path, "type", &it.ident),
                            _ => {}
                        }
                    }
                }
                Syntax::Impl(it) => self.members(path, it),
                Syntax::Mod(it) => {
                    let name = format!("{path}{}", it.ident);
                    self.add(it, &[format!("mod {name}")]);
                    if let Some((_, items)) = &it.content {
                        self.items_of(&format!("{name}::"), items);
                    }
                }
                Syntax::Macro(it) => {
                    let mac = it.mac.path.segments.last().map(|last| last.ident.to_string());
                    let mac = format!("{path}{}!", mac.unwrap_or_default());
                    let statics = statics(it.mac.tokens.clone());
                    let mut names: Vec<_> =
                        statics.iter().map(|name| format!("{path}{name}")).collect();
                    names.extend(it.ident.as_ref().map(|name| format!("{path}{name}!")));
                    names.push(mac);
                    self.add(it, &names);
                }
                _ => {}
            }
        }
    }

    /// Adds an `impl` block and what is in it.
    fn members(&mut self, path: &str, block: &syn::ItemImpl) {
        let of = format!("{path}{}", type_name(&block.self_ty));
        let mut outer = Vec::new();
        let whole = match &block.trait_ {
            None => vec![format!("impl {of}")],
            Some((name, _)) => {
                let full = squeezed(name);
                let short = name.segments.last().map(|last| last.ident.to_string());
                let short = short.unwrap_or_default();
                outer = vec![format!("{short} for {of}")];
                if !full.ends_with(&short) {
                    outer.push(format!("{full} for {of}"));
                }
                [outer.clone(), outer.iter().map(|name| format!("impl {name}")).collect()].concat()
            }
        };
        self.add(block, &whole);
        for item in &block.items {
            let (kind, name) = match item {
                ImplItem::Fn(it) => ("fn", &it.sig.ident),
                ImplItem::Const(it) => ("const", &it.ident),
                ImplItem::Type(it) => ("type", &it.ident),
                _ => continue,
            };
            let mut names = vec![format!("{of}::{name}"), format!("{kind} {of}::{name}")];
            names.extend(outer.iter().map(|outer| format!("{outer}::{name}")));
            self.add(item, &names);
        }
    }
}

/// The name of a type without what is generic about it.
fn type_name(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) => {
            path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
        }
        syn::Type::Reference(reference) => type_name(&reference.elem),
        other => squeezed(other),
    }
}

/// A piece of syntax as it is in the source, on one line and without blanks.
fn squeezed(piece: &impl Spanned) -> String {
    piece.span().source_text().unwrap_or_default().split_whitespace().collect()
}

/// The names after `static` in what a macro is given: those of `thread_local!`.
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
mod tests;
