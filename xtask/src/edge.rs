//! `cargo xtask edge`: the Worker's bundle, built from crates alone.
//!
//! Three files: `shim.js` (the entry), `index.js` (the bindings) and `index_bg.wasm`. The steps are those of
//! `worker-build`, which cannot be used everywhere because it downloads its tools.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::run::{Step, target_dir, workspace_root};

/// The Durable Object classes of the Worker.
const DURABLE_OBJECTS: [&str; 1] = ["LedgerObject"];

/// Which Worker to build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// The one that is deployed.
    Product,
    /// With the routes that run the adapter suites.
    Conformance,
}

impl Flavour {
    /// Where the bundle goes.
    pub(crate) fn folder(self) -> PathBuf {
        let name = match self {
            Self::Product => "build",
            Self::Conformance => "build-conformance",
        };
        workspace_root().join("edge-worker").join(name)
    }

    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Product => &[],
            Self::Conformance => &["--features", "conformance"],
        }
    }
}

/// Builds the bundle and returns its folder.
pub(crate) fn build(flavour: Flavour) -> Result<PathBuf> {
    Step::new("cargo", &["build", "-p", "lyceum-edge-worker", "--profile", "wasm"])
        .args(&["--target", "wasm32-unknown-unknown"])
        .args(flavour.features())
        .run()?;
    let wasm = target_dir()?.join("wasm32-unknown-unknown/wasm/lyceum_edge_worker.wasm");
    let folder = flavour.folder();
    bind(&wasm, &folder)?;
    fs::write(folder.join("index.js"), plain_module(&folder)?)?;
    fs::write(folder.join("shim.js"), shim())?;
    Ok(folder)
}

/// Runs wasm-bindgen as a library, into an empty folder.
fn bind(wasm: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name("index").typescript(false).module(true)?;
    bindgen.reset_state_function(true).force_enable_abort_handler(true).remove_name_section(true);
    bindgen.generate(folder).with_context(|| format!("wasm-bindgen cannot bind {}", wasm.display()))
}

/// `index.js` as one module that workerd takes: a plain import of the compiled module, snippets inlined.
fn plain_module(folder: &Path) -> Result<String> {
    let module = fs::read_to_string(folder.join("index.js"))?.replace("import source ", "import ");
    let mut lines = Vec::new();
    for line in module.lines() {
        match snippet_path(line) {
            Some(snippet) => {
                let code = fs::read_to_string(folder.join(snippet))
                    .with_context(|| format!("no snippet {snippet}"))?;
                lines.push(code.replace("export ", ""));
            }
            None => lines.push(line.to_owned()),
        }
    }
    if !module.contains("__wbg_reset_state") {
        bail!("wasm-bindgen wrote no `__wbg_reset_state`: the Worker could not recover from a panic");
    }
    fs::remove_dir_all(folder.join("snippets")).ok();
    Ok(lines.join("\n"))
}

/// The file behind `import { … } from './snippets/…'`.
fn snippet_path(line: &str) -> Option<&str> {
    let (_, path) = line.strip_prefix("import {")?.split_once("} from './snippets/")?;
    let end = path.find('\'')?;
    let start = line.find("snippets/")?;
    line.get(start..start + "snippets/".len() + end)
}

/// The entry: hands events to WASM, and starts a fresh instance after a panic.
fn shim() -> String {
    let classes: String = DURABLE_OBJECTS.iter().map(|class| object_class(class)).collect();
    format!("{SHIM}{classes}")
}

const SHIM: &str = r#"import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

// A panic leaves the instance in an unknown state: the next event gets a new one.
const refresh = () => {
  if (!state.criticalError) return;
  wasm.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId++;
};

const run = async (event) => {
  refresh();
  try {
    return await event();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
    throw error;
  }
};

addEventListener("error", (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) state.criticalError = true;
});

export default {
  fetch: (request, env, context) => run(() => wasm.fetch(request, env, context)),
  queue: (batch, env, context) => run(() => wasm.queue(batch, env, context)),
  scheduled: (event, env, context) => run(() => wasm.scheduled(event, env, context)),
};
"#;

fn object_class(name: &str) -> String {
    format!(
        r"
export class {name} {{
  constructor(...bindings) {{
    this.bindings = bindings;
    refresh();
    this.create();
  }}
  create() {{
    this.object = new wasm.{name}(...this.bindings);
    this.instanceId = state.instanceId;
  }}
  current() {{
    refresh();
    if (this.instanceId !== state.instanceId) this.create();
    return this.object;
  }}
  fetch(request) {{
    return run(() => this.current().fetch(request));
  }}
  alarm() {{
    return run(() => this.current().alarm());
  }}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_found_by_its_import() {
        let line = "import { state } from './snippets/worker-0a1b/inline0.js';";
        assert_eq!(snippet_path(line), Some("snippets/worker-0a1b/inline0.js"));
        assert_eq!(snippet_path("import * as a from './index_bg.js';"), None);
    }

    #[test]
    fn the_entry_exports_every_durable_object() {
        for class in DURABLE_OBJECTS {
            assert!(shim().contains(&format!("export class {class} {{")));
        }
    }
}
