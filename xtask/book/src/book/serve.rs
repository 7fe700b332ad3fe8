//! Serves the site to one who writes: a page that has changed is built anew when the browser asks again.

use std::{
    fs, io,
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use anyhow::{Context, Result};

use super::{
    Site, files,
    http::{self, Response},
};
use kit::{outln, tree};

/// What the site is made of, relative to the workspace.
const SOURCES: [&str; 3] = ["docs/src", "docs/img", "docs/theme"];

/// Serves the site until somebody stops this program.
pub fn until_it_is_stopped(site: &Site, port: u16, open: bool) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).or_else(|error| match error.kind() {
        io::ErrorKind::AddrInUse => TcpListener::bind(("127.0.0.1", 0)),
        _ => Err(error),
    });
    let listener = listener.context("cannot listen: try another --port")?;
    let address = format!("http://{}/", listener.local_addr()?);
    outln!("serving {address} until Ctrl-C");
    if open {
        super::open(&address)?;
    }
    let built = Arc::new(Mutex::new(newest(&site.root)));
    let site = Arc::new(Site {
        root: site.root.clone(),
        builder: site.builder.clone(),
        folder: site.folder.clone(),
    });
    http::serve(listener, move |request| {
        // One at a time: the site is not there while it is built.
        let mut built = built.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let now = newest(&site.root);
        if now > *built {
            *built = now;
            match site.build() {
                Ok(()) => kit::note!("built anew"),
                Err(error) => kit::note!("{error:#}"),
            }
        }
        match files::find(&site.folder, &request.path) {
            Some(file) => Response::ok(file.kind, file.content),
            None => Response::not_found(),
        }
    });
    Ok(())
}

/// When what the site is made of was changed last.
fn newest(root: &Path) -> Option<SystemTime> {
    let changed = |file: &Path| fs::metadata(file).and_then(|about| about.modified()).ok();
    let folders = SOURCES.iter().filter_map(|folder| tree::files_under(&root.join(folder)).ok());
    folders.flatten().filter_map(|file| changed(&file)).max()
}
