//! Which crate may use which: the arrows of `docs/ARCHITECTURE.md`, checked against `cargo metadata`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::metadata;

/// The crates of the workspace that a crate may be built on. `None`: any.
const ARROWS: &[(&str, Option<&[&str]>)] = &[
    ("lyceum-contract", Some(&[])),
    ("lyceum-highlight", Some(&[])),
    ("lyceum-media", Some(&[])),
    ("lyceum-generator", Some(&["lyceum-contract", "lyceum-highlight", "lyceum-media"])),
    ("lyceum-app", Some(&["lyceum-contract"])),
    ("lyceum-analytics", Some(&["lyceum-contract"])),
    ("lyceum-edge-worker", Some(&["lyceum-app", "lyceum-contract"])),
    ("lyceum-import", Some(&["lyceum-contract"])),
    ("lyceum", Some(&["lyceum-generator", "lyceum-app", "lyceum-import", "lyceum-contract"])),
    ("lyceum-tests", None),
    ("xtask", Some(&[])),
];

/// Crates of a platform, and the rooms that may name them.
const PLATFORM: [(&str, &[&str]); 3] = [
    ("worker", &["lyceum-edge-worker"]),
    ("tokio", &["lyceum", "lyceum-tests"]),
    ("rusqlite", &["lyceum", "lyceum-tests"]),
];

/// All that `contract` may be built on: formats and cryptography, nothing that does input or output.
const CONTRACT_MAY_USE: [&str; 6] = ["serde", "serde_json", "chacha20poly1305", "hkdf", "hmac", "sha2"];

/// One `[dependencies]` entry of one crate.
struct Arrow<'a> {
    from: &'a str,
    to: &'a str,
    is_dev: bool,
}

/// Fails with every arrow that must not be.
pub(crate) fn check() -> Result<()> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
    let arrows: Vec<Arrow<'_>> = packages.iter().flat_map(arrows).collect();
    let mut faults: Vec<String> = arrows.iter().filter_map(fault).collect();
    for package in packages {
        faults.extend(lint_fault(package)?);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        bail!("the architecture does not hold:\n  {}", faults.join("\n  "))
    }
}

fn arrows(package: &Value) -> Vec<Arrow<'_>> {
    let from = package["name"].as_str().unwrap_or_default();
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    dependencies
        .iter()
        .filter_map(|dependency| {
            Some(Arrow {
                from,
                to: dependency["name"].as_str()?,
                is_dev: dependency["kind"].as_str() == Some("dev"),
            })
        })
        .collect()
}

/// What is wrong with an arrow, if anything is.
fn fault(arrow: &Arrow<'_>) -> Option<String> {
    let Arrow { from, to, is_dev } = arrow;
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let Some(may_use) = arrows.get(from) else {
        return Some(format!("`{from}` is not in the table of xtask/src/architecture.rs"));
    };
    let platform = PLATFORM.iter().find(|(name, rooms)| name == to && !rooms.contains(from));
    if platform.is_some() {
        return Some(format!("`{from}` names `{to}`, which belongs to another room"));
    }
    if *is_dev {
        return None;
    }
    if arrows.contains_key(to) && may_use.is_some_and(|allowed| !allowed.contains(to)) {
        return Some(format!("`{from}` is built on `{to}`"));
    }
    let is_foreign_to_contract = *from == "lyceum-contract" && !CONTRACT_MAY_USE.contains(to);
    is_foreign_to_contract.then(|| format!("`lyceum-contract` is built on `{to}`"))
}

/// Every crate takes the workspace's lints.
fn lint_fault(package: &Value) -> Result<Option<String>> {
    let path = package["manifest_path"].as_str().context("a package without a manifest")?;
    let manifest = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let inherits =
        manifest.lines().skip_while(|line| line.trim() != "[lints]").nth(1) == Some("workspace = true");
    Ok((!inherits).then(|| format!("{path} does not inherit the workspace's lints")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, is_dev: bool, holds: bool) {
        let fault = fault(&Arrow { from, to, is_dev });
        assert_eq!(fault.is_none(), holds, "{from} -> {to}: {fault:?}");
    }

    #[test]
    fn the_workspace_as_it_is_holds() {
        super::check().expect("every arrow is allowed");
    }

    #[test]
    fn the_rooms_meet_in_contract_only() {
        check("lyceum-app", "lyceum-contract", false, true);
        check("lyceum-app", "lyceum-generator", false, false);
        check("lyceum-generator", "lyceum-app", false, false);
        check("lyceum-contract", "lyceum-app", false, false);
        check("lyceum-tests", "lyceum-app", false, true);
        check("lyceum-generator", "lyceum-media", false, true);
        check("lyceum-app", "lyceum-media", false, false);
    }

    #[test]
    fn a_platform_is_named_in_its_own_room() {
        check("lyceum-edge-worker", "worker", false, true);
        check("lyceum-app", "worker", false, false);
        check("lyceum-app", "tokio", true, false);
        check("lyceum", "tokio", false, true);
    }

    #[test]
    fn contract_is_formats_and_cryptography() {
        check("lyceum-contract", "sha2", false, true);
        check("lyceum-contract", "proptest", true, true);
        check("lyceum-contract", "reqwest", false, false);
    }

    #[test]
    fn a_new_crate_has_to_find_its_room() {
        check("lyceum-new", "serde", false, false);
    }
}
